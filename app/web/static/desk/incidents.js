// Keeps the list of incidents as it is now, and lets one choose all of a page at once.

import { keepFresh } from "./live.js";

document.addEventListener("click", ({ target }) => {
  if (target.matches("[data-choose-all]")) {
    const boxes = [...target.form.querySelectorAll("input[type=checkbox]")];
    const wanted = boxes.some((box) => !box.checked);
    boxes.forEach((box) => {
      box.checked = wanted;
    });
  }
});

keepFresh();
