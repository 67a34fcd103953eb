// How systems and columns are called, and which pair of systems the page opens with.

/** A system's name, with its run where the page has several. */
export function systemName(system, runs) {
  return runs.length > 1 ? `${system.name} \u00b7 ${runs[system.run]}` : system.name;
}

/** The column of a key. */
export function columnOf(document, key) {
  return document.columns.find((one) => one.key === key) ?? document.columns[0];
}

/** The two systems that the page opens with: one that changed between runs, else of the first comparison. */
export function leadingPair(document) {
  const all = document.changes.flatMap((one) => one.comparisons);
  const change = all.find((one) => one.difference[0] !== 0) ?? all[0];
  if (change) return [change.systems[1], change.systems[0]];
  const first = document.comparisons[0];
  return first ? first.systems : [0, document.systems.length > 1 ? 1 : 0];
}
