// The results table: sortable, columns chosen by the reader, intervals as bars, the paper's rows apart.

import { choice, h, svg } from "./dom.js";
import { counted, figure, interval } from "./format.js";
import { systemName } from "./names.js";
import { arrowKeys } from "./tips.js";
import { headings, row, scrolling } from "./tables.js";

const WIDTH = 84;
const SUBSETS = [
  ["all", "all items"],
  ["seen", "seen sections"],
  ["unseen", "unseen sections"],
];

/** The table with its controls. */
export function resultsView({ document, runs, state, set }) {
  const hidden = new Set(state.hide.split(",").filter(Boolean));
  const columns = document.columns.filter((column) => !hidden.has(column.key));
  const [key, direction] = state.order.split(":");
  const rows = ordered(document, key, direction, state.subset);
  const domains = new Map(columns.map((column) => [column.key, domain(document, column.key, state.subset)]));
  const order = (column) => set({ order: next(column.key, key, direction) });
  const body = rows.map((at) => systemRow(document, runs, at, columns, domains, state.subset));
  const table = h(
    "table.results",
    headings(
      "System",
      columns.map((column) => header(document, column, key === column.key ? direction : "", () => order(column))),
    ),
    h("tbody", body),
    document.apart.map((group) => rowsApart(group, columns)),
  );
  return [
    h(
      "div.controls",
      choice("Items", SUBSETS, state.subset, (subset) => set({ subset })),
      chooser(document, hidden, (hide) => set({ hide })),
    ),
    scrolling("Results table", arrowKeys(table)),
    h(
      "p.note",
      `${document.resampling}. The bar shows the interval, the dot the figure; a dashed mark is what chance gives. ` +
        "Point at a figure for its signature.",
    ),
  ];
}

function next(column, key, direction) {
  if (column !== key) return `${column}:down`;
  return direction === "down" ? `${column}:up` : "";
}

function ordered(document, key, direction, subset) {
  const rows = document.systems.map((_, at) => at);
  if (!key) return rows;
  const value = (at) => document.figures[at]?.[key]?.[subset]?.[0] ?? null;
  const sign = direction === "up" ? 1 : -1;
  const last = (a) => (value(a) === null ? 1 : 0);
  return rows.sort((a, b) => last(a) - last(b) || sign * ((value(a) ?? 0) - (value(b) ?? 0)) || a - b);
}

function domain(document, key, subset) {
  const ends = Object.values(document.figures).flatMap((own) => own[key]?.[subset]?.slice(0, 3) ?? []);
  const known = ends.filter((end) => end !== null && end !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return known.length && high > low ? [low, high] : [low - 1, low + 1];
}

function header(document, column, direction, onclick) {
  const shown = { down: "descending", up: "ascending" }[direction];
  const signature =
    Object.values(document.figures)
      .map((own) => own[column.key]?.signature)
      .find(Boolean) ?? "";
  const tip = [
    column.heading,
    column.mixed ? "Measured in several ways here; the tip of each figure says how" : null,
    signature,
  ];
  return h(
    "th",
    { scope: "col", "aria-sort": shown ?? "none" },
    h(
      "button",
      { type: "button", class: "sort", onclick, "data-tip": tip.filter(Boolean).join("\n") },
      column.heading,
      h("span.arrow", { "aria-hidden": "true" }, { down: "\u2193", up: "\u2191" }[direction] ?? ""),
    ),
    h("span.about", column.floor === null ? "" : `chance ${figure(column.floor, column)}`),
  );
}

function systemRow(document, runs, at, columns, domains, subset) {
  const system = document.systems[at];
  const about = [system.label === system.name ? null : system.label, system.retrieval ? "with retrieval" : null];
  return h(
    "tr",
    h("th", { scope: "row" }, systemName(system, runs), h("span.about", about.filter(Boolean).join(", "))),
    columns.map((column) => cell(document.figures[at]?.[column.key], column, domains.get(column.key), subset)),
  );
}

function cell(figures, column, ends, subset) {
  const estimate = figures?.[subset];
  if (!estimate || estimate[0] === null) {
    const why = estimate ? `none of ${counted(estimate[4], "item")} scored` : "no such items";
    return h("td", { "data-cell": true, "data-tip": why, class: "empty" }, "\u2013", h("span.unseen", why));
  }
  const [value, , , scored, unscored] = estimate;
  const tip = [
    `${column.heading} ${figure(value, column)} ${interval(estimate, column)}`,
    `${counted(scored, "item")}${unscored ? `, ${unscored} unscored` : ""}`,
    figures.signature,
  ];
  return h(
    "td",
    { "data-cell": true, "data-tip": tip.join("\n") },
    h("span.figure", figure(value, column), unscored ? h("sup", "*") : null),
    h("span.unseen", interval(estimate, column)),
    bar(estimate, ends, column.floor),
  );
}

/** An interval as a bar. ends: the lowest and highest value of the column. */
function bar([value, low, high], ends, floor) {
  const x = (one) => 4 + ((WIDTH - 8) * (one - ends[0])) / (ends[1] - ends[0]);
  const inside = floor !== null && floor >= ends[0] && floor <= ends[1];
  return svg(
    "svg.bar-of",
    { width: WIDTH, height: 12, viewBox: `0 0 ${WIDTH} 12`, "aria-hidden": "true" },
    svg("line.track", { x1: 4, x2: WIDTH - 4, y1: 6, y2: 6 }),
    inside ? svg("line.floor", { x1: x(floor), x2: x(floor), y1: 0, y2: 12 }) : null,
    low === null ? null : svg("line.range", { x1: x(low), x2: x(high), y1: 6, y2: 6 }),
    svg("circle.dot", { cx: x(value), cy: 6, r: 3 }),
  );
}

/** Rows that are no systems of the runs, below a line that says what they are. */
function rowsApart({ says, rows }, columns) {
  const title = h("th.says", { scope: "rowgroup", colspan: columns.length + 1 }, says);
  return h(
    "tbody.apart",
    h("tr", title),
    rows.map(({ label, about, values }) => {
      const cells = columns.map((column) => {
        const [value, below] = values[column.key] ?? [null, ""];
        if (value === null) return h("td.empty", "\u2013");
        return h("td", h("span.figure", figure(value, column)), below && h("span.about", below));
      });
      return row([label, h("span.about", about)], cells);
    }),
  );
}

function chooser(document, hidden, onpick) {
  const flip = (key) => {
    if (hidden.has(key)) hidden.delete(key);
    else hidden.add(key);
    onpick([...hidden].join(","));
  };
  return h(
    "details.chooser",
    h("summary", `Columns (${document.columns.length - hidden.size} of ${document.columns.length})`),
    h(
      "div.menu",
      document.columns.map((column) =>
        h(
          "label",
          h("input", { type: "checkbox", checked: !hidden.has(column.key), onchange: () => flip(column.key) }),
          column.heading,
        ),
      ),
    ),
  );
}
