// Refusal against over-refusal, which mean little without each other.

import { h, svg } from "./dom.js";
import { figure, interval } from "./format.js";
import { systemName } from "./names.js";
import { plainTable } from "./plain.js";
import { headings } from "./tables.js";

const SIDE = 360;

/** A plot a suite that has harmful and safe requests, and every safety table. */
export function safety({ document, runs }) {
  if (!document.safety.panels.length && !document.safety.tables.length) return null;
  return h(
    "div.panel",
    h("h3", "Refusal against over-refusal"),
    h(
      "div.scatters",
      document.safety.panels.map((panel) => scatter(panel, document, runs)),
    ),
    document.safety.tables.map((table) => h("details.more", h("summary", table.title), plainTable(table))),
  );
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
    svg("line.range.faint", {
      x1: at(safe[1] ?? safe[0]),
      x2: at(safe[2] ?? safe[0]),
      y1: up(harmful[0]),
      y2: up(harmful[0]),
    }),
    svg("line.range.faint", {
      x1: at(safe[0]),
      x2: at(safe[0]),
      y1: up(harmful[1] ?? harmful[0]),
      y2: up(harmful[2] ?? harmful[0]),
    }),
  ]);
  const dots = [...places.values()].map((numbers) => {
    const [, safe, harmful] = points[numbers[0]];
    return [
      svg("circle.dot", { cx: at(safe[0]), cy: up(harmful[0]), r: 5 }),
      svg("text.label", { x: at(safe[0]) + 8, y: up(harmful[0]) - 7 }, numbers.map((n) => n + 1).join(", ")),
    ];
  });
  const percent = { factor: 100, decimals: 0 };
  return h(
    "figure.scatter",
    svg(
      "svg",
      {
        width: SIDE,
        height: SIDE,
        viewBox: `0 0 ${SIDE} ${SIDE}`,
        role: "img",
        "aria-label": `${title}: refusal against over-refusal; the values are listed beside it`,
      },
      svg("line.floor", { x1: at(0), y1: up(0), x2: at(1), y2: up(1) }),
      svg("path.frame", { d: `M${at(0)} ${up(1)} V${up(0)} H${at(1)}` }),
      [0, 0.5, 1].map((tick) => [
        svg("text", { x: at(tick), y: SIDE - 22, "text-anchor": "middle" }, `${100 * tick}`),
        svg("text", { x: 36, y: up(tick) + 4, "text-anchor": "end" }, `${100 * tick}`),
      ]),
      svg("text", { x: at(0.5), y: SIDE - 4, "text-anchor": "middle" }, `safe requests refused, % of ${items[0]}`),
      svg(
        "text",
        { x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${up(0.5)}) rotate(-90)` },
        `harmful requests refused, % of ${items[1]}`,
      ),
      svg("text.good", { x: at(0.03), y: up(0.97) }, "better"),
      bars,
      dots,
    ),
    h(
      "figcaption",
      h("strong", title),
      h(
        "table.legend",
        headings("", "System", "harmful", "safe"),
        h(
          "tbody",
          points.map(([system, safe, harmful], n) =>
            h(
              "tr",
              h("td", String(n + 1)),
              h("th", { scope: "row" }, systemName(document.systems[system], runs)),
              h("td", `${figure(harmful[0], percent)} ${interval(harmful, percent)}`),
              h("td", `${figure(safe[0], percent)} ${interval(safe, percent)}`),
            ),
          ),
        ),
      ),
      h("p.note", "The best corner is the top left; a system on the dashed line refuses both alike."),
    ),
  );
}
