// What can be clicked in a message or on Home: buttons, menus and selects, some of which ask first.
import { el } from "./dom.js";
import { menu } from "./menu.js";
import { textObject } from "./mrkdwn.js";
import { unknown } from "./unknown.js";

/**
 * Where blocks stand: for whom they are drawn, what ids are called, and what an act does.
 * @typedef {{user: import("./api.js").User, names: Record<string, string>,
 *   act: (action_id: string, value: string | null) => Promise<void>}} Surroundings
 */

/** An element of an actions block or beside a section. @param {Surroundings} around */
export function element(part, around) {
  switch (part.type) {
    case "button":
      return button(part, around);
    case "overflow":
      return overflow(part, around);
    case "static_select":
      return select(part, around);
    default:
      return unknown(part);
  }
}

function button(part, around) {
  const label = part.accessibility_label;
  const node = el(
    "button",
    { type: "button", "data-name": part.action_id, "aria-label": spoken(part.text.text, label), title: label, click },
    part.text.text,
  );
  async function click() {
    if (node.ariaBusy === "true" || (part.confirm && !(await agreed(part.confirm, around)))) return;
    node.ariaBusy = "true";
    await around.act(part.action_id, null);
    node.ariaBusy = null;
  }
  return node;
}

/** A name for screen readers begins with what others see, so that a reader who uses speech control can say it. */
function spoken(words, label) {
  return !label || label.startsWith(words) ? label : `${words}: ${label}`;
}

function overflow(part, around) {
  const choices = part.options.map((option) => ({
    words: option.text.text,
    choose: () => around.act(part.action_id, option.value),
  }));
  return menu({ label: "More actions", face: "⋮", name: part.action_id, choices });
}

function select(part, around) {
  const choices = part.options.map((option) => el("option", { value: option.value }, option.text.text));
  const node = el(
    "select",
    {
      "data-name": part.action_id,
      "aria-label": part.placeholder.text,
      change: () => around.act(part.action_id, node.value),
    },
    el("option", { value: "", disabled: true }, part.placeholder.text),
    choices,
  );
  node.value = part.initial_option?.value ?? "";
  return node;
}

/** Asks before something is done; true once it was agreed to. */
function agreed(confirm, { names }) {
  const dialog = el(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
    el("h2", { id: "confirm-title" }, confirm.title.text),
    el("p", { id: "confirm-text" }, textObject(confirm.text, names)),
    el(
      "form",
      { method: "dialog", class: "answers" },
      el("button", { value: "" }, confirm.deny.text),
      el("button", { value: "yes", class: "main" }, confirm.confirm.text),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
