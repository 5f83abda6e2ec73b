// Text objects as nodes: plain text as it is, and Slack's mrkdwn with its styles, links and references.
import { el } from "./dom.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const PRE = /```\n?(?<pre>[\s\S]+?)\n?```/u;
const CODE = /`(?<code>[^`\n]+)`/u;
const ANGLE = /<(?<angle>[^<>\n]+)>/u;
// A style begins after a space or punctuation, and ends before one.
const STYLED = /(?<![\p{L}\p{N}])(?<mark>[*_~])(?<styled>\S(?:[^\n]*?\S)?)\k<mark>(?![\p{L}\p{N}])/u;
const PARTS = new RegExp([PRE, CODE, ANGLE, STYLED].map((part) => part.source).join("|"), "gu");

/** The nodes of a plain_text or mrkdwn object. @param names what users and channels are called, by id */
export function textObject(text, names) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, names) : [text.text];
}

/** The nodes of a mrkdwn text; lines that begin with `>` are quoted. */
export function mrkdwn(text, names) {
  const groups = [];
  for (const line of text.split("\n")) {
    const quoted = /^(&gt;|>) ?/.exec(line);
    const last = groups.at(-1);
    const words = quoted ? line.slice(quoted[0].length) : line;
    if (last && last.quoted === Boolean(quoted)) last.lines.push(words);
    else groups.push({ quoted: Boolean(quoted), lines: [words] });
  }
  return groups.flatMap(({ quoted, lines }) => {
    const nodes = inline(lines.join("\n"), names);
    return quoted ? [el("blockquote", {}, nodes)] : nodes;
  });
}

function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(PARTS)) {
    nodes.push(unescaped(text.slice(end, found.index)), part(found.groups, names));
    end = found.index + found[0].length;
  }
  return [...nodes, unescaped(text.slice(end))].filter((node) => node !== "");
}

function part({ pre, code, angle, mark, styled }, names) {
  if (pre) return el("pre", {}, unescaped(pre));
  if (code) return el("code", {}, unescaped(code));
  if (angle) return reference(angle, names);
  return el(STYLES[mark], {}, inline(styled, names));
}

/** What stands between angle brackets: a channel, a user, a word of Slack's own, or a link. */
function reference(angle, names) {
  const [target, label] = angle.split("|", 2).map(unescaped);
  if (target.startsWith("#")) return channel(target.slice(1), names);
  if (target.startsWith("@")) return user(target.slice(1), names);
  if (target.startsWith("!")) return label ?? `@${target.slice(1)}`;
  return URL.canParse(target) ? link(target, label) : `<${angle}>`;
}

export function channel(id, names) {
  return el("span", { class: "mention" }, names[id] ? `#${names[id]}` : "a private channel");
}

export function user(id, names) {
  return el("span", { class: "mention" }, `@${names[id] ?? id}`);
}

/** A link, if its address is one of the web; of another address only its words. */
export function link(address, label) {
  const words = label || address;
  const web = URL.canParse(address) && ["http:", "https:"].includes(new URL(address).protocol);
  return web ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words) : words;
}

function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
