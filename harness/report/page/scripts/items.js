// A document's items as the filters read them, and what verdicts on them say.

const UNPARSED = 255;
const ABSENT = 254;
const NO_ANSWER = 255;

/** Reads a document's items, scores and verdicts. at: the document's number. */
export async function readItems(blocks, document) {
  const { items, alike, values, judges, columns } = document.blocks;
  const [index, groups, scores, ...codes] = await Promise.all([
    blocks.json(items),
    blocks.bytes(alike),
    blocks.floats(values),
    ...judges.map((judge) => blocks.bytes(judge.codes)),
  ]);
  return new Items(
    index,
    groups,
    scores,
    judges.map((judge, at) => ({ ...judge, codes: codes[at] })),
    columns,
    document.systems.length,
  );
}

/** The items of a document. Scores: column, system, item; verdicts: pair, order, item. */
export class Items {
  constructor(index, alike, scores, judges, columns, systems) {
    Object.assign(this, { index, alike, scores, judges, columns, systems, size: index.id.length });
    this.places = new Map(index.id.map((id, at) => [id, at]));
    this.verdicts = columns.map((_, column) => this.isVerdict(column));
  }

  /** A system's score of an item in a column (by number); NaN where unscored. */
  score(column, system, item) {
    return column < 0 ? NaN : this.scores[(column * this.systems + system) * this.size + item];
  }

  /** Whether all scores of a column are 0, a half or 1, so that an item is right or wrong in it. */
  isVerdict(column) {
    const length = this.systems * this.size;
    for (let at = column * length; at < (column + 1) * length; at += 1) {
      const score = this.scores[at];
      if (score !== 0 && score !== 1 && score !== 0.5 && !Number.isNaN(score)) return false;
    }
    return true;
  }

  /** Whether a system has any score in a column. */
  hasScores(column, system) {
    this.known ??= new Map();
    const key = column * this.systems + system;
    if (!this.known.has(key)) {
      const own = this.scores.subarray(key * this.size, (key + 1) * this.size);
      this.known.set(
        key,
        own.some((score) => !Number.isNaN(score)),
      );
    }
    return this.known.get(key);
  }

  /** Whether two systems answered an item at all. */
  both(a, b, item) {
    return this.alike[a * this.size + item] !== NO_ANSWER && this.alike[b * this.size + item] !== NO_ANSWER;
  }

  /** Whether two systems gave different answers; false where one gave none. */
  differ(a, b, item) {
    return this.both(a, b, item) && this.alike[a * this.size + item] !== this.alike[b * this.size + item];
  }

  /** The pair of a judge with systems a and b: [number, whether a is its second system], or null. */
  pair(judge, a, b) {
    const key = `${judge}:${a}:${b}`;
    this.pairs ??= new Map();
    if (!this.pairs.has(key)) {
      const { pairs } = this.judges[judge] ?? { pairs: [] };
      const at = pairs.findIndex(([x, y]) => (x === a && y === b) || (x === b && y === a));
      this.pairs.set(key, at < 0 ? null : [at, pairs[at][0] !== a]);
    }
    return this.pairs.get(key);
  }

  /** a's share in both orders, [when the pair's first was shown first, when its second was]; null where not judged. */
  orders(judge, a, b, item) {
    const pair = this.pair(judge, a, b);
    if (!pair) return null;
    const [at, mirrored] = pair;
    return [0, 1].map((order) => {
      const code = this.judges[judge].codes[(2 * at + order) * this.size + item];
      if (code === ABSENT) return null;
      if (code === UNPARSED) return NaN;
      return mirrored ? 1 - code / 200 : code / 200;
    });
  }

  /** a's share of an item against b, mean over the parsed orders; NaN where none is. */
  share(judge, a, b, item) {
    const known = (this.orders(judge, a, b, item) ?? []).filter((one) => one !== null && !Number.isNaN(one));
    return known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : NaN;
  }

  /** Whether a judge chose different winners in the two orders. */
  splits(judge, a, b, item) {
    const known = (this.orders(judge, a, b, item) ?? []).filter((one) => one !== null);
    return known.length === 2 && side(known[0]) !== side(known[1]);
  }
}

/** "a", "b", "tie" or "unparsed" of a share. */
export function side(share) {
  if (Number.isNaN(share)) return "unparsed";
  if (share === 0.5) return "tie";
  return share > 0.5 ? "a" : "b";
}
