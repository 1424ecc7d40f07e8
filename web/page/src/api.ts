// What the page and the worker say to each other.
//
// The page calls client.ts; nothing else posts messages. A call has a method of Methods, parameters and a result. All
// places in texts are counted in UTF-16 code units, as JavaScript counts them, [start, end). What goes wrong is an
// APIError, also where a time-out, a panic of the Go program or a dead worker is the reason. Packets come as
// hexadecimal text; files to download as base64.

/** A part of the expression, in UTF-16 units; start == end marks a place between two characters. */
export interface Span { start: number; end: number }

/** The filter and how it is compiled: all of it goes into the URL's fragment. */
export interface Source {
  expr: string;
  link: string;              // name of a link-layer type, "EN10MB"
  snaplen: number;           // bytes; 0 is the default, 262144
  netmask: string;           // "" for none; "255.255.255.0", "0xffffff00" or "/24"
  optimize: boolean;
  linuxExtensions: boolean;
  seeThrough: string[];      // of Init.seeThrough; [] for none
  extended: boolean;         // the extended language
  allowRejectAll: boolean;   // compile a filter that no packet can match
}

/** Replacing a part of the expression, or switching an option of Source on: what a button does. */
export interface Fix {
  title: string;             // the button's text
  expr?: string;             // the whole new expression
  set?: Partial<Source>;     // or new settings
}

export interface APIError {
  kind: string;              // "syntax", "unknown", "limit", "rejects-all", "timeout", "internal", "cancelled", "capture" …
  message: string;           // one sentence
  span?: Span;               // absent where there is no place in the text
  expected: string[];        // what would have been accepted there
  hint: string;              // a way forward, "" for none
  fixes: Fix[];
  side?: "a" | "b";          // of diff: in which filter
}

// ---------------------------------------------------------------- init

export interface LinkType { name: string; number: number; description: string }
export interface Completion {
  text: string;              // what is typed
  doc: string;               // one line
  kind: "primitive" | "qualifier" | "constant" | "operator" | "field";
  extended: boolean;         // of the extended language alone
}
export interface Example {
  title: string;
  why: string;               // the complaint it comes from, and what is to be learned, in a few sentences
  source: Partial<Source>;   // what it sets
  other?: string;            // a second filter to compare it with
}
export interface Format { name: string; title: string; ebpf: boolean; binary: boolean; extension: string }
export interface LintKind { name: string; title: string; why: string /* Markdown */ }
export interface Init {
  version: string;
  links: LinkType[];
  completions: Completion[];
  examples: Example[];
  formats: Format[];
  hooks: string[];           // where eBPF runs
  lints: LintKind[];
  seeThrough: string[];      // "vlan", "mpls", "pppoe"
  defaults: Source;
  limits: { exprBytes: number; instructions: number; packets: number };
}

// ---------------------------------------------------------------- compile

export type TokenClass =
  | "keyword" | "protocol" | "direction" | "type" | "operator" | "number" | "address" | "name" | "constant" | "punctuation" | "comment" | "error";
export interface Token extends Span { class: TokenClass }

export interface Instruction {
  pc: number;
  text: string;              // as tcpdump -d has it, without the number before it: "jeq #0x800 jt 2 jf 3"
  name: string; operand: string; jt: number | null; jf: number | null;  // jumps: numbers of instructions
  code: number; k: number;
  spans: Span[];             // of the expression; [] for what belongs to no single part
  says: string;              // in words: "A = the 2 bytes at 12 (the type)"
}

/** The result of typing. Error and program exclude each other, but tokens are always there. */
export interface Compiled {
  tokens: Token[];
  error?: APIError;
  instructions: Instruction[];
  /** More than 2,000 instructions are cut; count is how many there are. */
  count: number;
  unoptimized: number;       // how many instructions there are without the optimizer; 0 if not known (too long)
  kernel: string;            // "" if the kernel takes it as classic BPF, else why not
  needs: number;             // bytes that must be captured to see all; -1 without bound
  warnings: Warning[];       // the quick ones; warnings() gives all
  tookMs: number;
}

export interface Warning extends Span {
  name: string;
  message: string;
  advice: string;
  suggestion: string;        // the whole filter as it was probably meant, "" for none
  relation: string;          // how the filter as written (A) relates to it (B): "equal", "A implies B" …
  /** What replaces the old text at these places to get suggestion. */
  edits: { start: number; end: number; text: string }[];
}
export interface Warnings { warnings: Warning[]; partial: string /* why there may be more, "" if not */ }

export interface Formatted { text: string; base64: string /* of binary formats */; note: string; error?: APIError }

// ---------------------------------------------------------------- graph

