// The modal in front: its form, what was wrong in it, and how it closes.
import { tell } from "./api.js";
import { el, redraw } from "./dom.js";
import { entered, keepOnly, viewItems } from "./view.js";

const dialog = document.getElementById("modal");
let wrong = { hash: null, errors: {} }; // What a submission found, until the view changes.

/** Shows the modal that the reader opened last, if any is open. */
export function drawModal(app) {
  const { modals, home } = app.state;
  keepOnly(home ? [...modals, home] : modals);
  const view = modals.at(-1);
  if (!view) return dialog.open && dialog.close();
  if (dialog.dataset.view !== view.id || !dialog.open) open(app, view);
  const errors = wrong.hash === view.hash ? wrong.errors : {};
  dialog.querySelector("h2").textContent = view.title.text;
  dialog.querySelector(".main").textContent = view.submit?.text ?? "Done";
  dialog.querySelector(".main").hidden = !view.submit;
  dialog.querySelector(".close").textContent = view.close?.text ?? "Close";
  redraw(dialog.querySelector(".blocks"), viewItems(view, app, errors));
}

function open(app, view) {
  dialog.dataset.view = view.id;
  const close = () => act(app, "close", view.id);
  dialog.oncancel = (event) => {
    event.preventDefault(); // The server closes it: there may be another one below.
    close();
  };
  dialog.replaceChildren(
    el("h2", { id: "modal-title", tabindex: "-1" }),
    el(
      "form",
      { novalidate: true, submit: (event) => (event.preventDefault(), submit(app)) },
      el("div", { class: "blocks" }),
      el("p", { class: "error", role: "alert" }),
      el(
        "div",
        { class: "answers" },
        el("button", { type: "button", class: "close", "data-name": "close", click: close }),
        el("button", { class: "main", "data-name": "submit" }),
      ),
    ),
  );
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("h2").focus();
}

async function submit(app) {
  const view = app.state.modals.at(-1);
  if (dialog.ariaBusy === "true") return;
  dialog.ariaBusy = "true";
  const answer = await act(app, "submit", view.id, { values: entered(view.id) });
  dialog.ariaBusy = null;
  wrong = { hash: app.state.modals.at(-1)?.hash, errors: answer.errors ?? {} };
  drawModal(app);
  dialog.querySelector(".blocks :is([aria-invalid], fieldset:has(.error) input)")?.focus();
}

async function act(app, what, view_id, more = {}) {
  const answer = await tell(what, { user: app.reader.id, view_id, ...more });
  const alert = dialog.querySelector(".error[role=alert]");
  if (alert) alert.textContent = answer.error ?? "";
  return answer;
}
