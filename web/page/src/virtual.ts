// A table of any number of rows, of which only those in view exist. To a screen reader it is a grid that says how many
// rows there are and which is where; the keyboard moves a cursor in it, and the focus stays on the grid.

import { el, newId } from "./dom";

export interface VirtualOptions<T> {
  label: string;
  columns: { title: string; class: string }[];
  /** Fetches rows [from, from+count). */
  fetch(from: number, count: number): Promise<T[]>;
  /** The cells of a row, in the order of the columns; undefined is a row that has not come yet. */
  cells(row: T): (Node | string)[];
  chosen(row: T): void;
}

const pageSize = 200;
const pagesKept = 40;
const overscan = 6;
/** Browsers draw nothing beyond some ten million pixels; longer lists scroll proportionally. */
const tallest = 8_000_000;

export class VirtualTable<T> {
  readonly root: HTMLElement;
  private head: HTMLElement;
  private spacer = el("div", { class: "vspacer", role: "presentation" });
  private body: HTMLElement;
  private pages = new Map<number, T[]>();
  private asked = new Set<number>();
  private total = 0;
  private active = 0;
  private generation = 0;
  private waiting = false; // a row is chosen that has not come yet
  private id = newId("row");
  private frame = 0;
  private timer = 0;

  constructor(private options: VirtualOptions<T>) {
    this.body = el("div", { class: "vbody", role: "rowgroup" });
    this.head = el("div", { role: "row", class: "vrow vhead", "aria-rowindex": 1 },
      ...options.columns.map((c) => el("span", { role: "columnheader", class: c.class }, c.title)));
    this.root = el("div", {
      class: "vtable", role: "grid", "aria-label": options.label, tabindex: 0, "aria-rowcount": 1, "aria-readonly": "true",
      onkeydown: (e: KeyboardEvent) => this.key(e), onscroll: () => this.soon(),
    }, el("div", { role: "rowgroup", class: "vheads" }, this.head), this.spacer, this.body);
    new ResizeObserver(() => this.soon()).observe(this.root);
  }

  /** Begins anew with so many rows; of as many as before the same stay in view. */
  reset(total: number): void {
    this.generation++;
    this.waiting = false;
    if (total !== this.total) {
      this.active = 0;
      this.root.scrollTop = 0;
    }
    this.total = total;
    this.pages.clear();
    this.asked.clear();
    this.root.setAttribute("aria-rowcount", String(total + 1));
    this.spacer.style.height = `${this.height()}px`;
    this.soon();
  }

  /** Shows a row, without choosing it. */
  goTo(index: number): void {
    this.active = Math.max(0, Math.min(this.total - 1, index));
    const view = this.view();
    const first = this.firstVisible();
    const rows = Math.floor(view / this.rowHeight());
    if (this.active < first || this.active >= first + rows) this.scrollToRow(this.active < first ? this.active : this.active - rows + 1);
    this.draw();
  }

  private rowHeight(): number {
    return parseFloat(getComputedStyle(this.root).getPropertyValue("--row-height")) || 32;
  }

  /** The height of what rows are seen in, below the head. */
  private view(): number {
    return Math.max(0, this.root.clientHeight - this.head.offsetHeight);
  }

  private height(): number {
    return Math.min(tallest, this.total * this.rowHeight());
  }

  /** How many rows one pixel of scrolling stands for. */
  private firstVisible(): number {
    const room = this.height() - this.view();
    if (room <= 0) return 0;
    const rows = this.total - this.view() / this.rowHeight();
    return Math.max(0, (this.root.scrollTop / room) * rows);
  }

  private scrollToRow(index: number): void {
    const room = this.height() - this.view();
    const rows = this.total - this.view() / this.rowHeight();
    this.root.scrollTop = rows > 0 ? (index / rows) * room : 0;
  }

  private soon(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  private row(index: number): T | undefined {
    return this.pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  private draw(): void {
    const height = this.rowHeight();
    const first = this.firstVisible();
    const from = Math.max(0, Math.floor(first) - overscan);
    const to = Math.min(this.total, Math.ceil(first + this.view() / height) + overscan);
    const top = this.root.scrollTop - (first - from) * height;
    this.body.style.transform = `translateY(${Math.max(0, top)}px)`;
    const rows: HTMLElement[] = [];
    for (let i = from; i < to; i++) rows.push(this.drawRow(i));
    this.body.replaceChildren(...rows);
    this.root.toggleAttribute("data-empty", this.total === 0);
    const active = this.active >= from && this.active < to && this.total > 0;
    if (active) this.root.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.root.removeAttribute("aria-activedescendant");
    if (to > from) this.ask(Math.floor(from / pageSize), Math.floor((to - 1) / pageSize));
  }

  private drawRow(index: number): HTMLElement {
    const row = this.row(index);
    const { columns } = this.options;
    const cells = row === undefined ? columns.map(() => "") : this.options.cells(row);
    const node = el("div", { role: "row", id: `${this.id}-${index}`, "aria-rowindex": index + 2, "aria-selected": index === this.active ? "true" : "false", class: "vrow" },
      ...cells.map((c, i) => el("span", { role: "gridcell", class: columns[i]?.class ?? "" }, c)));
    node.addEventListener("click", () => { this.active = index; this.draw(); this.choose(); });
    return node;
  }

  /** Fetches pages once the scrolling rests. */
  private ask(from: number, to: number): void {
    window.clearTimeout(this.timer);
    const missing: number[] = [];
    for (let p = from; p <= to; p++) if (!this.pages.has(p) && !this.asked.has(p)) missing.push(p);
    if (missing.length === 0) return;
    this.timer = window.setTimeout(() => missing.forEach((p) => void this.load(p)), this.pages.size ? 40 : 0);
  }

  private async load(page: number): Promise<void> {
    const { generation } = this;
    this.asked.add(page);
    try {
      const rows = await this.options.fetch(page * pageSize, Math.min(pageSize, this.total - page * pageSize));
      if (generation !== this.generation) return;
      this.pages.set(page, rows);
      const oldest = this.pages.keys().next().value;
      if (this.pages.size > pagesKept && oldest !== undefined) this.pages.delete(oldest);
      this.soon();
      if (this.waiting) this.choose();
    } catch {
      // a newer list took its place, or the next scrolling asks again
    } finally {
      if (generation === this.generation) this.asked.delete(page);
    }
  }

  private choose(): void {
    const row = this.row(this.active);
    this.waiting = row === undefined;
    if (row !== undefined) this.options.chosen(row);
  }

  private key(e: KeyboardEvent): void {
    if (e.target !== this.root || e.ctrlKey || e.metaKey || e.altKey || this.total === 0) return;
    const screen = Math.max(1, Math.floor(this.view() / this.rowHeight()) - 1);
    const to: Record<string, number> = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + screen, PageUp: this.active - screen, Home: 0, End: this.total - 1,
    };
    if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      this.choose();
    } else if (to[e.key] !== undefined) {
      e.preventDefault();
      this.goTo(to[e.key]!);
    }
  }
}
