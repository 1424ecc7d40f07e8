// The page's side of the workers: call a method, get a promise.
//
// There are six workers, so that a long proof does not hold up typing: each is begun when it is first needed. A Go program
// cannot be interrupted while it computes, so a worker is ended and begun anew where a call takes too long, or where
// what it computes is not wanted any more. That also bounds what hostile input can do.
import type { APIError, CallOptions, Client, Formatted, FromWorker, Method, Params, Progress, Result, Source } from "./api";

export type LaneName = "type" | "show" | "lint" | "prove" | "objects" | "capture";

const lanes: Record<Method, LaneName> = {
  init: "type", compile: "type", tokens: "type", hover: "type", complete: "type",
  format: "show", graph: "show", explain: "show", warnings: "lint",
  witness: "prove", diff: "prove", compare: "prove", formatEBPF: "objects",
  openCapture: "capture", closeCapture: "capture", judge: "capture", rows: "capture", packet: "capture", trace: "capture",
  diffCounts: "capture", save: "capture",
};

// Which program a worker runs. Only the compiler is loaded at once; the others when they are first asked for.
const programs: Record<LaneName, string> = {
  type: "compiler.wasm.gz", show: "compiler.wasm.gz", lint: "compiler.wasm.gz", prove: "packets.wasm.gz", objects: "objects.wasm.gz", capture: "packets.wasm.gz",
};

// How long a call may take, and how long one that is not wanted any more may go on, in milliseconds.
const timeouts: Record<LaneName, number> = { type: 20_000, show: 20_000, lint: 40_000, prove: 40_000, objects: 20_000, capture: 20_000 };
const ebpfFormats: ReadonlySet<string> = new Set(["ebpf", "elf"]);
const unbounded: ReadonlySet<Method> = new Set<Method>(["openCapture", "judge", "diffCounts", "save"]);
const patience: Record<LaneName, number> = { type: 400, show: 400, lint: 100, prove: 100, objects: 400, capture: 5_000 };

export function failure(kind: string, message: string): APIError {
  return { kind, message, expected: [], hint: "", fixes: [] };
}

interface Call {
  id: number;
  method: Method;
  params: unknown;
  slot: string;
  timeout: number;
  progress?: (p: Progress) => void;
  resolve: (result: unknown) => void;
  reject: (e: APIError) => void;
  timer?: ReturnType<typeof setTimeout>;
}

// A program is loaded once for all its workers. It is stored compressed, as some servers compress nothing; where a server
// says that it is, the browser has unpacked it already.
async function loadModule(name: string): Promise<WebAssembly.Module> {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  const body = await response.blob();
  const start = new Uint8Array(await body.slice(0, 2).arrayBuffer());
  const packed = start[0] === 0x1f && start[1] === 0x8b;
  const stream = packed ? body.stream().pipeThrough(new DecompressionStream("gzip")) : body.stream();
  return WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }));
}

class Lane {
  private worker: Worker | undefined;
  private ready = false;
  private waiting: Call[] = [];
  private running = new Map<number, Call>();
  private dropped = new Map<number, ReturnType<typeof setTimeout>>();
  private capture: Call | undefined; // what opened the capture that the worker holds

  constructor(
    private readonly name: LaneName,
    private readonly module: () => Promise<WebAssembly.Module>,
    private readonly restarted: (name: LaneName) => void,
  ) {}

  add(call: Call): void {
    this.waiting.push(call);
    this.begin();
    this.next();
  }

  cancel(slot: string): void {
    const gone = (c: Call): void => c.reject(failure("cancelled", "a newer request replaced this one"));
    this.waiting = this.waiting.filter((c) => c.slot !== slot || (gone(c), false));
    for (const c of this.running.values()) {
      if (c.slot !== slot) continue;
      this.finish(c);
      gone(c);
      this.worker?.postMessage({ cancel: c.id });
      this.dropped.set(c.id, setTimeout(() => this.restart(failure("cancelled", "ended for a newer request")), patience[this.name]));
    }
  }

  private begin(): void {
    if (this.worker) return;
    const worker = (this.worker = new Worker("worker.js"));
    worker.onmessage = (e: MessageEvent<FromWorker>) => this.hear(e.data);
    worker.onerror = (e) => this.restart(failure("internal", e.message || "the worker failed"));
    this.module().then(
      (module) => worker.postMessage({ module }),
      (e: unknown) => this.restart(failure("internal", `the compiler could not be loaded: ${String(e)}`)),
    );
  }

