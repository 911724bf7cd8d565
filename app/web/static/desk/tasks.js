// Keeps the task list as it is now.

import { keepFresh } from "./live.js";

keepFresh();
