/* The rule editor: colours, completion, and a check while it is typed. Without this the page is a plain form. */
"use strict";
(() => {
  const KEY = /^(\s*(?:- )?)(["']?[\w-]+["']?)(:)(?=\s|$)/;
  const WORD = /("[^"\n]*"|"[^"\n]*$)|(\$[\w-]+)|(\b(?:AND|OR|NOT)\b|\bO?NEAR\/\d+)|\b(kind|country|region|place|actor|target|weapon|status|source|lang|has|title|body)(?=:)|\b(killed|injured|sources|confidence|severity)(?=\s*[<>=!])|\b(within|bbox)(?=\()/g;
  const CLASS = ["", "q", "l", "o", "f", "f", "f"];

  /* ---- Colours: the text once more behind the text area, in pieces. */
  function line(text, marks) {
    const found = [];
    const comment = text.search(/(^|\s)#(?=\s|$)/);
    const said = comment < 0 ? text : text.slice(0, comment);
    const key = KEY.exec(said);
    let at = 0;
    const put = (end, look) => { if (end > at) found.push([text.slice(at, end), look]); at = end; };
    if (key) { put(key[1].length, ""); put(key[1].length + key[2].length, "k"); put(key[0].length, ""); }
    for (const hit of said.matchAll(WORD)) {
      if (hit.index < at) continue;
      const group = hit.findIndex((part, number) => number && part !== undefined);
      put(hit.index, ""); put(hit.index + hit[0].length, CLASS[group] || "q");
    }
    put(said.length, ""); put(text.length, "c");
    return marks === null ? found : cut(found, marks);
  }

  function cut(pieces, column) {                       /* marks the word at a column, from 0 */
    const out = [];
    let at = 0;
    for (const [text, look] of pieces) {
      const inside = column - at;
      at += text.length;
      if (inside < 0 || inside >= text.length) { out.push([text, look]); continue; }
      const rest = text.slice(inside), word = (/^[^\s()]+/.exec(rest) || [rest[0]])[0];
      out.push([text.slice(0, inside), look], [word, `${look} x`], [rest.slice(word.length), look]);
    }
    if (column >= at) out.push([" ", "x"]);
    return out;
  }

  function paint(into, text, place) {
    const [row, column] = place ? place.split(":").map(Number) : [0, 0];
    const nodes = [];
    text.split("\n").forEach((words, number) => {
      for (const [piece, look] of line(words, number + 1 === row ? column - 1 : null)) {
        if (!piece) continue;
        if (!look) { nodes.push(piece); continue; }
        const span = document.createElement("span");
        span.className = look.trim().split(" ").map(name => `h-${name}`).join(" ");
        span.textContent = piece;
        nodes.push(span);
      }
      nodes.push("\n");
    });
    into.replaceChildren(...nodes);
  }

  const shown = document.getElementById("shown");
  if (shown) paint(shown, shown.textContent.trimEnd(), "");

  const form = document.getElementById("rule");
  if (!form) return;
  const pane = document.getElementById("pane");
  const verdict = document.getElementById("verdict");
  const text = form.elements.text;
  const first = text.value, old = !document.getElementById("unsaved").hidden;
  let timer = 0, asking = null, leaving = false, place = document.getElementById("look")?.dataset.at || "";

  const behind = document.createElement("pre");
  behind.className = "code behind";
  behind.setAttribute("aria-hidden", "true");
  text.before(behind);
  text.parentElement.classList.add("live");
  document.getElementById("keys").hidden = false;
  const scroll = () => { behind.scrollTop = text.scrollTop; behind.scrollLeft = text.scrollLeft; };
  const repaint = () => { paint(behind, text.value, place); scroll(); };
  text.addEventListener("scroll", scroll);
  repaint();

  /* ---- Completion: what can stand where the caret is. Enter takes, Escape leaves, Tab goes on as everywhere. */
  const words = {};
  for (const span of document.querySelectorAll("#vocabulary span")) words[span.dataset.kind] = span.textContent.split(" ");
  const list = document.createElement("ul");
  list.id = "offers"; list.className = "offers"; list.hidden = true;
  list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "Completions");
  text.parentElement.append(list);
  text.setAttribute("aria-autocomplete", "list"); text.setAttribute("aria-controls", "offers");
  let offers = [], chosen = 0, begun = 0;

  function asked(wide) {
    const before = text.value.slice(0, text.selectionStart), row = before.slice(before.lastIndexOf("\n") + 1);
    if (/(^|\s)#/.test(row)) return [];
    const value = /\b([a-z]+):\(?(?:[\w-]+ OR )*([\w-]*)$/.exec(row), word = /[$\w:-]*$/.exec(row)[0];
    if (value && words[value[1]]) { begun = value[2].length; return from(words[value[1]], value[2], true); }
    begun = word.length;
    if (word.startsWith("$")) return from(words.list, word, true);
    if (/^(\s*(- )?)[\w-]*$/.test(row) && !inQuery(before)) return from(words.key.map(key => `${key}: `), word, wide);
    return word || wide ? from([...words.field, ...words.number, ...words.list], word, wide) : [];
  }
  const from = (all, word, wide) => (wide || word.length > 1)
    ? all.filter(one => one && one !== word && one.toLowerCase().startsWith(word.toLowerCase())).slice(0, 8) : [];
  function inQuery(before) {
    const keys = before.split("\n").slice(0, -1).filter(row => KEY.test(row));
    return keys.length > 0 && /^\s*(?:- )?["']?match["']?:\s*[>|]/.test(keys[keys.length - 1]);
  }
  function offer(wide) {
    offers = text.selectionStart === text.selectionEnd ? asked(wide) : [];
    chosen = 0;
    if (!offers.length) return close();
    list.replaceChildren(...offers.map((word, number) => {
      const item = document.createElement("li");
      item.id = `offer-${number}`; item.textContent = word; item.setAttribute("role", "option");
      item.addEventListener("mousedown", event => { event.preventDefault(); chosen = number; take(); });
      return item;
    }));
    list.hidden = false;
    const before = text.value.slice(0, text.selectionStart).split("\n"), style = getComputedStyle(text);
    const high = parseFloat(style.lineHeight), wideOne = measure();
    list.style.top = `${parseFloat(style.paddingTop) + high * before.length - text.scrollTop + 2}px`;
    const left = parseFloat(style.paddingLeft) + wideOne * (before[before.length - 1].length - begun) - text.scrollLeft;
    list.style.left = `${Math.max(0, Math.min(left, text.clientWidth - list.offsetWidth))}px`;
    choose(0);
  }
  let letter = 0;
  function measure() {
    if (!letter) {
      const probe = document.createElement("span");
      probe.textContent = "0".repeat(50);
      behind.append(probe);
      letter = probe.getBoundingClientRect().width / 50;
      probe.remove();
    }
    return letter;
  }
  function choose(number) {
    chosen = (number + offers.length) % offers.length;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    text.setAttribute("aria-activedescendant", `offer-${chosen}`);
  }
  function close() { list.hidden = true; offers = []; text.removeAttribute("aria-activedescendant"); }
  function take() {
    const word = offers[chosen], end = text.selectionStart;
    close();
    text.setRangeText(word, end - begun, end, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
  text.addEventListener("keydown", event => {
    if (event.ctrlKey && event.code === "Space") { event.preventDefault(); offer(true); return; }
    if (list.hidden) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (moves[event.key]) { event.preventDefault(); choose(chosen + moves[event.key]); }
    else if (event.key === "Enter") { event.preventDefault(); take(); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") close();
  });
  text.addEventListener("blur", close);

  /* ---- Checking. */
  const changed = () => old || text.value !== first;

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
      verdict.classList.toggle("bad", look.dataset.fine !== "yes");
      text.setAttribute("aria-invalid", look.dataset.fine === "yes" ? "false" : "true");
      place = look.dataset.at || "";
      repaint();
    } catch (error) {
      if (error.name === "AbortError") return;
      verdict.textContent = error.message;
    }
    pane.removeAttribute("aria-busy");
  }

  form.addEventListener("input", event => {
    for (const id of ["unsaved", "discard"]) document.getElementById(id)?.toggleAttribute("hidden", !changed());
    if (event.target === text) { place = ""; repaint(); offer(false); }
    if (event.target.name === "reason") return;
    clearTimeout(timer);
    timer = setTimeout(check, 300);
  });
  form.addEventListener("submit", () => { leaving = true; });
  document.getElementById("discard")?.addEventListener("click", () => { leaving = true; });
  addEventListener("beforeunload", event => { if (changed() && !leaving) event.preventDefault(); });
})();
