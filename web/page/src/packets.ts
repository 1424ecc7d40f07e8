// Packets that match the filter, one for each way to, and packets that just miss.

import type { Source, WitnessPacket, Witnesses } from "./api";
import { messageOf, replaced, type App, type Good, type Panel } from "./app";
import { button, count, debounce, download, el, fromBase64 } from "./dom";
import { PacketView } from "./packet";
import { longList, shorten } from "./parts";

const atOnce = 8;

export function packetsPanel(app: App): Panel {
  let good: Good | null = null;
  let shownFor: Source | null = null;
  let pcap = "";
  const status = el("p", { class: "muted note-line", role: "status" });
  const matching = el("div");
  const near = el("div");
  const nearHead = el("h3", {}, "Near misses");
  const save = button("Download as pcap", () => download("filter.pcap", fromBase64(pcap), "application/vnd.tcpdump.pcap"));
  const view = new PacketView(app, "witness-packet", () => unfold(null));
  save.disabled = true;
  const root = el("section", { "aria-label": "Packets" },
    el("div", { class: "toolbar" }, el("p", {}, "One packet for each way to match, and some that fail in one part only."), el("span", { class: "spacer" }), save),
    status, el("h3", {}, "They match"), matching, nearHead, near);

  function unfold(b: HTMLButtonElement | null): void {
    for (const old of root.querySelectorAll("button[aria-expanded=true]")) old.setAttribute("aria-expanded", "false");
    b?.setAttribute("aria-expanded", "true");
    if (!b) view.root.remove();
  }

  function card(p: WitnessPacket, name: string, isNear: boolean): HTMLElement {
    const look: HTMLButtonElement = button("Look at it", () => {
      const open = look.getAttribute("aria-expanded") === "true";
      view.clear();
      unfold(open ? null : look);
      if (open || !shownFor) return;
      item.append(view.root);
      view.show(shownFor, { hex: p.hex, wireLen: p.wireLen, link: shownFor.link }, name);
    }, { "aria-expanded": "false", "aria-label": `Look at it: ${name}` });
    const ancillary = Object.entries(p.ancillary).map(([k, v]) => `${k} = ${v}`);
    const item = el("li", { class: "witness" },
      el("div", { class: "card-head" }, el("p", {}, el("strong", {}, p.way || name)), look),
      ...(isNear ? [el("p", {}, "Fails in ", el("code", { class: "chip" }, p.fails), p.found ? ": it has " + p.found : "")] : []),
      ...(ancillary.length ? [el("p", { class: "muted" }, "The kernel says of it: " + ancillary.join(", "))] : []),
      ...(p.malformed.length ? [el("p", { class: "muted" }, "No real packet: " + p.malformed.join("; "))] : []),
      el("pre", { class: "printed-short" }, shorten(p.printed, 3000)));
    return item;
  }

  function show(result: Witnesses, source: Source): void {
    shownFor = source;
    unfold(null);
    pcap = result.pcap;
    save.disabled = pcap === "";
    const parts = [`${count(result.matches.length, "packet matches", "packets match")}, ${count(result.near.length, "near miss", "near misses")}.`];
    if (!result.built) parts.push("These are the fewest bytes that match, no real packets.");
    if (result.more) parts.push(`There may be more: ${result.more}.`);
    status.textContent = result.error ? result.error.message : parts.join(" ");
    matching.replaceChildren(longList(result.matches, (p, i) => card(p, `packet ${i + 1}`, false), "witnesses", atOnce));
    near.replaceChildren(longList(result.near, (p, i) => card(p, `near miss ${i + 1}`, true), "witnesses", atOnce));
    nearHead.hidden = result.near.length === 0;
  }

  const load = debounce(250, () => {
    if (!good) return;
    const { source } = good;
    status.textContent = "Looking for packets …";
    app.client.call("witness", { source, near: true }, { slot: "witness" }).then((result) => show(result, source), (error) => {
      if (!replaced(error)) status.textContent = messageOf(error);
    });
  });

  return {
    id: "packets", title: "Packets", root,
    refresh(now) { good = now; if (shownFor !== now.source) load(); },
  };
}
