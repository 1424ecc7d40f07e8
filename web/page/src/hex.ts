// The bytes of a packet, with those marked that the program read and those that an instruction reads just now.

import { button, count, el } from "./dom";
import type { Marks } from "./marks";
import { lightable } from "./parts";

export interface ReadRange { from: number; to: number; spans: { start: number; end: number }[] }

const atOnce = 1024;
const narrow = window.matchMedia("(max-width: 640px)");

export function bytesOf(hex: string): Uint8Array {
  const clean = hex.replace(/[^0-9a-fA-F]/g, "");
  return Uint8Array.from({ length: clean.length >> 1 }, (_, i) => parseInt(clean.slice(2 * i, 2 * i + 2), 16));
}

function printable(b: number): string {
  return b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : "·";
}

export class HexView {
  readonly root: HTMLElement;
  private cells: HTMLElement[] = [];
  private bytes: Uint8Array;

  constructor(hex: string, private read: ReadRange[], private marks: Marks) {
    this.bytes = bytesOf(hex);
    this.root = el("div", { class: "hex", role: "group", tabindex: 0, "aria-label": this.describe() });
    this.show(Math.min(atOnce, this.bytes.length));
  }

  private describe(): string {
    const ranges = this.read.map((r) => r.to - r.from === 1 ? String(r.from) : `${r.from} to ${r.to - 1}`);
    return `${count(this.bytes.length, "byte")}; read: ${ranges.length ? ranges.slice(0, 20).join(", ") : "none"}`;
  }

  private show(length: number): void {
    const perRow = narrow.matches ? 8 : 16;
    this.cells = [];
    this.root.replaceChildren();
    for (let at = 0; at < length; at += perRow) this.root.append(this.row(at, Math.min(length, at + perRow), perRow));
    if (length < this.bytes.length) this.root.append(button(`Show all ${count(this.bytes.length, "byte")}`, () => this.show(this.bytes.length), { class: "quiet" }));
    if (this.bytes.length === 0) this.root.append("No byte was captured.");
    for (const r of this.read) {
      for (let i = r.from; i < r.to && i < this.cells.length; i++) {
        const cell = this.cells[i]!;
        cell.classList.add("read");
        if (r.spans.length) {
          lightable(cell, r.spans);
          this.marks.bind(cell, r.spans, "bytes");
        }
      }
    }
  }

  private row(from: number, to: number, perRow: number): HTMLElement {
    const cells = el("span", { class: "hex-bytes" });
    let text = "";
    for (let i = from; i < to; i++) {
      const cell = el("span", { class: "byte" }, this.bytes[i]!.toString(16).padStart(2, "0"));
      this.cells.push(cell);
      cells.append(cell);
      text += printable(this.bytes[i]!);
    }
    for (let i = to; i < from + perRow; i++) cells.append(el("span", { class: "byte none" }, "  "));
    return el("div", { class: "hex-row" }, el("span", { class: "hex-offset" }, from.toString(16).padStart(4, "0")), cells, el("span", { class: "hex-text", "aria-hidden": "true" }, text));
  }

  /** Marks the bytes that are read just now. */
  now(range: { from: number; to: number } | undefined): void {
    for (const old of this.root.querySelectorAll(".byte.now")) old.classList.remove("now");
    if (!range) return;
    if (range.from >= this.cells.length && range.from < this.bytes.length) this.show(this.bytes.length);
    for (let i = range.from; i < range.to; i++) this.cells[i]?.classList.add("now");
    const first = this.cells[range.from];
    if (first) scrollWithin(this.root, first.parentElement!);
  }
}

/** Brings something into view in the box that scrolls it, and moves nothing else. */
export function scrollWithin(box: HTMLElement, item: HTMLElement): void {
  const outer = box.getBoundingClientRect();
  const inner = item.getBoundingClientRect();
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 8;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 8;
}
