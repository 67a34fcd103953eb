// A list of any length of which only what is seen is in the page.

import { h } from "./dom.js";

/** A scrolling list of rows of one height. render: gives the row of a place; onpick: is given a place. */
export class VirtualList {
  constructor({ label, height, render, onpick }) {
    Object.assign(this, { height, render, size: 0, picked: -1 });
    this.inner = h("div.rows", { role: "presentation" });
    this.element = h("div.list", { role: "listbox", tabindex: "0", "aria-label": label }, this.inner);
    this.element.addEventListener("scroll", () => this.draw(), { passive: true });
    this.element.addEventListener("click", (event) => {
      const row = event.target.closest("[data-place]");
      if (row) onpick(Number(row.dataset.place));
    });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Shows so many rows, from the top or where `keep` from where it was. */
  show(size, picked) {
    Object.assign(this, { size, picked });
    this.inner.style.height = `${size * this.height}px`;
    this.reveal(picked);
    this.draw(true);
  }

  /** Scrolls just enough to show a place. */
  reveal(place) {
    const { scrollTop, clientHeight } = this.element;
    const top = Math.max(0, place) * this.height;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight) this.element.scrollTop = top + this.height - clientHeight;
  }

  draw(anew = false) {
    const from = Math.max(0, Math.floor(this.element.scrollTop / this.height) - 4);
    const to = Math.min(this.size, Math.ceil((this.element.scrollTop + this.element.clientHeight) / this.height) + 4);
    if (!anew && from === this.from && to === this.to) return;
    Object.assign(this, { from, to });
    const rows = [];
    for (let place = from; place < to; place += 1) {
      const row = h(
        "div.row",
        {
          id: `row-${place}`,
          role: "option",
          "data-place": place,
          "aria-selected": String(place === this.picked),
          "aria-posinset": place + 1,
          "aria-setsize": this.size,
        },
        this.render(place),
      );
      row.style.top = `${place * this.height}px`;
      row.style.height = `${this.height}px`;
      rows.push(row);
    }
    this.inner.replaceChildren(...rows);
    if (this.picked >= from && this.picked < to)
      this.element.setAttribute("aria-activedescendant", `row-${this.picked}`);
    else this.element.removeAttribute("aria-activedescendant");
  }
}
