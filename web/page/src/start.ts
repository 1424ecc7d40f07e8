// The start page: filters from real complaints, each of which teaches something in a click.

import type { Example } from "./api";
import type { App, Panel } from "./app";
import { button, el } from "./dom";

function filters(e: Example): HTMLElement[] {
  const { expr = "" } = e.source;
  if (!e.other) return [el("code", { class: "example-filter" }, expr)];
  return [["A", expr], ["B", e.other]].map(([name, text]) => el("div", { class: "example-filter" }, el("strong", {}, name!), el("code", {}, text!)));
}

export function startPanel(app: App, take: (example: Example) => void): Panel {
  const cards = app.init.examples.map((e) => el("li", { class: "example" },
    el("h3", {}, e.title),
    el("p", {}, e.why),
    ...filters(e),
    button(e.other ? "Compare the two" : "Look at it", () => take(e), { "aria-label": `${e.other ? "Compare the two" : "Look at it"}: ${e.title}` })));
  const root = el("section", { "aria-label": "Start" },
    el("p", { class: "lead" }, "Write a filter in the language of tcpdump and Wireshark’s capture filters, and see what it does: in words, as the program that the kernel runs, as a graph, and on packets of your own. These come from questions that people had:"),
    el("ul", { class: "examples" }, ...cards));
  return { id: "start", title: "Start", root, refresh() { /* shows no filter */ } };
}
