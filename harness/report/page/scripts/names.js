// How systems and columns are called, and which column leads.

/** A system's name, with its run where the page has several. */
export function systemName(system, runs) {
  return runs.length > 1 ? `${system.name} \u00b7 ${runs[system.run]}` : system.name;
}

/** The column that the page opens with: of the primary comparisons' columns, or a judge's win rate, or the first. */
export function leadingColumn(document) {
  const primary = document.comparisons.filter((one) => one.primary).map((one) => one.column);
  const all = document.columns.map((one) => one.key);
  const some = primary.length && document.comparisons.some((one) => !one.primary) ? primary : all;
  return some.find((key) => key.includes("adherence")) ?? document.columns.find((one) => one.judge && some.includes(one.key))?.key
    ?? some[0] ?? "";
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
