// The page: puts its parts together and has the compiler run while the filter is typed.

import type { APIError, Compiled, Example, Fix, Init, PacketResult, Span, Warning } from "./api";
import { messageOf, replaced, type App, type Panel } from "./app";
import { capturePanel } from "./capture";
import { createClient } from "./client";
import { comparePanel } from "./compare";
import { announce, byId, copy, count, debounce, el, say } from "./dom";
import { FilterEditor } from "./editor";
import { graphPanel } from "./graph";
import { libpcapPanel } from "./libpcap";
import { Marks, innermost } from "./marks";
import { errorMessage, warningMessage, type Actions } from "./messages";
import { packetsPanel } from "./packets";
import { programPanel } from "./program";
import { buildSettings, short } from "./settings";
import { startPanel } from "./start";
import { Store, defaults, sameSource } from "./state";
import { Tabs } from "./tabs";
import { initTheme } from "./theme";
import { wordsPanel } from "./words";

const client = createClient();
const store = new Store();
const marks = new Marks();
const wide = window.matchMedia("(min-width: 1100px)");

const editor = new FilterEditor(byId("filter"), {
  label: "Filter expression",
  placeholder: "tcp port 443 and not host 10.0.0.1",
  change: (text) => store.set({ expr: text }),
  cursor: (pos) => cursorMoved(pos),
  hover: (text, pos) => client.call("hover", { source: { ...store.state.source, expr: text }, pos }, { slot: "hover" }),
  complete: (text, pos) => client.call("complete", { source: { ...store.state.source, expr: text }, pos }, { slot: "complete" }),
});

let app: App | null = null;
const panels: Panel[] = [];
const tabs = new Tabs(byId("tabs"), byId("panel-host"), (id) => store.setView(id));
let lesson: Example | null = null;

// ---------------------------------------------------------------- the filter

const actions: Actions = {
  apply(fix: Fix) {
    if (fix.expr !== undefined) editor.setText(fix.expr);
    store.set({ ...fix.set, ...(fix.expr === undefined ? {} : { expr: fix.expr }) });
    editor.focus();
  },
  goTo: (span: Span) => editor.goTo(span),
};

function compile(): void {
  const source = store.state.source;
  client.call("compile", { source }, { slot: "typing" }).then((compiled) => {
    if (!sameSource(source, store.state.source)) return;
    if (compiled.error) failed(compiled.error);
    else compiledWell(compiled);
  }, (error) => {
    if (!replaced(error)) failed(error as APIError);
  });
}

function failed(error: APIError): void {
  const { source } = store.state;
  if (app?.good) document.body.classList.add("stale");
  if (app) app.good = null;
  editor.diagnose(error, []);
  showMessages([errorMessage(source, error, actions)]);
  byId("summary").textContent = source.expr.trim() ? "does not compile" : "";
  marks.clear();
  announce("Error: " + error.message);
  for (const p of panels) p.pause?.(error.message);
}

function compiledWell(compiled: Compiled): void {
  const { source } = store.state;
  if (!app) return;
  app.good = { source, compiled };
  document.body.classList.remove("stale");
  marks.clear();
  showWarnings(compiled.warnings);
  byId("summary").textContent = source.expr.trim() ? count(compiled.count, "instruction") : "";
  announce(`${count(compiled.count, "instruction")}${compiled.warnings.length ? `, ${count(compiled.warnings.length, "warning")}: ${compiled.warnings[0]!.message}` : ""}`);
  refresh();
  if (source.expr.trim()) allWarnings();
}

function showWarnings(warnings: Warning[]): void {
  const { source } = store.state;
  editor.diagnose(undefined, warnings);
  showMessages(warnings.slice(0, 20).map((w) => warningMessage(source, w, actions)));
}

let messages: HTMLElement[] = [];

// Messages come and go when the typing rests, so that nothing jumps meanwhile: half a word is no mistake.
function showMessages(next: HTMLElement[]): void {
  messages = next;
  if (document.body.dataset.shown) return settleMessages();
  byId("messages").replaceChildren(...messages);
  document.body.dataset.shown = "yes"; // what is below them is seen from now on, and has not moved
}

const settleMessages = debounce(350, () => byId("messages").replaceChildren(...messages));

// The warnings that need a proof come a moment after the quick ones.
const allWarnings = debounce(500, () => {
  const source = store.state.source;
  client.call("warnings", { source }, { slot: "warnings" }).then((all) => {
    if (app?.good && sameSource(source, store.state.source) && all.warnings.length) showWarnings(all.warnings);
  }, () => { /* the quick ones stand */ });
});

// ---------------------------------------------------------------- the cursor

const noHelp = "What the cursor stands on is explained here.";

