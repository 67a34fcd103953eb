// Forest plot of the paired differences, with Holm's decision.

import { choice, h, svg } from "./dom.js";
import { counted, figure, interval, pValue, signed } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { headings, scrolling } from "./tables.js";
import { arrowKeys } from "./tips.js";

const ALPHA = 0.05;
const PLOT = 360;

/** The plot of one figure, which the reader chooses. */
export function forest({ document, runs, state, set }) {
  const all = [...document.changes.flatMap((change) => change.comparisons), ...document.comparisons];
  const key = state.metric || document.leading;
  const column = columnOf(document, key);
  const shown = all.filter((one) => one.column === key);
  const options = document.columns.map((one) => [one.key, one.heading]);
  const title = h("h3", "Paired differences");
  const pick = choice("Figure", options, key, (metric) => set({ metric }));
  if (!shown.length) return [title, h("div.controls", pick), h("p.note", "No comparison was tested on this figure.")];
  const ends = shown.flatMap((one) => one.difference.slice(0, 3)).filter((one) => one !== null);
  const most = Math.max(...ends.map(Math.abs), 1e-9) * 1.08;
  return [
    title,
    h("div.controls", pick),
    scrolling(
      "Paired differences",
      arrowKeys(
        h(
          "table.forest",
          headings("Systems", axis(most, column), number("Difference"), number("p (Holm)"), "Decision"),
          h(
            "tbody",
            shown.map((one) => comparisonRow(one, document, runs, column, most)),
          ),
        ),
      ),
    ),
    h(
      "p.note",
      "Differences on the same items. Filled: shown at 5% after Holm\u2019s correction over the primary comparisons. " +
        "Hollow: not shown. Diamond: exploratory, outside that family.",
    ),
  ];
}

function comparisonRow(one, document, runs, column, most) {
  const [first, second] = one.systems.map((at) => systemName(document.systems[at], runs));
  const exploratory = one.p_holm === null;
  const decided = !exploratory && one.p_holm < ALPHA;
  const decision = exploratory ? `exploratory, p ${pValue(one.p)}` : decided ? "shown" : "not shown";
  const tip = [
    `${first} \u2212 ${second}: ${signed(one.difference[0], column)} ${interval(one.difference, column)}`,
    `p ${pValue(one.p)}, by randomisation ${pValue(one.p_randomisation)}, Holm ${pValue(one.p_holm)}`,
    `${counted(one.difference[3], "item")}; detectable in 80% of runs: ${figure(one.detectable, column)}`,
    one.signature,
  ];
  return h(
    "tr",
    { class: decided ? "decided" : null },
    h("th", { scope: "row" }, `${first} \u2212 ${second}`),
    h("td", { "data-cell": true, "data-tip": tip.join("\n") }, mark(one.difference, most, decided, exploratory)),
    h("td.number", signed(one.difference[0], column), h("span.about", interval(one.difference, column))),
    h("td.number", pValue(one.p_holm)),
    h("td", decision),
  );
}

function number(name) {
  return h("th.number", { scope: "col" }, name);
}

const x = (value, most) => PLOT / 2 + (value / most) * (PLOT / 2 - 8);

function mark([value, low, high], most, decided, exploratory) {
  if (value === null) return "not scored";
  const at = x(value, most);
  const shape = exploratory
    ? svg("path.hollow", { d: `M${at - 5} 12 L${at} 7 L${at + 5} 12 L${at} 17 Z` })
    : svg("circle", { class: decided ? "dot" : "hollow", cx: at, cy: 12, r: 4.5 });
  return svg(
    "svg.mark",
    { width: PLOT, height: 24, viewBox: `0 0 ${PLOT} 24`, role: "img", "aria-label": decided ? "shown" : "not shown" },
    svg("line.zero", { x1: PLOT / 2, x2: PLOT / 2, y1: 0, y2: 24 }),
    low === null
      ? null
      : svg("line", { class: decided ? "range" : "range faint", x1: x(low, most), x2: x(high, most), y1: 12, y2: 12 }),
    shape,
  );
}

function axis(most, column) {
  const ticks = [-most / 1.08, 0, most / 1.08];
  return svg(
    "svg.axis",
    { width: PLOT, height: 16, viewBox: `0 0 ${PLOT} 16`, role: "img", "aria-label": "Difference" },
    ticks.map((tick, at) =>
      svg(
        "text",
        { x: x(tick, most), y: 12, "text-anchor": ["start", "middle", "end"][at] },
        at === 1 ? "0" : signed(tick, column),
      ),
    ),
  );
}
