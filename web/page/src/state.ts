// What the page shows, and how it stands in the URL's fragment. A fragment may come from anybody: what it has is checked
// here, and is text everywhere else.

import type { Source } from "./api";

export interface State {
  source: Source;
  other: string;             // the second filter, of "Compare"
  view: string;              // which panel is open
}

export const defaults: Source = {
  expr: "", link: "EN10MB", snaplen: 0, netmask: "", optimize: true, linuxExtensions: false,
  seeThrough: [], extended: false, allowRejectAll: false,
};

/** Longer texts are not put into the fragment: browsers and the programs that links are sent with cut long ones. */
const longest = 30_000;
const layers = ["vlan", "mpls", "pppoe"];
const largestSnaplen = 0x7fffffff;

export function encode(state: State): string {
  const { source, other, view } = state;
  if (source.expr.length + other.length > longest) return "";
  const q = new URLSearchParams();
  if (source.expr) q.set("f", source.expr);
  if (source.link !== defaults.link) q.set("y", source.link);
  if (source.snaplen) q.set("s", String(source.snaplen));
  if (source.netmask) q.set("m", source.netmask);
  if (!source.optimize) q.set("O", "0");
  if (source.linuxExtensions) q.set("x", "1");
  if (source.seeThrough.length) q.set("t", source.seeThrough.join(" "));
  if (source.extended) q.set("e", "1");
  if (source.allowRejectAll) q.set("r", "1");
  if (other) q.set("b", other);
  if (view) q.set("v", view);
  const text = q.toString();
  return text.length > longest ? "" : text;
}

export function decode(fragment: string): State {
  const q = new URLSearchParams(fragment.replace(/^#/, ""));
  const snaplen = Number(q.get("s") ?? 0);
  const link = q.get("y") ?? "";
  return {
    source: {
      expr: q.get("f") ?? "",
      link: /^[A-Za-z0-9_.-]{1,64}$/.test(link) ? link : defaults.link,
      snaplen: Number.isInteger(snaplen) && snaplen >= 0 && snaplen <= largestSnaplen ? snaplen : 0,
      netmask: (q.get("m") ?? "").slice(0, 64),
      optimize: q.get("O") !== "0",
      linuxExtensions: q.get("x") === "1",
      seeThrough: layers.filter((l) => (q.get("t") ?? "").split(" ").includes(l)),
      extended: q.get("e") === "1",
      allowRejectAll: q.get("r") === "1",
    },
    other: q.get("b") ?? "",
    view: (q.get("v") ?? "").replace(/[^a-z]/g, "").slice(0, 20),
  };
}

/** Whether two filters and their settings are the same; the text may be long, and is compared last. */
export function sameSource(a: Source, b: Source): boolean {
  if (a === b) return true;
  const rest = (s: Source) => JSON.stringify({ ...s, expr: "" });
  return rest(a) === rest(b) && a.expr === b.expr;
}

type Listener = (state: State, changed: { source: boolean; other: boolean; view: boolean }) => void;

export class Store {
  state: State;
  private listeners: Listener[] = [];
  private timer = 0;

  constructor() {
    this.state = decode(location.hash);
    window.addEventListener("hashchange", () => {
      if (location.hash.replace(/^#/, "") === encode(this.state)) return;
      this.update(decode(location.hash), false);
    });
  }

  listen(f: Listener): void {
    this.listeners.push(f);
  }

  set(source: Partial<Source>): void {
    this.update({ ...this.state, source: { ...this.state.source, ...source } });
  }

  setOther(other: string): void {
    this.update({ ...this.state, other });
  }

  setView(view: string): void {
    this.update({ ...this.state, view });
  }

  update(next: State, write = true): void {
    const old = this.state;
    this.state = next;
    const changed = {
      source: !sameSource(old.source, next.source),
      other: old.other !== next.other,
      view: old.view !== next.view,
    };
    if (write) this.writeSoon();
    if (changed.source || changed.other || changed.view) for (const f of this.listeners) f(next, changed);
  }

  /** The address that shows what is shown now; "" if it would be too long. */
  link(): string {
    const fragment = encode(this.state);
    if (!fragment && this.state.source.expr + this.state.other) return "";
    return location.href.replace(/#.*/, "") + (fragment ? "#" + fragment : "");
  }

  // Browsers allow only so many changes of the address a second.
  private writeSoon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const fragment = encode(this.state);
      history.replaceState(null, "", fragment ? "#" + fragment : location.pathname + location.search);
    }, 250);
  }
}
