// The document itself, section by section, beside a heat map of systems; a cell opens that section's failing answers.

import { choice, fill, h, visible } from "./dom.js";
import { counted, figure, signed } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { marked } from "./passages.js";
import { arrowKeys } from "./tips.js";

const FAILING = 5;
const MISSING = "This run does not hold the section\u2019s text: it was made by an earlier version. Carry the recipe out again into its folder; nothing is made anew.";

/** The document with its heat map. */
export function clausesView(page) {
  const { document, runs, state, set } = page;
  const scored = new Set(document.blocks.columns);
  const wanted = state.metric || document.leading;
  const key = scored.has(wanted) ? wanted : document.blocks.columns[0];
  const column = short(columnOf(document, key));
  const grid = means(document, key);
  const ends = range(grid, column);
  const options = document.columns.filter((one) => scored.has(one.key)).map((one) => [one.key, one.heading]);
  const rows = document.sections.flatMap((section, at) => {
    const below = h("tr", { class: "opened", hidden: true }, h("td", { colspan: document.systems.length + 1 }));
    return [sectionRow(page, section, at, grid, column, ends, below), below];
  });
  return [
    h("div", { class: "controls" }, choice("Figure", options, key, (metric) => set({ metric })), legend(ends, column)),
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Results by section of the document" },
      arrowKeys(h("table", { class: "clauses" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, document.title),
          document.systems.map((system) => h("th", { scope: "col", class: "turned" }, h("span", null, systemName(system, runs)))))),
        h("tbody", null, rows)))),
    h("p", { class: "note" }, `Mean ${column.heading} of the section\u2019s items. Open a cell for the answers behind it, the lowest first, and the passage they rest on.`),
  ];
}

/** The column with at most two decimals, which is all that few items can say. */
function short(column) {
  return { ...column, decimals: Math.min(2, column.decimals) };
}

/** [section][system] -> [items, mean]. */
function means(document, key) {
  const grid = document.sections.map(() => []);
  for (const [system, section, items, figures] of document.by_section) grid[section][system] = [items, figures[key] ?? null];
  return grid;
}

function range(grid, column) {
  const known = grid.flat().map((cell) => cell?.[1]).filter((mean) => mean !== null && mean !== undefined);
  if (column.judge || column.factor === 100) return [0, 1];
  return known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
}

function legend([low, high], column) {
  return h("div", { class: "scale", role: "img", "aria-label": `colour from ${figure(low, column)} to ${figure(high, column)}` },
    h("span", null, figure(low, column)), h("span", { class: "ramp" }), h("span", null, figure(high, column)));
}

function sectionRow(page, section, at, grid, column, ends, below) {
  const { document, runs } = page;
  const open = (system) => opened(page, at, system, column, below);
  return h("tr", { id: `section-${at}` },
    h("th", { scope: "row" }, h("details", { class: "section" },
      h("summary", null, h("span", { class: "number-of" }, String(at + 1)), section.title, sectionText(page, section, "excerpt", 300)),
      sectionText(page, section, "text", Infinity))),
    document.systems.map((system, number) => {
      const [items, mean] = grid[at][number] ?? [0, null];
      if (!items) return h("td", { class: "empty" }, "\u00b7");
      const name = `${systemName(system, runs)}, ${section.title}: ${figure(mean, column)} over ${counted(items, "item")}`;
      const element = h("td", { class: "heat plus" }, h("button", {
        type: "button", "data-cell": true, "data-tip": name, "aria-label": name, "aria-expanded": "false", onclick: () => open(number),
      }, figure(mean, column)));
      element.style.setProperty("--v", String(mean === null ? 0 : (mean - ends[0]) / (ends[1] - ends[0] || 1)));
      return element;
    }));
}

/** A section's text, whole or its beginning; runs of earlier versions hold it as the passages of their index alone. */
function sectionText(page, section, name, most) {
  const place = h("div", { class: name, dir: "auto" });
  const put = (text) => fill(place, visible(most < text.length ? text.slice(0, most).replace(/[\ud800-\udbff]$/, "") : text));
  if (section.text) put(section.text);
  else {
    page.blocks.json(page.document.blocks.passages).then((passages) => {
      const own = Object.values(passages).filter(([id]) => id === section.id).map(([, text]) => text);
      if (own.length || most === Infinity) put(own.join("\n\n") || MISSING);
    });
  }
  return place;
}

