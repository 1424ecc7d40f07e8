// Two filters side by side: how they relate, packets that tell them apart, and what each keeps of the open capture.

import type { APIError, Counterexample, Diff, DiffCounts, Relation, SideVerdict, Source } from "./api";
import { messageOf, replaced, type App, type Good, type Panel } from "./app";
import { button, count, debounce, el, svg } from "./dom";
import { FilterEditor } from "./editor";
import { excerpt, sentence } from "./messages";
import { PacketView } from "./packet";
import { shorten } from "./parts";
import { sameSource } from "./state";

// Where the two circles stand, and how large they are: [x, radius] of A and of B.
const circles: Partial<Record<Relation, [[number, number], [number, number]]>> = {
  "equal": [[80, 38], [80, 38]],
  "A implies B": [[80, 22], [80, 40]],
  "B implies A": [[80, 40], [80, 22]],
  "disjoint": [[38, 32], [122, 32]],
  "overlap": [[60, 36], [100, 36]],
};

const labels: Partial<Record<Relation, [number, number, number, number]>> = {
  "equal": [70, 50, 90, 50], "A implies B": [80, 50, 80, 20], "B implies A": [80, 20, 80, 50], "disjoint": [38, 50, 122, 50], "overlap": [40, 50, 120, 50],
};

/** Two circles that stand for the packets that the filters keep. */
export function venn(relation: Relation): SVGElement {
  const pair = circles[relation];
  const at = labels[relation];
  const picture = svg("svg", { class: "venn", viewBox: "0 0 160 92", "aria-hidden": "true" });
  if (!pair || !at) return picture;
  const [[ax, ar], [bx, br]] = pair;
  picture.append(
    svg("circle", { cx: ax, cy: 46, r: ar, class: "a" }), svg("circle", { cx: bx, cy: 46, r: br, class: "b" }),
    svg("text", { x: at[0], y: at[1] }, "A"), svg("text", { x: at[2], y: at[3] }, "B"));
  return picture;
}

function side(name: string, verdict: SideVerdict): HTMLElement {
  return el("p", {}, el("strong", {}, name), " ", el("span", { class: `badge ${verdict.accepts ? "yes" : "no"}` }, verdict.accepts ? "keeps it" : "drops it"), verdict.why ? " " + verdict.why : "");
}

/** A packet that one side keeps and the other does not. */
export function counterexample(title: string, c: Counterexample, names: [string, string], look: (open: HTMLElement) => void): HTMLElement {
  const host = el("div", {});
  const ancillary = Object.entries(c.ancillary).map(([k, v]) => `${k} = ${v}`).join(", ");
  return el("div", { class: "witness" },
    el("div", { class: "card-head" }, el("h3", {}, title), button("Look at it", () => look(host), { "aria-label": `Look at it: ${title}` })),
    side(names[0], c.a), side(names[1], c.b),
    ...(ancillary ? [el("p", { class: "muted" }, "The kernel says of it: " + ancillary)] : []),
    el("pre", { class: "printed-short" }, shorten(c.printed, 3000)), host);
}

/** What is wrong with one of two things that are compared, with its place in the text. */
export function differenceError(error: APIError, a: [name: string, text: string], b: [name: string, text: string]): HTMLElement {
  const [name, text] = error.side === "b" ? b : a;
  const box = el("div", { class: "message error" }, el("p", {}, el("strong", {}, error.side ? `In ${name}: ` : "Error: "), error.message));
  if (error.span) box.append(el("pre", { class: "excerpt", "aria-hidden": "true" }, excerpt(text, error.span.start, error.span.end)));
  if (error.hint) box.append(el("p", {}, sentence(error.hint)));
  return box;
}

function counts(app: App, c: DiffCounts): HTMLElement {
  const row = (name: string, n: number, first = -1) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, n.toLocaleString("en")),
    el("td", {}, ...(first >= 0 ? [button(`Look at packet ${(first + 1).toLocaleString("en")}`, () => app.lookAt(first), { class: "quiet" })] : [])));
  return el("div", {}, el("h3", {}, `Of the ${count(app.capturePackets, "packet")} of the capture`),
    el("table", { class: "counts" }, el("tbody", {},
      row("both keep", c.both), row("only A keeps", c.onlyA, c.firstOnlyA), row("only B keeps", c.onlyB, c.firstOnlyB), row("neither keeps", c.neither))));
}

