// Forest plot of the paired differences, win-rate matrix, refusal against over-refusal.

import { choice, h, svg } from "./dom.js";
import { counted, figure, interval, pValue, signed } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { plainTable } from "./plain.js";
import { arrowKeys } from "./tips.js";

const ALPHA = 0.05;
const PLOT = 360;

/** All three. */
export function differencesView(page) {
  const { document } = page;
  return [
    h("div", { class: "panel" }, forest(page)),
    document.judges.map((judge) => h("div", { class: "panel" }, matrix(page, judge))),
    safety(page),
  ];
}

function forest({ document, runs, state, set }) {
  const all = [...document.changes.flatMap((change) => change.comparisons), ...document.comparisons];
  const key = state.metric || document.leading;
  const column = columnOf(document, key);
  const shown = all.filter((one) => one.column === key);
  const options = document.columns.map((one) => [one.key, one.heading]);
  const title = h("h3", null, "Paired differences");
  const pick = choice("Figure", options, key, (metric) => set({ metric }));
  if (!shown.length) return [title, h("div", { class: "controls" }, pick), h("p", { class: "note" }, "No comparison was tested on this figure.")];
  const ends = shown.flatMap((one) => one.difference.slice(0, 3)).filter((one) => one !== null);
  const most = Math.max(...ends.map(Math.abs), 1e-9) * 1.08;
  return [title, h("div", { class: "controls" }, pick),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Paired differences" },
      arrowKeys(h("table", { class: "forest" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "Systems"), h("th", { scope: "col" }, axis(most, column)),
          h("th", { scope: "col", class: "number" }, "Difference"), h("th", { scope: "col", class: "number" }, "p (Holm)"),
          h("th", { scope: "col" }, "Decision"))),
        h("tbody", null, shown.map((one) => comparisonRow(one, document, runs, column, most)))))),
    h("p", { class: "note" }, "Differences on the same items. Filled: shown at 5% after Holm\u2019s correction over the primary comparisons. "
      + "Hollow: not shown. Diamond: exploratory, outside that family.")];
}

function comparisonRow(one, document, runs, column, most) {
  const [first, second] = one.systems.map((at) => systemName(document.systems[at], runs));
  const exploratory = one.p_holm === null;
  const decided = !exploratory && one.p_holm < ALPHA;
  const decision = exploratory ? `exploratory, p ${pValue(one.p)}` : decided ? "shown" : "not shown";
  const tip = [`${first} \u2212 ${second}: ${signed(one.difference[0], column)} ${interval(one.difference, column)}`,
    `p ${pValue(one.p)}, by randomisation ${pValue(one.p_randomisation)}, Holm ${pValue(one.p_holm)}`,
    `${counted(one.difference[3], "item")}; differences from ${figure(one.detectable, column)} on would usually be found`, one.signature];
  return h("tr", { class: decided ? "decided" : null }, h("th", { scope: "row" }, `${first} \u2212 ${second}`),
    h("td", { "data-cell": true, "data-tip": tip.join("\n") }, mark(one.difference, most, decided, exploratory)),
    h("td", { class: "number" }, signed(one.difference[0], column), h("span", { class: "about" }, interval(one.difference, column))),
    h("td", { class: "number" }, pValue(one.p_holm)), h("td", null, decision));
}

const x = (value, most) => PLOT / 2 + (value / most) * (PLOT / 2 - 8);

function mark([value, low, high], most, decided, exploratory) {
  if (value === null) return "not scored";
  const at = x(value, most);
  const shape = exploratory
    ? svg("path", { class: "hollow", d: `M${at - 5} 12 L${at} 7 L${at + 5} 12 L${at} 17 Z` })
    : svg("circle", { class: decided ? "dot" : "hollow", cx: at, cy: 12, r: 4.5 });
  return svg("svg", { class: "mark", width: PLOT, height: 24, viewBox: `0 0 ${PLOT} 24`, role: "img", "aria-label": decided ? "shown" : "not shown" },
    svg("line", { class: "zero", x1: PLOT / 2, x2: PLOT / 2, y1: 0, y2: 24 }),
    low === null ? null : svg("line", { class: decided ? "range" : "range faint", x1: x(low, most), x2: x(high, most), y1: 12, y2: 12 }), shape);
}

function axis(most, column) {
  const ticks = [-most / 1.08, 0, most / 1.08];
  return svg("svg", { class: "axis", width: PLOT, height: 16, viewBox: `0 0 ${PLOT} 16`, role: "img", "aria-label": "Difference" },
    ticks.map((tick, at) => svg("text", { x: x(tick, most), y: 12, "text-anchor": ["start", "middle", "end"][at] }, at === 1 ? "0" : signed(tick, column))));
}

