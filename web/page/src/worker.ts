// A worker that runs the Go program. client.ts starts several of them, each with the same compiled module.
//
// The Go program sets bpfcCall and bpfcCancel (web/wasm) and answers through the function that it is given with a call.
import type { FromWorker, ToWorker } from "./api";

interface GoRuntime { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void> }
type Reply = (kind: "result" | "error" | "progress", json: string) => void;

declare const Go: new () => GoRuntime;
declare function importScripts(url: string): void;
declare function bpfcCall(id: number, method: string, params: string, file: Blob | undefined, reply: Reply): void;
declare function bpfcCancel(id: number): void;

const post = (message: FromWorker): void => self.postMessage(message);

async function start(module: WebAssembly.Module): Promise<void> {
  importScripts("wasm_exec.js");
  const go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  void go.run(instance).then(
    () => post({ dead: "the Go program ended" }),
    (e: unknown) => post({ dead: String(e) }),
  );
  post({ ready: true }); // run returns when the program waits for calls
}

function call(message: { id: number; method: string; params: unknown }): void {
  const { id, method } = message;
  const { file, ...params } = message.params as { file?: Blob };
  bpfcCall(id, method, JSON.stringify(params), file, (kind, json) => {
    const value: unknown = JSON.parse(json);
    post({ id, [kind]: value } as unknown as FromWorker);
  });
}

self.onmessage = (event: MessageEvent<ToWorker>): void => {
  const message = event.data;
  if ("module" in message) {
    start(message.module).catch((e: unknown) => post({ dead: String(e) }));
  } else if ("cancel" in message) {
    bpfcCancel(message.cancel);
  } else {
    call(message);
  }
};
