// What is wrong with the expression, or probably not meant, with a button for each way out.

import type { APIError, Fix, Source, Warning } from "./api";
import { button, el } from "./dom";

export interface Actions {
  apply(fix: Fix): void;
  goTo(span: { start: number; end: number }): void;
}

/** As much of a text around a span as fits a line, and a caret below it. */
export function excerpt(text: string, start: number, end: number): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start) < 0 ? text.length : text.indexOf("\n", start);
  const from = Math.max(lineStart, start - 24);
  const to = Math.min(lineEnd, Math.max(end, start) + 24, start + 64);
  const before = from > lineStart ? "…" : "";
  const after = to < lineEnd ? "…" : "";
  // Tabs and characters that steer the direction of text would put the caret elsewhere.
  const line = text.slice(from, to).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
  const width = Math.max(1, Math.min(end, to) - start);
  return `${before}${line}${after}\n${" ".repeat(before.length + start - from)}^${"~".repeat(width - 1)}`;
}

/** A part of a sentence as one of its own. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!)]$/.test(text) ? "" : ".");
}

function place(text: string, span: { start: number; end: number }, actions: Actions): HTMLElement {
  return el("pre", { class: "excerpt", "aria-hidden": "true", onclick: () => actions.goTo(span) }, excerpt(text, span.start, span.end));
}

function buttons(fixes: Fix[], actions: Actions): HTMLElement[] {
  return fixes.map((f) => button(f.title, () => actions.apply(f)));
}

export function errorMessage(source: Source, error: APIError, actions: Actions): HTMLElement {
  const box = el("div", { class: "message error" },
    el("p", {}, el("strong", {}, "Error: "), error.message));
  if (error.span) box.append(place(source.expr, error.span, actions));
  if (error.hint) box.append(el("p", {}, sentence(error.hint)));
  if (error.expected.length > 1) box.append(el("p", { class: "muted" }, "What can stand there: " + error.expected.slice(0, 12).join(", ") + (error.expected.length > 12 ? " …" : "")));
  if (error.fixes.length) box.append(el("p", { class: "row" }, ...buttons(error.fixes, actions)));
  return box;
}

export function warningMessage(source: Source, w: Warning, actions: Actions): HTMLElement {
  const box = el("div", { class: "message warning" },
    el("p", {}, el("strong", {}, "Probably not meant: "), w.message, w.advice ? "; " + w.advice : "", " ", el("span", { class: "muted" }, `[${w.name}]`)),
    place(source.expr, w, actions));
  const row = el("p", { class: "row" });
  if (w.suggestion) {
    row.append(button("Use what was probably meant", () => actions.apply({ title: "", expr: w.suggestion })));
    row.append(el("code", { class: "suggestion" }, w.suggestion.length > 400 ? w.suggestion.slice(0, 400) + "…" : w.suggestion));
  }
  if (row.childNodes.length) box.append(row);
  return box;
}
