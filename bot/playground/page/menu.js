// A button with a menu that opens beside it: arrow keys move in it, Escape or a click elsewhere closes it.
import { el } from "./dom.js";

/**
 * @param {{label: string, face: Node | string, name: string, choices: {words: string, choose: () => void}[]}} menu
 * @returns {HTMLElement} the button together with its menu
 */
export function menu({ label, face, name, choices }) {
  const items = choices.map(({ words, choose }) =>
    el(
      "button",
      { type: "button", role: "menuitem", tabindex: "-1", click: () => (list.hidePopover(), choose()) },
      words,
    ),
  );
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto", keydown: move }, items);
  const face_ = { type: "button", class: "overflow", "data-name": name, "aria-label": label, "aria-haspopup": "menu" };
  const button = el("button", { ...face_, "aria-expanded": "false", click: toggle }, face);
  list.addEventListener("toggle", ({ newState }) => button.setAttribute("aria-expanded", String(newState === "open")));

  function toggle() {
    if (list.togglePopover()) {
      place(list, button.getBoundingClientRect());
      items[0]?.focus();
    }
  }

  function move(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -items.indexOf(document.activeElement), End: -1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const from = event.key === "End" ? 0 : items.indexOf(document.activeElement);
    items.at((from + steps[event.key] + items.length) % items.length).focus();
  }

  return el("span", { class: "with-menu" }, button, list);
}

/** Below the button, or above it where there is no room below; never out of the window. */
function place(list, button) {
  const { width, height } = list.getBoundingClientRect();
  const below = button.bottom + 4;
  list.style.top = `${below + height < innerHeight ? below : Math.max(4, button.top - height - 4)}px`;
  list.style.left = `${Math.max(4, Math.min(button.left, innerWidth - width - 8))}px`;
}
