// Starts the page: reads its data, draws it, follows the address and the keys.

import { Blocks, inPage } from "./blocks.js";
import { h } from "./dom.js";
import { onKey } from "./keys.js";
import { Page } from "./page.js";
import { startTips } from "./tips.js";

async function start() {
  const blocks = new Blocks(inPage);
  const page = new Page(await blocks.json("main"), blocks);
  startTips();
  page.drawAll();
  document.documentElement.dataset.ready = "figures";
  addEventListener("hashchange", () => page.address.follow());
  document.addEventListener("keydown", (event) => onKey(page, event));
  document.addEventListener("click", (event) => {
    const at = event.target.closest?.('a[href^="#at="]')?.getAttribute("href");
    if (!at || /&/.test(at)) return;
    event.preventDefault();
    page.set({ at: at.slice(4) });
    page.scroll();
  });
  await page.drawAnswers();
  document.documentElement.dataset.ready = "all";
  if (page.state.at) page.scroll();
}

function failed(error) {
  const why =
    typeof DecompressionStream === "undefined"
      ? "this browser cannot unpack the page\u2019s data; use a current one"
      : String(error);
  document.getElementById("main").prepend(h("p.alarm", { role: "alert" }, `The figures cannot be shown: ${why}.`));
  throw error;
}

start().catch(failed);
