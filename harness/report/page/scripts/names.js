// How systems and columns are called, and which column leads.

/** A system's name, with its run where the page has several. */
export function systemName(system, runs) {
  return runs.length > 1 ? `${system.name} \u00b7 ${runs[system.run]}` : system.name;
}

/**
 * The column that the page opens with: adherence where it is measured, else a judge's win rate, else the first; of the
 * primary comparisons where others are exploratory. A judge whose audit raised an alarm leads nowhere.
 */
export function leadingColumn(document) {
  const exploratory = document.comparisons.some((one) => !one.primary);
  const primary = new Set(document.comparisons.filter((one) => one.primary).map((one) => one.column));
  const useless = new Set(document.judges.filter((one) => one.alarms.length).map((one) => one.judge));
  const sound = document.columns.filter((one) => !useless.has(one.judge));
  const some = exploratory ? sound.filter((one) => primary.has(one.key)) : sound;
  const leading = some.find((one) => one.key.includes("adherence")) ?? some.find((one) => one.judge) ?? some[0] ?? sound[0];
  return leading?.key ?? "";
}

/** The column of a key. */
export function columnOf(document, key) {
  return document.columns.find((one) => one.key === key) ?? document.columns[0];
}

/** The two systems that the page opens with: of the first comparison, or of the first change, or the first two. */
export function leadingPair(document) {
  const change = document.changes[0]?.comparisons[0];
  if (change) return [change.systems[1], change.systems[0]];
  const first = document.comparisons[0];
  return first ? first.systems : [0, document.systems.length > 1 ? 1 : 0];
}
