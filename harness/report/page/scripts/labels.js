// A reader's own preferences: kept in the browser, exported for training and for the validation of a judge.

/** Preferences by document, item and pair of systems. storage: as localStorage, or null. name: of these answers. */
export class Labels {
  constructor(storage, name) {
    Object.assign(this, { storage, key: `valign:${name}`, kept: new Map() });
    try {
      for (const one of JSON.parse(storage?.getItem(this.key) ?? "[]")) this.kept.set(keyOf(one), one);
    } catch {
      this.kept.clear(); // what lies there is not ours to read
    }
  }

  /** Keeps a preference, "a", "b" or "tie" of the systems (by key) a and b; the same once more takes it back. */
  set(document, item, a, b, preferred) {
    const one = { document, item, a, b, preferred };
    if (this.get(document, item, a, b) === preferred) this.kept.delete(keyOf(one));
    else this.kept.set(keyOf(one), sorted(one));
    try {
      this.storage?.setItem(this.key, JSON.stringify([...this.kept.values()]));
    } catch {
      this.storage = null; // full or forbidden: preferences last as long as the page is open
    }
  }

  /** The preference of a pair, from a's point of view; "" where there is none. */
  get(document, item, a, b) {
    const one = this.kept.get(keyOf({ document, item, a, b }));
    if (!one) return "";
    return one.a === a ? one.preferred : mirrored(one.preferred);
  }

  get size() {
    return this.kept.size;
  }

  all() {
    return [...this.kept.values()].sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1));
  }
}

function sorted(one) {
  return one.a < one.b ? one : { ...one, a: one.b, b: one.a, preferred: mirrored(one.preferred) };
}

function mirrored(preferred) {
  return { a: "b", b: "a" }[preferred] ?? preferred;
}

function keyOf({ document, item, a, b }) {
  return JSON.stringify([document, item, ...[a, b].sort()]);
}

/** TRL's preference rows (`prompt`, `chosen`, `rejected`) as JSON lines, without ties. rows: see `exported` in main. */
export function preferenceRows(rows) {
  return lines(
    rows
      .filter(({ preferred }) => preferred !== "tie")
      .map(({ prompt, answers, preferred }) => {
        const [chosen, rejected] = preferred === "a" ? answers : [answers[1], answers[0]];
        return { prompt, chosen, rejected };
      }),
  );
}

/** AlpacaEval's annotations as JSON lines, which `valign judge validate --human` reads. */
export function annotationRows(rows) {
  return lines(
    rows.map(({ prompt, answers, names, preferred, document, item, section, reference }) => ({
      instruction: prompt,
      output_1: answers[0],
      generator_1: names[0],
      output_2: answers[1],
      generator_2: names[1],
      preference: { a: 1, b: 2, tie: 1.5 }[preferred],
      annotator: "reader",
      document,
      item,
      section,
      reference,
    })),
  );
}

function lines(rows) {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
