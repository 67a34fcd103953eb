// The keys, and the button that lists them.

import { button, h } from "./dom.js";

const HELP = [
  ["j, k", "next and previous item"],
  ["/", "search"],
  ["1, 2, 0", "you prefer the left, the right, neither"],
  ["arrow keys", "from figure to figure inside a table"],
  ["Esc", "closes"],
];

/** The button that opens the list. */
export function helpButton() {
  const dialog = h(
    "dialog",
    { "aria-label": "Keys" },
    h("h2", "Keys"),
    h(
      "dl",
      HELP.map(([key, says]) => h("div", h("dt", h("kbd", key)), h("dd", says))),
    ),
    button("Close", () => dialog.close()),
  );
  document.body.append(dialog);
  return button(["Keys", h("kbd", "?")], () => dialog.showModal(), "quiet", { id: "keys" });
}

/** Does what a pressed key says, unless the reader is typing. */
export function onKey(page, event) {
  const typing = event.target.matches?.("select, input:not([type=checkbox])");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const press = (number) => document.querySelectorAll(".preference button")[number]?.click();
  const does = {
    j: () => page.explorer?.step(1),
    k: () => page.explorer?.step(-1),
    1: () => press(0),
    0: () => press(1),
    2: () => press(2),
    "/": () => page.explorer?.search.focus(),
    "?": () => document.getElementById("keys").click(),
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}
