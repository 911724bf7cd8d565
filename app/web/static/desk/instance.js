// Keeps the page of an instance as it is now. The service tells when something has changed; then the page is fetched
// again, and what is new in its parts takes the place of what was there. Where no events come, it looks now and then.

import { dataOf, drawMarks } from "./marks.js";

const SECONDS_BETWEEN_LOOKS = 5;

let viewer = null;
let looking = null;
let lookAgain = false;

document.addEventListener("diagram:shown", ({ detail }) => {
  viewer = detail.viewer;
  drawMarks(viewer, dataOf(document, "marks"));
});

async function look() {
  if (looking) {
    lookAgain = true;
    return;
  }
  do {
    lookAgain = false;
    looking = refresh();
    await looking.catch((problem) => console.warn(problem));
    looking = null;
  } while (lookAgain);
}

async function refresh() {
  const answer = await fetch(location.href);
  if (answer.redirected || !answer.ok) {
    location.reload(); // signed out, or gone: the page itself says so best
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (next) {
      replace(part, document.adoptNode(next));
    }
  }
  if (viewer) {
    drawMarks(viewer, dataOf(document, "marks"));
  }
}

/** Puts `next` in place of `part`; what was unfolded stays so, and the focus stays where it was. */
function replace(part, next) {
  const folds = part.querySelectorAll("details");
  next.querySelectorAll("details").forEach((fold, place) => {
    fold.open = folds[place]?.open ?? false;
  });
  if (part.isEqualNode(next)) {
    return;
  }
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceWith(next);
  if (focused) {
    next.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }
}

const events = new EventSource(document.querySelector("[data-changes]").dataset.changes);
events.addEventListener("changed", look);
events.addEventListener("error", () => {
  if (events.readyState === EventSource.CLOSED) {
    setInterval(look, SECONDS_BETWEEN_LOOKS * 1000);
  }
});
