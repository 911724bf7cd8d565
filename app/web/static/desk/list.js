// Keeps a list as it is now: tasks, or instances.

import { keepFresh } from "./live.js";

keepFresh();
