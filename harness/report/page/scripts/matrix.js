// Win rates of every system against every other, by one judge.

import { h } from "./dom.js";
import { counted, figure, interval } from "./format.js";
import { systemName } from "./names.js";
import { plainTable } from "./plain.js";
import { headings, heatCell, row, scrolling } from "./tables.js";
import { arrowKeys } from "./tips.js";

/** The matrix with the judge's alarms above and its audit below. */
export function matrix({ document, runs }, judge) {
  const names = Object.keys(judge.head_to_head).map(Number);
  const share = { factor: 100, decimals: 0 };
  const rows = names.map((one) =>
    row(
      systemName(document.systems[one], runs),
      names.map((other) => {
        const estimate = judge.head_to_head[one][other];
        if (one === other || !estimate || estimate[0] === null) return h("td.empty", one === other ? "" : "\u2013");
        const sure = estimate[1] !== null && (estimate[1] > 0.5 || estimate[2] < 0.5);
        const tip =
          `${systemName(document.systems[one], runs)} against ${systemName(document.systems[other], runs)}: ` +
          `${figure(estimate[0], share)}% ${interval(estimate, share)}\n` +
          `${counted(estimate[3], "item")}; a tie is a half`;
        const attributes = { class: sure ? "sure" : "", "data-cell": true, "data-tip": tip };
        return heatCell(2 * estimate[0] - 1, attributes, figure(estimate[0], share));
      }),
    ),
  );
  return [
    h("h3", `Win rates, judge ${judge.name}`),
    judge.alarms.map((line) => h("p.alarm", line)),
    scrolling(
      `Win rates of judge ${judge.name}`,
      arrowKeys(
        h(
          "table.matrix",
          headings(
            "",
            names.map((other) => systemName(document.systems[other], runs)),
          ),
          h("tbody", rows),
        ),
      ),
    ),
    h(
      "p.note",
      "Per cent of items on which the row\u2019s answer was preferred to the column\u2019s, a tie a half. ",
      "Bold: the interval leaves out 50. ",
      judge.summary.join(" "),
    ),
    judge.warnings.map((line) => h("p.note", line)),
    h("details.more", h("summary", "The judge\u2019s audit"), plainTable(judge.audit)),
  ];
}
