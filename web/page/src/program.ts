// The bytecode: as a listing whose lines belong to parts of the text, and in every printed form.

import type { Format, Formatted, Instruction } from "./api";
import { messageOf, replaced, type App, type Good, type Panel } from "./app";
import { button, copyButton, count, download, el, fromBase64, newId, rove } from "./dom";
import { scrollWithin } from "./hex";
import { light, lightable } from "./parts";

/** So many lines are made at once. */
const page = 300;

/** One line of the listing; steps of a packet use it too. */
export function instructionLine(i: Instruction, attributes: Record<string, string | number> = {}): HTMLElement {
  return el("div", { class: "insn", "data-pc": i.pc, ...attributes },
    el("span", { class: "pc" }, String(i.pc)),
    el("span", { class: "insn-text" }, i.text),
    el("span", { class: "insn-says" }, i.says));
}

class Listing {
  readonly root = el("div", { class: "listing", role: "listbox", "aria-label": "Instructions" });
  readonly more = el("p", { hidden: true });
  private instructions: Instruction[] = [];
  private lines: HTMLElement[] = [];
  private wanted = page;

  constructor(private app: App) {
    rove(this.root, ".insn", { previous: ["ArrowUp"], next: ["ArrowDown"] });
    for (const on of ["focusin", "pointerover"]) this.root.addEventListener(on, (e) => this.pointed((e.target as HTMLElement).closest<HTMLElement>(".insn")));
    for (const off of ["focusout", "pointerleave"]) this.root.addEventListener(off, () => this.pointed(null));
    app.marks.listen((spans, origin) => {
      light(this.root, spans);
      const lit = origin === "text" ? this.root.querySelector<HTMLElement>(".lit") : null;
      if (lit) scrollWithin(this.root, lit);
    });
  }

  show(instructions: Instruction[], total: number): void {
    this.instructions = instructions;
    this.wanted = page;
    this.root.scrollTop = 0;
    this.fill(total);
  }

  /** Changes the lines that are there already: while somebody types, most of them stay as they are. */
  private fill(total: number): void {
    const n = Math.min(this.wanted, this.instructions.length);
    for (let i = 0; i < n; i++) {
      let line = this.lines[i];
      if (!line) {
        line = instructionLine(this.instructions[i]!, { role: "option", "aria-selected": "false", tabindex: i === 0 ? 0 : -1 });
        this.lines.push(line);
        this.root.append(line);
      }
      this.update(line, this.instructions[i]!);
    }
    for (const line of this.lines.splice(n)) line.remove();
    this.showMore(total);
  }

  private update(line: HTMLElement, i: Instruction): void {
    const [, text, says] = line.children;
    if (text!.textContent !== i.text) text!.textContent = i.text;
    if (says!.textContent !== i.says) says!.textContent = i.says;
    lightable(line, i.spans);
  }

  private showMore(total: number): void {
    const left = this.instructions.length - this.lines.length;
    this.more.hidden = left <= 0 && total <= this.instructions.length;
    if (left > 0) {
      const grow = () => { this.wanted += page; this.fill(total); };
      this.more.replaceChildren(button(`Show ${Math.min(left, page)} more of ${total.toLocaleString("en")}`, grow, { class: "quiet" }));
    } else {
      this.more.textContent = `These are the first ${count(this.instructions.length, "instruction")} of ${total.toLocaleString("en")}. The other forms have all of them.`;
    }
  }

  private pointed(line: HTMLElement | null): void {
    const i = line ? this.instructions[Number(line.dataset.pc)] : undefined;
    this.targets(line, i);
    this.app.marks.show(i?.spans ?? [], "program");
  }

  /** Shows where a jump goes. */
  private targets(line: HTMLElement | null, i: Instruction | undefined): void {
    for (const old of this.root.querySelectorAll(".jt, .jf, [aria-selected=true]")) {
      old.classList.remove("jt", "jf");
      old.setAttribute("aria-selected", "false");
    }
    if (!line || !i) return;
    line.setAttribute("aria-selected", "true");
    if (i.jt !== null) this.lines[i.jt]?.classList.add("jt");
    if (i.jf !== null) this.lines[i.jf]?.classList.add("jf");
  }
}

export function programPanel(app: App): Panel {
  const listing = new Listing(app);
  const formatId = newId("format");
  const hookId = newId("hook");
  let good: Good | null = null;
  let formatted: Formatted | null = null;

  const select = el("select", { id: formatId, onchange: () => update() },
    el("option", { value: "" }, "Listing, with what each line does"),
    ...app.init.formats.map((f) => el("option", { value: f.name }, f.title)));
  const hook = el("select", { id: hookId, onchange: () => update() }, ...app.init.hooks.map((h) => el("option", {}, h)));
  const hookField = el("div", { class: "field inline", hidden: true }, el("label", { for: hookId }, "Runs at"), hook);
  const copy = copyButton(() => formatted ? formatted.text : plain());
  const save = button("Download", () => saveFile());
  const text = el("pre", { class: "code-block", role: "group", tabindex: 0, hidden: true, "aria-label": "The program in this form" });
  const note = el("p", { class: "muted note-line" });
  const root = el("section", { "aria-label": "Program" },
    el("div", { class: "toolbar" },
      el("div", { class: "field inline" }, el("label", { for: formatId }, "Form"), select), hookField, el("span", { class: "spacer" }), copy, save),
    note, listing.root, listing.more, text);

  const format = (): Format | undefined => app.init.formats.find((f) => f.name === select.value);
  const plain = () => (good?.compiled.instructions ?? []).map((i) => `(${String(i.pc).padStart(3, "0")}) ${i.text}`).join("\n") + "\n";

  function saveFile(): void {
    const f = format();
    if (!f || !formatted) download("filter.txt", plain(), "text/plain");
    else download("filter." + (f.extension || "txt").replace(/^\./, ""), f.binary ? fromBase64(formatted.base64) : formatted.text);
  }

  function showForm(result: Formatted): void {
    formatted = result;
    const failed = result.error !== undefined;
    text.textContent = result.error ? result.error.message + (result.error.hint ? "\n" + result.error.hint : "") : result.text;
    note.textContent = result.note;
    copy.disabled = failed || result.text === "";
    save.disabled = failed;
  }

  function update(): void {
    if (!good) return;
    const f = format();
    hookField.hidden = !f?.ebpf;
    listing.root.hidden = f !== undefined;
    text.hidden = f === undefined;
    if (f) {
      listing.more.hidden = true;
      app.client.call("format", { source: good.source, format: f.name, ...(f.ebpf ? { hook: hook.value } : {}) }, { slot: "format" })
        .then(showForm, (error) => { if (!replaced(error)) text.textContent = messageOf(error); });
      return;
    }
    formatted = null;
    copy.disabled = save.disabled = false;
    const { compiled } = good;
    const without = compiled.unoptimized > compiled.count && good.source.optimize ? `; ${compiled.unoptimized.toLocaleString("en")} without the optimizer` : "";
    note.textContent = `${count(compiled.count, "instruction")}${without}. ${compiled.kernel ? "The kernel does not take it: " + compiled.kernel + "." : "The kernel takes it."}`;
    listing.show(compiled.instructions, compiled.count);
  }

  return {
    id: "program", title: "Program", root,
    refresh(next) { good = next; update(); },
  };
}
