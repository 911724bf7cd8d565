// Keeps a page as it is now. The service tells when something has changed; then the page is fetched again, and what is
// new in its parts, the elements with `data-live`, takes the place of what was there. Where no events come, it looks now
// and then. Nothing is replaced while somebody presses a button or a key: a click is one only if what was pressed is
// still there when it is let go. Parts hold no fields for text, so nothing that is typed can be lost.

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
  await letGo();
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (next) {
      replace(part, document.adoptNode(next));
    }
  }
  afterwards();
}

let pressed = false;
const waiting = [];

function press(event) {
  pressed = event.type === "keydown" || event.button === 0;
}

function release(event) {
  if (!pressed || (event.type === "pointermove" && event.buttons)) {
    return;
  }
  pressed = false;
  setTimeout(() => waiting.splice(0).forEach((go) => go())); // after the click that this makes
}

/** Waits until nothing is pressed. */
async function letGo() {
  while (pressed) {
    await new Promise((go) => waiting.push(go));
  }
}

for (const type of ["pointerdown", "keydown"]) {
  addEventListener(type, press, true);
}
for (const type of ["pointerup", "pointercancel", "pointermove", "keyup"]) {
  addEventListener(type, release, true);
}
addEventListener("blur", release); // of the window, in which nothing is let go then

/** Puts `next` in place of `part`; what was unfolded or ticked stays so, and the focus stays where it was. */
export function replace(part, next) {
  const folds = part.querySelectorAll("details");
  next.querySelectorAll("details").forEach((fold, place) => {
    fold.open = folds[place]?.open ?? false;
  });
  if (part.isEqualNode(next)) {
    return;
  }
  for (const ticked of part.querySelectorAll("input[type=checkbox]:checked")) {
    const box = next.querySelector(boxLike(ticked));
    if (box) {
      box.checked = true;
    }
  }
  const focused = part.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  part.replaceWith(next);
  if (focused) {
    next.querySelector(focused)?.focus();
  }
}

/** What finds a box to tick again. */
function boxLike({ name, value }) {
  return `input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`;
}

/** What finds a link, a box or a button again: by where it leads, or what it stands for. */
function selectorOf(element) {
  if (element.hasAttribute("href")) {
    return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  }
  if (element.type === "checkbox") {
    return boxLike(element);
  }
  return element.form ? `form[action="${CSS.escape(element.form.getAttribute("action"))}"] button` : null;
}
