// A table of texts.

import { h } from "./dom.js";

/** The table with its notes. */
export function plainTable(table) {
  return h("div", { class: "plain" },
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": table.title },
      h("table", null, h("thead", null, h("tr", null, table.header.map((one) => h("th", { scope: "col" }, one)))),
        h("tbody", null, table.rows.map((row) => h("tr", null,
          row.map((cell, at) => (at ? h("td", null, cell) : h("th", { scope: "row" }, cell)))))))),
    table.notes.map((note) => h("p", { class: "note" }, note)));
}