/** Opens a section's answers of a system below its row, or closes them. */
async function opened(page, section, system, column, below) {
  const { document, runs } = page;
  const cell = below.firstElementChild;
  const key = `${section}:${system}:${column.key}`;
  const again = !below.hidden && below.dataset.key === key;
  for (const button of below.previousElementSibling.querySelectorAll("button")) button.setAttribute("aria-expanded", "false");
  below.hidden = again;
  if (again) return;
  below.dataset.key = key;
  below.previousElementSibling.querySelectorAll("button")[cellOf(page, section, system)]?.setAttribute("aria-expanded", "true");
  const items = await page.items();
  const by = document.blocks.columns.indexOf(column.key);
  const own = [...items.index.section.keys()].filter((item) => items.index.section[item] === section);
  const score = (item) => items.score(by, system, item);
  own.sort((a, b) => (Number.isNaN(score(a)) ? Infinity : score(a)) - (Number.isNaN(score(b)) ? Infinity : score(b)) || a - b);
  const failing = items.verdicts[by] ? own.filter((item) => score(item) < 0.5) : own;
  const shown = await Promise.all(failing.slice(0, FAILING).map((item) => failure(page, items, item, system, column, score(item))));
  const name = systemName(document.systems[system], runs);
  const what = items.verdicts[by] ? `${counted(failing.length, "failing answer")} of ${own.length}` : `${counted(own.length, "answer")}, the lowest first`;
  fill(cell, h("div", { class: "failures" }, h("h3", null, `${name} on \u201c${document.sections[section].title}\u201d: ${what}`), shown,
    h("button", {
      type: "button", class: "primary",
      onclick: () => page.set({ at: "answers", section: document.sections[section].id, a: document.systems[system].key, by: column.key,
        sort: "low", differ: items.verdicts[by] ? "wrong" : "", kind: "", value: "", seen: "", won: "", split: "", unscored: "", q: "",
        item: failing.length ? items.index.id[failing[0]] : "" }, true),
    }, "Read them all side by side")));
}

function cellOf({ document }, section, system) {
  const with_items = document.by_section.filter(([, at]) => at === section).map(([number]) => number).sort((a, b) => a - b);
  return with_items.indexOf(system);
}

async function failure(page, items, item, system, column, score) {
  const [texts, passages] = await Promise.all([page.texts.item(item), page.blocks.json(page.document.blocks.passages)]);
  const gold = passages[items.index.passage[item]];
  return h("article", { class: "failure" },
    h("header", null, h("a", { href: page.link({ at: "answers", item: items.index.id[item], section: "" }) }, visible(items.index.prompt[item])),
      h("span", { class: "score" }, `${column.heading} ${figure(score, column)}`)),
    h("div", { class: "pair" },
      h("div", null, h("h4", null, "Answer"), h("div", { class: "text", dir: "auto" }, marked(texts.answers[system] ?? ""))),
      h("div", null, h("h4", null, gold ? "The passage it rests on" : "Reference"),
        h("div", { class: "text", dir: "auto" }, visible(gold ? gold[1] : texts.reference)))));
}

/** Differences between two runs by clause: a later run's mean minus the first one's, for each system of both. */
export function clauseChanges({ document, runs }, key, pairs) {
  const column = short(columnOf(document, key));
  const grid = means(document, key);
  const most = Math.max(1e-9, ...grid.flatMap((row) => pairs.map(([before, after]) => Math.abs(change(row, before, after) ?? 0))));
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Changes by section" },
    arrowKeys(h("table", { class: "clauses" }, h("thead", null, h("tr", null, h("th", { scope: "col" }, "Section"),
      pairs.map(([, after]) => h("th", { scope: "col", class: "turned" }, h("span", null, systemName(document.systems[after], runs)))))),
    h("tbody", null, document.sections.map((section, at) => grid[at].length > 0 && h("tr", null, h("th", { scope: "row" }, section.title),
      pairs.map(([before, after]) => {
        const value = change(grid[at], before, after);
        if (value === null) return h("td", { class: "empty" }, "\u00b7");
        const element = h("td", { class: `heat ${value < 0 ? "minus" : "plus"}`, "data-cell": true, "data-tip": `${section.title}: ${signed(value, column)}` }, signed(value, column));
        element.style.setProperty("--v", String(Math.abs(value) / most));
        return element;
      })))))));
}

function change(row, before, after) {
  const [was, is] = [row[before]?.[1], row[after]?.[1]];
  return was === null || was === undefined || is === null || is === undefined ? null : is - was;
}
