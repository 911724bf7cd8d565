// Buttons beside what a library draws.

/** A small button that says `text` and does `act`. */
export function tool(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}
