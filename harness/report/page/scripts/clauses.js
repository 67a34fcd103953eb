// The document itself, section by section, beside a heat map of systems; a cell opens that section's failing answers.

import { button, choice, fill, h, visible } from "./dom.js";
import { opened } from "./failures.js";
import { counted, figure, signed } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { headings, heatCell, row, scrolling } from "./tables.js";
import { arrowKeys } from "./tips.js";

/** Systems beside which the document fits into a wide window, so that the head can stay in view. */
const FITTING = 12;
const MISSING =
  "This run does not hold the section\u2019s text: it was made by an earlier version. " +
  "Carry the recipe out again into its folder; nothing is made anew.";

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
    const below = h("tr.opened", { hidden: true }, h("td", { colspan: document.systems.length + 1 }));
    return [sectionRow(page, section, at, grid, column, ends, below), below];
  });
  return [
    h(
      "div.controls",
      choice("Figure", options, key, (metric) => set({ metric })),
      legend(ends, column),
    ),
    scrolling(
      "Results by section of the document",
      arrowKeys(
        h(
          document.systems.length > FITTING ? "table.clauses" : "table.clauses.fits",
          headings(
            document.title,
            document.systems.map((system) => turned(systemName(system, runs))),
          ),
          h("tbody", rows),
        ),
      ),
    ),
    h(
      "p.note",
      `Mean ${column.heading} of the section\u2019s items. ` +
        "Open a cell for the answers behind it, the lowest first, and the passage they rest on.",
    ),
  ];
}

/** The column with at most two decimals, which is all that few items can say. */
function short(column) {
  return { ...column, decimals: Math.min(2, column.decimals) };
}

/** [section][system] -> [items, mean]. */
function means(document, key) {
  const grid = document.sections.map(() => []);
  for (const [system, section, items, figures] of document.by_section)
    grid[section][system] = [items, figures[key] ?? null];
  return grid;
}

function range(grid, column) {
  const known = grid
    .flat()
    .map((cell) => cell?.[1])
    .filter((mean) => mean !== null && mean !== undefined);
  if (column.judge || column.factor === 100) return [0, 1];
  return known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
}

function turned(name) {
  return h("th.turned", { scope: "col" }, h("span", name));
}

function legend([low, high], column) {
  return h(
    "div.scale",
    { role: "img", "aria-label": `colour from ${figure(low, column)} to ${figure(high, column)}` },
    h("span", figure(low, column)),
    h("span.ramp"),
    h("span", figure(high, column)),
  );
}

function sectionRow(page, section, at, grid, column, ends, below) {
  const { document, runs } = page;
  const open = (system, pressed) => opened(page, at, system, column, below, pressed);
  return h(
    "tr",
    { id: `section-${at}` },
    h(
      "th",
      { scope: "row" },
      h(
        "details.section",
        h("summary", h("span.number-of", String(at + 1)), section.title, sectionText(page, section, "excerpt", 300)),
        sectionText(page, section, "text", Infinity),
      ),
    ),
    document.systems.map((system, number) => {
      const [items, mean] = grid[at][number] ?? [0, null];
      if (!items) return h("td.empty", "\u00b7");
      const about = `${figure(mean, column)} over ${counted(items, "item")}`;
      const name = `${systemName(system, runs)}, ${section.title}: ${about}`;
      const says = { "data-cell": true, "data-tip": name, "aria-label": name, "aria-expanded": "false" };
      const depth = mean === null ? 0 : (mean - ends[0]) / (ends[1] - ends[0] || 1);
      return heatCell(
        depth,
        {},
        button(figure(mean, column), (event) => open(number, event.currentTarget), "", says),
      );
    }),
  );
}

/** A section's text, whole or its beginning; runs of earlier versions hold it as the passages of their index alone. */
function sectionText(page, section, name, most) {
  const place = h("div", { class: name, dir: "auto" });
  const put = (text) =>
    fill(place, visible(most < text.length ? text.slice(0, most).replace(/[\ud800-\udbff]$/, "") : text));
  if (section.text) put(section.text);
  else {
    page.blocks.json(page.document.blocks.passages).then((passages) => {
      const own = Object.values(passages)
        .filter(([id]) => id === section.id)
        .map(([, text]) => text);
      if (own.length || most === Infinity) put(own.join("\n\n") || MISSING);
    });
  }
  return place;
}

/** Differences between two runs by clause: a later run's mean minus the first one's, for each system of both. */
export function clauseChanges({ document, runs }, key, pairs) {
  const column = short(columnOf(document, key));
  const grid = means(document, key);
  const most = Math.max(
    1e-9,
    ...grid.flatMap((row) => pairs.map(([before, after]) => Math.abs(change(row, before, after) ?? 0))),
  );
  return scrolling(
    "Changes by section",
    arrowKeys(
      h(
        "table.clauses",
        headings(
          "Section",
          pairs.map(([, after]) => turned(systemName(document.systems[after], runs))),
        ),
        h(
          "tbody",
          document.sections.map(
            (section, at) =>
              grid[at].length > 0 &&
              row(
                section.title,
                pairs.map(([before, after]) => {
                  const value = change(grid[at], before, after);
                  if (value === null) return h("td.empty", "\u00b7");
                  const tip = `${section.title}: ${signed(value, column)}`;
                  return heatCell(value / most, { "data-cell": true, "data-tip": tip }, signed(value, column));
                }),
              ),
          ),
        ),
      ),
    ),
  );
}

function change(row, before, after) {
  const [was, is] = [row[before]?.[1], row[after]?.[1]];
  return was === null || was === undefined || is === null || is === undefined ? null : is - was;
}
