// The fields of a form: each with its label, hint and error, and with what was entered into it before.
import { el } from "./dom.js";
import { unknown } from "./unknown.js";

/**
 * Where the fields of a view stand, beside what `elements.js` says of all blocks.
 * @typedef {{entered: (block: object) => any, enter: (action_id: string, value: any) => void,
 *   errors: Record<string, string>, channels: {id: string, name: string}[]}} Form
 */

const KINDS = {
  plain_text_input: text,
  static_select: (part, field) => select(part, field, part.options.map(choice)),
  external_select: external,
  conversations_select: (part, field) => select(part, field, field.channels.map(channel)),
  multi_static_select: (part, field) => ticked(part, field, "checkbox"),
  radio_buttons: (part, field) => ticked(part, field, "radio"),
  datepicker: (part, field) => picker("date", part, field),
  timepicker: (part, field) => picker("time", part, field),
};
const GROUPS = ["multi_static_select", "radio_buttons"];

/** An input block. @param {import("./elements.js").Surroundings & Form} around */
export function input(block, around) {
  const part = block.element;
  if (!Object.hasOwn(KINDS, part.type)) return unknown(part);
  const error = around.errors[block.block_id];
  const id = `field-${block.block_id}`;
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  const change = (value) => {
    around.enter(part.action_id, value);
    if (block.dispatch_action) around.act(part.action_id, value);
  };
  const grouped = GROUPS.includes(part.type);
  const attributes = { "aria-describedby": described, "aria-invalid": Boolean(error) && "true" };
  const own = grouped ? {} : { id, "data-name": part.action_id, ...attributes };
  const field = { ...around, id, own, change, value: around.entered(block), optional: block.optional };
  const label = [block.label.text, block.optional && el("span", { class: "optional" }, " (optional)")];
  return el(
    grouped ? "fieldset" : "div",
    { class: "block block-input", ...(grouped && { "aria-describedby": described }) },
    grouped ? el("legend", {}, label) : el("label", { for: id }, label),
    KINDS[part.type](part, field),
    error && el("p", { id: `${id}-error`, class: "error" }, error),
    block.hint && el("p", { id: `${id}-hint`, class: "hint" }, block.hint.text),
  );
}

/** What a view tells of an element, as a value, a list of them, or null. */
export function told(state = {}) {
  const { selected_options, selected_option, selected_conversation, selected_date, selected_time, value } = state;
  const one = selected_option?.value ?? selected_conversation ?? selected_date ?? selected_time ?? value ?? null;
  return selected_options ? selected_options.map((option) => option.value) : one;
}

/** The bot hears of typed words when they are submitted, or at the Enter key where the element says so. */
function text(part, { own, value, enter, change }) {
  const heard = part.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const node = el("input", {
    ...own,
    type: "text",
    maxlength: part.max_length ?? 3000,
    placeholder: part.placeholder?.text,
    input: () => (heard.includes("on_character_entered") ? change : keep)(node.value),
    keydown: (event) => {
      if (event.key !== "Enter" || event.isComposing || !heard.includes("on_enter_pressed")) return;
      event.preventDefault();
      change(node.value);
    },
  });
  const keep = (words) => enter(part.action_id, words);
  node.value = value ?? "";
  return node;
}

function select(part, { own, value, change, optional }, choices) {
  const options = choices.map(([key, words]) => el("option", { value: key }, words));
  const node = el(
    "select",
    { ...own, change: () => change(node.value || null) },
    el("option", { value: "", disabled: !optional }, part.placeholder.text),
    options,
  );
  node.value = value ?? "";
  return node;
}

function choice({ value, text: words }) {
  return [value, words.text];
}

function channel({ id, name }) {
  return [id, `#${name}`];
}

/** Its options come from the bot while the visitor types; here it keeps the one that it has. */
function external(part, field) {
  return select(part, field, part.initial_option ? [choice(part.initial_option)] : []);
}

function ticked(part, { id, value, change }, type) {
  const boxes = part.options.map((option) => {
    const checked = type === "radio" ? value === option.value : (value ?? []).includes(option.value);
    return el("input", {
      type,
      name: id,
      value: option.value,
      checked,
      "data-name": `${part.action_id} ${option.value}`,
      change: changed,
    });
  });
  function changed() {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    change(type === "radio" ? (chosen[0] ?? null) : chosen);
  }
  const choices = part.options.map((option, at) => el("label", {}, boxes[at], " ", option.text.text));
  return el("div", { class: "choices" }, choices);
}

function picker(type, part, { own, value, change }) {
  const node = el("input", { ...own, type, change: () => change(node.value || null) });
  node.value = value ?? "";
  return node;
}