const showCursorHelp = debounce(150, () => {
  const source = store.state.source;
  const line = byId("cursor-help");
  if (!source.expr.trim()) { line.textContent = noHelp; return; }
  // The cursor stands between two characters: what begins there counts, else what ends there.
  const ask = (pos: number) => client.call("hover", { source, pos }, { slot: "cursor" });
  const pos = editor.cursor;
  ask(pos).then((found) => found ?? (pos > 0 ? ask(pos - 1) : null)).then((found) => {
    line.replaceChildren(...(found ? [el("code", {}, found.title), " ", found.says] : [noHelp]));
  }, () => { /* a newer one comes */ });
});

function cursorMoved(pos: number): void {
  showCursorHelp();
  if (!app?.good || !editor.view.hasFocus) return;
  marks.show(innermost(app.good.compiled.instructions, pos), "text");
}

marks.listen((spans, origin) => editor.mark(origin === "text" ? [] : spans));

// ---------------------------------------------------------------- panels

function currentView(): string {
  const { view, source } = store.state;
  if (tabs.has(view)) return view;
  if (!source.expr.trim()) return "start";
  return wide.matches ? "program" : "words";
}

function refresh(): void {
  if (!app?.good) return;
  const view = currentView();
  for (const p of panels) {
    if (p.id === view || (p.id === "words" && wide.matches)) p.refresh(app.good);
  }
}

function showView(): void {
  const view = currentView();
  if (tabs.current === view) return;
  tabs.show(view);
  panels.find((p) => p.id === view)?.opened?.();
  refresh();
}

/** The words stand beside the panels where there is room, else among them. */
function placeWords(): void {
  const words = panels.find((p) => p.id === "words");
  if (!words) return;
  if (wide.matches) byId("words-wide").append(words.root);
  else tabs.panel("words").append(words.root);
  words.root.classList.toggle("card", wide.matches);
  tabs.setHidden("words", wide.matches);
  showView();
  refresh();
}

function takeExample(e: Example): void {
  lesson = e;
  store.update({
    source: { ...defaults, ...e.source },
    other: e.other ?? "",
    view: e.other ? "compare" : wide.matches ? "program" : "words",
  });
  editor.setText(store.state.source.expr);
  byId("panels").focus({ preventScroll: true });
  announce(e.why);
}

function buildApp(init: Init): App {
  return {
    client, store, marks, init, editor, good: null, trail: null, capturePackets: 0,
    open: (view) => store.setView(view),
    lookAt: () => { /* until the capture's panel is there */ },
    showTrail(name: string, result: PacketResult) {
      if (!this.good) return;
      this.trail = { source: this.good.source, name, pass: result.pass, nodes: result.path, matches: result.matches };
      store.setView("graph");
    },
  };
}

function build(init: Init): void {
  app = buildApp(init);
  buildSettings(byId("settings-grid"), byId("settings-short"), init, store);
  byId("version").textContent = init.version;
  const compare = comparePanel(app);
  const capture = capturePanel(app);
  app.lookAt = (index) => capture.lookAt(index);
  store.listen((state, changed) => { if (changed.other && currentView() === "compare") compare.showOther(state.other); });
  panels.push(startPanel(app, takeExample), wordsPanel(app), programPanel(app), graphPanel(app), packetsPanel(app), capture, compare, libpcapPanel(app));
  for (const p of panels) tabs.add(p);
  placeWords();
  wide.addEventListener("change", placeWords);
  document.body.dataset.ready = "yes";
  compile();
}

// ---------------------------------------------------------------- beginning

function share(): void {
  const link = store.link();
  const b = byId("share") as HTMLButtonElement;
  if (link) void copy(link, b);
  else say(b, "Too long for a link");
}

store.listen((state, changed) => {
  if (changed.source) {
    if (state.source.expr !== editor.text) editor.setText(state.source.expr);
    if (lesson && !sameSource(state.source, { ...defaults, ...lesson.source })) lesson = null;
    compile();
  }
  showLesson();
  if (app) showView();
});

function showLesson(): void {
  const old = document.querySelector(".lesson");
  if (!lesson) { old?.remove(); return; }
  const box = el("aside", { class: "lesson", "aria-label": "What this example shows" }, el("strong", {}, lesson.title), el("p", {}, lesson.why));
  if (old) old.replaceWith(box);
  else byId("messages").before(box);
}

initTheme();
editor.setText(store.state.source.expr);
byId("settings-short").textContent = short(store.state.source);
byId("share").addEventListener("click", share);
client.call("init", {}).then(build, (error) => {
  showMessages([el("div", { class: "message error" }, "The compiler could not be loaded: " + messageOf(error))]);
});
if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js").catch(() => { /* the page works without */ });
