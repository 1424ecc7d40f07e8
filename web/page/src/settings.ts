// How the filter is compiled.

import type { Init, Source } from "./api";
import { Combobox } from "./combobox";
import { el, newId } from "./dom";
import { defaults, type Store } from "./state";

type Flag = "optimize" | "linuxExtensions" | "extended" | "allowRejectAll";

const flags: [Flag, string, string][] = [
  ["optimize", "Optimizer", "make the program smaller and faster"],
  ["linuxExtensions", "Linux extensions", "use what the Linux kernel knows of a packet, such as its VLAN tag"],
  ["extended", "Extended language", "sets, scopes and fields by name, which libpcap does not have; ports are found behind IPv6 extension headers, too"],
  ["allowRejectAll", "Allow a filter that never matches", "compile it, and do not call it an error"],
];

const layerNames: Record<string, string> = { vlan: "VLAN tags", mpls: "MPLS labels", pppoe: "PPPoE" };

interface Control { root: HTMLElement; show(source: Source): void }

function flag(store: Store, name: Flag, title: string, note: string): Control {
  const input = el("input", { type: "checkbox", onchange: () => store.set({ [name]: input.checked }) });
  return {
    root: el("label", { class: "check" }, input, el("span", {}, el("span", { class: "check-title" }, title), el("span", { class: "muted" }, note))),
    show: (s) => { input.checked = s[name]; },
  };
}

function layer(store: Store, name: string): Control {
  const toggle = () => {
    const others = store.state.source.seeThrough.filter((l) => l !== name);
    store.set({ seeThrough: input.checked ? [...others, name] : others });
  };
  const input = el("input", { type: "checkbox", onchange: toggle });
  return {
    root: el("label", { class: "check plain" }, input, el("span", {}, layerNames[name] ?? name)),
    show: (s) => { input.checked = s.seeThrough.includes(name); },
  };
}

function snaplen(store: Store): Control {
  const id = newId("snaplen");
  const input = el("input", {
    id, type: "text", inputmode: "numeric", class: "text-input", placeholder: "262144", autocomplete: "off",
    oninput: () => {
      const n = Number(input.value || 0);
      const wrong = !Number.isInteger(n) || n < 0 || n > 0x7fffffff;
      input.setAttribute("aria-invalid", String(wrong));
      if (!wrong) store.set({ snaplen: n });
    },
  });
  return {
    root: el("div", { class: "field" }, el("label", { for: id }, "Snapshot length, in bytes"), input),
    show: (s) => { if (document.activeElement !== input) input.value = s.snaplen ? String(s.snaplen) : ""; },
  };
}

function netmask(store: Store): Control {
  const id = newId("netmask");
  const input = el("input", { id, type: "text", class: "text-input", placeholder: "none", autocomplete: "off", spellcheck: "false", onchange: () => store.set({ netmask: input.value.trim() }) });
  return {
    root: el("div", { class: "field" }, el("label", { for: id }, "Netmask, for “ip broadcast”"), input),
    show: (s) => { if (document.activeElement !== input) input.value = s.netmask; },
  };
}

/** The settings that are not as they are at first, in a few words. */
export function short(source: Source): string {
  const words = [source.link];
  if (source.snaplen) words.push(`${source.snaplen} bytes`);
  if (!source.optimize) words.push("not optimized");
  if (source.linuxExtensions) words.push("Linux extensions");
  if (source.seeThrough.length) words.push("through " + source.seeThrough.join(", "));
  if (source.extended) words.push("extended");
  if (source.netmask) words.push("netmask " + source.netmask);
  return words.join(" · ");
}

export function buildSettings(host: HTMLElement, shortHost: HTMLElement, init: Init, store: Store): void {
  const link = new Combobox("Link type", init.links.map((l) => ({ value: l.name, note: l.description })), (value) => store.set({ link: value }));
  const through = (init.seeThrough.length ? init.seeThrough : defaults.seeThrough).map((l) => layer(store, l));
  const checks = flags.map(([name, title, note]) => flag(store, name, title, note));
  const texts = [snaplen(store), netmask(store)];
  host.append(
    link.root, ...texts.map((t) => t.root),
    el("fieldset", { class: "field" }, el("legend", {}, "See through"), el("div", { class: "row" }, ...through.map((t) => t.root))),
    el("div", { class: "checks" }, ...checks.map((c) => c.root)));
  const show = (source: Source) => {
    link.set(source.link);
    for (const c of [...through, ...checks, ...texts]) c.show(source);
    shortHost.textContent = short(source);
  };
  show(store.state.source);
  store.listen((state) => show(state.source));
}
