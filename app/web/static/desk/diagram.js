// Shows BPMN files with bpmn-js. A figure with `data-diagram`, the address of a file, holds a picture drawn by the
// service; the diagram takes its place, unless something goes wrong. Then `diagram:shown` is told of at the figure, with
// the viewer in `detail`, to those who have more to show in it.

import { tool } from "./tools.js";

const ZOOM_STEP = 1.3;
const HEIGHTS = [220, 520]; // in pixels: as high as the whole diagram needs, within these
const MARGIN = 40;

async function show(figure) {
  const answer = await fetch(figure.dataset.diagram);
  if (!answer.ok) {
    throw new Error(`${figure.dataset.diagram} answered ${answer.status}`);
  }
  const canvas = document.createElement("div");
  canvas.className = "diagram-canvas";
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-label", figure.getAttribute("aria-label"));
  figure.append(canvas);
  const viewer = new BpmnJS({ container: canvas, zoomScroll: { enabled: false } }); // the wheel is for the page
  try {
    await viewer.importXML(await answer.text());
  } catch (problem) {
    canvas.remove();
    throw problem;
  }
  figure.querySelector(".diagram-picture").remove();
  figure.append(tools(viewer));
  fit(viewer, canvas);
  new ResizeObserver(() => fit(viewer, canvas)).observe(figure);
  figure.dispatchEvent(new CustomEvent("diagram:shown", { bubbles: true, detail: { viewer } }));
}

// Shows the whole diagram, in a box of its shape.
function fit(viewer, box) {
  const canvas = viewer.get("canvas");
  const drawn = canvas.viewbox().inner;
  const wanted = (drawn.height / drawn.width) * box.clientWidth + MARGIN;
  box.style.height = `${Math.min(Math.max(wanted, HEIGHTS[0]), HEIGHTS[1])}px`;
  canvas.resized();
  canvas.zoom("fit-viewport", "auto");
}

function tools(viewer) {
  const canvas = viewer.get("canvas");
  const bar = document.createElement("div");
  bar.className = "actions diagram-tools";
  bar.append(
    tool("Zoom in", () => canvas.zoom(canvas.zoom() * ZOOM_STEP)),
    tool("Zoom out", () => canvas.zoom(canvas.zoom() / ZOOM_STEP)),
    tool("Whole diagram", () => canvas.zoom("fit-viewport", "auto")),
  );
  return bar;
}

for (const figure of document.querySelectorAll("[data-diagram]")) {
  show(figure).catch((problem) => console.error(problem));
}
