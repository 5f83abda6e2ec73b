// What this page cannot draw: its kind and its JSON, so that nothing is ever left out.
import { el } from "./dom.js";

/** A block, an element or a run of an unknown kind. */
export function unknown(part) {
  return el(
    "details",
    { class: "unknown" },
    el("summary", {}, `${part.type ?? "something"}: this page does not draw it`),
    el("pre", { tabindex: "0" }, JSON.stringify(part, null, 2)),
  );
}