export type NodeKind = "test" | "assign" | "chain" | "accept" | "reject";
export interface GraphNode {
  id: string;                // the same node in two passes has the same id
  kind: NodeKind;
  text: string;              // "[12:2] == 0x800"
  says: string;              // in words, "" if there are none: "the Ethernet type is IPv4"
  span?: Span;
  changed: boolean;          // new in this pass
}
export interface GraphEdge { from: string; to: string; branch: "true" | "false" | "next"; changed: boolean }
export interface Pass {
  name: string;              // "codegen" is as written; the last is as optimized
  title: string;             // what the pass does, one line
  nodes: number;             // how many, leaves included
  changed: boolean;          // whether it changed anything
  removed: number;           // nodes that were there before
}
export interface GraphResult {
  passes: Pass[];            // of the same names everywhere where the source is the same
  pass: number;              // the one whose graph this is
  nodes: GraphNode[];        // topological order, the root first
  edges: GraphEdge[];
  removed: GraphNode[];      // nodes of the pass before that are gone
  total: number;             // of nodes; above 400 only the first are here
  error?: APIError;
}

// ---------------------------------------------------------------- explain

export interface ByteRange { from: number; to: number /* exclusive, -1 for no bound */; varies: boolean; text: string }
export interface Part extends Span {
  id: number;
  op: "and" | "or" | "not" | "inside" | "test";
  text: string;
  says: string;
  notes: string[];
  bytes: ByteRange[];
  parts: Part[];
}
/** A header with its fields: what is drawn. Offsets and lengths are in bits from the header's start. */
export interface HeaderField {
  name: string; bit: number; bits: number;
  looked: boolean;           // whether the filter looks at it
  spans: Span[];             // parts of the text that do
}
export interface Header {
  name: string;              // "Ethernet", "IPv4", "TCP" …
  offset: number;            // bytes from the start of the packet; -1 where the packet says
  at: string;                // in words where that is: "14", "behind the IPv4 header"
  fields: HeaderField[];
}
export interface Explained {
  text: string;              // what `bpfc explain` prints, without warnings
  root?: Part;               // absent where the filter is empty
  headers: Header[];
  notes: string[];           // about all of it, a sentence each
  needs: number; instructions: number; kernel: string;
  error?: APIError;
}
/** What stands at a place of the text. */
export interface Hover { span: Span; title: string; says: string; notes: string[]; bytes: ByteRange[] }

// ---------------------------------------------------------------- packets

export interface WitnessPacket {
  hex: string; wireLen: number;
  way: string;               // which way to match it stands for
  fails: string; found: string;  // of a near miss: the part in which it fails, and what it has there
  malformed: string[];
  ancillary: Record<string, number>;
  printed: string;           // lines as tcpdump prints them
}
export interface Witnesses {
  matches: WitnessPacket[]; near: WitnessPacket[];
  more: string;              // why there may be more, "" if not
  built: boolean;            // real packets; else the fewest bytes that match
  pcap: string;              // base64: first those that match, then the near misses
  error?: APIError;
}

export interface CaptureInterface { name: string; link: string; snaplen: number }
export interface CaptureInfo {
  name: string; bytes: number;
  format: string;            // "pcap", "pcapng"
  compression: string;       // "" or "gzip", "zstd", "lz4", "xz"
  packets: number;
  interfaces: CaptureInterface[];
  /** Where the file is damaged or cut: said, and the packets before it are there. */
  problem: string;
  firstTime: string; lastTime: string;
}
/** What is posted while a long call runs; counts are those so far, and rows up to `packets` can be asked for. */
export interface Progress { done: number; total: number; /* bytes or packets */ matches?: number; text: string }

export interface Judged {
  packets: number; matches: number;
  ended: number;             // packets that are rejected because they end where the filter looks
  errors: string[];          // interfaces for whose link-layer type the filter does not compile, and why
  error?: APIError;
}
export interface Row {
  index: number;             // packet number from 0
  /** Whether it matches; null where it has not been judged. */
  matches: boolean | null;
  time: string; length: number; captured: number;
  line: string;              // as tcpdump prints it, one line
}
export interface Rows { total: number; rows: Row[] }

export interface Verdict { truth: "true" | "false" | "not looked at" | "packet ends"; found: string }
export interface JudgedPart extends Part { truth: Verdict["truth"]; found: string; parts: JudgedPart[] }
export interface PacketLayer { protocol: string; fields: { name: string; value: string }[] }
export interface PacketResult {
  index: number;             // -1 for a packet given as bytes
  hex: string; wireLen: number; link: string; time: string;
  printed: string;           // with -v: several lines
  layers: PacketLayer[];
  matches: boolean;
  reason: string;            // why, in a sentence
  decided?: Span;            // the part that decided
  root?: JudgedPart;
  would: { says: string; expr: string }[];  // ways in which it would match
  read: { from: number; to: number; spans: Span[] }[];  // byte ranges that the program read, in order
  /** The way through the graph as optimized (ids of the pass `pass` of graph()), and through the program (pc). */
  path: string[]; pass: number; pcs: number[];
  error?: APIError;
}
/** A step of the program, before which the registers are these; the last is the ret. */
export interface Step {
  pc: number; a: number; x: number; m: number[]; /* 16 */
  read?: { from: number; to: number };  // bytes that this instruction reads
  says: string;              // what it does with these values: "A = 0x0800, the 2 bytes at 12"
}
export interface Trace { instructions: Instruction[]; steps: Step[]; returns: number; cut: boolean /* more than 10,000 steps */; ends: string; error?: APIError }

