// What tables have in common.

import { h } from "./dom.js";

/** A place for a table that may be wider than the page; it scrolls by itself, by keys too. */
export function scrolling(label, ...children) {
  return h("div.wide", { tabindex: "0", role: "region", "aria-label": label }, children);
}

/** A table's head of one row. names: texts and headings; "" is a corner without one. */
export function headings(...names) {
  const heading = (name) => (name === "" ? h("td") : isCell(name) ? name : h("th", { scope: "col" }, name));
  return h("thead", h("tr", names.flat().map(heading)));
}

/** A row with its heading. cells: cells, or what they hold. */
export function row(name, ...cells) {
  return h(
    "tr",
    h("th", { scope: "row" }, name),
    cells.flat().map((cell) => (isCell(cell) ? cell : h("td", cell))),
  );
}

function isCell(one) {
  return one?.tagName === "TH" || one?.tagName === "TD";
}

/** A cell of a heat map. depth: of its colour, 0 to 1; below 0 in the colour of losses. */
export function heatCell(depth, attributes, content) {
  const cell = h(`td.heat.${depth < 0 ? "minus" : "plus"}`, attributes, content);
  cell.style.setProperty("--v", String(Math.min(1, Math.abs(depth))));
  return cell;
}
