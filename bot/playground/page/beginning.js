// What stands above the first message of a conversation: what this page is, and texts to try.
import { send } from "./composer.js";
import { el } from "./dom.js";

/** An item for `redraw`, of the conversation that is open. */
export function beginning({ place, state: { command, example } }) {
  const tries = example.map((text) =>
    el("button", { type: "button", "data-name": text, click: () => send(`${command} ${text}`) }, text),
  );
  return {
    key: "beginning",
    signature: JSON.stringify([place, example]),
    draw: () =>
      el(
        "div",
        { class: "beginning" },
        el(
          "p",
          {},
          "The bot is the real one; the workspace, its people and all numbers are made up. Type ",
          el("code", {}, command),
          " and what you want to know, or try:",
        ),
        el("div", { class: "tries" }, tries),
      ),
  };
}
