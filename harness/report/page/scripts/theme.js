// Light or dark: the system's choice, or the reader's.

import { button } from "./dom.js";

const KEY = "valign:theme";
const NEXT = { auto: "light", light: "dark", dark: "auto" };

/** The button that changes it. storage: as localStorage, or null. */
export function themeButton(storage) {
  const element = button("", () => apply(NEXT[now]), "quiet");
  let now = "auto";
  const apply = (theme) => {
    now = NEXT[theme] ? theme : "auto";
    document.documentElement.dataset.theme = now;
    element.textContent = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" }[now];
    try {
      storage?.setItem(KEY, now);
    } catch {
      storage = null; // the choice lasts as long as the page is open
    }
  };
  apply(storage?.getItem(KEY) ?? "auto");
  return element;
}
