// Keeps the page of an instance as it is now, its diagram too.

import { keepFresh } from "./live.js";
import { dataOf, drawMarks } from "./marks.js";

let viewer = null;

document.addEventListener("diagram:shown", ({ detail }) => {
  viewer = detail.viewer;
  drawMarks(viewer, dataOf(document, "marks"));
});

keepFresh(() => {
  if (viewer) {
    drawMarks(viewer, dataOf(document, "marks"));
  }
});
