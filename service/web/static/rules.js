/* Checks a rule while it is typed. Without this the Check button does the same. */
"use strict";
(() => {
  const form = document.getElementById("rule");
  if (!form) return;
  const pane = document.getElementById("pane");
  const verdict = document.getElementById("verdict");
  const unsaved = document.getElementById("unsaved");
  const text = form.elements.text;
  const first = text.value;
  let timer = 0, asking = null, leaving = false;

  const changed = () => text.value !== first;

  async function check() {
    asking?.abort();
    asking = new AbortController();
    const said = new FormData(form);
    said.set("do", "check");
    pane.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(said), headers: { "X-Partial": "look" }, signal: asking.signal,
      });
      if (!answer.ok) throw new Error(answer.status === 403 ? "You are signed out. Keep your text and sign in again." : "The check failed.");
      pane.innerHTML = await answer.text();
      const look = document.getElementById("look");
      if (verdict.textContent !== look.dataset.verdict) verdict.textContent = look.dataset.verdict;
      text.setAttribute("aria-invalid", look.dataset.fine === "yes" ? "false" : "true");
    } catch (error) {
      if (error.name === "AbortError") return;
      verdict.textContent = error.message;
    }
    pane.removeAttribute("aria-busy");
  }

  form.addEventListener("input", event => {
    unsaved.hidden = !changed();
    if (event.target.name === "reason") return;
    clearTimeout(timer);
    timer = setTimeout(check, 300);
  });
  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("beforeunload", event => { if (changed() && !leaving) event.preventDefault(); });
})();
