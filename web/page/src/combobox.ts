// A choice among many that is searched by typing: the ARIA pattern of a combobox with a list.

import { el, newId } from "./dom";

export interface Choice { value: string; note: string }

export class Combobox {
  readonly root: HTMLElement;
  private input: HTMLInputElement;
  private list: HTMLUListElement;
  private value = "";
  private active = -1;
  private shown: Choice[] = [];

  constructor(label: string, private choices: Choice[], private chosen: (value: string) => void) {
    const id = newId("choice");
    this.list = el("ul", { role: "listbox", id: id + "-list", "aria-label": label, hidden: true, class: "choices" });
    this.input = el("input", {
      id, type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": id + "-list", "aria-autocomplete": "list",
      autocomplete: "off", spellcheck: "false", class: "text-input",
      oninput: () => this.open(this.input.value),
      onclick: () => this.open(""),
      onblur: () => this.close(true),
      onkeydown: (e: KeyboardEvent) => this.key(e),
    });
    this.root = el("div", { class: "field combobox" }, el("label", { for: id }, label), this.input, this.list);
  }

  set(value: string): void {
    this.value = value;
    if (document.activeElement !== this.input || this.list.hidden) this.input.value = value;
  }

  private open(search: string): void {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (c: Choice) => words.every((w) => c.value.toLowerCase().includes(w) || c.note.toLowerCase().includes(w));
    // What begins with the words comes first.
    const starts = (c: Choice) => Number(!c.value.toLowerCase().startsWith(words[0] ?? ""));
    this.shown = this.choices.filter(fits).sort((a, b) => starts(a) - starts(b));
    this.list.replaceChildren(...this.shown.map((c, i) => el("li", {
      role: "option", id: `${this.input.id}-${i}`, "aria-selected": "false",
      onpointerdown: (e: Event) => { e.preventDefault(); this.take(i); },
    }, el("span", { class: "mono" }, c.value), el("span", { class: "muted" }, c.note))));
    if (this.shown.length === 0) this.list.append(el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing fits."));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.activate(search && this.shown.length ? 0 : this.shown.findIndex((c) => c.value === this.value));
  }

  private activate(i: number): void {
    this.active = i;
    [...this.list.children].forEach((li, at) => li.setAttribute("aria-selected", String(at === i)));
    const li = i >= 0 ? this.list.children[i] as HTMLElement : undefined;
    if (li && this.shown.length) {
      this.input.setAttribute("aria-activedescendant", li.id);
      li.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  private close(restore: boolean): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    if (restore) this.input.value = this.value;
  }

  private take(i: number): void {
    const choice = this.shown[i];
    if (!choice) return;
    this.value = choice.value;
    this.close(true);
    this.chosen(choice.value);
  }

  private key(e: KeyboardEvent): void {
    const last = this.shown.length - 1;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (this.list.hidden) this.open("");
      else this.activate(e.key === "ArrowDown" ? Math.min(last, this.active + 1) : Math.max(0, this.active - 1));
    } else if (e.key === "Enter" && !this.list.hidden) {
      e.preventDefault();
      this.take(Math.max(0, this.active));
    } else if (e.key === "Escape" && !this.list.hidden) {
      e.stopPropagation();
      this.close(true);
    }
  }
}
