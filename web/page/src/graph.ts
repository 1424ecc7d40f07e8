// The decision graph: as written, as optimized, and after each pass of the optimizer.

import type { GraphNode, GraphResult, Pass } from "./api";
import { messageOf, replaced, type App, type Good, type Panel } from "./app";
import { button, count, el, newId, svg } from "./dom";
import { place, smooth, type End, type Layout, type PlacedEdge, type PlacedNode } from "./layout";
import { innermost } from "./marks";
import { sentence } from "./messages";
import { light, lightable } from "./parts";
import { sameSource } from "./state";
import { Viewport } from "./viewport";

/** Larger graphs are drawn on demand: their layout takes seconds. */
const drawAtOnce = 200;

function spansOf(n: GraphNode) {
  return n.span ? [n.span] : [];
}

class Drawing {
  readonly root: HTMLElement;
  private frame: SVGSVGElement;
  private content: SVGGElement;
  readonly view: Viewport;
  private nodes = new Map<string, { group: SVGGElement; box: PlacedNode }>();
  private order: string[] = [];
  private next = new Map<string, { yes?: string; no?: string }>();

  constructor(private app: App) {
    this.content = svg("g");
    const arrow = (id: string) => svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse", class: id }, svg("path", { d: "M0,0L8,4L0,8z" }));
    this.frame = svg("svg", { class: "graph", role: "group", "aria-label": "Decision graph", onkeydown: (e: KeyboardEvent) => this.key(e) },
      svg("defs", {}, arrow("arrow-true"), arrow("arrow-false"), arrow("arrow-next")), this.content);
    this.view = new Viewport(this.frame, this.content);
    this.root = el("div", { class: "graph-frame" }, this.frame as unknown as Node);
    app.marks.listen((spans, origin) => {
      light(this.frame, spans);
      if (origin === "text" || origin === "words") this.revealLit();
    });
  }

  show(result: GraphResult): void {
    const layout = place(result.nodes, result.edges);
    this.nodes.clear();
    this.next.clear();
    this.order = layout.nodes.map((n) => n.node.id);
    for (const e of result.edges) {
      const to = this.next.get(e.from) ?? {};
      if (e.branch === "false") to.no = e.to;
      else to.yes = e.to;
      this.next.set(e.from, to);
    }
    this.draw(layout, result);
    this.view.setSize(layout.width, layout.height);
    this.view.home(layout.nodes[0] ?? { x: 0, y: 0 });
  }

  private draw(layout: Layout, result: GraphResult): void {
    const labels = layout.nodes.length <= 80;
    const numbers = new Map(result.nodes.map((n, i) => [n.id, i]));
    this.content.replaceChildren(
      ...layout.edges.map((e) => this.edge(e, labels)),
      ...layout.nodes.map((n, i) => this.node(n, i)));
    for (const { group, box } of this.nodes.values()) group.setAttribute("aria-label", this.describe(box, numbers));
  }

  private edge({ edge, points }: PlacedEdge, labels: boolean): SVGElement {
    const group = svg("g", { class: `edge ${edge.branch}${edge.changed ? " changed" : ""}`, "data-from": edge.from, "data-to": edge.to },
      svg("path", { d: smooth(points), "marker-end": `url(#arrow-${edge.branch})` }));
    const [first, second] = points;
    if (labels && edge.branch !== "next" && first && second) {
      const left = second.x < first.x;
      const along = Math.min(1, 14 / Math.max(1, Math.hypot(second.x - first.x, second.y - first.y)));
      group.append(svg("text", { x: first.x + (second.x - first.x) * along + (left ? -6 : 6), "text-anchor": left ? "end" : "start", y: first.y + (second.y - first.y) * along + 4, class: "edge-label" }, edge.branch === "true" ? "yes" : "no"));
    }
    return group;
  }

  private describe({ node: n, lines, ends }: PlacedNode, numbers: Map<string, number>): string {
    const text = [...lines, ...ends.map((e) => e.text)].join(" ");
    if (n.kind === "accept" || n.kind === "reject") return `${text} the packet`;
    const { yes, no } = this.next.get(n.id) ?? {};
    const way = (name: string, id?: string) => id !== undefined && this.nodes.has(id) ? `; ${name} node ${numbers.get(id)}` : "";
    const ways = no === undefined ? way("then", yes) : way("yes:", yes) + way("no:", no);
    return `${text}; node ${numbers.get(n.id)}${ways}${n.changed ? "; new in this pass" : ""}`;
  }

