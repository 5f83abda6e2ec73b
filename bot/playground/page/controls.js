// What a visitor can do here but not in Slack: move the clock, let things go wrong, choose how the page looks.
import { tell } from "./api.js";
import { el, notify, redraw } from "./dom.js";
import { dayAndTime, nextMonday } from "./moments.js";

const clock = el("strong", { id: "clock" });
const jumps = el("div", { class: "jumps", role: "group", "aria-label": "Move the clock forward" });
const faults = el("div", { class: "faults" });
const KEPT = "Figures that the bot has just read are not asked of Devin again: ask about others.";
let app = null;
let moved = Promise.resolve(); // One move begins where the one before it ended.
let ahead = 0; // Milliseconds that the playground's clock is ahead of this machine's.

/** Puts the controls on the page, once. */
export function openControls(of) {
  app = of;
  const go = (to) => (moved = moved.then(() => moveClock(to())));
  const jump = (words, to) => el("button", { type: "button", click: () => go(to) }, words);
  jumps.append(
    jump("+1 hour", () => ({ hours: 1 })),
    jump("+1 day", () => ({ days: 1 })),
    jump("+1 week", () => ({ days: 7 })),
    jump("Monday 9:00", () => ({ to: nextMonday(now(), app.reader.tz).toISOString() })),
  );
  document.getElementById("controls").append(
    el("h2", {}, "Clock"),
    el("p", {}, clock),
    jumps,
    el("details", {}, el("summary", {}, "What goes wrong"), faults, el("p", { class: "hint" }, KEPT)),
    el("label", { class: "theme" }, "Colours ", theme()),
  );
  setInterval(tick, 5000);
}

/** Shows the clock and the faults as they are now. */
export function drawControls() {
  ahead = new Date(app.state.now) - Date.now();
  tick();
  redraw(
    faults,
    app.state.faults.map((fault) => ({ key: fault.key, signature: JSON.stringify(fault), draw: () => toggle(fault) })),
  );
}

function now() {
  return new Date(Date.now() + ahead);
}

function tick() {
  clock.textContent = dayAndTime(now(), app.reader);
}

function toggle({ key, label, on }) {
  const box = el("input", {
    type: "checkbox",
    checked: on,
    "data-name": key,
    change: () => act("fault", { key, on: box.checked }),
  });
  return el("label", {}, box, el("span", {}, label));
}

function theme() {
  const choices = [
    ["", "as the system"],
    ["light", "light"],
    ["dark", "dark"],
  ].map(([value, words]) => el("option", { value }, words));
  const apply = (value) => (document.documentElement.dataset.theme = value);
  const node = el("select", { change: () => (apply(node.value), localStorage.setItem("theme", node.value)) }, choices);
  node.value = localStorage.getItem("theme") ?? "";
  apply(node.value);
  return node;
}

/** It takes a while: on its way the clock stops wherever something is due. */
async function moveClock(to) {
  jumps.ariaBusy = "true";
  const { error, now: shown } = await tell("clock", to);
  if (shown) ahead = new Date(shown) - Date.now();
  if (error) notify(error);
  jumps.ariaBusy = null;
}

async function act(what, body) {
  const { error } = await tell(what, body);
  if (error) notify(error);
}
