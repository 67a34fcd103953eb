// Which items a reader sees, and in which order.

/**
 * The numbers of the items that a state leaves, in its order.
 * chosen: the state with names resolved: {a, b, judge, by} as numbers, the rest as in the state.
 * found: item numbers that the search found, or null without a search.
 */
export function filtered(items, chosen, found) {
  const { index } = items;
  const tests = [];
  if (chosen.section >= 0) tests.push((i) => index.section[i] === chosen.section);
  if (chosen.kind) tests.push((i) => index.kind[i] === chosen.kind);
  if (chosen.value) tests.push((i) => index.value[i] === chosen.value);
  if (chosen.seen) tests.push((i) => index.seen[i] === (chosen.seen === "seen" ? 1 : 0));
  if (found) tests.push((i) => found.has(i));
  tests.push(...pairTests(items, chosen));
  const left = [];
  for (let item = 0; item < items.size; item += 1) if (tests.every((test) => test(item))) left.push(item);
  return ordered(items, chosen, left);
}

function pairTests(items, { a, b, by, judge, differ, won, split, unscored }) {
  const tests = [];
  const right = items.verdicts[by]
    ? (system, i) => items.score(by, system, i) > 0.5
    : (system, i, other) => items.score(by, system, i) > items.score(by, other, i);
  const scored = (i) => !Number.isNaN(items.score(by, a, i)) && !Number.isNaN(items.score(by, b, i));
  if (differ === "texts") tests.push((i) => items.differ(a, b, i));
  if (differ === "a") tests.push((i) => scored(i) && right(a, i, b) && !right(b, i, a));
  if (differ === "b") tests.push((i) => scored(i) && right(b, i, a) && !right(a, i, b));
  if (differ === "wrong") tests.push((i) => items.verdicts[by] && items.score(by, a, i) < 0.5);
  if (won === "a") tests.push((i) => items.share(judge, a, b, i) > 0.5);
  if (won === "b") tests.push((i) => items.share(judge, a, b, i) < 0.5);
  if (won === "tie") tests.push((i) => items.share(judge, a, b, i) === 0.5);
  if (split) tests.push((i) => items.splits(judge, a, b, i));
  if (unscored) tests.push((i) => isUnscored(items, a, b, judge, i));
  return tests;
}

/** Whether a system lacks a score that another one of the same column has, or a verdict of the pair is unparsed. */
export function isUnscored(items, a, b, judge, item) {
  const lacks = items.columns.some((_, column) =>
    [a, b].some((system) => Number.isNaN(items.score(column, system, item)) && items.hasScores(column, system)),
  );
  return lacks || (items.orders(judge, a, b, item) ?? []).some((share) => share !== null && Number.isNaN(share));
}

function ordered(items, { a, b, by, sort }, left) {
  const score = (system, i) => items.score(by, system, i);
  const keys = {
    low: (i) => score(a, i),
    high: (i) => -score(a, i),
    fell: (i) => score(b, i) - score(a, i),
    rose: (i) => score(a, i) - score(b, i),
  };
  const key = keys[sort];
  if (!key) return left;
  const last = (value) => (Number.isNaN(value) ? Infinity : value);
  const by_key = new Map(left.map((i) => [i, last(key(i))]));
  return left.sort((x, y) => by_key.get(x) - by_key.get(y) || x - y);
}

/** How many items went from right to wrong and from wrong to right between two systems in a column of verdicts. */
export function flips(items, by, before, after) {
  const lost = [];
  const gained = [];
  for (let i = 0; i < items.size; i += 1) {
    const [was, is] = [items.score(by, before, i), items.score(by, after, i)];
    if (was > 0.5 && is <= 0.5) lost.push(i);
    if (was <= 0.5 && is > 0.5) gained.push(i);
  }
  return { lost, gained };
}
