// A table of texts.

import { h } from "./dom.js";
import { headings, scrolling } from "./tables.js";

/** The table with its notes. */
export function plainTable(table) {
  return h(
    "div.plain",
    scrolling(
      table.title,
      h(
        "table",
        headings(table.header),
        h(
          "tbody",
          table.rows.map((row) =>
            h(
              "tr",
              row.map((cell, at) => (at ? h("td", cell) : h("th", { scope: "row" }, cell))),
            ),
          ),
        ),
      ),
    ),
    table.notes.map((note) => h("p.note", note)),
  );
}
