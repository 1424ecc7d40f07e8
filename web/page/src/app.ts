// What the parts of the page share.

import type { Client, Compiled, Init, PacketResult, Source } from "./api";
import type { FilterEditor } from "./editor";
import type { Marks } from "./marks";
import type { Store } from "./state";

/** The newest filter that compiled, which the panels show. */
export interface Good {
  source: Source;
  compiled: Compiled;
}

/** A packet whose way through the graph is shown in it. */
export interface Trail {
  source: Source;
  name: string;
  pass: number;
  nodes: string[];
  matches: boolean;
}

export interface App {
  client: Client;
  store: Store;
  marks: Marks;
  init: Init;
  editor: FilterEditor;
  good: Good | null;
  trail: Trail | null;
  /** The packets of the open capture; 0 where none is open. */
  capturePackets: number;
  /** Opens a panel. */
  open(view: string): void;
  /** Opens the capture's panel at a packet, by its number from 0. */
  lookAt(index: number): void;
  /** Shows a packet's way in the graph. */
  showTrail(name: string, result: PacketResult): void;
}

export interface Panel {
  id: string;
  title: string;
  root: HTMLElement;
  /** The filter compiled anew, or the panel was opened: called only while it is open. */
  refresh(good: Good): void;
  /** The expression is empty or wrong. */
  pause?(reason: string): void;
  /** Opened, even without a filter. */
  opened?(): void;
}

/** Whether a promise was rejected because a newer call took the place of this one. */
export function replaced(error: unknown): boolean {
  return (error as { kind?: string }).kind === "cancelled";
}

export function messageOf(error: unknown): string {
  return (error as { message?: string }).message ?? String(error);
}
