// The page as one object: the document in view, the reader's choices, and drawing what depends on them.

import { clausesView } from "./clauses.js";
import { differencesView } from "./differences.js";
import { choice, fill, h, redraw } from "./dom.js";
import { Explorer, KEYS } from "./explorer.js";
import { flipsView } from "./flips.js";
import { readItems } from "./items.js";
import { helpButton } from "./keys.js";
import { Labels, annotationRows, preferenceRows } from "./labels.js";
import { makingView } from "./making.js";
import { resultsView } from "./results.js";
import { State, fragment } from "./state.js";
import { storage } from "./storage.js";
import { Texts } from "./texts.js";
import { themeButton } from "./theme.js";

/** Each view with what of the state it depends on. */
const VIEWS = {
  flips: [flipsView, ["doc", "metric"]],
  results: [resultsView, ["doc", "subset", "order", "hide"]],
  differences: [differencesView, ["doc", "metric"]],
  clauses: [clausesView, ["doc", "metric"]],
  making: [makingView, ["doc"]],
};

/** Everything that views are given. */
export class Page {
  constructor(main, blocks) {
    Object.assign(this, { main, blocks, runs: main.runs, read: new Map() });
    this.address = new State(location, history);
    this.labels = new Labels(storage(), main.key);
    this.address.listen((state, changed) => this.follow(changed));
  }

  get state() {
    return this.address.now;
  }

  get number() {
    const at = this.main.documents.findIndex((one) => one.name === this.state.doc);
    return Math.max(0, at);
  }

  get document() {
    return this.main.documents[this.number];
  }

  /** The texts of the document. */
  get texts() {
    return this.of("texts", () => new Texts(this.blocks, this.number, this.document));
  }

  /** The items of the document, read when they are first asked for. */
  items() {
    return this.of("items", () => readItems(this.blocks, this.document));
  }

  of(what, make) {
    const key = `${what}:${this.number}`;
    if (!this.read.has(key)) this.read.set(key, make());
    return this.read.get(key);
  }

  set = (changes, step) => this.address.set(changes, step);

  /** The fragment of the state with changes. */
  link(changes) {
    return fragment({ ...this.state, ...changes });
  }

  toSection(event, section) {
    event.preventDefault();
    const row = document.getElementById(`section-${section}`);
    row.querySelector("details").open = true;
    row.scrollIntoView({ block: "start" });
  }

  /** Keeps the reader's preference on an item and goes on to the next one. */
  async prefer(item, a, b, preferred) {
    const { index } = await this.items();
    const before = this.labels.get(this.document.name, index.id[item], a, b);
    this.labels.set(this.document.name, index.id[item], a, b, preferred);
    if (before === preferred) this.explorer.show();
    else {
      const at = this.explorer.left.indexOf(item);
      if (at < this.explorer.left.length - 1) this.explorer.step(1);
      else this.explorer.show();
    }
  }

  /** Downloads the reader's preferences: "preferences" for TRL, or "labels" for the validation of a judge. */
  async exported(what) {
    const rows = [];
    for (const one of this.labels.all()) {
      const number = this.main.documents.findIndex((own) => own.name === one.document);
      if (number < 0) continue;
      const own = this.main.documents[number];
      const items = await readItems(this.blocks, own);
      const item = items.places.get(one.item);
      const systems = [one.a, one.b].map((key) => own.systems.findIndex((system) => system.key === key));
      if (item === undefined || systems.includes(-1)) continue;
      const texts = await new Texts(this.blocks, number, own).item(item);
      rows.push({
        prompt: items.index.prompt[item],
        answers: systems.map((at) => texts.answers[at]),
        names: [one.a, one.b],
        preferred: one.preferred,
        document: one.document,
        item: one.item,
        section: own.sections[items.index.section[item]]?.id ?? "",
        reference: texts.reference,
      });
    }
    const text = what === "labels" ? annotationRows(rows) : preferenceRows(rows);
    const address = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
    h("a", { href: address, download: what === "labels" ? "human-labels.jsonl" : "preferences.jsonl" }).click();
    URL.revokeObjectURL(address);
  }

  follow(changed) {
    for (const [name, [view, keys]] of Object.entries(VIEWS))
      if (keys.some((key) => changed.has(key))) this.draw(name, view);
    if (changed.has("doc")) this.drawTools();
    if (changed.has("doc")) this.drawAnswers();
    else if (KEYS.some((key) => changed.has(key))) this.explorer?.show();
    if (changed.has("at")) this.scroll();
  }

  draw(name, view) {
    const place = document.querySelector(`[data-view="${name}"]`);
    if (place) redraw(place, view(this));
  }

  drawAll() {
    this.drawTools();
    for (const [name, [view]] of Object.entries(VIEWS)) this.draw(name, view);
  }

  drawTools() {
    const options = this.main.documents.map((one) => [one.name, one.title]);
    redraw(
      document.getElementById("tools"),
      options.length > 1
        ? choice("Document", options, this.document.name, (doc) => this.set({ doc, item: "", section: "" }))
        : null,
      (this.theme ??= themeButton(storage())),
      (this.help ??= helpButton()),
    );
  }

  async drawAnswers() {
    const items = await this.items();
    this.explorer = new Explorer(this, items);
    fill(document.querySelector('[data-view="answers"]'), this.explorer.element);
    await this.explorer.show();
  }

  scroll() {
    const target = document.getElementById(this.state.at);
    target?.scrollIntoView({ block: "start" });
    target?.focus({ preventScroll: true });
  }
}
