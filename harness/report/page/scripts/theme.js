// Light or dark: the system's choice, or the reader's.

import { h } from "./dom.js";

const KEY = "valign:theme";
const NEXT = { auto: "light", light: "dark", dark: "auto" };

/** The button that changes it. storage: as localStorage, or null. */
export function themeButton(storage) {
  const button = h("button", { type: "button", class: "quiet", onclick: () => apply(NEXT[now]) });
  let now = "auto";
  const apply = (theme) => {
    now = NEXT[theme] ? theme : "auto";
    document.documentElement.dataset.theme = now;
    button.textContent = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" }[now];
    try {
      storage?.setItem(KEY, now);
    } catch {
      storage = null; // the choice lasts as long as the page is open
    }
  };
  apply(storage?.getItem(KEY) ?? "auto");
  return button;
}
