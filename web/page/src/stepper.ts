// A packet's way through the program, instruction by instruction, forwards and backwards.

import type { Step, Trace } from "./api";
import { button, el, newId } from "./dom";
import { scrollWithin } from "./hex";
import { instructionLine } from "./program";

function word(n: number): string {
  return `0x${n.toString(16).padStart(8, "0")}`;
}

export class Stepper {
  readonly root: HTMLElement;
  private at = 0;
  private lines = new Map<number, HTMLElement>();
  private listing = el("div", { class: "listing steps", tabindex: 0, role: "group", "aria-label": "Program" });
  private registers = el("dl", { class: "registers" });
  private says = el("p", { class: "step-says", role: "status" });
  private slider: HTMLInputElement;
  private back: HTMLButtonElement;
  private forth: HTMLButtonElement;

  constructor(private trace: Trace, private moved: (step: Step) => void) {
    const last = trace.steps.length - 1;
    const id = newId("step");
    this.slider = el("input", { id, type: "range", min: 0, max: Math.max(0, last), value: 0, oninput: () => this.go(Number(this.slider.value)) });
    this.back = button("Back", () => this.go(this.at - 1));
    this.forth = button("Next", () => this.go(this.at + 1), { class: "primary" });
    const executed = new Set(trace.steps.map((s) => s.pc));
    for (const i of trace.instructions) {
      const line = instructionLine(i);
      line.classList.toggle("executed", executed.has(i.pc));
      this.lines.set(i.pc, line);
      this.listing.append(line);
    }
    this.root = el("div", { class: "stepper", role: "group", "aria-label": "Step through the program", onkeydown: (e: KeyboardEvent) => this.key(e) },
      el("div", { class: "toolbar" },
        button("First", () => this.go(0), { class: "quiet" }), this.back, this.forth, button("Last", () => this.go(last), { class: "quiet" }),
        el("label", { for: id, class: "visually-hidden" }, "Step"), this.slider),
      this.says,
      el("div", { class: "step-columns" }, this.listing, this.registers));
    this.go(0);
  }

  go(to: number): void {
    const { steps } = this.trace;
    this.at = Math.max(0, Math.min(steps.length - 1, to));
    const step = steps[this.at];
    if (!step) { this.says.textContent = this.trace.ends || "The program has no step."; return; }
    const last = this.at === steps.length - 1;
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", `step ${this.at + 1} of ${steps.length}`);
    // They keep the focus where there is no further step, so that the keys go on working.
    this.back.ariaDisabled = String(this.at === 0);
    this.forth.ariaDisabled = String(last);
    this.says.textContent = `Step ${this.at + 1} of ${steps.length}: ${step.says}${last && this.trace.ends !== step.says ? ": " + this.trace.ends : ""}`;
    for (const old of this.listing.querySelectorAll(".current")) {
      old.classList.remove("current");
      old.removeAttribute("aria-current");
    }
    const line = this.lines.get(step.pc);
    if (line) {
      line.classList.add("current");
      line.setAttribute("aria-current", "step");
      scrollWithin(this.listing, line);
    }
    this.showRegisters(step, steps[this.at - 1]);
    this.moved(step);
  }

  private showRegisters(step: Step, before: Step | undefined): void {
    const entry = (name: string, value: number, old: number | undefined) => [
      el("dt", {}, name),
      el("dd", { class: old !== undefined && old !== value ? "changed" : "" }, word(value), el("span", { class: "muted" }, ` ${value >>> 0}`)),
    ];
    const used = step.m.map((_, i) => i).filter((i) => this.trace.steps.some((s) => s.m[i] !== 0));
    this.registers.replaceChildren(
      ...entry("A", step.a, before?.a), ...entry("X", step.x, before?.x),
      ...used.flatMap((i) => entry(`M[${i}]`, step.m[i]!, before?.m[i])),
      el("dt", {}, used.length ? "Other M[]" : "M[0] to M[15]"), el("dd", {}, "0"));
  }

  private key(e: KeyboardEvent): void {
    if (e.target === this.slider || e.ctrlKey || e.metaKey || e.altKey) return;
    const last = this.trace.steps.length - 1;
    const to: Record<string, number> = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last };
    const target = to[e.key];
    if (target === undefined) return;
    e.preventDefault();
    this.go(target);
  }
}
