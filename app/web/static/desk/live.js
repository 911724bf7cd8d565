// Keeps a page as it is now. The service tells when something has changed; then the page is fetched again, and what is
// new in its parts, the elements with `data-live`, takes the place of what was there. Where no events come, it looks now
// and then.

const SECONDS_BETWEEN_LOOKS = 5;

/** Begins, with the events at the address in `data-changes`; `afterwards` is called when parts were replaced. */
export function keepFresh(afterwards = () => {}) {
  let looking = false;
  let lookAgain = false;

  async function look() {
    lookAgain = looking;
    if (looking) {
      return;
    }
    looking = true;
    do {
      lookAgain = false;
      await refresh(afterwards).catch((problem) => console.warn(problem));
    } while (lookAgain);
    looking = false;
  }

  const events = new EventSource(document.querySelector("[data-changes]").dataset.changes);
  events.addEventListener("changed", look);
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) {
      setInterval(look, SECONDS_BETWEEN_LOOKS * 1000);
    }
  });
}

async function refresh(afterwards) {
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
  afterwards();
}

/** Puts `next` in place of `part`; what was unfolded stays so, and the focus stays where it was. */
export function replace(part, next) {
  const folds = part.querySelectorAll("details");
  next.querySelectorAll("details").forEach((fold, place) => {
    fold.open = folds[place]?.open ?? false;
  });
  if (part.isEqualNode(next)) {
    return;
  }
  const focused = part.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  part.replaceWith(next);
  if (focused) {
    next.querySelector(focused)?.focus();
  }
}

/** What finds a link or a button again, by where it leads. */
function selectorOf(element) {
  if (element.hasAttribute("href")) {
    return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  }
  return element.form ? `form[action="${CSS.escape(element.form.getAttribute("action"))}"] button` : null;
}
