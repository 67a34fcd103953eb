// All answers: filters, search, a list of items, and one item beside it.

import { choice, fill, h, oneLine } from "./dom.js";
import { itemView } from "./detail.js";
import { filtered } from "./filters.js";
import { counted } from "./format.js";
import { leadingPair, systemName } from "./names.js";
import { VirtualList } from "./virtual.js";

/** What of the state the answers depend on. */
export const KEYS = ["item", "section", "kind", "value", "seen", "a", "b", "by", "differ", "judge", "won", "split", "unscored", "q", "sort", "marks"];
const ROW = 64;
const MARKS = [["", "that differ in A and B"], ["reference", "that the reference lacks"], ["off", "none"]];
const FILTERS = { section: "", kind: "", value: "", seen: "", differ: "", won: "", split: "", unscored: "", q: "", sort: "" };

/** The answers of a document. */
export class Explorer {
  constructor(page, items) {
    Object.assign(this, { page, items, left: [], blind: false, drawn: 0 });
    this.filters = h("div", { class: "filters" });
    this.summary = h("p", { class: "found", role: "status" });
    this.detail = h("div", { class: "detail", id: "item", tabindex: "-1" });
    this.list = new VirtualList({ label: "Items", height: ROW, render: (place) => this.row(place), onpick: (place) => this.pick(place) });
    this.list.element.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(step);
    });
    this.search = h("input", { type: "search", placeholder: "Search prompts and answers", "aria-label": "Search prompts and answers", oninput: () => this.type() });
    this.element = h("div", { class: "explorer" }, this.filters,
      h("div", { class: "panes" }, h("div", { class: "side" }, this.search, this.summary, this.list.element), this.detail));
  }

  /** The state with names resolved to numbers. */
  chosen() {
    const { document, state } = this.page;
    const pair = leadingPair(document);
    const system = (key, normal) => {
      const at = document.systems.findIndex((one) => one.key === key);
      return at < 0 ? normal : at;
    };
    const judge = this.items.judges.findIndex((one) => one.name === state.judge);
    const by = this.items.columns.indexOf(state.by || document.leading);
    return { ...state, a: system(state.a, pair[0]), b: system(state.b, pair[1]), judge: Math.max(0, judge), by: by < 0 ? 0 : by,
      section: document.sections.findIndex((one) => one.id === state.section) };
  }

  /** Shows what the state says. */
  async show() {
    const turn = ++this.drawn;
    const { state, texts } = this.page;
    if (document.activeElement !== this.search) this.search.value = state.q;
    const found = state.q.trim() ? await texts.search(state.q, this.items.index) : null;
    if (turn !== this.drawn) return;
    const chosen = this.chosen();
    this.left = filtered(this.items, chosen, found);
    const picked = this.items.places.get(state.item);
    const place = picked === undefined ? -1 : this.left.indexOf(picked);
    this.drawFilters(chosen);
    fill(this.summary, `${counted(this.left.length, "item")} of ${this.items.size}`);
    this.list.show(this.left.length, place < 0 && picked === undefined ? 0 : place);
    const item = picked ?? this.left[0];
    await this.drawItem(item, chosen, turn);
  }

  async drawItem(item, chosen, turn) {
    if (item === undefined) {
      fill(this.detail, h("p", { class: "note" }, "No item passes these filters."));
      return;
    }
    const { texts, blocks, document } = this.page;
    const [own, passages, ...reasons] = await Promise.all([
      texts.item(item), blocks.json(document.blocks.passages), ...this.items.judges.map((_, judge) => texts.reasons(judge, item)),
    ]);
    if (turn !== this.drawn) return;
    const order = this.blind && odd(this.items.index.id[item]);
    fill(this.detail, itemView(this.page, this.items, { item, texts: own, passages, reasons, chosen, blind: this.blind, order }), this.steps(item));
    this.item = item;
  }

  steps(item) {
    const at = this.left.indexOf(item);
    return h("nav", { class: "steps", "aria-label": "Items" },
      h("button", { type: "button", disabled: at <= 0, onclick: () => this.step(-1) }, "Previous", h("kbd", null, "k")),
      h("span", null, at < 0 ? "not among the filtered items" : `${at + 1} of ${this.left.length}`),
      h("button", { type: "button", disabled: at < 0 || at >= this.left.length - 1, onclick: () => this.step(1) }, "Next", h("kbd", null, "j")));
  }

  /** Goes to the next or the previous item. */
  step(by) {
    const at = this.left.indexOf(this.item);
    const next = Math.min(Math.max(0, at + by), this.left.length - 1);
    if (this.left.length) this.pick(next);
  }

  pick(place) {
    this.page.set({ item: this.items.index.id[this.left[place]] });
  }

  type() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.page.set({ q: this.search.value, item: "" }), 120);
  }

  row(place) {
    const item = this.left[place];
    const { index } = this.items;
    const section = this.page.document.sections[index.section[item]]?.title ?? "";
    return [h("span", { class: "row-prompt" }, oneLine(index.prompt[item], 160)),
      h("span", { class: "row-about" }, `${section} \u00b7 ${index.kind[item].replaceAll("_", "/")}`)];
  }

  drawFilters(chosen) {
    const { page, items } = this;
    const { document, state, runs } = page;
    const set = (key) => (value) => page.set({ [key]: value, item: "" });
    const names = document.systems.map((system) => [system.key, systemName(system, runs)]);
    const kinds = [...new Set(items.index.kind)].sort();
    const values = [...new Set(items.index.value)].filter(Boolean).sort();
    const columns = items.columns.map((key) => [key, document.columns.find((one) => one.key === key).heading]);
    const [a, b] = [chosen.a, chosen.b].map((at) => systemName(document.systems[at], runs));
    const verdict = items.verdicts[chosen.by];
    const differ = [["", "any"], ["texts", "answers differ"], ["a", verdict ? `${a} right, ${b} wrong` : `${a} scores higher`],
      ["b", verdict ? `${b} right, ${a} wrong` : `${b} scores higher`], ...(verdict ? [["wrong", `${a} wrong`]] : [])];
    const sorts = [["", "document\u2019s order"], ["low", `${a}: lowest first`], ["high", `${a}: highest first`], ["fell", `${b} most below ${a}`], ["rose", `${b} most above ${a}`]];
    const judges = items.judges.map((one) => [one.name, one.name]);
    const on = Object.entries(FILTERS).some(([key, normal]) => state[key] !== normal);
    redraw(this.filters, [
      h("div", { class: "group" }, choice("A", names, document.systems[chosen.a].key, (key) => page.set({ a: key })),
        choice("B", names, document.systems[chosen.b].key, (key) => page.set({ b: key })),
        choice("Score", columns, items.columns[chosen.by], (key) => page.set({ by: key })),
        choice("Difference", differ, state.differ, set("differ")), choice("Sort", sorts, state.sort, set("sort")),
        choice("Mark words", MARKS, state.marks, (marks) => page.set({ marks }))),
      h("div", { class: "group" },
        choice("Section", [["", "all"], ...document.sections.map((one) => [one.id, one.title])], state.section, set("section")),
        choice("Kind", [["", "all"], ...kinds.map((one) => [one, one.replaceAll("_", "/")])], state.kind, set("kind")),
        values.length ? choice("Value", [["", "all"], ...values.map((one) => [one, one])], state.value, set("value")) : null,
        choice("Training", [["", "all"], ["seen", "seen sections"], ["unseen", "unseen sections"]], state.seen, set("seen")),
        judges.length > 1 ? choice("Judge", judges, items.judges[chosen.judge].name, (key) => page.set({ judge: key })) : null,
        judges.length ? choice("Who won", [["", "any"], ["a", a], ["b", b], ["tie", "tie"]], state.won, set("won")) : null,
        judges.length ? check("Judge disagrees with itself", state.split, set("split")) : null,
        check("Unscored", state.unscored, set("unscored")),
        check("Label blind", this.blind ? "yes" : "", (yes) => { this.blind = Boolean(yes); this.show(); })),
      h("div", { class: "group" },
        page.labels.size ? [h("button", { type: "button", onclick: () => page.exported("preferences") }, `Export ${counted(page.labels.size, "preference")} for TRL`),
          h("button", { type: "button", onclick: () => page.exported("labels") }, "Export labels for valign judge validate")] : null,
        on ? h("button", { type: "button", class: "quiet", onclick: () => page.set({ ...FILTERS, item: "" }) }, "Clear all filters") : null),
    ]);
  }
}

/** Fills an element anew; what had the focus, and what was opened, stays so. */
export function redraw(element, ...children) {
  const reachable = () => [...element.querySelectorAll("button, select, input, summary, [tabindex]")];
  const focused = reachable().indexOf(document.activeElement);
  const open = [...element.querySelectorAll("details")].map((one) => one.open);
  const scrolled = [...element.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  fill(element, ...children);
  element.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? false; });
  element.querySelectorAll(".wide").forEach((one, at) => { one.scrollLeft = scrolled[at] ?? 0; });
  if (focused >= 0) reachable()[focused]?.focus({ preventScroll: true });
}

function check(label, value, onpick) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", checked: Boolean(value), onchange: (event) => onpick(event.target.checked ? "yes" : "") }), label);
}

/** Whether the second system of a pair is shown first when labelling blind: a coin that always falls alike for an item. */
function odd(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return ((sum ^ (sum >>> 15)) & 1) === 1;
}
