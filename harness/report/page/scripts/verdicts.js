// What the judges said of the chosen pair on an item, in both orders, with their reasons.

import { h } from "./dom.js";
import { side } from "./items.js";
import { systemName } from "./names.js";
import { marked } from "./passages.js";
import { headings, row } from "./tables.js";

/** A card a judge that compared the two. */
export function verdicts(page, items, { item, chosen, reasons }) {
  const { document, runs } = page;
  const [a, b] = [chosen.a, chosen.b].map((system) => systemName(document.systems[system], runs));
  const winner = (share) => ({ a, b, tie: "tie", unparsed: "unparsed" })[side(share)];
  const blocks = items.judges.map((judge, at) => {
    const orders = items.orders(at, chosen.a, chosen.b, item);
    if (!orders) return null;
    const [pair, mirrored] = items.pair(at, chosen.a, chosen.b);
    const first = mirrored ? [b, a] : [a, b];
    const rows = orders.map((share, order) =>
      share === null
        ? null
        : row(
            `${first[order]} shown first`,
            h("td", winner(share), share > 0 && share < 1 && share !== 0.5 ? ` (${share.toFixed(2)})` : ""),
            h("td.reason", h("div.text", { dir: "auto" }, marked(reasons[at]?.[pair]?.[order] ?? ""))),
          ),
    );
    return h(
      "section.card",
      h(
        "h4",
        `Judge ${judge.name}`,
        items.splits(at, chosen.a, chosen.b, item) ? h("span.chip.bad", "disagrees with itself") : null,
      ),
      h("table.verdicts", headings("Order", "Winner", "Reason"), h("tbody", rows)),
    );
  });
  return blocks.some(Boolean) ? blocks : h("p.note", `No judge compared ${a} with ${b}.`);
}
