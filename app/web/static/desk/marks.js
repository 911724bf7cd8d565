// Draws over a diagram of bpmn-js: tokens, incidents, what is done; or any other classes and badges of elements.

const drawn = new WeakMap();

/** The JSON in `data-<name>` of the first element that has it, below `root`. */
export function dataOf(root, name) {
  return JSON.parse(root.querySelector(`[data-${name}]`).dataset[name]);
}

/** Shows where an instance stands: {running: {id: count}, incidents: {id: count}, left: [id]}. */
export function drawMarks(viewer, { running, incidents, left }) {
  const paint = begin(viewer, "marks");
  const done = new Set(left);
  const entered = new Set([...left, ...Object.keys(running)]);
  left.filter((id) => !(id in running)).forEach((id) => paint.mark(id, "mark-left"));
  Object.keys(running).forEach((id) => paint.mark(id, "mark-running"));
  Object.keys(incidents).forEach((id) => paint.mark(id, "mark-incident"));
  viewer.get("elementRegistry").forEach(({ id, source, target }) => {
    if (source && target && done.has(source.id) && entered.has(target.id)) {
      paint.mark(id, "mark-left");
    }
  });
  for (const [id, count] of Object.entries(running)) {
    paint.badge(id, "badge token", `${count}`, { bottom: 12, left: -12 }, `${count} running`);
  }
  for (const [id, count] of Object.entries(incidents)) {
    paint.badge(id, "badge incident", `! ${count}`, { top: -12, right: 16 }, `${count} failed`);
  }
}

/** Forgets what was drawn under this name, and returns what draws it anew. */
export function begin(viewer, name) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");
  const all = drawn.get(viewer) ?? {};
  drawn.set(viewer, all);
  (all[name] ?? []).forEach(([id, marker]) => canvas.removeMarker(id, marker));
  overlays.remove({ type: name });
  const markers = (all[name] = []);
  return {
    mark(id, marker) {
      if (registry.get(id)) {
        canvas.addMarker(id, marker);
        markers.push([id, marker]);
      }
    },
    badge(id, className, text, position, title) {
      if (registry.get(id)) {
        const html = document.createElement("span");
        html.className = className;
        html.textContent = text;
        html.title = title;
        overlays.add(id, name, { position, html });
      }
    },
  };
}
