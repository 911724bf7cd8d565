// Keeps the parts of a page as they are now: the service sends each that has changed, and it takes the place of what was
// there. After an interruption the browser asks for what came meanwhile. Without this the page is right when it is loaded.

import { replace } from "./desk/live.js";

const SECONDS_BEFORE_ANOTHER_TRY = 10;

/** Listens at the address in `data-changes`. */
function listen() {
  const events = new EventSource(document.querySelector("[data-changes]").dataset.changes);
  events.addEventListener("parts", (event) => {
    const fresh = new DOMParser().parseFromString(event.data, "text/html");
    for (const next of fresh.querySelectorAll("[data-part]")) {
      const part = document.querySelector(`[data-part="${next.dataset.part}"]`);
      replace(part, document.adoptNode(next));
    }
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) { // refused: the service has too many, or somebody has signed out
      setTimeout(listen, SECONDS_BEFORE_ANOTHER_TRY * 1000);
    }
  });
}

listen();
