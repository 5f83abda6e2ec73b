// Charts: a picture with its title, axes and legend, and the values of the group that is looked at.
import { el } from "./dom.js";
import { plot } from "./plot.js";

/**
 * What a chart shows: its series by name, and for each group of its axis one value a series.
 * @typedef {{type: "bar" | "line", names: string[], groups: {label: string, values: number[]}[],
 *   format: (value: number) => string}} Chart
 */

/** A `data_visualization` block; it is drawn anew for each width, so that its words stay readable. */
export function chart(block, { user }) {
  const drawn = read(block.chart, user);
  const last = drawn.groups.at(-1);
  const shown = el("p", { class: "values" });
  const show = (group) => (shown.textContent = values(drawn, group ?? last));
  const frame = el("div", { class: "plot", role: "group", "aria-label": summary(block.title, drawn) });
  new ResizeObserver(([{ contentRect }]) => {
    const held = [...frame.querySelectorAll(".group")].indexOf(document.activeElement);
    frame.replaceChildren(plot(drawn, contentRect.width));
    const nodes = [...frame.querySelectorAll(".group")];
    follow(nodes, drawn, show);
    nodes[held]?.focus();
  }).observe(frame);
  show(last);
  const { x_label, y_label } = block.chart.axis_config;
  const parts = [el("figcaption", {}, block.title), axis(y_label), frame, axis(x_label), legend(drawn), shown];
  return el("figure", { class: "chart" }, parts);
}

function read({ type, axis_config, series }, { locale }) {
  const groups = axis_config.categories.map((label) => ({
    label,
    values: series.map(({ data }) => data.find((point) => point.label === label)?.value ?? 0),
  }));
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const format = (value) => numbers.format(value).replace("-", "−");
  return { type, names: series.map(({ name }) => name), groups, format };
}

function values({ names, format }, group) {
  return `${group.label}: ${names.map((name, at) => `${name} ${format(group.values[at])}`).join(", ")}`;
}

function summary(title, drawn) {
  const [first, last] = [drawn.groups.at(0), drawn.groups.at(-1)].map((group) => values(drawn, group));
  return `${title}. A ${drawn.type} chart of ${drawn.groups.length}, from ${first} to ${last}. Arrow keys go along it.`;
}

function axis(label) {
  return label && el("p", { class: "axis" }, label);
}

function legend({ names }) {
  const entries = names.map((name, at) => el("li", { class: `series-${at % 6}` }, name));
  return el("ul", { class: "legend" }, entries);
}

/** The values of a group are shown while it is pointed at or has the focus; arrow keys go from one to the next. */
function follow(nodes, drawn, show) {
  nodes.forEach((node, place) => {
    const group = drawn.groups[place];
    node.setAttribute("aria-label", values(drawn, group));
    for (const event of ["pointerenter", "focus"]) node.addEventListener(event, () => show(group));
    for (const event of ["pointerleave", "blur"]) node.addEventListener(event, () => show(null));
    node.addEventListener("keydown", (event) => {
      const next = nodes[place + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? NaN)];
      if (!next) return;
      event.preventDefault();
      [node.tabIndex, next.tabIndex] = [-1, 0];
      next.focus();
    });
  });
}