  private node(box: PlacedNode, i: number): SVGElement {
    const { node, lines, ends } = box;
    const rows = lines.length + (ends.length ? 1 : 0);
    const top = box.y - ((rows - 1) * 17) / 2;
    const leaf = node.kind === "accept" || node.kind === "reject";
    const group = svg("g", {
      class: `node ${node.kind}${node.changed ? " changed" : ""}`, role: "button", tabindex: i === 0 ? 0 : -1, "data-id": node.id,
      onclick: () => { if (node.span) this.app.editor.goTo(node.span); },
    },
      // The spaces keep the lines apart where they are read as one text.
      svg("title", {}, node.says ? `${node.says}\n${node.text}` : node.text),
      svg("rect", { x: box.x - box.width / 2, y: box.y - box.height / 2, width: box.width, height: box.height, rx: leaf ? box.height / 2 : 5 }),
      ...lines.map((l, at) => svg("text", { x: box.x, y: top + at * 17, class: at === lines.length - 1 && lines.length > 1 ? "code" : "says" }, l + " ")),
      ...ends.map((e, at) => this.end(e, box.x + (ends.length > 1 ? (at - 0.5) * box.width * 0.46 : 0), top + lines.length * 17)));
    this.app.marks.bind(group, spansOf(node), "graph");
    if (node.span) lightable(group, [node.span]);
    this.nodes.set(node.id, { group, box });
    return group;
  }

  private end({ edge, leaf, text }: End, x: number, y: number): SVGElement {
    return svg("text", { x, y, class: `edge end ${leaf.kind}`, "data-from": edge.from, "data-to": edge.to }, text + " ");
  }

  /** Marks a packet's way; none takes the marks away. */
  trail(ids: string[]): void {
    const on = new Set(ids);
    const steps = new Set(ids.slice(1).map((to, i) => `${ids[i]} ${to}`));
    this.frame.classList.toggle("has-trail", ids.length > 0);
    for (const [id, { group }] of this.nodes) group.classList.toggle("on-trail", on.has(id));
    for (const edge of this.content.querySelectorAll<SVGGElement>(".edge")) edge.classList.toggle("on-trail", steps.has(`${edge.dataset.from} ${edge.dataset.to}`));
  }

  private revealLit(): void {
    for (const { group, box } of this.nodes.values()) {
      if (!group.classList.contains("lit")) continue;
      this.view.reveal(box);
      return;
    }
  }

  private focus(id: string | undefined): void {
    const target = id === undefined ? undefined : this.nodes.get(id);
    if (!target) return;
    for (const { group } of this.nodes.values()) group.setAttribute("tabindex", "-1");
    target.group.setAttribute("tabindex", "0");
    this.view.reveal(target.box);
    target.group.focus({ preventScroll: true });
  }

