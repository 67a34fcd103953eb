// Figures as texts.

const DASH = "\u2013";

/** A figure of a column with its factor and decimals; a dash for null. */
export function figure(value, column) {
  return value === null || value === undefined || Number.isNaN(value)
    ? DASH
    : fixed(value * column.factor, column.decimals);
}

/** A difference with its sign. */
export function signed(value, column) {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH;
  const text = fixed(value * column.factor, column.decimals);
  return Number(text.replace("\u2212", "-")) > 0 ? `+${text}` : text;
}

function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

/** "[low, high]" of an estimate. */
export function interval(estimate, column) {
  const [, low, high] = estimate;
  return low === null ? "no interval: one section" : `[${figure(low, column)}, ${figure(high, column)}]`;
}

/** A p-value with three decimals. */
export function pValue(p) {
  if (p === null || p === undefined) return DASH;
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** Seconds as "1 h 20 min", "3 min 5 s", "4.2 s". */
export function duration(seconds) {
  if (seconds === null) return DASH;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "1,234". */
export function count(number) {
  return number.toLocaleString("en-US");
}

/** "1 item", "2 items". */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
