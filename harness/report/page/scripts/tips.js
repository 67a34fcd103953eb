// Tooltips: of a figure its interval, items and signature; by pointer, touch and keyboard.

import { fill, h } from "./dom.js";

const box = h("div.tip", { role: "tooltip", id: "tip", hidden: true });
let shownFor = null;

/** Makes every element with `data-tip` in the page show it. */
export function startTips() {
  document.body.append(box);
  document.addEventListener("pointerover", (event) => show(event.target.closest?.("[data-tip]")));
  document.addEventListener("focusin", (event) => show(event.target.closest?.("[data-tip]")));
  document.addEventListener("focusout", () => show(null));
  document.addEventListener("keydown", (event) => event.key === "Escape" && show(null));
  document.addEventListener("scroll", () => show(null), { passive: true, capture: true });
}

function show(element) {
  if (element === shownFor) return;
  shownFor?.removeAttribute("aria-describedby");
  shownFor = element;
  box.hidden = !element;
  if (!element) return;
  element.setAttribute("aria-describedby", "tip");
  fill(
    box,
    element.dataset.tip.split("\n").map((line, at) => h("p", { class: at ? null : "first" }, line)),
  );
  const at = element.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - width / 2), innerWidth - width - 8);
  const below = at.bottom + 8 + height < innerHeight;
  box.style.left = `${left}px`;
  box.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - height - 8)}px`;
}

/** Makes the cells of a table that have tips one stop of the Tab key; the arrow keys go from cell to cell. */
export function arrowKeys(table) {
  const rows = () =>
    [...table.querySelectorAll("tr")]
      .map((row) => [...row.querySelectorAll("[data-cell]")])
      .filter((row) => row.length);
  for (const [at, cell] of rows().flat().entries()) cell.tabIndex = at ? -1 : 0;
  table.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest?.("[data-cell]");
    if (!move || !cell) return;
    const all = rows();
    const row = all.findIndex((cells) => cells.includes(cell));
    const next = all[row + move[0]]?.[all[row].indexOf(cell) + move[1]];
    if (!next) return;
    event.preventDefault();
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return table;
}
