// One item: prompt, reference, passages, every system's answer, verdicts.

import { h, visible } from "./dom.js";
import { differing } from "./diff.js";
import { figure } from "./format.js";
import { columnOf, systemName } from "./names.js";
import { marked } from "./passages.js";
import { verdicts } from "./verdicts.js";

/** The item as an article. shown: {item, texts, reasons, passages, chosen, blind, order}. */
export function itemView(page, items, shown) {
  const { item, texts, passages, blind } = shown;
  const { index } = items;
  return h(
    "article.item",
    { "aria-label": `Item ${index.id[item]}` },
    head(page, items, item),
    h("h3.prompt", { dir: "auto" }, visible(index.prompt[item])),
    h("div.ground", reference(texts), gold(page, items, item, passages)),
    blind ? null : retrieved(page, items, item, texts, passages),
    answers(page, items, shown),
  );
}

function head(page, items, item) {
  const { index } = items;
  const section = page.document.sections[index.section[item]];
  const link = page.link({ at: "answers", item: index.id[item] });
  return h(
    "header.item-head",
    h("a.id", { href: link, title: "A link to this item" }, visible(index.id[item])),
    section
      ? h(
          "a.chip",
          { href: page.link({ at: "clauses" }), onclick: (event) => page.toSection(event, index.section[item]) },
          section.title,
        )
      : null,
    h("span.chip", index.kind[item].replaceAll("_", "/")),
    h("span.chip", index.seen[item] ? "seen section" : "unseen section"),
    index.value[item] ? h("span.chip", visible(index.value[item])) : null,
  );
}

function reference({ reference: text, facts }) {
  return h(
    "section.card",
    h("h4", "Reference"),
    h("div.text", { dir: "auto" }, marked(text)),
    facts.stance ? h("p.note", "Stance of the document: ", visible(facts.stance)) : null,
    facts.key_facts
      ? [
          h("h4", "Key facts"),
          h(
            "ul",
            facts.key_facts.map((fact) => h("li", { dir: "auto" }, visible(fact))),
          ),
        ]
      : null,
  );
}

function gold(page, items, item, passages) {
  const section = page.document.sections[items.index.section[item]];
  const passage = passages[items.index.passage[item]];
  const text = passage?.[1] ?? section?.text;
  if (!text) return null;
  return h(
    "section.card",
    h(
      "h4",
      passage ? "Gold passage" : "Gold section",
      h("span.about", passage ? items.index.passage[item] : section.title),
    ),
    h("div.text", { dir: "auto" }, marked(text)),
  );
}

/** The passages that retrieval showed, those that several systems share once. */
function retrieved(page, items, item, texts, passages) {
  const lists = new Map();
  for (const [system, list] of texts.retrieved.entries()) {
    if (!list.length) continue;
    const key = JSON.stringify(list);
    lists.set(key, [...(lists.get(key) ?? []), systemName(page.document.systems[system], page.runs)]);
  }
  if (!lists.size) return null;
  const section = page.document.sections[items.index.section[item]]?.id;
  const groups = [...lists].map(([key, names]) =>
    h(
      "div",
      h("p.note", names.join(", ")),
      h(
        "ol.passages",
        JSON.parse(key).map(([id, similarity]) => {
          const [of, text] = passages[id] ?? [id.replace(/\.\d+$/, ""), null];
          const exact = id === items.index.passage[item];
          const hit = of === section;
          return h(
            "li",
            h(
              "span",
              { class: `chip ${hit ? "good" : "bad"}` },
              exact ? "hit: the passage" : hit ? "hit: its section" : "miss",
            ),
            h("span.about", `${id}, similarity ${similarity.toFixed(2)}`),
            h(
              "div.text",
              { dir: "auto" },
              text === null ? "This run does not hold the passage\u2019s text." : visible(text),
            ),
          );
        }),
      ),
    ),
  );
  const any = [...lists.keys()].some((key) =>
    JSON.parse(key).some(([id]) => (passages[id]?.[0] ?? id.replace(/\.\d+$/, "")) === section),
  );
  return h(
    "details.card",
    h("summary", "Retrieved passages ", h("span", { class: `chip ${any ? "good" : "bad"}` }, any ? "hit" : "miss")),
    groups,
  );
}

function answers(page, items, shown) {
  const { chosen, texts, blind, order } = shown;
  const pair = order ? [chosen.b, chosen.a] : [chosen.a, chosen.b];
  const others = [...page.document.systems.keys()].filter((system) => system !== chosen.a && system !== chosen.b);
  const card = (system, place, against) => answerCard(page, items, shown, system, place, against);
  return [
    h(
      "div.pair",
      card(pair[0], blind ? "Answer 1" : "A", texts.answers[pair[1]]),
      card(pair[1], blind ? "Answer 2" : "B", texts.answers[pair[0]]),
    ),
    preference(page, items, shown, pair),
    blind ? null : verdicts(page, items, shown),
    blind || page.document.systems.length < 3
      ? null
      : h(
          "div.others",
          h("h4", "The other systems"),
          others.map((system) => card(system, "", texts.answers[chosen.a])),
        ),
  ];
}

function answerCard(page, items, { item, texts, chosen, blind }, system, place, other) {
  const text = texts.answers[system];
  const marks = page.state.marks;
  const against = marks === "off" ? null : marks === "reference" ? texts.reference : other;
  const parts = text === null || against === null || against === undefined ? null : differing(text, against);
  const title = blind ? place : systemName(page.document.systems[system], page.runs);
  return h(
    "section",
    { class: `card answer${system === chosen.a || system === chosen.b ? " of-pair" : ""}` },
    h(
      "header",
      h("h4", blind || !place ? null : h("span.place", place), title),
      texts.cut[system] && !blind ? h("span.chip.bad", "prompt was cut") : null,
    ),
    h("div.text", { dir: "auto" }, text === null ? h("span.none", "This run lacks the item.") : marked(text, parts)),
    blind || text === null ? null : scores(page, items, item, system),
  );
}

function scores(page, items, item, system) {
  const reasons = page.document.blocks.unscored;
  const rows = items.columns.map((key, at) => {
    const score = items.score(at, system, item);
    if (Number.isNaN(score) && !items.hasScores(at, system)) return null;
    const why = reasons.find(([column, of, on]) => column === at && of === system && on === item)?.[3];
    const column = columnOf(page.document, key);
    return h(
      "div",
      h("dt", column.heading),
      h("dd", Number.isNaN(score) ? h("span.none", `unscored${why ? `: ${why}` : ""}`) : figure(score, column)),
    );
  });
  return h("dl.scores", rows);
}

function preference(page, items, { item }, pair) {
  const [first, second] = pair.map((system) => page.document.systems[system].key);
  const now = page.labels.get(page.document.name, items.index.id[item], first, second);
  const button = (preferred, text, key) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(now === preferred),
        onclick: () => page.prefer(item, first, second, preferred),
      },
      text,
      h("kbd", key),
    );
  return h(
    "div.preference",
    { role: "group", "aria-label": "Your own preference" },
    h("span", "You prefer"),
    button("a", "the left", "1"),
    button("tie", "neither", "0"),
    button("b", "the right", "2"),
  );
}
