// Tables: a plain one, and one that is sorted by its columns and turned page by page.
import { el } from "./dom.js";
import { richText } from "./rich_text.js";
import { unknown } from "./unknown.js";

const PAGE = 5; // Rows on a page where the block does not say.

/** A `table` block, whose first row is its head. */
export function table({ rows, column_settings = [] }, { names }) {
  const [head, ...body] = rows;
  const classes = (column) => {
    const { align, is_wrapped } = column_settings[column] ?? {};
    return [align ?? "left", is_wrapped ? "wrapped" : ""].join(" ").trim();
  };
  const drawn = (row, tag, attributes) =>
    el(
      "tr",
      {},
      row.map((cell, column) => el(tag, { class: classes(column), ...attributes }, content(cell, names))),
    );
  const lines = body.map((row) => drawn(row, "td", {}));
  return framed("Table", el("table", {}, el("thead", {}, drawn(head, "th", { scope: "col" })), el("tbody", {}, lines)));
}

/** A `data_table` block; sorting begins with the largest number or the first word, and a third click ends it. */
export function dataTable(block, { user, names }) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? PAGE;
  const numbers = head.map((_, column) => rows.every((row) => row[column].type === "raw_number"));
  const body = el("tbody");
  const counted = el("span", { role: "status" });
  const [back, on] = [turner("‹", "Earlier rows", -1), turner("›", "Further rows", 1)];
  const heads = head.map((cell, column) =>
    el(
      "th",
      { scope: "col", class: side(column) },
      el("button", { type: "button", "data-name": `sort-${column}`, click: () => sort(column) }, words(cell)),
    ),
  );
  let [page, by, direction] = [0, null, 0];

  function side(column) {
    return numbers[column] ? "right" : "left";
  }

  function sort(column) {
    const first = numbers[column] ? -1 : 1;
    const directions = { 0: first, [first]: -first, [-first]: 0 };
    [direction, by, page] = [by === column ? directions[direction] : first, column, 0];
    paint();
  }

  function turner(face, label, step) {
    return el("button", { type: "button", "aria-label": label, click: () => ((page += step), paint()) }, face);
  }

  function compare(one, other) {
    const difference = numbers[by]
      ? one[by].value - other[by].value
      : words(one[by]).localeCompare(words(other[by]), user.locale);
    return difference * direction;
  }

  function paint() {
    const shown = direction ? rows.toSorted(compare) : rows;
    const first = page * size;
    const last = Math.min(first + size, rows.length);
    body.replaceChildren(...shown.slice(first, last).map(line));
    heads.forEach((node, column) => {
      node.ariaSort = by === column && direction ? (direction === 1 ? "ascending" : "descending") : null;
    });
    counted.textContent = `${first + 1} – ${last} of ${rows.length}`;
    [back.disabled, on.disabled] = [page === 0, last === rows.length];
  }

  function line(row) {
    const named = block.row_header_column_index ?? 0;
    return el(
      "tr",
      {},
      row.map((cell, column) => {
        const attributes = { class: side(column), scope: column === named && "row" };
        return el(column === named ? "th" : "td", attributes, content(cell, names));
      }),
    );
  }

  paint();
  const drawn = el("table", {}, el("caption", {}, block.caption), el("thead", {}, el("tr", {}, heads)), body);
  const pages = rows.length > size && el("p", { class: "pages" }, counted, back, on);
  return el("div", {}, framed(block.caption, drawn), pages);
}

/** A table may be wider than its message: then it moves within its frame, by keys too. */
function framed(label, node) {
  return el("div", { class: "frame", role: "group", "aria-label": label, tabindex: "0" }, node);
}

function content(cell, names) {
  if (cell.type === "rich_text") return richText(cell, names);
  return ["raw_text", "raw_number"].includes(cell.type) ? cell.text : unknown(cell);
}

/** The words of a cell, of a rich one those of its runs. */
function words(cell) {
  return cell.text ?? (cell.elements ?? []).map(words).join("");
}
