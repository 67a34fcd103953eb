// All answers: filters, search, a list of items, and one item beside it.

import { button, fill, h, oneLine, redraw } from "./dom.js";
import { itemView } from "./detail.js";
import { filterBar } from "./filterbar.js";
import { filtered } from "./filters.js";
import { counted } from "./format.js";
import { leadingPair } from "./names.js";
import { VirtualList } from "./virtual.js";

/** What of the state the answers depend on. */
export const KEYS = "item section kind value seen a b by differ judge won split unscored q sort marks".split(" ");
const ROW = 64;

/** The answers of a document. */
export class Explorer {
  constructor(page, items) {
    Object.assign(this, { page, items, left: [], blind: false, drawn: 0 });
    this.filters = h("div.filters");
    this.summary = h("p.found", { role: "status" });
    this.detail = h("div.detail", { id: "item", tabindex: "-1" });
    this.list = new VirtualList({
      label: "Items",
      height: ROW,
      render: (place) => this.row(place),
      onpick: (place) => this.pick(place),
    });
    this.list.element.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(step);
    });
    this.search = h("input", {
      type: "search",
      placeholder: "Search prompts and answers",
      "aria-label": "Search prompts and answers",
      oninput: () => this.type(),
    });
    this.element = h(
      "div.explorer",
      this.filters,
      h("div.panes", h("div.side", this.search, this.summary, this.list.element), this.detail),
    );
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
    return {
      ...state,
      a: system(state.a, pair[0]),
      b: system(state.b, pair[1]),
      judge: Math.max(0, judge),
      by: by < 0 ? 0 : by,
      section: document.sections.findIndex((one) => one.id === state.section),
    };
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
    const onblind = (blind) => {
      this.blind = blind;
      this.show();
    };
    redraw(this.filters, filterBar(this.page, this.items, chosen, this.blind, onblind));
    fill(this.summary, `${counted(this.left.length, "item")} of ${this.items.size}`);
    this.list.show(this.left.length, place < 0 && picked === undefined ? 0 : place);
    const item = picked ?? this.left[0];
    await this.drawItem(item, chosen, turn);
  }

  async drawItem(item, chosen, turn) {
    if (item === undefined) {
      fill(this.detail, h("p.note", "No item passes these filters."));
      return;
    }
    const { texts, blocks, document } = this.page;
    const [own, passages, ...reasons] = await Promise.all([
      texts.item(item),
      blocks.json(document.blocks.passages),
      ...this.items.judges.map((_, judge) => texts.reasons(judge, item)),
    ]);
    if (turn !== this.drawn) return;
    const order = this.blind && odd(this.items.index.id[item]);
    fill(
      this.detail,
      itemView(this.page, this.items, { item, texts: own, passages, reasons, chosen, blind: this.blind, order }),
      this.steps(item),
    );
    this.item = item;
  }

  steps(item) {
    const at = this.left.indexOf(item);
    return h(
      "nav.steps",
      { "aria-label": "Items" },
      button(["Previous", h("kbd", "k")], () => this.step(-1), "", { disabled: at <= 0 }),
      h("span", at < 0 ? "not among the filtered items" : `${at + 1} of ${this.left.length}`),
      button(["Next", h("kbd", "j")], () => this.step(1), "", { disabled: at < 0 || at >= this.left.length - 1 }),
    );
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
    return [
      h("span.row-prompt", oneLine(index.prompt[item], 160)),
      h("span.row-about", `${section} \u00b7 ${index.kind[item].replaceAll("_", "/")}`),
    ];
  }
}

/** Whether a pair's second system is shown first when labelling blind: a coin that falls alike each time. */
function odd(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return ((sum ^ (sum >>> 15)) & 1) === 1;
}
