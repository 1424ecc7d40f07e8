// One packet: why it matches or not, its bytes with those that were read, and its way through the program.

import type { PacketLayer, PacketRef, PacketResult, Source, Trace } from "./api";
import { messageOf, replaced, type App } from "./app";
import { button, count, el } from "./dom";
import { HexView } from "./hex";
import { light, partItem } from "./parts";
import { Stepper } from "./stepper";

function layersOf(layers: PacketLayer[]): HTMLElement {
  return el("div", { class: "layers" }, ...layers.map((l) => el("details", { class: "layer" },
    el("summary", {}, l.protocol),
    el("dl", { class: "fields" }, ...l.fields.flatMap((f) => [el("dt", {}, f.name), el("dd", {}, f.value)])))));
}

export class PacketView {
  readonly root = el("section", { class: "packet", "aria-label": "Packet", tabindex: -1 });
  private source: Source | null = null;
  private packet: PacketRef | null = null;
  private name = "";
  private stepping = false;

  /** slot tells the views apart: a newer packet takes the place of the one before in the same view. */
  constructor(private app: App, private slot: string, private closed?: () => void) {
    app.marks.listen((spans) => light(this.root, spans));
  }

  show(source: Source, packet: PacketRef, name: string): void {
    this.source = source;
    this.packet = packet;
    this.name = name;
    if (!this.root.childNodes.length) this.root.append(el("p", { class: "muted" }, "Looking at it …"));
    this.app.client.call("packet", { source, packet }, { slot: this.slot }).then((result) => this.fill(result), (error) => {
      if (!replaced(error)) this.fail(messageOf(error));
    });
  }

  clear(): void {
    this.packet = null;
    this.stepping = false;
    this.root.replaceChildren();
  }

  /** The filter changed: the same packet, judged by it. */
  again(source: Source): void {
    if (this.packet) this.show(source, this.packet, this.name);
  }

  private fail(message: string): void {
    this.root.replaceChildren(el("p", { class: "message error" }, message));
  }

  private fill(result: PacketResult): void {
    if (result.error) return this.fail(result.error.message);
    const hex = new HexView(result.hex, result.read, this.app.marks);
    const captured = result.hex.length / 2;
    const facts = [result.link, result.time, captured < result.wireLen ? `${captured} of ${count(result.wireLen, "byte")} captured` : count(result.wireLen, "byte")];
    const steps = el("div", { class: "steps-host" });
    const bar = this.bar(result, steps, hex);
    this.root.replaceChildren(
      el("div", { class: "card-head" },
        el("h3", {}, this.name, " ", el("span", { class: `badge ${result.matches ? "yes" : "no"}` }, result.matches ? "matches" : "does not match")), bar),
      el("p", { class: "muted" }, facts.filter(Boolean).join(" · ")),
      el("p", { class: "reason" }, result.reason),
      ...(result.root ? [el("ul", { class: "parts root" }, partItem(result.root, this.app.marks))] : []),
      ...this.would(result),
      el("pre", { class: "code-block printed", role: "group", tabindex: 0, "aria-label": "As tcpdump prints it" }, result.printed),
      el("h4", {}, "Bytes, with those marked that the program read"), hex.root,
      steps,
      ...(result.layers.length ? [el("h4", {}, "Layers"), layersOf(result.layers)] : []));
    if (this.stepping) this.step(steps, hex);
  }

  private bar(result: PacketResult, steps: HTMLElement, hex: HexView): HTMLElement {
    const bar = el("div", { class: "row" },
      button("Step through the program", () => { this.stepping = true; this.step(steps, hex, true); }),
      button("Show its way in the graph", () => this.app.showTrail(this.name, result)));
    if (this.closed) bar.append(button("Close", () => { this.clear(); this.closed!(); }, { class: "quiet" }));
    return bar;
  }

  private would(result: PacketResult): HTMLElement[] {
    if (result.would.length === 0) return [];
    return [el("ul", { class: "would" }, ...result.would.slice(0, 8).map((w) => el("li", {},
      w.says, " ",
      ...(w.expr ? [button("Use this filter", () => { this.app.editor.setText(w.expr); this.app.store.set({ expr: w.expr }); }, { class: "quiet", "aria-label": `Use this filter: ${w.expr}` }), " ", el("code", { class: "chip" }, w.expr)] : []))))];
  }

  private step(host: HTMLElement, hex: HexView, focus = false): void {
    if (!this.source || !this.packet) return;
    this.app.client.call("trace", { source: this.source, packet: this.packet }, { slot: this.slot + "-trace" }).then((trace: Trace) => {
      if (trace.error) { host.replaceChildren(el("p", { class: "message error" }, trace.error.message)); return; }
      const stepper = new Stepper(trace, (s) => hex.now(s.read));
      host.replaceChildren(el("h4", {}, "Step by step"), stepper.root, ...(trace.cut ? [el("p", { class: "muted" }, "These are the first 10,000 steps.")] : []));
      if (focus) {
        host.scrollIntoView({ block: "nearest" });
        stepper.root.querySelector<HTMLElement>("button.primary")?.focus({ preventScroll: true });
      }
    }, (error) => { if (!replaced(error)) host.replaceChildren(el("p", { class: "message error" }, messageOf(error))); });
  }
}