  private key(e: KeyboardEvent): void {
    const id = (e.target as SVGElement).dataset.id ?? "";
    const at = this.order.indexOf(id);
    const to = this.next.get(id) ?? {};
    const step = 60;
    const actions: Record<string, () => void> = {
      "+": () => this.view.zoom(1.25), "=": () => this.view.zoom(1.25), "-": () => this.view.zoom(0.8), "0": () => this.view.fit(),
      "y": () => this.focus(to.yes), "n": () => this.focus(to.no),
      "Enter": () => (e.target as SVGElement).dispatchEvent(new MouseEvent("click", { bubbles: true })),
      "ArrowDown": () => e.shiftKey ? this.view.pan(0, -step) : this.focus(this.order[at + 1]),
      "ArrowUp": () => e.shiftKey ? this.view.pan(0, step) : this.focus(this.order[at - 1]),
      "ArrowRight": () => e.shiftKey ? this.view.pan(-step, 0) : this.focus(this.order[at + 1]),
      "ArrowLeft": () => e.shiftKey ? this.view.pan(step, 0) : this.focus(this.order[at - 1]),
      "Home": () => this.focus(this.order[0]), "End": () => this.focus(this.order.at(-1)),
    };
    const action = actions[e.key];
    if (!action || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    action();
  }

  /** The spans of the nodes, to find the one for the text's cursor. */
  spans(pos: number) {
    return innermost([...this.nodes.values()].map(({ box }) => ({ spans: spansOf(box.node) })), pos);
  }
}

/** What the lines mean, and how to move about. */
function legend(): HTMLElement[] {
  return [
    el("ul", { class: "legend" },
      el("li", { class: "yes" }, "if it holds"), el("li", { class: "no" }, "if not"), el("li", { class: "new" }, "new in this pass")),
    el("p", { class: "muted" }, "Drag to move, Control and wheel or two fingers to zoom. With the keyboard: arrows go from node to node, y and n follow an answer, + − 0 zoom, Shift and arrows move the picture, Enter goes to the text."),
  ];
}

/** What a pass took out. */
function removal(nodes: GraphNode[]): string {
  if (nodes.length === 0) return "";
  const more = nodes.length > 12 ? ` and ${nodes.length - 12} more` : "";
  return `Gone in this pass: ${nodes.slice(0, 12).map((n) => n.says || n.text).join("; ")}${more}.`;
}

function passOption(p: Pass, i: number): HTMLOptionElement {
  return el("option", { value: i }, `${i} ${p.name}${p.changed || i === 0 ? "" : " (no change)"}`);
}

function nodeCount(result: GraphResult): string {
  const cut = result.total > result.nodes.length ? `; only the first ${result.nodes.length} are drawn` : "";
  return `${count(result.total, "node")}${cut}.`;
}

function zoomButtons(view: Viewport): HTMLElement {
  return el("div", { class: "row zoom", role: "group", "aria-label": "Zoom" },
    button("−", () => view.zoom(0.8), { "aria-label": "Zoom out", class: "quiet square" }),
    button("+", () => view.zoom(1.25), { "aria-label": "Zoom in", class: "quiet square" }),
    button("Fit", () => view.fit(), { class: "quiet" }));
}

export function graphPanel(app: App): Panel {
  const drawing = new Drawing(app);
  const id = newId("pass");
  let good: Good | null = null;
  let wanted: number | "written" | "optimized" = "optimized";
  let passes: Pass[] = [];
  let shown: GraphResult | null = null;

  const choose = el("select", { id, onchange: () => go(Number(choose.value)) });
  const previous = button("‹", () => step(-1), { "aria-label": "Previous pass that changes something", class: "quiet square" });
  const next = button("›", () => step(1), { "aria-label": "Next pass that changes something", class: "quiet square" });
  const written = button("As written", () => go("written"), { "aria-pressed": "false" });
  const optimized = button("Optimized", () => go("optimized"), { "aria-pressed": "true" });
  const note = el("p", { class: "muted note-line", role: "status" });
  const trailNote = el("p", { class: "trail-note", hidden: true });
  const large = el("p", { hidden: true });
  const gone = el("p", { class: "muted gone" });
  const tools = el("div", { class: "toolbar" },
    el("div", { class: "segments", role: "group", "aria-label": "Which graph" }, written, optimized),
    el("div", { class: "field inline grow" }, el("label", { for: id }, "Pass"), previous, choose, next), zoomButtons(drawing.view));
  const root = el("section", { "aria-label": "Graph" }, tools, note, trailNote, large, drawing.root, gone, ...legend());

  function go(pass: number | "written" | "optimized"): void {
    wanted = pass;
    load();
  }

  function step(direction: number): void {
    let at = shown?.pass ?? 0;
    do at += direction; while (at > 0 && at < passes.length - 1 && !passes[at]!.changed);
    if (at >= 0 && at < passes.length) go(at);
  }

  function load(): void {
    if (!good) return;
    const trail = app.trail && sameSource(app.trail.source, good.source) ? app.trail : null;
    app.client.call("graph", { source: good.source, pass: trail ? trail.pass : wanted }, { slot: "graph" })
      .then(show, (error) => { if (!replaced(error)) note.textContent = messageOf(error); });
  }

  function show(result: GraphResult): void {
    if (result.error) { note.textContent = result.error.message; return; }
    shown = result;
    passes = result.passes;
    const pass = passes[result.pass];
    choose.replaceChildren(...passes.map((p, i) => passOption(p, i)));
    choose.value = String(result.pass);
    written.setAttribute("aria-pressed", String(result.pass === 0));
    optimized.setAttribute("aria-pressed", String(result.pass === passes.length - 1));
    previous.ariaDisabled = String(result.pass === 0);
    next.ariaDisabled = String(result.pass === passes.length - 1);
    const single = typeof wanted === "number" && app.trail === null;
    drawing.root.classList.toggle("plain", !single);
    const title = wanted === "written" ? "As written:" : single && pass ? sentence(pass.title) : "As optimized:";
    note.textContent = pass ? `${title} ${nodeCount(result)}` : "";
    gone.textContent = single ? removal(result.removed) : "";
    offer(result);
  }

  /** Draws a graph, a large one only when asked to. */
  function offer(result: GraphResult): void {
    large.hidden = result.nodes.length <= drawAtOnce;
    drawing.root.hidden = !large.hidden;
    if (large.hidden) draw();
    else large.replaceChildren(button(`Draw ${count(result.nodes.length, "node")}`, () => { large.hidden = true; drawing.root.hidden = false; draw(); }), " This takes a moment.");
  }

  function draw(): void {
    if (!shown) return;
    drawing.show(shown);
    const trail = app.trail;
    const fits = trail !== null && good !== null && sameSource(trail.source, good.source) && trail.pass === shown.pass;
    drawing.trail(fits ? trail.nodes : []);
    trailNote.hidden = !fits;
    if (fits) trailNote.replaceChildren(`The way of ${trail.name}, which ${trail.matches ? "matches" : "does not match"}. `, button("Take it away", () => { app.trail = null; load(); }, { class: "quiet" }));
  }

  return {
    id: "graph", title: "Graph", root,
    refresh(now) {
      good = now;
      if (app.trail && !sameSource(app.trail.source, now.source)) app.trail = null;
      load();
    },
  };
}
