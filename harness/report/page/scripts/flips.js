// What changed from the first run to a later one: flips first, then by clause.

import { choice, fill, h, visible } from "./dom.js";
import { clauseChanges } from "./clauses.js";
import { flips } from "./filters.js";
import { counted, figure } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { marked } from "./passages.js";

const SHOWN = 4;

/** The flips of every system that the first run and a later one have. */
export function flipsView(page) {
  const place = h("div", null, h("p", { class: "note" }, "Reading the answers\u2026"));
  draw(page, place);
  return [place];
}

async function draw(page, place) {
  const { document, state, set } = page;
  const items = await page.items();
  const pairs = shared(document);
  const keys = document.blocks.columns;
  const verdicts = keys.filter((_, at) => items.verdicts[at]);
  const wanted = state.metric || (verdicts.includes(document.leading) ? document.leading : verdicts[0] ?? document.leading);
  const key = keys.includes(wanted) ? wanted : keys[0];
  const options = keys.map((one) => [one, columnOf(document, one).heading]);
  const changed = await Promise.all(pairs.map((pair) => pairFlips(page, items, pair, key)));
  const notes = document.changes.flatMap((change) => change.notes);
  fill(place, h("div", { class: "controls" }, choice("Figure", options, key, (metric) => set({ metric }))),
    pairs.length ? null : h("p", { class: "note" }, "The runs have no system of one name in common."),
    changed,
    h("h3", null, "Change by clause"), clauseChanges(page, key, pairs),
    notes.length ? h("details", { class: "more" }, h("summary", null, `Not compared: ${notes.length}`), h("ul", null, notes.map((note) => h("li", null, note)))) : null);
}

/** [in the first run, in a later one] of each system that both have. */
function shared({ systems }) {
  return systems.flatMap((before, at) => (before.run ? [] : systems.flatMap((after, then) => (after.run && after.name === before.name ? [[at, then]] : []))));
}

async function pairFlips(page, items, [before, after], key) {
  const { document, runs } = page;
  const by = document.blocks.columns.indexOf(key);
  const verdict = items.verdicts[by];
  const { lost, gained } = verdict ? flips(items, by, before, after) : moved(items, by, before, after);
  const words = verdict ? ["right \u2192 wrong", "wrong \u2192 right"] : ["lower than before", "higher than before"];
  const title = `${systemName(document.systems[before], runs)} \u2192 ${runs[document.systems[after].run]}`;
  const same = items.index.id.filter((_, item) => !items.differ(before, after, item)).length;
  if (same === items.size) return h("p", { class: "note" }, `${title}: all ${counted(same, "answer")} unchanged.`);
  const open = (differ, sort) => page.set({ at: "answers", a: document.systems[before].key, b: document.systems[after].key, by: key, differ, sort, item: "",
    section: "", kind: "", value: "", seen: "", won: "", split: "", unscored: "", q: "" }, true);
  const list = async (found, differ, sort, title) => h("div", null,
    h("h4", null, h("button", { type: "button", class: "quiet", onclick: () => open(differ, sort) }, `${title}: ${found.length}`)),
    await Promise.all(found.slice(0, SHOWN).map((item) => flip(page, items, item, before, after, by, key))));
  return h("div", { class: "panel" }, h("h3", null, title),
    h("p", { class: "note" }, `${counted(same, "answer")} of ${items.size} unchanged.`),
    h("div", { class: "pair" }, await list(lost, "a", "fell", words[0]), await list(gained, "b", "rose", words[1])));
}

function moved(items, by, before, after) {
  const all = items.index.id.map((_, item) => [item, items.score(by, after, item) - items.score(by, before, item)]);
  return {
    lost: all.filter(([, change]) => change < 0).sort((x, y) => x[1] - y[1]).map(([item]) => item),
    gained: all.filter(([, change]) => change > 0).sort((x, y) => y[1] - x[1]).map(([item]) => item),
  };
}

async function flip(page, items, item, before, after, by, key) {
  const texts = await page.texts.item(item);
  const column = columnOf(page.document, key);
  const answer = (system) => h("div", null, h("p", { class: "about" }, `${page.runs[page.document.systems[system].run]}, ${figure(items.score(by, system, item), column)}`),
    h("div", { class: "text", dir: "auto" }, marked(texts.answers[system] ?? "")));
  return h("article", { class: "failure" },
    h("header", null, h("a", { href: page.link({ at: "answers", item: items.index.id[item], a: page.document.systems[before].key, b: page.document.systems[after].key }) }, visible(items.index.prompt[item]))),
    answer(before), answer(after));
}
