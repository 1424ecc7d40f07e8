// Tabs as the ARIA practices have them: arrows move, and what is moved to is shown.

import { el, rove } from "./dom";

export interface Tab { id: string; title: string; root: HTMLElement }

export class Tabs {
  private buttons = new Map<string, HTMLButtonElement>();
  private panels = new Map<string, HTMLElement>();
  current = "";

  constructor(private list: HTMLElement, private host: HTMLElement, private chosen: (id: string) => void) {
    rove(list, "[role=tab]", { previous: ["ArrowLeft", "ArrowUp"], next: ["ArrowRight", "ArrowDown"] });
    list.addEventListener("focusin", (e) => {
      const id = (e.target as HTMLElement).dataset.tab;
      if (id && id !== this.current) this.chosen(id);
    });
  }

  add(tab: Tab): void {
    const b = el("button", {
      type: "button", role: "tab", id: `tab-${tab.id}`, "aria-controls": `panel-${tab.id}`, "aria-selected": "false", "data-tab": tab.id, tabindex: -1,
      onclick: () => this.chosen(tab.id),
    }, tab.title);
    const panel = el("div", { role: "tabpanel", id: `panel-${tab.id}`, "aria-labelledby": `tab-${tab.id}`, class: "panel", hidden: true }, tab.root);
    this.buttons.set(tab.id, b);
    this.panels.set(tab.id, panel);
    this.list.append(b);
    this.host.append(panel);
  }

  has(id: string): boolean {
    const b = this.buttons.get(id);
    return b !== undefined && !b.hidden;
  }

  show(id: string): void {
    this.current = id;
    for (const [name, b] of this.buttons) {
      const selected = name === id;
      b.setAttribute("aria-selected", String(selected));
      b.tabIndex = selected ? 0 : -1;
      this.panels.get(name)!.hidden = !selected;
    }
  }

  /** Takes a tab away or brings it back. */
  setHidden(id: string, hidden: boolean): void {
    this.buttons.get(id)!.hidden = hidden;
  }

  panel(id: string): HTMLElement {
    return this.panels.get(id)!;
  }
}
