// Lets elements be chosen by clicking on the diagram. The boxes of the list below it are what is sent: a click ticks one.

import { begin, dataOf, drawMarks } from "./marks.js";

const form = document.querySelector("[data-choice]");
const boxes = [...form.querySelectorAll("input[type=checkbox]")];

document.addEventListener("diagram:shown", ({ detail: { viewer } }) => {
  drawMarks(viewer, dataOf(document, "marks"));
  viewer.on("element.click", ({ element }) => {
    const { id } = element.labelTarget ?? element;
    const mine = boxes.filter((box) => box.value === id);
    const box = mine.find(({ name }) => name === "cancel") ?? mine[0];
    if (box) {
      box.checked = !box.checked;
      draw(viewer);
    }
  });
  form.addEventListener("change", () => draw(viewer));
  draw(viewer);
});

function draw(viewer) {
  const paint = begin(viewer, "choice");
  for (const { name, value } of boxes.filter((box) => box.checked)) {
    paint.mark(value, `choice-${name}`);
    const position = name === "cancel" ? { top: -12, left: -12 } : { top: -12, right: 16 };
    paint.badge(value, `badge ${name}`, name, position, `${name} here`);
  }
}
