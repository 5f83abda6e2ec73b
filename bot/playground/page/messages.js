// The messages of a conversation and of a thread, one after the other, with the days between them.
import { tell } from "./api.js";
import { drawBlock, language } from "./blocks.js";
import { el, notify, redraw } from "./dom.js";
import { day, sentAt, timeOfDay } from "./moments.js";
import { mrkdwn } from "./mrkdwn.js";

/** Brings a conversation up to date; `beginning` holds what stands above its first message. */
export function drawConversation(app, beginning) {
  const roots = app.state.messages.filter((message) => message.channel === app.place && !threadOf(app, message));
  const items = roots.flatMap((message, at) => {
    const [date, before] = [message, roots[at - 1]].map((one) => one && day(sentAt(one.ts), app.reader));
    const item = messageItem(app, message, repliesOf(app, message));
    return date === before ? [item] : [dayItem(date, message.ts), item];
  });
  redraw(document.getElementById("messages"), [...beginning, ...items]);
}

/** Brings the thread up to date that is open, if one is; false if there is no such thread. */
export function drawThread(app) {
  const [root] = app.state.messages.filter((message) => message.channel === app.place && message.ts === app.thread);
  const shown = root ? [root, ...repliesOf(app, root)] : [];
  const list = document.getElementById("replies");
  const before = list.childElementCount;
  redraw(
    list,
    shown.map((message) => messageItem(app, message, null)),
  );
  if (list.childElementCount > before) list.parentElement.scrollTop = list.scrollHeight;
  return Boolean(root);
}

function repliesOf(app, { channel, ts }) {
  return app.state.messages.filter((one) => one.channel === channel && one.thread_ts === ts && one.ts !== ts);
}

/** The message that a reply answers, if it is there; a reply without it stands in the conversation itself. */
function threadOf(app, { channel, ts, thread_ts }) {
  return (
    thread_ts && thread_ts !== ts && app.state.messages.find((one) => one.channel === channel && one.ts === thread_ts)
  );
}

function dayItem(date, ts) {
  return { key: `day ${ts}`, signature: date, draw: () => el("p", { class: "day" }, el("span", {}, date)) };
}

/** A message with what tells of its replies; within the thread those are null. */
function messageItem(app, message, replies) {
  const about = [app.reader.id, message, replies?.length, replies?.at(-1)?.ts, app.thread === message.ts];
  return { key: message.ts, signature: JSON.stringify(about), draw: () => article(app, message, replies) };
}

function article(app, message, replies) {
  const byBot = message.user === app.state.bot.id;
  const name = app.names[message.user] ?? message.user;
  const at = sentAt(message.ts);
  const id = `${replies ? "message" : "reply"}-${message.ts}`;
  return el(
    "article",
    { class: message.ephemeral ? "message private" : "message", "aria-labelledby": id },
    el(
      "span",
      { class: byBot ? "avatar bot" : "avatar", "aria-hidden": "true" },
      byBot ? null : [...name][0].toUpperCase(),
    ),
    el(
      "div",
      {},
      el(
        "p",
        { class: "who" },
        el("strong", { id }, name),
        byBot && el("span", { class: "app" }, "App"),
        el("time", { datetime: at.toISOString() }, timeOfDay(at, app.reader)),
        replies?.length === 0 && !message.ephemeral && replyLink(message),
      ),
      message.ephemeral && el("p", { class: "only" }, "Only visible to you"),
      body(app, message),
      (message.files ?? []).map(file),
      message.edited && el("p", { class: "edited" }, "(edited)"),
      replies?.length > 0 && threadLink(app, message, replies),
      asSent(message),
    ),
  );
}

function body(app, message) {
  const around = {
    user: app.reader,
    names: app.names,
    act: async (action_id, value) => {
      const { channel, ts } = message;
      const { error } = await tell("click", { user: app.reader.id, channel, ts, action_id, value });
      if (error) notify(error);
    },
  };
  const drawn = message.blocks.map((block) => drawBlock(block, around));
  if (!drawn.length && message.text === message.files?.[0]?.name) return null; // The file shows instead.
  const words = el("div", { class: "block block-section" }, mrkdwn(message.text, app.names));
  return el("div", { lang: language(message.text) }, drawn.length ? drawn : words);
}

function file({ name, size, url }) {
  return el(
    "p",
    { class: "file" },
    el("a", { href: url, download: name }, name),
    ` ${size.toLocaleString("en")} bytes`,
  );
}

function replyLink({ channel, ts }) {
  const attributes = { class: "in-thread", "aria-label": "Reply in thread", "data-name": "reply" };
  return el("a", { href: `#/${channel}/${ts}`, ...attributes }, "Reply");
}

/** The way to a thread; what only the reader can see is there, but does not count. */
function threadLink(app, { channel, ts }, replies) {
  const public_ = replies.filter(({ ephemeral }) => !ephemeral).length;
  const count = public_ === 1 ? "1 reply" : `${public_} replies`;
  const last = `last one ${timeOfDay(sentAt(replies.at(-1).ts), app.reader)}`;
  const current = app.thread === ts && "true";
  return el(
    "p",
    { class: "replies" },
    el(
      "a",
      { href: `#/${channel}/${ts}`, class: "in-thread", "data-name": "thread", "aria-current": current },
      count,
    ),
    ` ${last}`,
  );
}

/** What Slack would be given: the words of notifications and screen readers, the blocks, the metadata. */
function asSent({ text, blocks, metadata }) {
  const json = JSON.stringify({ text, blocks, ...(metadata && { metadata }) }, null, 2);
  const details = el("details", { class: "sent" }, el("summary", { "data-name": "sent" }, "As sent"));
  details.addEventListener("toggle", () => details.append(el("pre", { tabindex: "0" }, json)), { once: true });
  return details;
}
