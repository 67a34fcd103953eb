// The filters above the answers.

import { button, check, choice, h } from "./dom.js";
import { counted } from "./format.js";
import { systemName } from "./names.js";

/** The keys of the state by which items are left out or sorted. */
const FILTERS = ["section", "kind", "value", "seen", "differ", "won", "split", "unscored", "q", "sort"];
const MARKS = [
  ["", "that differ in A and B"],
  ["reference", "that the reference lacks"],
  ["off", "none"],
];
const SEEN = [
  ["", "all"],
  ["seen", "seen sections"],
  ["unseen", "unseen sections"],
];

/** The state without filters. */
export function withoutFilters() {
  return Object.fromEntries([...FILTERS, "item"].map((key) => [key, ""]));
}

/** The bar. chosen: the state with names resolved; blind, onblind: whether names are hidden while labelling. */
export function filterBar(page, items, chosen, blind, onblind) {
  return [
    h("div.group", pairChoices(page, items, chosen)),
    h(
      "div.group",
      itemChoices(page, items, chosen),
      check("Label blind", blind, (yes) => onblind(Boolean(yes))),
    ),
    h("div.group", actions(page)),
  ];
}

function pairChoices(page, items, { a, b, by }) {
  const { document, state, runs, set } = page;
  const names = document.systems.map((system) => [system.key, systemName(system, runs)]);
  const columns = items.columns.map((key) => [key, document.columns.find((one) => one.key === key).heading]);
  const [first, second] = [a, b].map((at) => systemName(document.systems[at], runs));
  return [
    choice("A", names, document.systems[a].key, (key) => set({ a: key })),
    choice("B", names, document.systems[b].key, (key) => set({ b: key })),
    choice("Score", columns, items.columns[by], (key) => set({ by: key })),
    filter(page, "Difference", "differ", differences(first, second, items.verdicts[by])),
    filter(page, "Sort", "sort", [
      ["", "document\u2019s order"],
      ["low", `${first}: lowest first`],
      ["high", `${first}: highest first`],
      ["fell", `${second} most below ${first}`],
      ["rose", `${second} most above ${first}`],
    ]),
    choice("Mark words", MARKS, state.marks, (marks) => set({ marks })),
  ];
}

function differences(a, b, verdict) {
  return [
    ["", "any"],
    ["texts", "answers differ"],
    ["a", verdict ? `${a} right, ${b} wrong` : `${a} scores higher`],
    ["b", verdict ? `${b} right, ${a} wrong` : `${b} scores higher`],
    ...(verdict ? [["wrong", `${a} wrong`]] : []),
  ];
}

function itemChoices(page, items, chosen) {
  const { document, runs, set } = page;
  const named = (values) => [
    ["", "all"],
    ...[...new Set(values)]
      .filter(Boolean)
      .sort()
      .map((one) => [one, one.replaceAll("_", "/")]),
  ];
  const values = named(items.index.value);
  const judges = items.judges.map((one) => [one.name, one.name]);
  const [first, second] = [chosen.a, chosen.b].map((at) => systemName(document.systems[at], runs));
  const winners = [
    ["", "any"],
    ["a", first],
    ["b", second],
    ["tie", "tie"],
  ];
  return [
    filter(page, "Section", "section", [["", "all"], ...document.sections.map((one) => [one.id, one.title])]),
    filter(page, "Kind", "kind", named(items.index.kind)),
    values.length > 1 && filter(page, "Value", "value", values),
    filter(page, "Training", "seen", SEEN),
    judges.length > 1 && choice("Judge", judges, judges[chosen.judge][0], (key) => set({ judge: key })),
    judges.length > 0 && filter(page, "Who won", "won", winners),
    judges.length > 0 && check("Judge disagrees with itself", page.state.split, (split) => set({ split, item: "" })),
    check("Unscored", page.state.unscored, (unscored) => set({ unscored, item: "" })),
  ];
}

function filter(page, label, key, options) {
  return choice(label, options, page.state[key], (value) => page.set({ [key]: value, item: "" }));
}

function actions(page) {
  const some = FILTERS.some((key) => page.state[key]);
  return [
    page.labels.size > 0 && [
      button(`Export ${counted(page.labels.size, "preference")} for TRL`, () => page.exported("preferences")),
      button("Export labels for valign judge validate", () => page.exported("labels")),
    ],
    some && button("Clear all filters", () => page.set(withoutFilters()), "quiet"),
  ];
}
