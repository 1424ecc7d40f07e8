// Zooming and panning of a drawing, by mouse, touch, wheel and keys.

import type { Point } from "./layout";

const smallest = 0.05;
const largest = 4;
/** At this scale the text of a drawing can still be read. */
const readable = 0.62;

export class Viewport {
  private x = 0;
  private y = 0;
  private scale = 1;
  private width = 1;
  private height = 1;
  private pointers = new Map<number, Point>();
  private moved = false;

  constructor(private frame: SVGSVGElement, private content: SVGGElement) {
    frame.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    frame.addEventListener("pointerdown", (e) => this.down(e));
    frame.addEventListener("pointermove", (e) => this.move(e));
    for (const end of ["pointerup", "pointercancel"] as const) frame.addEventListener(end, (e) => this.up(e));
    // A drag is no click.
    frame.addEventListener("click", (e) => { if (this.moved) e.stopPropagation(); this.moved = false; }, true);
    new ResizeObserver(() => this.apply()).observe(frame);
  }

  /** The drawing's own size, in its units. */
  setSize(width: number, height: number): void {
    this.width = width || 1;
    this.height = height || 1;
  }

  /** Shows all of it, no larger than it is. */
  fit(): void {
    const { clientWidth: w, clientHeight: h } = this.frame;
    if (!w || !h) return;
    this.scale = Math.max(Math.min(w / this.width, h / this.height, 1), smallest);
    this.x = (w - this.width * this.scale) / 2;
    this.y = Math.max(0, (h - this.height * this.scale) / 2);
    this.apply();
  }

  /** Shows all of it if it can be read so, else as much as can be, from a place at its upper end. */
  home(start: Point): void {
    this.fit();
    if (this.scale >= readable) return;
    this.scale = readable;
    this.x = this.frame.clientWidth / 2 - start.x * readable;
    this.y = 12 - (start.y - 30) * readable;
    this.apply();
  }

  zoom(factor: number, at: Point = { x: this.frame.clientWidth / 2, y: this.frame.clientHeight / 2 }): void {
    const next = Math.min(largest, Math.max(smallest, this.scale * factor));
    const ratio = next / this.scale;
    this.x = at.x - (at.x - this.x) * ratio;
    this.y = at.y - (at.y - this.y) * ratio;
    this.scale = next;
    this.apply();
  }

  pan(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  /** Brings a place of the drawing into view, if it is not. */
  reveal(at: Point, margin = 60): void {
    const { clientWidth: w, clientHeight: h } = this.frame;
    const x = at.x * this.scale + this.x;
    const y = at.y * this.scale + this.y;
    const dx = x < margin ? margin - x : x > w - margin ? w - margin - x : 0;
    const dy = y < margin ? margin - y : y > h - margin ? h - margin - y : 0;
    if (dx || dy) this.pan(dx, dy);
  }

  private apply(): void {
    this.content.setAttribute("transform", `translate(${this.x.toFixed(2)} ${this.y.toFixed(2)}) scale(${this.scale.toFixed(4)})`);
  }

  private local(e: MouseEvent): Point {
    const box = this.frame.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  }

  // The wheel alone scrolls the page; with Control, or by two fingers on a touch pad, it zooms.
  private wheel(e: WheelEvent): void {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    this.zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.1 : 0.004)), this.local(e));
  }

  private down(e: PointerEvent): void {
    if (e.button !== 0) return;
    this.pointers.set(e.pointerId, this.local(e));
    this.moved = false;
  }

  private move(e: PointerEvent): void {
    const old = this.pointers.get(e.pointerId);
    if (!old) return;
    const now = this.local(e);
    if (!this.moved && Math.hypot(now.x - old.x, now.y - old.y) < 4) return;
    if (!this.moved) this.frame.setPointerCapture(e.pointerId);
    this.moved = true;
    const other = [...this.pointers].find(([id]) => id !== e.pointerId)?.[1];
    if (other) {
      const before = Math.hypot(old.x - other.x, old.y - other.y);
      const after = Math.hypot(now.x - other.x, now.y - other.y);
      if (before > 0) this.zoom(after / before, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else {
      this.pan(now.x - old.x, now.y - old.y);
    }
    this.pointers.set(e.pointerId, now);
  }

  private up(e: PointerEvent): void {
    this.pointers.delete(e.pointerId);
  }
}
