// Where the visitor writes in the thread that is open.
import { tell } from "./api.js";
import { el } from "./dom.js";

const form = document.getElementById("reply");
const problem = el("p", { class: "error", role: "alert" });
const field = el("input", {
  id: "reply-text",
  "aria-label": "Reply in thread",
  maxlength: 3000,
  input: () => (problem.textContent = ""),
});

/** Puts the field on the page, once the first state is there. */
export function openReply(app) {
  form.append(field, el("button", { class: "main" }, "Reply"), problem);
  form.addEventListener("submit", (event) => (event.preventDefault(), send(app, field.value.trim())));
}

/** Shows how the bot is asked in a thread, where Slack takes no commands. */
export function drawReply({ state }) {
  field.placeholder = `Reply, or @${state.bot.name} …`;
}

async function send(app, text) {
  if (!text || form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const { error } = await deliver(app, text);
  form.ariaBusy = null;
  problem.textContent = error ?? "";
  if (!error && field.value.trim() === text) field.value = "";
}

/** Slack takes no commands in threads: slackapi/python-slack-sdk issue 1570. */
async function deliver({ state, reader, place, thread }, text) {
  const [word] = text.split(/\s/, 1);
  if (word.startsWith("/")) return { error: `Slack takes no commands in threads: write @${state.bot.name} instead.` };
  return tell("message", { user: reader.id, channel: place, message: text, thread });
}
