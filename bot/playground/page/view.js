// What a modal and Home have in common: their blocks, which tell the server what is done in them.
import { tell } from "./api.js";
import { drawBlock, language } from "./blocks.js";
import { notify } from "./dom.js";
import { input, told } from "./inputs.js";

const open = new Map(); // The latest content of each view, and what was entered into it by element.

/** What was entered into the elements that a view has now. */
export function entered(id) {
  const { view, values } = open.get(id);
  const there = new Set(view.blocks.map((block) => block.element?.action_id));
  return Object.fromEntries([...values].filter(([action]) => there.has(action)));
}

/** Forgets what was entered into the views that are closed. */
export function keepOnly(views) {
  for (const id of open.keys()) if (!views.some((view) => view.id === id)) open.delete(id);
}

/** The blocks of a view for `redraw`: a block that stayed the same keeps what is typed into it, and the focus. */
export function viewItems(view, app, errors = {}) {
  const values = open.get(view.id)?.values ?? new Map();
  open.set(view.id, { view, values });
  const around = {
    user: app.reader,
    names: app.names,
    channels: app.state.channels,
    errors,
    entered: ({ block_id, element: { action_id } }) =>
      values.has(action_id) ? values.get(action_id) : told(view.state.values[block_id]?.[action_id]),
    enter: (action_id, value) => values.set(action_id, value),
    act: async (action_id, value) => {
      const where = { user: app.reader.id, view_id: view.id };
      const { error } = await tell("act", { ...where, action_id, value, values: entered(view.id) });
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
