// The list of conversations, with what is new in each.
import { el, redraw } from "./dom.js";

const seen = new Map(); // The latest message that was seen, by reader and place.

/** The places that a reader can be at, in groups. */
export function places({ state, reader }) {
  const channels = state.channels.map(({ id, name }) => ({ id, name: `# ${name}` }));
  return [
    { title: "Channels", places: channels },
    { title: "Direct messages", places: [{ id: reader.id, name: state.bot.name }] },
    { title: "Apps", places: [{ id: "home", name: `${state.bot.name}: Home` }] },
  ];
}

/** Brings the list up to date, and takes what stands in the open place as seen. */
export function drawPlaces(app) {
  const nav = document.getElementById("places");
  const groups = places(app).map(({ title, places: inside }) => ({
    title,
    entries: inside.map(({ id, name }) => ({ id, name, open: id === app.place, unseen: unseen(app, id) })),
  }));
  redraw(
    nav,
    groups.map((group) => ({ key: group.title, signature: JSON.stringify(group), draw: () => list(group) })),
  );
}

function list({ title, entries }) {
  const links = entries.map(({ id, name, open, unseen: count }) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: `#/${id}`, class: count ? "unseen-there" : null, "data-name": id, "aria-current": open && "page" },
        el("span", {}, name),
        count > 0 && el("span", { class: "count" }, String(count), el("span", { class: "unseen" }, " new")),
      ),
    ),
  );
  return el("div", {}, el("h2", {}, title), el("ul", {}, links));
}

/** How many messages came since the reader looked; who has just come has seen everything. */
function unseen({ state, reader, place, user }, id) {
  const there = state.messages.filter((message) => message.channel === id);
  const key = `${user} ${id}`;
  if (id === place || !seen.has(key)) seen.set(key, there.at(-1)?.ts ?? "0");
  return there.filter((message) => message.ts > seen.get(key) && message.user !== reader.id).length;
}
