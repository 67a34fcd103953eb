// What changed from the first run to a later one: flips first, then by clause.

import { button, choice, fill, h, visible } from "./dom.js";
import { clauseChanges } from "./clauses.js";
import { withoutFilters } from "./filterbar.js";
import { flips } from "./filters.js";
import { counted, figure } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { marked } from "./passages.js";

const SHOWN = 4;

/** The flips of every system that the first run and a later one have. */
export function flipsView(page) {
  const place = h("div", h("p.note", "Reading the answers\u2026"));
  draw(page, place);
  return [place];
}

async function draw(page, place) {
  const { document, state, set } = page;
  const items = await page.items();
  const pairs = shared(document);
  const keys = document.blocks.columns;
  const verdicts = keys.filter((_, at) => items.verdicts[at]);
  const wanted =
    state.metric || (verdicts.includes(document.leading) ? document.leading : (verdicts[0] ?? document.leading));
  const key = keys.includes(wanted) ? wanted : keys[0];
  const options = keys.map((one) => [one, columnOf(document, one).heading]);
  const changed = await Promise.all(pairs.map((pair) => pairFlips(page, items, pair, key)));
  const notes = document.changes.flatMap((change) => change.notes);
  fill(
    place,
    h(
      "div.controls",
      choice("Figure", options, key, (metric) => set({ metric })),
    ),
    pairs.length ? null : h("p.note", "The runs have no system of one name in common."),
    changed,
    h("h3", "Change by clause"),
    clauseChanges(page, key, pairs),
    notes.length
      ? h(
          "details.more",
          h("summary", `Not compared: ${notes.length}`),
          h(
            "ul",
            notes.map((note) => h("li", note)),
          ),
        )
      : null,
  );
}

/** [in the first run, in a later one] of each system that both have. */
function shared({ systems }) {
  return systems.flatMap((before, at) =>
    before.run ? [] : systems.flatMap((after, then) => (after.run && after.name === before.name ? [[at, then]] : [])),
  );
}

async function pairFlips(page, items, [before, after], key) {
  const { document, runs } = page;
  const by = document.blocks.columns.indexOf(key);
  const verdict = items.verdicts[by];
  const { lost, gained } = verdict ? flips(items, by, before, after) : moved(items, by, before, after);
  const words = verdict ? ["right \u2192 wrong", "wrong \u2192 right"] : ["lower than before", "higher than before"];
  const title = `${systemName(document.systems[before], runs)} \u2192 ${runs[document.systems[after].run]}`;
  const asked = [...items.index.id.keys()].filter((item) => items.both(before, after, item));
  const same = asked.filter((item) => !items.differ(before, after, item)).length;
  if (same === asked.length) return h("p.note", `${title}: all ${counted(same, "answer")} unchanged.`);
  const keys = [before, after].map((at) => document.systems[at].key);
  const open = (differ, sort) =>
    page.set({ ...withoutFilters(), at: "answers", a: keys[0], b: keys[1], by: key, differ, sort }, true);
  const list = async (found, differ, sort, what) =>
    h(
      "div",
      h(
        "h4",
        button(`${what}: ${found.length}`, () => open(differ, sort), "quiet"),
      ),
      await Promise.all(found.slice(0, SHOWN).map((item) => flip(page, items, item, before, after, by, key))),
    );
  return h(
    "div.panel",
    h("h3", title),
    h("p.note", `${counted(same, "answer")} of ${asked.length} unchanged.`),
    h("div.pair", await list(lost, "a", "fell", words[0]), await list(gained, "b", "rose", words[1])),
  );
}

function moved(items, by, before, after) {
  const all = items.index.id.map((_, item) => [item, items.score(by, after, item) - items.score(by, before, item)]);
  return {
    lost: all
      .filter(([, change]) => change < 0)
      .sort((x, y) => x[1] - y[1])
      .map(([item]) => item),
    gained: all
      .filter(([, change]) => change > 0)
      .sort((x, y) => y[1] - x[1])
      .map(([item]) => item),
  };
}

async function flip(page, items, item, before, after, by, key) {
  const texts = await page.texts.item(item);
  const column = columnOf(page.document, key);
  const answer = (system) =>
    h(
      "div",
      h("p.about", `${page.runs[page.document.systems[system].run]}, ${figure(items.score(by, system, item), column)}`),
      h("div.text", { dir: "auto" }, marked(texts.answers[system] ?? "")),
    );
  return h(
    "article.failure",
    h(
      "header",
      h(
        "a",
        {
          href: page.link({
            at: "answers",
            item: items.index.id[item],
            a: page.document.systems[before].key,
            b: page.document.systems[after].key,
          }),
        },
        visible(items.index.prompt[item]),
      ),
    ),
    answer(before),
    answer(after),
  );
}
