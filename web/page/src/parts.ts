// The parts of an expression as a tree of sentences; with a packet at hand, each with what it came to.

import type { JudgedPart, Part } from "./api";
import { button, el } from "./dom";
import type { Marks } from "./marks";

const joints: Record<Part["op"], string> = {
  and: "All of these hold:",
  or: "At least one of these holds:",
  not: "This does not hold:",
  inside: "Inside of it:",
  test: "",
};

/** So many parts of one list are shown at first; a list of ten thousand hosts has ten thousand. */
const atOnce = 40;
const longestText = 120;
/** Deeper parts are shown on demand: a browser lays out only so many boxes inside of each other. */
const deepest = 20;

const badges: Record<JudgedPart["truth"], [string, string]> = {
  "true": ["yes", "yes"],
  "false": ["no", "no"],
  "not looked at": ["skipped", "not looked at"],
  "packet ends": ["no", "packet ends"],
};

export function shorten(text: string, most: number): string {
  return text.length > most ? text.slice(0, most) + "…" : text;
}

function isJudged(part: Part): part is JudgedPart {
  return "truth" in part;
}

function badge(part: Part): (Node | string)[] {
  if (!isJudged(part)) return [];
  const [kind, text] = badges[part.truth] ?? ["skipped", part.truth];
  return [el("span", { class: `badge ${kind}` }, text), " "];
}

/** A list that shows its first entries, and the rest on demand. */
export function longList<T>(items: T[], build: (item: T, index: number) => HTMLElement, className: string, first = atOnce): HTMLElement {
  const list = el("ul", { class: className }, ...items.slice(0, first).map(build));
  let shown = Math.min(first, items.length);
  if (shown === items.length) return list;
  const more = el("li", { class: "more" });
  const grow = () => {
    const from = shown;
    const next = items.slice(from, from + 500);
    shown += next.length;
    more.before(...next.map((item, i) => build(item, from + i)));
    if (shown >= items.length) more.remove();
    else label();
  };
  const b = button("", grow, { class: "quiet" });
  const label = () => { b.textContent = `Show ${Math.min(500, items.length - shown).toLocaleString("en")} more of ${items.length.toLocaleString("en")}`; };
  label();
  more.append(b);
  list.append(more);
  return list;
}

function inner(part: Part, marks: Marks, depth: number): HTMLElement {
  if (depth % deepest !== 0) return longList<Part>(part.parts, (p) => partItem(p, marks, depth), "parts");
  const more = button("Show what is inside", () => more.replaceWith(longList<Part>(part.parts, (p) => partItem(p, marks, depth), "parts")), { class: "quiet" });
  return more;
}

/** A part as a list entry with those that it consists of. */
export function partItem(part: Part, marks: Marks, depth = 0): HTMLElement {
  const says = part.says || joints[part.op];
  const line = el("div", { class: "part-line" }, ...badge(part), el("span", {}, says));
  if (part.op === "test" && part.text) line.append(" ", el("code", { class: "chip" }, shorten(part.text, longestText)));
  if (isJudged(part) && part.found) line.append(el("span", { class: "found" }, part.found));
  const item = el("li", { class: `part ${part.op}` }, line);
  for (const note of part.notes) item.append(el("p", { class: "note" }, note));
  if (part.parts.length) item.append(inner(part, marks, depth + 1));
  if (part.op === "test") {
    marks.bind(line, [{ start: part.start, end: part.end }], "words");
    lightable(line, [{ start: part.start, end: part.end }]);
  }
  return item;
}

const spansOf = new WeakMap<Element, { start: number; end: number }[]>();

/** Marks an element as one that lights up with these parts of the text. */
export function lightable(node: Element, spans: { start: number; end: number }[]): void {
  node.classList.add("lightable");
  spansOf.set(node, spans);
}

/** Lights the elements below root that belong to the spans. */
export function light(root: Element, spans: { start: number; end: number }[]): void {
  for (const node of root.querySelectorAll(".lightable")) {
    const own = spansOf.get(node) ?? [];
    node.classList.toggle("lit", own.some((a) => spans.some((b) => a.start < b.end && b.start < a.end)));
  }
}
