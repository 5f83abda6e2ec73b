// Rich text: paragraphs, lists, listings and quotes, made of runs with a style.
import { el } from "./dom.js";
import { channel, link, user } from "./mrkdwn.js";
import { unknown } from "./unknown.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

/** The nodes of a rich_text block, or of a cell that is one. */
export function richText(block, names) {
  return block.elements.map((element) => paragraph(element, names));
}

function paragraph(element, names) {
  switch (element.type) {
    case "rich_text_section":
      return el("p", {}, runs(element, names));
    case "rich_text_preformatted":
      return el("pre", {}, runs(element, names));
    case "rich_text_quote":
      return el("blockquote", {}, runs(element, names));
    case "rich_text_list": {
      const tag = element.style === "ordered" ? "ol" : "ul";
      return el(
        tag,
        {},
        element.elements.map((item) => el("li", {}, runs(item, names))),
      );
    }
    default:
      return unknown(element);
  }
}

function runs({ elements }, names) {
  return elements.map((element) => styled(run(element, names), element.style));
}

function run(element, names) {
  switch (element.type) {
    case "text":
      return element.text;
    case "link":
      return link(element.url, element.text);
    case "channel":
      return channel(element.channel_id, names);
    case "user":
      return user(element.user_id, names);
    default:
      return unknown(element);
  }
}

function styled(node, style = {}) {
  return Object.keys(STYLES).reduce((inner, key) => (style[key] ? el(STYLES[key], {}, inner) : inner), node);
}
