// What a modal and Home have in common: their blocks, which tell the server what is done in them.
import { tell } from "./api.js";
import { drawBlock, language } from "./blocks.js";
import { notify } from "./dom.js";
import { input, told } from "./inputs.js";

const drafts = new Map(); // What was entered, by view and element: the server learns most of it only at the end.

/** What was entered into the elements that a view has now. */
export function drafted(view) {
  const there = new Set(view.blocks.filter((block) => block.type === "input").map((block) => block.element.action_id));
  return Object.fromEntries([...(drafts.get(view.id) ?? [])].filter(([action]) => there.has(action)));
}

/** Forgets what was entered into the views that are closed. */
export function forget(open) {
  for (const id of drafts.keys()) if (!open.includes(id)) drafts.delete(id);
}

/** The blocks of a view for `redraw`: a block that stayed the same keeps what is typed into it, and the focus. */
export function viewItems(view, app, errors = {}) {
  if (!drafts.has(view.id)) drafts.set(view.id, new Map());
  const draft = drafts.get(view.id);
  const around = {
    user: app.reader,
    names: app.names,
    channels: app.state.channels,
    errors,
    entered: ({ block_id, element: { action_id } }) =>
      draft.has(action_id) ? draft.get(action_id) : told(view.state.values[block_id]?.[action_id]),
    enter: (action_id, value) => draft.set(action_id, value),
    act: async (action_id, value) => {
      const { error } = await tell("act", { user: app.reader.id, view_id: view.id, action_id, value });
      if (error) notify(error);
    },
  };
  return view.blocks.map((block, at) => ({
    key: block.block_id ?? `b${at}`,
    signature: JSON.stringify([view.id, block, errors[block.block_id]]),
    draw: () => spoken(block.type === "input" ? input(block, around) : drawBlock(block, around)),
  }));
}

function spoken(node) {
  node.lang = language(node.textContent);
  return node;
}