function swap(app: App): void {
  const { state } = app.store;
  app.store.update({ ...state, source: { ...state.source, expr: state.other }, other: state.source.expr });
}

/** The relation as a picture, and a packet for each side that keeps more. */
function differences(d: Diff, look: (c: Counterexample) => (open: HTMLElement) => void): HTMLElement[] {
  const bound = d.maxHeaders ? ` Decided for packets with at most ${d.maxHeaders} headers in a chain.` : "";
  return [
    el("div", { class: "relation" }, venn(d.relation) as unknown as Node, el("p", { class: "muted" }, `A has ${count(d.instructionsA, "instruction")}, B ${count(d.instructionsB, "instruction")}.${bound}`)),
    ...(d.onlyA ? [counterexample("Only A keeps this packet", d.onlyA, ["A", "B"], look(d.onlyA))] : []),
    ...(d.onlyB ? [counterexample("Only B keeps this packet", d.onlyB, ["A", "B"], look(d.onlyB))] : []),
  ];
}

export function comparePanel(app: App): Panel & { showOther(text: string): void } {
  let good: Good | null = null;
  let broken = "";
  let shown: { a: Source; other: string } | null = null;
  const host = el("div", { class: "editor", id: "filter-b" });
  const status = el("p", { class: "note-line", role: "status" });
  const result = el("div", { class: "compare-result" });
  const kept = el("div", {});
  const view = new PacketView(app, "compare-packet", () => view.root.remove());
  const editor = new FilterEditor(host, {
    label: "The second filter, B", placeholder: "a filter to compare with",
    change: (text) => app.store.setOther(text),
    hover: (text, pos) => app.client.call("hover", { source: { ...app.store.state.source, expr: text }, pos }, { slot: "hover-b" }),
    complete: (text, pos) => app.client.call("complete", { source: { ...app.store.state.source, expr: text }, pos }, { slot: "complete-b" }),
  });
  const root = el("section", { "aria-label": "Compare" },
    el("p", { class: "lead" }, "A is the filter of the page. B is compiled with the same settings."),
    el("h3", { class: "b-title" }, "B"), host,
    el("div", { class: "toolbar below" }, button("Exchange A and B", () => swap(app))), status, result, kept);

  function show(d: Diff, a: Source, b: Source): void {
    view.root.remove();
    editor.diagnose(d.error?.side === "b" ? d.error : undefined, []);
    if (d.error) {
      status.textContent = "";
      result.replaceChildren(differenceError(d.error, ["A", a.expr], ["B", b.expr]));
      return;
    }
    status.textContent = d.says || (d.relation === "undecided" ? "It could not be decided: " + d.reason : d.relation);
    const look = (c: Counterexample) => (open: HTMLElement) => {
      open.append(view.root);
      view.clear();
      view.show(a, { hex: c.hex, wireLen: c.wireLen, link: a.link }, "the packet, under A,");
    };
    result.replaceChildren(...differences(d, look));
  }

  const load = debounce(300, () => {
    const { other, source } = app.store.state;
    if (!good || !other.trim()) {
      status.textContent = good ? "Write a second filter." : broken;
      result.replaceChildren();
      kept.replaceChildren();
      return;
    }
    const b = { ...source, expr: other };
    status.textContent = "Comparing …";
    app.client.call("diff", { a: source, b }, { slot: "diff" }).then((d) => show(d, source, b), (error) => {
      if (!replaced(error)) status.textContent = messageOf(error);
    });
    kept.replaceChildren();
    if (!app.capturePackets) return;
    app.client.call("diffCounts", { a: source, b }, { slot: "diff-counts" }).then((c) => {
      if (!c.error) kept.replaceChildren(counts(app, c));
    }, () => { /* the relation stands without */ });
  });

  return {
    id: "compare", title: "Compare", root,
    showOther(text) { editor.setText(text); if (good) this.refresh(good); },
    opened() { editor.setText(app.store.state.other); load(); },
    refresh(now) {
      const { other } = app.store.state;
      good = now;
      if (shown && sameSource(shown.a, now.source) && shown.other === other && !app.capturePackets) return;
      shown = { a: now.source, other };
      load();
    },
    pause(reason) {
      good = null;
      shown = null;
      status.textContent = broken = "A does not compile: " + reason;
      result.replaceChildren();
      kept.replaceChildren();
    },
  };
}
