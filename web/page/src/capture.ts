// A capture file of the reader's own: which packets match, and why.

import type { CaptureInfo, Judged, Progress, Row } from "./api";
import { messageOf, replaced, type App, type Good, type Panel } from "./app";
import { announce, button, count, debounce, download, el, fromBase64, newId, size } from "./dom";
import { PacketView } from "./packet";
import { VirtualTable } from "./virtual";

type Only = "all" | "matches" | "others";

const columns = [
  { title: "No.", class: "c-number" }, { title: "Match", class: "c-match" }, { title: "Time", class: "c-time" },
  { title: "Bytes", class: "c-length" }, { title: "Packet, as tcpdump prints it", class: "c-line" },
];

function verdict(row: Row): HTMLElement {
  if (row.matches === null) return el("span", { class: "muted" }, "…");
  return el("span", { class: row.matches ? "mark-yes" : "mark-no" },
    el("span", { "aria-hidden": "true" }, row.matches ? "✓" : "–"), el("span", { class: "visually-hidden" }, row.matches ? "matches" : "does not match"));
}

function describe(info: CaptureInfo): string {
  const links = [...new Set(info.interfaces.map((i) => i.link))].join(", ");
  const packed = info.compression ? `, packed with ${info.compression}` : "";
  const times = info.firstTime ? ` From ${info.firstTime} to ${info.lastTime}.` : "";
  return `${info.name}: ${size(info.bytes)}, ${info.format}${packed}, ${count(info.packets, "packet")}, ${links}.${times}`;
}

class CapturePanel implements Panel {
  readonly id = "capture";
  readonly title = "Capture";
  private good: Good | null = null;
  private info: CaptureInfo | null = null;
  private judged: Judged | null = null;
  private only: Only = "all";

  private input = el("input", { type: "file", id: newId("file"), class: "visually-hidden", onchange: () => this.picked() });
  private drop = el("div", { class: "drop" });
  private bar = el("progress", { max: 1, value: 0, "aria-label": "Progress" });
  private barText = el("p", { class: "muted" });
  private progress = el("div", { class: "progress" }, this.bar, this.barText);
  private facts = el("p", { class: "facts" });
  private problem = el("p", { class: "message error", hidden: true });
  private result = el("p", { class: "note-line", role: "status" });
  private segments = new Map<Only, HTMLButtonElement>();
  private save = button("Save matching", () => this.saveMatches());
  private table: VirtualTable<Row>;
  private view: PacketView;
  private opened_ = el("div", { hidden: true });
  readonly root: HTMLElement;

  constructor(private app: App) {
    this.view = new PacketView(app, "capture-packet", () => this.table.root.focus());
    this.table = new VirtualTable<Row>({
      label: "Packets of the capture", columns,
      fetch: (from, n) => this.rows(from, n),
      cells: (row) => [String(row.index + 1), verdict(row), row.time, String(row.length), row.line],
      chosen: (row) => this.choose(row.index),
    });
    this.drop.append(
      el("label", { for: this.input.id, class: "button-like" }, "Choose a capture file"), this.input,
      el("p", {}, "or drop one anywhere on the page: pcap or pcapng, also packed with gzip, zstd, lz4 or xz. It stays on this machine."));
    const group = el("div", { class: "segments", role: "group", "aria-label": "Which packets" });
    for (const [only, title] of [["all", "All"], ["matches", "Matching"], ["others", "Not matching"]] as const) {
      const b = button(title, () => this.setOnly(only), { "aria-pressed": String(only === "all") });
      this.segments.set(only, b);
      group.append(b);
    }
    this.opened_.append(
      el("div", { class: "toolbar" }, group, el("span", { class: "spacer" }), this.save, button("Close", () => this.close(), { class: "quiet" })),
      this.result, this.table.root, this.view.root);
    this.progress.hidden = true;
    this.root = el("section", { "aria-label": "Capture" }, this.drop, this.progress, this.facts, this.problem, this.opened_);
    this.acceptDrops();
    // A new worker has opened the capture again by itself, and judges again when asked to.
    app.client.onRestart((lane) => { if (lane === "capture" && this.info) this.judge(); });
  }

  refresh(now: Good): void {
    const changed = this.good?.source !== now.source;
    this.good = now;
    if (this.info && changed) this.judge();
  }

  pause(): void {
    this.good = null;
    if (this.info) this.result.textContent = "The filter does not compile; this is what the one before kept.";
  }

