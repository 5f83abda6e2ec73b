// Where the visitor types: commands with a hint, mentions, plain messages, and what was sent before.
import { tell } from "./api.js";
import { el, notify } from "./dom.js";
import { menu } from "./menu.js";
import { toNewest } from "./scroll.js";

const form = document.getElementById("composer");
const sent = []; // What was typed, the latest last.
let back = 0; // How many steps back in it the field stands; 0 is what is being typed.
let chosen = -1; // Which of the suggestions the arrow keys stand at.
let app = null;

const suggestions = el("ul", { id: "suggestions", role: "listbox", "aria-label": "Commands and mentions", hidden: true });
const problem = el("p", { class: "error", role: "alert" });
const field = el("input", {
  id: "text",
  "aria-label": "Message or command",
  role: "combobox",
  "aria-controls": "suggestions",
  "aria-expanded": "false",
  "aria-autocomplete": "list",
  maxlength: 3000,
  input: () => changed(),
  keydown: (event) => !event.isComposing && KEYS[event.key]?.(event),
  blur: () => hide(),
  focus: () => suggest(),
});

/** Puts the composer on the page, once the first state is there. */
export function openComposer(of) {
  app = of;
  form.append(
    suggestions,
    el("span", { id: "shortcuts" }),
    field,
    el("button", { class: "main" }, "Send"),
    el("p", { class: "hint" }, "/ shows the command, @ mentions the bot, ↑ brings back what was sent."),
    problem,
  );
  form.addEventListener("submit", (event) => (event.preventDefault(), send(field.value.trim())));
}

/** Shows the shortcuts that there are, and where a message would go. */
export function drawComposer({ state, reader, place }, name) {
  form.hidden = !place || place === "home";
  field.placeholder = `Message ${name}, or ${state.command} …`;
  const choices = state.shortcuts.map(({ callback_id, name: words }) => ({ words, choose: () => call(callback_id) }));
  const held = document.getElementById("shortcuts");
  const signature = JSON.stringify([reader.id, choices.map(({ words }) => words)]);
  if (held.dataset.signature === signature) return;
  held.dataset.signature = signature;
  held.replaceChildren(choices.length ? menu({ label: "Shortcuts", face: "+", name: "shortcuts", choices }) : "");
}

/** Sends what begins with the command's name to the bot, and everything else as a message. */
export async function send(text) {
  if (!text || form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  hide();
  const { error } = await deliver(text);
  form.ariaBusy = null;
  problem.textContent = error ?? "";
  if (error) return;
  sent.push(text);
  back = 0;
  toNewest(); // The asker wants to see the answer, even from far above.
  if (field.value.trim() === text) field.value = "";
}

async function deliver(text) {
  const { command } = app.state;
  const where = { user: app.reader.id, channel: app.place };
  const [word] = text.split(/\s/, 1);
  if (word === command) return tell("command", { ...where, text: text.slice(word.length).trim() });
  if (word.startsWith("/")) return { error: `There is no command ${word} here, only ${command}.` };
  return tell("message", { ...where, message: text });
}

async function call(callback_id) {
  const { error } = await tell("shortcut", { user: app.reader.id, callback_id });
  if (error) notify(error);
}

const KEYS = {
  ArrowDown: (event) => (suggestions.hidden ? recall(event, -1) : choose(event, chosen + 1)),
  ArrowUp: (event) => (chosen < 0 ? recall(event, 1) : choose(event, chosen - 1)),
  Tab: (event) => chosen >= 0 && take(event, suggestions.children[chosen].dataset.text),
  Enter: (event) => chosen >= 0 && take(event, suggestions.children[chosen].dataset.text),
  Escape: (event) => !suggestions.hidden && (event.preventDefault(), hide()),
};

function recall(event, step) {
  const to = back + step;
  if (to < 0 || to > sent.length) return;
  event.preventDefault();
  back = to;
  field.value = back ? sent.at(-back) : "";
  hide();
}

function changed() {
  back = 0;
  problem.textContent = "";
  suggest();
}

/** The command or the mention with a hint, and examples that go on as the visitor began. */
function suggest() {
  const { bot, command, hint, example } = app.state;
  const begun = field.value;
  const all = [command, `@${bot.name}`].flatMap((name) => [
    [`${name} `, hint],
    ...example.map((text) => [`${name} ${text}`, ""]),
  ]);
  const fit = /^[/@]/.test(begun) ? all.filter(([text]) => text.startsWith(begun) && text !== begun) : [];
  const nodes = fit.map(([text, note], at) =>
    el(
      "li",
      { id: `suggestion-${at}`, role: "option", "data-text": text, mousedown: (event) => take(event, text) },
      el("strong", {}, text),
      note && ` ${note}`,
    ),
  );
  suggestions.replaceChildren(...nodes);
  chosen = -1;
  show(nodes.length > 0);
}

function show(open) {
  suggestions.hidden = !open;
  field.ariaExpanded = String(open);
  field.removeAttribute("aria-activedescendant");
}

function hide() {
  chosen = -1;
  show(false);
}

function choose(event, at) {
  event.preventDefault();
  chosen = Math.min(at, suggestions.children.length - 1);
  [...suggestions.children].forEach((node, place) => (node.ariaSelected = String(place === chosen)));
  if (chosen < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
  suggestions.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function take(event, text) {
  event.preventDefault();
  field.value = text;
  suggest();
}
