// What the browser keeps for the reader.

/** The browser's storage, or null where it is forbidden. */
export function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