  // The worker of captures yields between slices and takes several calls at a time; the others take one.
  private next(): void {
    while (this.ready && this.worker && this.waiting.length > 0) {
      if (this.name !== "capture" && this.running.size + this.dropped.size > 0) return;
      const call = this.waiting.shift()!;
      this.running.set(call.id, call);
      if (call.timeout > 0) {
        call.timer = setTimeout(() => this.restart(failure("timeout", `this took more than ${call.timeout / 1000} seconds`)), call.timeout);
      }
      if (call.method === "openCapture") this.capture = call;
      if (call.method === "closeCapture") this.capture = undefined;
      this.worker.postMessage({ id: call.id, method: call.method, params: call.params });
    }
  }

  private hear(message: FromWorker): void {
    if ("ready" in message) {
      this.ready = true;
    } else if ("dead" in message) {
      this.restart(failure("internal", `the compiler stopped: ${message.dead}`));
      return;
    } else {
      this.answer(message);
    }
    this.next();
  }

  private answer(message: Exclude<FromWorker, { ready: true } | { dead: string }>): void {
    const call = this.running.get(message.id);
    if ("progress" in message) {
      call?.progress?.(message.progress);
      return;
    }
    clearTimeout(this.dropped.get(message.id));
    this.dropped.delete(message.id);
    if (!call) return;
    this.finish(call);
    if ("error" in message) {
      if (this.capture === call) this.capture = undefined;
      call.reject(message.error);
    } else {
      call.resolve(message.result);
    }
  }

  private finish(call: Call): void {
    clearTimeout(call.timer);
    this.running.delete(call.id);
  }

  // Everything that runs fails; what waits is asked of a new worker, for which a capture is opened again.
  private restart(why: APIError): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.ready = false;
    for (const timer of this.dropped.values()) clearTimeout(timer);
    this.dropped.clear();
    for (const call of [...this.running.values()]) {
      if (this.capture === call) this.capture = undefined;
      this.finish(call);
      call.reject(why);
    }
    if (why.kind === "internal" && this.waiting.length > 0) { // a program that does not start would be tried for ever
      for (const call of this.waiting.splice(0)) call.reject(why);
    }
    const again = this.capture;
    if (again) this.waiting.unshift({ ...again, resolve: () => this.restarted(this.name), reject: () => this.restarted(this.name) });
    else this.restarted(this.name);
    if (this.waiting.length > 0) this.begin();
  }
}

export function createClient(): Client {
  const modules = new Map<string, Promise<WebAssembly.Module>>();
  const load = (name: string): Promise<WebAssembly.Module> => {
    let module = modules.get(name);
    if (!module) {
      module = loadModule(name);
      modules.set(name, module);
      module.catch(() => modules.delete(name)); // to be tried again by the next call
    }
    return module;
  };
  const listeners: ((lane: LaneName) => void)[] = [];
  const restarted = (name: LaneName): void => listeners.forEach((f) => f(name));
  const all = new Map<LaneName, Lane>();
  for (const name of new Set(Object.values(lanes))) all.set(name, new Lane(name, () => load(programs[name]), restarted));
  let last = 0;

  const client = {
    call<M extends Method>(method: M, params: Params<M>, options: CallOptions = {}): Promise<Result<M>> {
      if (method === "format") {
        const { source, format, hook } = params as Params<"format">;
        if (ebpfFormats.has(format)) return this.ebpf(source, format, hook ?? "", options) as Promise<Result<M>>;
        params = { source, format } as Params<M>; // a hook is for eBPF alone
      }
      return this.ask(method, params, options);
    },
    // The program for eBPF does not contain the compiler, and gets what that has compiled.
    async ebpf(source: Source, format: string, hook: string, options: CallOptions): Promise<Formatted> {
      const program = await this.ask("format", { source, format: "json", hook }, options);
      if (program.error) return program;
      return this.ask("formatEBPF", { program: program.text, format, hook }, options);
    },
    ask<M extends Method>(method: M, params: Params<M>, options: CallOptions): Promise<Result<M>> {
      const lane = lanes[method];
      const slot = options.slot ?? method;
      all.forEach((l) => l.cancel(slot)); // what it replaces may be in another lane
      return new Promise<Result<M>>((resolve, reject) => {
        all.get(lane)!.add({
          id: ++last, method, params, slot, progress: options.progress,
          timeout: options.timeoutMs ?? (unbounded.has(method) ? 0 : timeouts[lane]),
          resolve: resolve as (result: unknown) => void, reject,
        });
      });
    },
    cancel(slot: string): void { all.forEach((lane) => lane.cancel(slot)); },
    onRestart(f: (lane: LaneName) => void): void { listeners.push(f); },
  };
  return client;
}
