// Where the nodes and edges of a decision graph are drawn, by dagre.
//
// Nearly every node of a large graph has a way to "drop". Drawn as lines to one place, these would hide the graph, and the
// layout would take a hundred times as long. So in all but small graphs a way that ends is written into its node.

import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode } from "./api";
import { shorten } from "./parts";

export interface Point { x: number; y: number }
/** A way out of a node that ends in keeping or dropping the packet. */
export interface End { edge: GraphEdge; leaf: GraphNode; text: string }
export interface PlacedNode { node: GraphNode; x: number; y: number; width: number; height: number; lines: string[]; ends: End[] }
export interface PlacedEdge { edge: GraphEdge; points: Point[] }
export interface Layout { nodes: PlacedNode[]; edges: PlacedEdge[]; width: number; height: number }

const charWidth = 7.3;
const lineHeight = 17;
const longestLine = 38;
/** Graphs of more nodes than this have no leaves drawn, and of more than this a quicker layout. */
const small = 20;
const large = 100;

function isLeaf(n: GraphNode): boolean {
  return n.kind === "accept" || n.kind === "reject";
}

const branchNames: Record<GraphEdge["branch"], string> = { true: "yes", false: "no", next: "then" };

function linesOf(n: GraphNode): string[] {
  if (isLeaf(n)) return [n.kind === "accept" ? "keep" : "drop"];
  const lines = [shorten(n.text, longestLine)];
  if (n.says && n.says !== n.text) lines.unshift(shorten(n.says, longestLine));
  return lines;
}

function endsOf(id: string, edges: GraphEdge[], leaves: Map<string, GraphNode>): End[] {
  return edges.flatMap((edge) => {
    const leaf = edge.from === id ? leaves.get(edge.to) : undefined;
    return leaf ? [{ edge, leaf, text: `${branchNames[edge.branch]}: ${linesOf(leaf)[0]}` }] : [];
  });
}

function boxOf(node: GraphNode, ends: End[]): PlacedNode {
  const lines = linesOf(node);
  const longest = Math.max(...lines.map((l) => l.length), ends.map((e) => e.text).join("   ").length);
  const rows = lines.length + (ends.length ? 1 : 0);
  return { node, x: 0, y: 0, width: Math.max(64, longest * charWidth + 26), height: rows * lineHeight + 16, lines, ends };
}

/** Places a graph whose root comes first. */
export function place(nodes: GraphNode[], edges: GraphEdge[]): Layout {
  const leaves = new Map(nodes.length > small ? nodes.filter(isLeaf).map((n) => [n.id, n] as const) : []);
  const byFrom = new Map<string, GraphEdge[]>();
  for (const e of edges) byFrom.set(e.from, [...(byFrom.get(e.from) ?? []), e]);
  const boxes = new Map<string, PlacedNode>();
  for (const n of nodes) if (!leaves.has(n.id)) boxes.set(n.id, boxOf(n, endsOf(n.id, byFrom.get(n.id) ?? [], leaves)));
  const drawn = edges.filter((e) => boxes.has(e.from) && boxes.has(e.to));
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 44, edgesep: 12, marginx: 16, marginy: 16, ranker: nodes.length > large ? "tight-tree" : "network-simplex" });
  for (const [id, { width, height }] of boxes) graph.setNode(id, { width, height });
  for (const e of drawn) graph.setEdge(e.from, e.to, { weight: e.branch === "false" ? 1 : 2 }, e.branch);
  layout(graph, { disableOptimalOrderHeuristic: nodes.length > large });
  for (const [id, box] of boxes) {
    const at = graph.node(id) as Point;
    box.x = at.x;
    box.y = at.y;
  }
  const placed = drawn.map((edge) => ({ edge, points: (graph.edge(edge.from, edge.to, edge.branch) as { points: Point[] }).points }));
  const size = graph.graph() as { width?: number; height?: number };
  return { nodes: [...boxes.values()], edges: placed, width: size.width ?? 0, height: size.height ?? 0 };
}

/** A line through points with round corners, as SVG has it. */
export function smooth(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x.toFixed(1)},${first.y.toFixed(1)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const a = rest[i]!;
    const b = rest[i + 1]!;
    path += `Q${a.x.toFixed(1)},${a.y.toFixed(1)} ${((a.x + b.x) / 2).toFixed(1)},${((a.y + b.y) / 2).toFixed(1)}`;
  }
  const last = rest.at(-1);
  if (last) path += `L${last.x.toFixed(1)},${last.y.toFixed(1)}`;
  return path;
}