function matrix({ document, runs }, judge) {
  const names = Object.keys(judge.head_to_head).map(Number);
  const share = { factor: 100, decimals: 0 };
  const rows = names.map((one) => h("tr", null, h("th", { scope: "row" }, systemName(document.systems[one], runs)),
    names.map((other) => {
      const estimate = judge.head_to_head[one][other];
      if (one === other || !estimate || estimate[0] === null) return h("td", { class: "empty" }, one === other ? "" : "\u2013");
      const sure = estimate[1] !== null && (estimate[1] > 0.5 || estimate[2] < 0.5);
      const tip = `${systemName(document.systems[one], runs)} against ${systemName(document.systems[other], runs)}: `
        + `${figure(estimate[0], share)}% ${interval(estimate, share)}\n${counted(estimate[3], "item")}; a tie is a half`;
      const element = h("td", { class: `heat ${estimate[0] < 0.5 ? "minus" : "plus"}${sure ? " sure" : ""}`, "data-cell": true, "data-tip": tip },
        figure(estimate[0], share));
      element.style.setProperty("--v", String(Math.min(1, Math.abs(estimate[0] - 0.5) * 2)));
      return element;
    })));
  return [h("h3", null, `Win rates, judge ${judge.name}`),
    judge.alarms.map((line) => h("p", { class: "alarm" }, line)),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Win rates of judge ${judge.name}` },
      arrowKeys(h("table", { class: "matrix" }, h("thead", null, h("tr", null, h("td", null),
        names.map((other) => h("th", { scope: "col" }, systemName(document.systems[other], runs))))), h("tbody", null, rows)))),
    h("p", { class: "note" }, "Per cent of items on which the row\u2019s answer was preferred to the column\u2019s, a tie a half. Bold: the interval leaves out 50. ",
      judge.summary.join(" ")),
    judge.warnings.map((line) => h("p", { class: "note" }, line)),
    h("details", { class: "more" }, h("summary", null, "The judge\u2019s audit"), plainTable(judge.audit))];
}

const SIDE = 360;

function safety({ document, runs }) {
  if (!document.safety.panels.length && !document.safety.tables.length) return null;
  return h("div", { class: "panel" }, h("h3", null, "Refusal against over-refusal"),
    h("div", { class: "scatters" }, document.safety.panels.map((panel) => scatter(panel, document, runs))),
    document.safety.tables.map((table) => h("details", { class: "more" }, h("summary", null, table.title), plainTable(table))));
}

function scatter({ title, items, points }, document, runs) {
  const at = (value) => 44 + value * (SIDE - 60);
  const up = (value) => SIDE - 40 - value * (SIDE - 60);
  const places = new Map();
  for (const [number, [, [safe], [harmful]]] of points.entries()) {
    const key = `${Math.round(safe * 40)}:${Math.round(harmful * 40)}`;
    places.set(key, [...(places.get(key) ?? []), number]);
  }
  const bars = points.map(([, safe, harmful]) => [
    svg("line", { class: "range faint", x1: at(safe[1] ?? safe[0]), x2: at(safe[2] ?? safe[0]), y1: up(harmful[0]), y2: up(harmful[0]) }),
    svg("line", { class: "range faint", x1: at(safe[0]), x2: at(safe[0]), y1: up(harmful[1] ?? harmful[0]), y2: up(harmful[2] ?? harmful[0]) })]);
  const dots = [...places.values()].map((numbers) => {
    const [, safe, harmful] = points[numbers[0]];
    return [svg("circle", { class: "dot", cx: at(safe[0]), cy: up(harmful[0]), r: 5 }),
      svg("text", { class: "label", x: at(safe[0]) + 8, y: up(harmful[0]) - 7 }, numbers.map((n) => n + 1).join(", "))];
  });
  const percent = { factor: 100, decimals: 0 };
  return h("figure", { class: "scatter" },
    svg("svg", { width: SIDE, height: SIDE, viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": `${title}: refusal against over-refusal; the values are listed beside it` },
      svg("line", { class: "floor", x1: at(0), y1: up(0), x2: at(1), y2: up(1) }),
      svg("path", { class: "frame", d: `M${at(0)} ${up(1)} V${up(0)} H${at(1)}` }),
      [0, 0.5, 1].map((tick) => [svg("text", { x: at(tick), y: SIDE - 22, "text-anchor": "middle" }, `${100 * tick}`),
        svg("text", { x: 36, y: up(tick) + 4, "text-anchor": "end" }, `${100 * tick}`)]),
      svg("text", { x: at(0.5), y: SIDE - 4, "text-anchor": "middle" }, `safe requests refused, % of ${items[0]}`),
      svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${up(0.5)}) rotate(-90)` }, `harmful requests refused, % of ${items[1]}`),
      svg("text", { class: "good", x: at(0.03), y: up(0.97) }, "better"), bars, dots),
    h("figcaption", null, h("strong", null, title), h("table", { class: "legend" },
      h("thead", null, h("tr", null, h("td", null), h("th", { scope: "col" }, "System"), h("th", { scope: "col" }, "harmful"), h("th", { scope: "col" }, "safe"))),
      h("tbody", null, points.map(([system, safe, harmful], n) => h("tr", null, h("td", null, String(n + 1)),
        h("th", { scope: "row" }, systemName(document.systems[system], runs)),
        h("td", null, `${figure(harmful[0], percent)} ${interval(harmful, percent)}`), h("td", null, `${figure(safe[0], percent)} ${interval(safe, percent)}`))))),
    h("p", { class: "note" }, "The best corner is the top left; a system on the dashed line refuses both alike.")));
}
