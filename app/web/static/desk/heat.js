// Draws the heat of each element over the diagram: its colour, and its value.

import { begin, dataOf } from "./marks.js";

document.addEventListener("diagram:shown", ({ detail: { viewer } }) => {
  const paint = begin(viewer, "heat");
  for (const [id, { level, text }] of Object.entries(dataOf(document, "heat"))) {
    paint.mark(id, `heat-${level}`);
    paint.badge(id, "badge heat", text, { top: -12, right: 20 }, text);
  }
});