// ---------------------------------------------------------------- two filters

export type Relation = "equal" | "A implies B" | "B implies A" | "disjoint" | "overlap" | "undecided";
export interface Counterexample {
  hex: string; wireLen: number; printed: string; ancillary: Record<string, number>;
  a: SideVerdict; b: SideVerdict;
}
export interface SideVerdict { accepts: boolean; why: string; span?: Span }
export interface Diff {
  relation: Relation; reason: string;  // why undecided
  says: string;              // the relation in a sentence
  maxHeaders: number;        // bound for protochain, 0 for none
  onlyA?: Counterexample; onlyB?: Counterexample;
  instructionsA: number; instructionsB: number;
  error?: APIError;
}
/** What each filter keeps of the open capture. */
export interface DiffCounts { packets: number; both: number; onlyA: number; onlyB: number; neither: number; firstOnlyA: number; firstOnlyB: number /* index, -1 for none */; error?: APIError }

export interface Compared extends Diff {
  format: string;            // in which form the text was: "d", "dd" …
  /** Of the pasted program; where in the text it is wrong comes as error with line and column in the message. */
  instructions: Instruction[];
}

// ---------------------------------------------------------------- methods

export type PacketRef = { index: number } | { hex: string; wireLen?: number; link?: string };

export interface Methods {
  init: { params: {}; result: Init };
  compile: { params: { source: Source }; result: Compiled };
  /** Colours alone, for text that does not compile yet; compile has them too. */
  tokens: { params: { source: Source }; result: { tokens: Token[] } };
  hover: { params: { source: Source; pos: number }; result: Hover | null };
  /** What fits at a place, best first; `replace` is what is typed of it already. */
  complete: { params: { source: Source; pos: number }; result: { replace: Span; items: Completion[] } };
  format: { params: { source: Source; format: string; hook?: string }; result: Formatted };
  /** What format() does for eBPF; client.ts chooses. */
  formatEBPF: { params: { program: string; format: string; hook?: string }; result: Formatted };
  /** pass: a number, or "written" or "optimized". */
  graph: { params: { source: Source; pass: number | "written" | "optimized" }; result: GraphResult };
  explain: { params: { source: Source }; result: Explained };

  // These prove, and may take seconds: they run in a worker of their own.
  warnings: { params: { source: Source }; result: Warnings };
  witness: { params: { source: Source; near: boolean; most?: number }; result: Witnesses };
  diff: { params: { a: Source; b: Source }; result: Diff };
  compare: { params: { source: Source; program: string }; result: Compared };

  // These have to do with packets: they run in a worker of their own, which holds the capture.
  openCapture: { params: { file: File | Blob; name: string }; result: CaptureInfo };
  closeCapture: { params: {}; result: {} };
  /** Judges all packets; a newer one in the slot ends it. With the results rows() knows what matches. */
  judge: { params: { source: Source }; result: Judged };
  /** Rows [from, from+count) of all packets or of those that match the filter last judged; count at most 500. */
  rows: { params: { from: number; count: number; only: "all" | "matches" | "others" }; result: Rows };
  packet: { params: { source: Source; packet: PacketRef }; result: PacketResult };
  trace: { params: { source: Source; packet: PacketRef; program?: string /* pasted, instead of source's */ }; result: Trace };
  diffCounts: { params: { a: Source; b: Source }; result: DiffCounts };
  /** The packets that match the filter last judged, as a file: base64 of pcap or pcapng; at most 64 MB. */
  save: { params: {}; result: { base64: string; name: string; packets: number } };
}
export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];

export interface CallOptions {
  /** A newer call in the same slot replaces an older one, whose promise is rejected with kind "cancelled". Default: the method's name. */
  slot?: string;
  progress?: (p: Progress) => void;
  /** The call fails with kind "timeout" after so many ms, and its worker is begun anew. Defaults: 20 s; proofs 40 s; captures none. */
  timeoutMs?: number;
}

/** What client.ts exports. */
export interface Client {
  call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>>;
  /** Ends what runs in a slot. */
  cancel(slot: string): void;
  /** Called when a worker died or was begun anew: "capture" means that the capture has to be opened again (the client does so itself and then tells). */
  onRestart(f: (lane: "type" | "show" | "lint" | "prove" | "objects" | "capture") => void): void;
}

// Between client.ts and worker.ts; pages need not look.
export type ToWorker = { id: number; method: string; params: unknown } | { cancel: number } | { module: WebAssembly.Module };
export type FromWorker = { ready: true } | { dead: string } | { id: number; result: unknown } | { id: number; error: APIError } | { id: number; progress: Progress };
