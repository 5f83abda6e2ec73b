// The picture in a chart: a grid with round numbers, labels that fit side by side, and bars or lines.
import { svg } from "./dom.js";

const HEIGHT = 240;
const MARGIN = { top: 12, right: 8, bottom: 26, left: 48 };
const LETTER = 5.8; // Pixels that a letter of an axis is wide, about.
const WIDEST_BAR = 28;

/** The picture at a width in pixels. @param {import("./chart.js").Chart} chart */
export function plot(chart, width) {
  const ticks = scale(chart.groups.flatMap((group) => group.values));
  const at = placed(chart, width, ticks);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT });
  picture.append(
    ...ticks.map((tick) => gridLine(tick, at.y(tick), width, chart.format)),
    ...labels(chart.groups, at),
    ...(chart.type === "line" ? lines(chart, at) : []),
    ...chart.groups.map((group, place) => drawnGroup(group, place, chart, at)),
  );
  return picture;
}

/** Where the groups and the values are. */
function placed({ groups }, width, ticks) {
  const step = Math.max(1, width - MARGIN.left - MARGIN.right) / groups.length;
  const inside = HEIGHT - MARGIN.top - MARGIN.bottom;
  const [low, high] = [ticks.at(0), ticks.at(-1)];
  return {
    step,
    inside,
    x: (place) => MARGIN.left + (place + 0.5) * step,
    y: (value) => HEIGHT - MARGIN.bottom - ((value - low) / (high - low)) * inside,
  };
}

/** Round numbers from the lowest value or zero to the highest one or above. */
function scale(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (high - low || 5) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step) || Math.floor(low / step) + 1];
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function gridLine(tick, y, width, format) {
  const words = svg("text", { x: MARGIN.left - 8, y: y + 4, class: "tick" }, format(tick));
  const ends = { x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y };
  return svg("g", { "aria-hidden": "true" }, svg("line", { ...ends, class: tick ? "rule" : "rule zero" }), words);
}

/** As many labels as fit; the last one is among them, for it is the newest. */
function labels(groups, { step, x }) {
  const every = Math.ceil((Math.max(...groups.map(({ label }) => letters(label))) * LETTER + 8) / step);
  const fits = (place) => (groups.length - 1 - place) % every === 0;
  const label = (words, place) =>
    svg("text", { x: x(place), y: HEIGHT - 8, class: "label", "aria-hidden": "true" }, words);
  return groups.flatMap((group, place) => (fits(place) ? [label(group.label, place)] : []));
}

/** How many letters a word is wide: a Chinese or Japanese one counts twice. */
function letters(word) {
  return [...word].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
}

function lines({ groups, names }, { x, y }) {
  return names.map((_, series) => {
    const points = groups.map((group, place) => `${x(place)},${y(group.values[series])}`).join(" ");
    return svg("polyline", { points, class: `series-${series % 6}` });
  });
}

function drawnGroup({ values }, place, { type }, at) {
  const middle = at.x(place);
  const mark = type === "line" ? point : bar;
  const area = { x: middle - at.step / 2, y: MARGIN.top, width: at.step, height: at.inside };
  return svg(
    "g",
    { class: "group", role: "img", tabindex: place ? -1 : 0 },
    svg("rect", { ...area, class: "area" }),
    values.map((value, series) => mark(middle, value, series, values.length, at)),
  );
}

function bar(middle, value, series, count, { step, y }) {
  const width = Math.min(WIDEST_BAR, (step * 0.72) / count);
  const x = middle + (series - count / 2 + 0.05) * width;
  const height = Math.abs(y(0) - y(value));
  return svg("rect", { x, y: y(Math.max(value, 0)), width: width * 0.9, height, class: `mark series-${series % 6}` });
}

function point(middle, value, series, _, { y }) {
  return svg("circle", { cx: middle, cy: y(value), r: 3.5, class: `mark series-${series % 6}` });
}
