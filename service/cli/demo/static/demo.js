// Fetches both lists again every second, and touches the page only when they changed.
"use strict";
const lists = document.getElementById("lists");
let last = lists.innerHTML;
async function refresh() {
  try {
    const answer = await fetch("/lists", { cache: "no-store" });
    const text = await answer.text();
    if (answer.ok && text !== last) {
      const tops = [...lists.querySelectorAll(".inbox")].map((box) => box.scrollTop);
      const focused = document.activeElement?.closest("#lists a")?.getAttribute("href");
      lists.innerHTML = text;
      last = text;
      lists.querySelectorAll(".inbox").forEach((box, n) => { box.scrollTop = tops[n] ?? 0; });
      if (focused) lists.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
  } catch {
    // The demo has ended; the page keeps what it shows.
  }
  setTimeout(refresh, 1000);
}
setTimeout(refresh, 1000);
