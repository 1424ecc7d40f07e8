// Where the nodes and edges of a decision graph are drawn, by dagre.

import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode } from "./api";
import { shorten } from "./parts";

export interface Point { x: number; y: number }
export interface PlacedNode { node: GraphNode; x: number; y: number; width: number; height: number; lines: string[] }
export interface PlacedEdge { edge: GraphEdge; points: Point[] }
export interface Layout { nodes: PlacedNode[]; edges: PlacedEdge[]; width: number; height: number }

const charWidth = 7.3;
const lineHeight = 17;
const longestLine = 38;

function linesOf(n: GraphNode): string[] {
  if (n.kind === "accept" || n.kind === "reject") return [n.kind === "accept" ? "keep" : "drop"];
  const lines = [shorten(n.text, longestLine)];
  if (n.says && n.says !== n.text) lines.unshift(shorten(n.says, longestLine));
  return lines;
}

export function place(nodes: GraphNode[], edges: GraphEdge[]): Layout {
  const known = new Set(nodes.map((n) => n.id));
  const drawn = edges.filter((e) => known.has(e.from) && known.has(e.to));
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 44, edgesep: 12, marginx: 16, marginy: 16, ranker: nodes.length > 120 ? "longest-path" : "network-simplex" });
  const boxes = new Map<string, PlacedNode>();
  for (const node of nodes) {
    const lines = linesOf(node);
    const width = Math.max(64, Math.max(...lines.map((l) => l.length)) * charWidth + 26);
    const box = { node, x: 0, y: 0, width, height: lines.length * lineHeight + 16, lines };
    boxes.set(node.id, box);
    graph.setNode(node.id, { width: box.width, height: box.height });
  }
  drawn.forEach((e, i) => graph.setEdge(e.from, e.to, { weight: e.branch === "false" ? 1 : 2, i }, e.branch));
  layout(graph);
  for (const box of boxes.values()) {
    const at = graph.node(box.node.id) as Point;
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
