// Small helpers to build the page with. Text goes in as text: nothing here reads HTML, and a style attribute would be
// refused by the page's content security policy.

type Attribute = string | number | boolean | undefined | ((event: any) => void);
export type Child = Node | string;

const SVG = "http://www.w3.org/2000/svg";

function fill(node: Element, attributes: Record<string, Attribute>, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children);
}

/** An HTML element. Attributes named "onclick" and the like take a function; false and undefined leave one out. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, Attribute> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  fill(node, attributes, children);
  return node;
}

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, Attribute> = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag);
  fill(node, attributes, children);
  return node;
}

/** The element of index.html with this id. */
export function byId(id: string): HTMLElement {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no element "${id}"`);
  return node;
}

export function button(text: string, onclick: () => void, attributes: Record<string, Attribute> = {}): HTMLButtonElement {
  return el("button", { type: "button", onclick, ...attributes }, text);
}

let serial = 0;
/** An id that no other element has. */
export function newId(prefix: string): string {
  return `${prefix}-${++serial}`;
}

/** "1 packet", "2 packets", "12,345 packets". */
export function count(n: number, one: string, many = one + "s"): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** Bytes as people read them. */
export function size(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  for (const [unit, factor] of [["kB", 1e3], ["MB", 1e6], ["GB", 1e9]] as const) {
    if (bytes < factor * 1000 || unit === "GB") return `${(bytes / factor).toFixed(bytes < factor * 10 ? 1 : 0)} ${unit}`;
  }
  return "";
}

/** Has a button say something for a moment in place of its label, and a screen reader too. */
export function say(source: HTMLButtonElement, text: string): void {
  const label = source.dataset.label ?? source.textContent ?? "";
  source.dataset.label = label;
  source.textContent = text;
  announce(text + ".");
  window.setTimeout(() => { source.textContent = label; }, 1500);
}

/** Puts text into the clipboard, and says on the button that it did. */
export async function copy(text: string, source: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(source, "Copied");
  } catch {
    say(source, "Not allowed");
  }
}

/** A copy button whose width is that of its longest label, so that nothing moves. */
export function copyButton(text: () => string, label = "Copy"): HTMLButtonElement {
  const b = button(label, () => void copy(text(), b), { class: "quiet copy" });
  return b;
}

/** Offers bytes as a file. */
export function download(name: string, data: Uint8Array | string, type = "application/octet-stream"): void {
  const url = URL.createObjectURL(new Blob([data as BlobPart], { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

let announcing = 0;
/** Has a screen reader say something once the page has been quiet for a moment. */
export function announce(text: string): void {
  window.clearTimeout(announcing);
  announcing = window.setTimeout(() => { byId("live").textContent = text; }, 500);
}

/** Calls f once after the last of several calls. */
export function debounce(ms: number, f: () => void): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(f, ms);
  };
}

/** Moves the focus in a list with one place in the tab order: arrows, Home, End. */
export function rove(list: Element, item: string, keys: { previous: string[]; next: string[] }): void {
  list.addEventListener("keydown", (event) => {
    const e = event as KeyboardEvent;
    const items = [...list.querySelectorAll<HTMLElement>(item)].filter((i) => !i.hidden);
    const at = items.findIndex((i) => i === e.target);
    if (at < 0 || e.ctrlKey || e.metaKey || e.altKey) return;
    let to = -1;
    if (keys.previous.includes(e.key)) to = at - 1;
    else if (keys.next.includes(e.key)) to = at + 1;
    else if (e.key === "Home") to = 0;
    else if (e.key === "End") to = items.length - 1;
    else return;
    e.preventDefault();
    const target = items[Math.max(0, Math.min(items.length - 1, to))];
    if (!target) return;
    items[at]!.tabIndex = -1;
    target.tabIndex = 0;
    target.focus();
  });
}
