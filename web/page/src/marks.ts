// Text, instructions, nodes of the graph, words, header fields and bytes light up together. What the pointer or the
// focus is on says which parts of the expression it belongs to; all the others light what belongs to these too.

import type { Span } from "./api";

export type Origin = "text" | "program" | "graph" | "words" | "headers" | "bytes" | "none";
type Listener = (spans: Span[], origin: Origin) => void;

export class Marks {
  private listeners: Listener[] = [];
  private spans: Span[] = [];
  private scheduled = 0;
  private origin: Origin = "none";

  listen(f: Listener): void {
    this.listeners.push(f);
  }

  /** Lights what belongs to these spans; none puts it out. */
  show(spans: Span[], origin: Origin): void {
    if (spans.length === 0 && this.spans.length === 0) return;
    this.spans = spans;
    this.origin = origin;
    if (this.scheduled) return;
    this.scheduled = requestAnimationFrame(() => {
      this.scheduled = 0;
      for (const f of this.listeners) f(this.spans, this.origin);
    });
  }

  clear(): void {
    this.show([], "none");
  }

  /** Has an element say by hover and focus what it belongs to. */
  bind(node: Element, spans: Span[], origin: Origin): void {
    if (spans.length === 0) return;
    const on = () => this.show(spans, origin);
    const off = () => this.clear();
    node.addEventListener("pointerenter", on);
    node.addEventListener("focusin", on);
    node.addEventListener("pointerleave", off);
    node.addEventListener("focusout", off);
  }
}

/** Whether something that belongs to `of` is lit by `lit`. */
export function touches(of: readonly Span[], lit: readonly Span[]): boolean {
  return of.some((a) => lit.some((b) => a.start < b.end && b.start < a.end));
}

/** Of several things with spans, those that say most precisely what stands at a place of the text. */
export function innermost<T extends { spans: Span[] }>(things: T[], pos: number): Span[] {
  let best: Span[] = [];
  let width = Infinity;
  for (const t of things) {
    for (const s of t.spans) {
      if (s.start > pos || s.end < pos || s.end === s.start) continue;
      if (s.end - s.start < width) { width = s.end - s.start; best = [s]; }
    }
  }
  return best;
}
