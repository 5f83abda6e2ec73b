// Draws the blocks of messages and views, each kind in its own way.
import { chart } from "./chart.js";
import { el } from "./dom.js";
import { element } from "./elements.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";
import { dataTable, table } from "./table.js";
import { unknown } from "./unknown.js";

const KINDS = {
  header: (block) => el("h3", {}, block.text.text),
  section,
  context: (block, { names }) =>
    el(
      "div",
      {},
      block.elements.map((part) => note(part, names)),
    ),
  actions: (block, around) =>
    el(
      "div",
      {},
      block.elements.map((part) => element(part, around)),
    ),
  divider: () => el("hr"),
  rich_text: (block, { names }) => el("div", {}, richText(block, names)),
  table,
  data_table: dataTable,
  data_visualization: chart,
};

/** A block. @param {import("./elements.js").Surroundings} around */
export function drawBlock(block, around) {
  const node = drawn(block, around);
  node.classList.add("block", `block-${block.type}`);
  return node;
}

function drawn(block, around) {
  if (!Object.hasOwn(KINDS, block.type)) return unknown(block);
  try {
    return KINDS[block.type](block, around);
  } catch (error) {
    console.error(error); // One block that is not as it should be must not take the others with it.
    return unknown(block);
  }
}

function section(block, around) {
  const { names } = around;
  const fields = (block.fields ?? []).map((field) => el("div", {}, textObject(field, names)));
  return el(
    "div",
    {},
    el(
      "div",
      { class: "words" },
      block.text && el("div", {}, textObject(block.text, names)),
      fields.length > 0 && el("div", { class: "fields" }, fields),
    ),
    block.accessory && element(block.accessory, around),
  );
}

function note(part, names) {
  return ["plain_text", "mrkdwn"].includes(part.type) ? el("div", {}, textObject(part, names)) : unknown(part);
}

/** The language of words, as far as their letters tell: it chooses how they are drawn and read out. */
export function language(words) {
  if (/\p{Script=Hiragana}|\p{Script=Katakana}/u.test(words)) return "ja";
  return /\p{Script=Han}/u.test(words) ? "zh-Hans" : "en";
}
