// The filter in English, and the bytes of a packet that it looks at.

import type { Explained } from "./api";
import { replaced, messageOf, type App, type Good, type Panel } from "./app";
import { copyButton, debounce, el } from "./dom";
import { drawHeader } from "./headers";
import { light, partItem } from "./parts";

function needs(e: Explained): string {
  if (e.needs < 0) return "There is no bound on how far into a packet it looks.";
  if (e.needs === 0) return "It looks at no byte of the packet.";
  return `It looks no further than the first ${e.needs} bytes of a packet. A packet that ends before a byte that is looked at does not match.`;
}

function limit(n: number): string {
  return n === 1 ? "1 instruction" : `${n.toLocaleString("en")} instructions`;
}

export function wordsPanel(app: App): Panel {
  let text = "";
  const tree = el("ul", { class: "parts root" });
  const notes = el("div", {});
  const facts = el("p", { class: "muted" });
  const headers = el("div", { class: "header-layouts" });
  const headersBox = el("div", { hidden: true }, el("h3", {}, "Where it looks"), headers);
  const lead = el("p", { class: "lead" }, "Write a filter, or choose an example.");
  const copy = copyButton(() => text);
  copy.hidden = true;
  const root = el("section", { class: "words", "aria-labelledby": "words-title" },
    el("div", { class: "card-head" }, el("h2", { id: "words-title" }, "In words"), copy), lead, tree, notes, facts, headersBox);
  app.marks.listen((spans) => light(root, spans));

  const show = (e: Explained) => {
    if (e.error) return;
    text = e.text;
    copy.hidden = false;
    lead.textContent = e.root ? "It keeps the packets where" : "It keeps every packet.";
    tree.replaceChildren(...(e.root ? [partItem(e.root, app.marks)] : []));
    notes.replaceChildren(...e.notes.map((n) => el("p", { class: "muted" }, n)));
    facts.textContent = `${needs(e)} ${e.kernel ? `The kernel does not take it as classic BPF: ${e.kernel}.` : `The kernel takes it: ${limit(e.instructions)}.`}`;
    headersBox.hidden = e.headers.length === 0;
    headers.replaceChildren(...e.headers.map((h) => drawHeader(h, app.marks)));
  };

  // The program comes first; the words follow when the typing rests for a moment.
  let newest: Good | null = null;
  const load = debounce(60, () => {
    if (!newest) return;
    app.client.call("explain", { source: newest.source }, { slot: "explain" }).then(show, (error) => {
      if (!replaced(error)) facts.textContent = messageOf(error);
    });
  });

  return {
    id: "words", title: "In words", root,
    refresh(good) { newest = good; load(); },
    pause() { if (!newest) lead.textContent = "The filter does not compile yet."; else lead.textContent = newest.source.expr.trim() ? "The filter before kept the packets where" : "The filter before kept every packet."; },
  };
}
