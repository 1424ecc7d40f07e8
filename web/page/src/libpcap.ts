// libpcap's own program for the same filter, pasted: proved equal, or a packet that tells the two apart.

import type { Compared, Source } from "./api";
import { messageOf, replaced, type App, type Good, type Panel } from "./app";
import { button, copyButton, count, debounce, el, newId } from "./dom";
import { counterexample, differenceError, venn } from "./compare";
import { PacketView } from "./packet";
import { instructionLine } from "./program";

/** The command that prints tcpdump's program for a filter, to be pasted into a shell. */
export function command(source: Source): string {
  // Characters that a terminal might act on have no place in a command that is copied.
  const expr = source.expr.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
  const snaplen = source.snaplen ? ` -s ${source.snaplen}` : "";
  return `tcpdump -y ${source.link}${snaplen}${source.optimize ? "" : " -O"} -d '${expr.replaceAll("'", `'\\''`)}'`;
}

export function libpcapPanel(app: App): Panel {
  let good: Good | null = null;
  const id = newId("paste");
  const area = el("textarea", { id, rows: 8, spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "(000) ldh      [12]\n(001) jeq      #0x800           jt 2    jf 5\n…", oninput: () => load() });
  const how = el("code", { class: "command", tabindex: 0, role: "group", "aria-label": "Command" });
  const status = el("p", { class: "note-line", role: "status" });
  const result = el("div", { class: "compare-result" });
  const view = new PacketView(app, "libpcap-packet", () => view.root.remove());
  const root = el("section", { "aria-label": "libpcap" },
    el("p", { class: "lead" }, "Paste what tcpdump prints for this filter with -d, -dd or -ddd. It is proved to be the same, or you get a packet that tells the two apart."),
    el("div", { class: "toolbar command-line" }, how, copyButton(() => how.textContent ?? "", "Copy command")),
    el("div", { class: "field" }, el("label", { for: id }, "The program of tcpdump"), area),
    el("div", { class: "toolbar below" }, button("Clear", () => { area.value = ""; load(); area.focus(); }, { class: "quiet" })),
    status, result);

  function show(c: Compared, source: Source): void {
    view.root.remove();
    if (c.error) {
      status.textContent = "";
      result.replaceChildren(differenceError(c.error, ["the filter", source.expr], ["the pasted program", area.value]));
      return;
    }
    status.textContent = c.says || c.relation;
    const names: [string, string] = ["bpfc", "The pasted program"];
    const look = (packet: { hex: string; wireLen: number }) => (open: HTMLElement) => {
      open.append(view.root);
      view.clear();
      view.show(source, { ...packet, link: source.link }, "the packet, under this filter,");
    };
    result.replaceChildren(
      el("div", { class: "relation" }, venn(c.relation) as unknown as Node, el("p", { class: "muted" }, `A is this filter, with ${count(c.instructionsA, "instruction")}; B is the pasted program, with ${count(c.instructionsB, "instruction")}.${c.reason ? " " + c.reason : ""}`)),
      ...(c.onlyA ? [counterexample("Only this filter keeps this packet", c.onlyA, names, look({ hex: c.onlyA.hex, wireLen: c.onlyA.wireLen }))] : []),
      ...(c.onlyB ? [counterexample("Only the pasted program keeps this packet", c.onlyB, names, look({ hex: c.onlyB.hex, wireLen: c.onlyB.wireLen }))] : []),
      el("details", {}, el("summary", {}, "The pasted program"), el("div", { class: "listing", tabindex: 0, role: "group", "aria-label": "The pasted program" }, ...c.instructions.slice(0, 1000).map((i) => instructionLine(i)))));
  }

  const load = debounce(250, () => {
    if (!good || !area.value.trim()) {
      status.textContent = "";
      result.replaceChildren();
      app.client.cancel("compare");
      return;
    }
    const { source } = good;
    status.textContent = "Comparing …";
    app.client.call("compare", { source, program: area.value }, { slot: "compare" }).then((c) => show(c, source), (error) => {
      if (!replaced(error)) status.textContent = messageOf(error);
    });
  });

  return {
    id: "libpcap", title: "libpcap", root,
    refresh(now) {
      good = now;
      how.textContent = command(now.source);
      load();
    },
    pause() { good = null; },
  };
}
