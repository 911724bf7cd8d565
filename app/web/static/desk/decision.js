// Shows DMN files with dmn-js. A figure with `data-decisions`, the address of a file, holds the rules as plain tables;
// the drawing takes their place, unless something goes wrong. It opens at the decision that `data-decision` names.

import { tool } from "./tools.js";

const HEIGHTS = [200, 420]; // of a graph, in pixels: as high as all of it needs, within these
const MARGIN = 60;

async function show(figure) {
  const answer = await fetch(figure.dataset.decisions);
  if (!answer.ok) {
    throw new Error(`${figure.dataset.decisions} answered ${answer.status}`);
  }
  const canvas = document.createElement("div");
  canvas.className = "decision-canvas";
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-label", figure.getAttribute("aria-label"));
  figure.append(canvas);
  const viewer = new DmnJS({ container: canvas, drd: { zoomScroll: { enabled: false } } }); // the wheel is for the page
  viewer.on("views.changed", () => {
    fit(viewer, canvas);
    applyStyles(canvas);
    letMove(canvas);
  });
  try {
    await viewer.importXML(await answer.text(), { open: false });
    const views = viewer.getViews();
    await viewer.open(views.find(({ element }) => element.id === figure.dataset.decision) ?? views[0]);
    figure.querySelector(".decision-plain").remove();
    figure.prepend(chooser(viewer, views));
  } catch (problem) {
    canvas.remove();
    throw problem;
  }
}

// Buttons for the views of a file: its graph, and each of its decisions.
function chooser(viewer, views) {
  const bar = document.createElement("div");
  bar.className = "actions diagram-tools";
  for (const view of views) {
    const button = tool(view.type === "drd" ? "Graph" : view.name || view.id, () => viewer.open(view));
    const tell = () => button.setAttribute("aria-pressed", viewer.getActiveView().element === view.element);
    viewer.on("views.changed", tell);
    tell();
    bar.append(button);
  }
  return bar;
}

// Shows the whole graph, in a box of its shape; tables and expressions are as high as they are.
function fit(viewer, box) {
  if (viewer.getActiveView()?.type !== "drd") {
    box.style.height = "";
    return;
  }
  const canvas = viewer.getActiveViewer().get("canvas");
  const drawn = canvas.viewbox().inner;
  const wanted = (drawn.height / drawn.width) * box.clientWidth + MARGIN;
  box.style.height = `${Math.min(Math.max(wanted, HEIGHTS[0]), HEIGHTS[1])}px`;
  canvas.resized();
  canvas.zoom("fit-viewport", "auto");
}

// Lets the keyboard move what is wider than its box: a table within its own, everything else within the drawing's.
function letMove(box) {
  const table = box.querySelector(".tjs-table-container");
  box.tabIndex = table ? -1 : 0;
  if (table) {
    table.tabIndex = 0;
  }
}

// dmn-js writes the style of its watermark as attributes in HTML, which the page's policy passes over; what a script
// sets is allowed. So it looks and lies as its makers want it.
function applyStyles(root) {
  for (const element of root.querySelectorAll("[style]")) {
    element.style.cssText = element.getAttribute("style");
  }
}

document.addEventListener("click", ({ target }) => {
  if (target.closest(".bjs-powered-by")) {
    document.querySelectorAll(".bjs-powered-by-lightbox").forEach((box) => applyStyles(box.parentElement));
  }
});

for (const figure of document.querySelectorAll("[data-decisions]")) {
  show(figure).catch((problem) => console.error(problem));
}