  private acceptDrops(): void {
    const hasFile = (e: DragEvent) => e.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (e) => {
      if (!hasFile(e)) return;
      e.preventDefault();
      document.body.classList.add("dragging");
    });
    document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) document.body.classList.remove("dragging"); });
    document.addEventListener("drop", (e) => {
      document.body.classList.remove("dragging");
      const file = e.dataTransfer?.files[0];
      if (!file) return;
      e.preventDefault();
      this.app.open("capture");
      void this.open(file);
    });
  }

  private picked(): void {
    const file = this.input.files?.[0];
    this.input.value = "";
    if (file) void this.open(file);
  }

  private showProgress(p: Progress | null, verb = ""): void {
    this.progress.hidden = p === null;
    if (!p) return;
    if (p.total > 0) this.bar.value = p.done / p.total;
    else this.bar.removeAttribute("value");
    this.barText.textContent = p.text || verb;
  }

  private async open(file: File): Promise<void> {
    this.reset();
    this.showProgress({ done: 0, total: file.size, text: `Reading ${file.name} …` });
    try {
      const info = await this.app.client.call("openCapture", { file, name: file.name }, { slot: "open", progress: (p) => this.showProgress(p, `Reading ${file.name} …`) });
      this.info = info;
      this.app.capturePackets = info.packets;
      this.drop.hidden = true;
      this.opened_.hidden = false;
      this.facts.textContent = describe(info);
      this.tell(info.problem);
      announce(describe(info));
      this.table.reset(info.packets);
      this.judge();
    } catch (error) {
      if (!replaced(error)) this.tell(messageOf(error));
    } finally {
      this.showProgress(null);
    }
  }

  private tell(problem: string): void {
    this.problem.hidden = problem === "";
    this.problem.textContent = problem;
  }

  private reset(): void {
    this.info = null;
    this.judged = null;
    this.app.capturePackets = 0;
    this.facts.textContent = "";
    this.result.textContent = "";
    this.tell("");
    this.view.clear();
    this.opened_.hidden = true;
    this.drop.hidden = false;
    this.only = "all";
    this.showPressed();
  }

  private close(): void {
    this.reset();
    void this.app.client.call("closeCapture", {}).catch(() => { /* nothing was open */ });
    this.input.focus();
  }

  private judge = debounce(120, () => {
    const { good } = this;
    if (!good || !this.info) return;
    this.result.textContent = "Looking at the packets …";
    const progress = (p: Progress) => { this.result.textContent = p.text || `${count(p.done, "packet")} of ${p.total.toLocaleString("en")} …`; };
    this.app.client.call("judge", { source: good.source }, { slot: "judge", progress }).then((judged) => this.show(judged), (error) => {
      if (!replaced(error)) this.result.textContent = messageOf(error);
    });
  });

  private show(judged: Judged): void {
    this.judged = judged;
    if (judged.error) { this.result.textContent = judged.error.message; return; }
    const ended = judged.ended ? ` ${count(judged.ended, "packet ends", "packets end")} before a byte that the filter looks at.` : "";
    const text = `${judged.matches.toLocaleString("en")} of ${count(judged.packets, "packet")} match.${ended}${judged.errors.map((e) => " " + e).join("")}`;
    this.result.textContent = text;
    announce(text);
    this.segments.get("all")!.textContent = `All ${judged.packets.toLocaleString("en")}`;
    this.segments.get("matches")!.textContent = `Matching ${judged.matches.toLocaleString("en")}`;
    this.segments.get("others")!.textContent = `Not matching ${(judged.packets - judged.matches).toLocaleString("en")}`;
    this.save.disabled = judged.matches === 0;
    this.table.reset(this.total());
    if (this.good) this.view.again(this.good.source);
  }

  private total(): number {
    if (!this.judged || this.only === "all") return this.info?.packets ?? 0;
    return this.only === "matches" ? this.judged.matches : this.judged.packets - this.judged.matches;
  }

  private setOnly(only: Only): void {
    this.only = only;
    this.showPressed();
    this.table.reset(this.total());
  }

  private showPressed(): void {
    for (const [only, b] of this.segments) b.setAttribute("aria-pressed", String(only === this.only));
  }

  private async rows(from: number, n: number): Promise<Row[]> {
    const { rows } = await this.app.client.call("rows", { from, count: n, only: this.only }, { slot: `rows-${from}` });
    return rows;
  }

  /** Looks at a packet, by its number from 0. */
  choose(index: number): void {
    if (this.good) this.view.show(this.good.source, { index }, `packet ${(index + 1).toLocaleString("en")}`);
  }

  /** Opens the panel at a packet. */
  lookAt(index: number): void {
    this.app.open("capture");
    if (this.only !== "all") this.setOnly("all");
    this.table.goTo(index);
    this.table.root.focus();
    this.choose(index);
  }

  private saveMatches(): void {
    this.app.client.call("save", {}).then(
      (file) => { download(file.name, fromBase64(file.base64), "application/vnd.tcpdump.pcap"); announce(`${count(file.packets, "packet")} saved.`); },
      (error) => { this.result.textContent = messageOf(error); });
  }
}

export function capturePanel(app: App): CapturePanel {
  return new CapturePanel(app);
}
