// Starts the page, and draws it whenever the playground has changed or the visitor goes somewhere else.
import { listen, readState, tell } from "./api.js";
import { beginning } from "./beginning.js";
import { drawComposer, openComposer } from "./composer.js";
import { drawControls, openControls } from "./controls.js";
import { el, notify, redraw } from "./dom.js";
import { drawConversation, drawThread } from "./messages.js";
import { drawModal } from "./modal.js";
import { drawPlaces, places } from "./places.js";
import { drawReply, openReply } from "./reply.js";
import { drawScrolled, toNewest, toTop } from "./scroll.js";
import { viewItems } from "./view.js";

/**
 * What is drawn: the playground as the reader sees it, and where the reader is. `place` is the id of a conversation,
 * "home", or null where a narrow window shows the list; `thread` the ts of the message whose thread is open.
 * @type {{state: import("./api.js").State, reader: import("./api.js").User, names: Record<string, string>,
 *   user: string, place: string | null, thread: string | null}}
 */
const app = {
  state: null,
  reader: null,
  names: {},
  user: sessionStorage.getItem("user") ?? "",
  place: null,
  thread: null,
};
const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 760px)");
const reading = { again: false, done: null };

listen(
  (version) => version !== app.state?.version && refresh(),
  (connected) => {
    byId("lost").hidden = connected;
    if (connected) refresh(); // A playground that was started anew counts its versions anew.
  },
);
addEventListener("hashchange", () => app.state && move());
byId("user").addEventListener("change", (event) => become(event.target.value));
document.querySelector(".skip").addEventListener("click", skip);

function skip(event) {
  event.preventDefault(); // The address tells the place, not what has the focus.
  byId(byId("composer").hidden ? "scroll" : "text").focus();
}

/** Reads the state and draws it, once more if something changed meanwhile; done when what is drawn is the latest. */
function refresh() {
  reading.again = true;
  reading.done ??= readAll();
  return reading.done;
}

async function readAll() {
  try {
    while (reading.again) {
      reading.again = false;
      const state = await readState(app.user);
      if (state && app.user) take(state);
      else if (!app.state) reading.again ||= introduced(state);
    }
  } finally {
    reading.done = null;
  }
}

/** Chooses the first reader where none is known yet; false if the bot does not answer. */
function introduced(state) {
  const asked = app.user;
  app.user = state?.users[0].id ?? "";
  return app.user !== asked;
}

function take(state) {
  const first = !app.state;
  const before = app.reader?.id === app.user ? app.state : null;
  app.state = state;
  app.reader = state.users.find(({ id }) => id === app.user);
  app.names = Object.fromEntries([...state.users, ...state.channels, state.bot].map(({ id, name }) => [id, name]));
  if (first) start();
  draw();
  if (before) announce(before);
}

function start() {
  openComposer(app);
  openControls(app);
  openReply(app);
  if (!location.hash) history.replaceState(null, "", `#/${app.state.channels[0].id}`);
  route();
  if (app.place === "home") openHome();
}

async function become(user) {
  sessionStorage.setItem("user", user);
  const own = app.place === app.user;
  app.user = user;
  await refresh();
  if (own) location.hash = `#/${user}`;
  if (app.place === "home") openHome();
}

/** Reads from the address where the reader is; an address that leads nowhere leads to the first channel. */
function route() {
  const [, place, thread] = location.hash.split("/");
  const known = places(app).flatMap((group) => group.places.map(({ id }) => id));
  const first = narrow.matches && !place ? null : known[0];
  app.place = known.includes(place) ? place : first;
  app.thread = (app.place && thread) || null;
}

function move() {
  const from = { place: app.place, thread: app.thread };
  route();
  draw();
  if (app.place !== from.place) arrive();
  else if (app.thread) byId("thread-title").focus();
  else if (from.thread) document.querySelector(`#messages [data-key="${from.thread}"] .in-thread`)?.focus();
}

function arrive() {
  toNewest();
  if (app.place === "home") openHome();
  const field = byId("text");
  (narrow.matches || app.place === "home" ? byId("title") : field).focus();
}

async function openHome() {
  toTop();
  const { error } = await tell("home", { user: app.reader.id });
  if (error) notify(error);
}

function draw() {
  drawFrame();
  drawPlaces(app);
  drawControls();
  drawModal(app);
  if (app.place === "home") drawHome();
  else drawMessages();
  if (!drawThread(app)) app.thread = null;
  byId("thread").hidden = !app.thread;
  document.body.dataset.pane = app.thread ? "thread" : app.place ? "place" : "list";
}

function drawHome() {
  redraw(byId("messages"), []);
  redraw(byId("home"), app.state.home ? viewItems(app.state.home, app) : []);
}

function drawMessages() {
  redraw(byId("home"), []);
  drawScrolled(() => drawConversation(app, app.place ? [beginning(app)] : []));
}

function drawFrame() {
  const { name = "Playground" } =
    places(app)
      .flatMap((group) => group.places)
      .find(({ id }) => id === app.place) ?? {};
  byId("team").textContent = app.state.team;
  byId("title").textContent = name;
  document.title = byId("here").textContent = `${name} – ${app.state.team}`;
  byId("thread-close").href = `#/${app.place}`;
  drawComposer(app, name);
  drawReply(app);
  const people = app.state.users.map(({ id, name: person }) => {
    return { key: id, signature: person, draw: () => el("option", { value: id }, person) };
  });
  redraw(byId("user"), people);
  byId("user").value = app.user;
  byId("reader").textContent = `${app.reader.tz.replaceAll("_", " ")} · ${app.reader.locale}`;
}

/** Says what has come, for those who do not see it. */
function announce(before) {
  const known = new Map(before.messages.map((message) => [message.ts, message.text]));
  const news = app.state.messages.filter(({ ts, text, user }) => known.get(ts) !== text && user !== app.user);
  const last = news.at(-1);
  if (!last) return;
  const place = last.channel === app.user ? "your direct messages" : `#${app.names[last.channel]}`;
  byId("said").textContent = `${app.names[last.user] ?? last.user} in ${place}: ${last.text.slice(0, 300)}`;
}
