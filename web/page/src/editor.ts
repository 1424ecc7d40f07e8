// The editor of an expression: CodeMirror in a shadow root. Outside of one, CodeMirror writes <style> elements, which
// the page's content security policy refuses; in one it uses constructed style sheets.

import { autocompletion, completionKeymap, type Completion as CMCompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Annotation, EditorState, RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, highlightSpecialChars, hoverTooltip, keymap, placeholder, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import type { APIError, Completion, Hover, Span, Warning } from "./api";
import { el } from "./dom";
import { scan } from "./highlight";

export interface EditorOptions {
  label: string;
  placeholder: string;
  change: (text: string) => void;
  cursor?: (pos: number) => void;
  hover: (text: string, pos: number) => Promise<Hover | null>;
  complete: (text: string, pos: number) => Promise<{ replace: Span; items: Completion[] }>;
}

const quiet = Annotation.define<boolean>();
const setMarks = StateEffect.define<readonly Span[]>();

/** The parts that something outside of the editor points at. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, transaction) {
    let next = old.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      const length = transaction.state.doc.length;
      const ranges = effect.value
        .filter((s) => s.start < s.end && s.end <= length)
        .map((s) => Decoration.mark({ class: "lit" }).range(s.start, s.end));
      next = Decoration.set(ranges, true);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const classMarks = new Map<string, Decoration>();
function markOf(c: string): Decoration {
  let mark = classMarks.get(c);
  if (!mark) classMarks.set(c, mark = Decoration.mark({ class: "t-" + c }));
  return mark;
}

/** Colours what is visible, however long the text is. */
const colours = ViewPlugin.fromClass(class {
  decorations: DecorationSet;

  constructor(view: EditorView) {
    this.decorations = this.build(view);
  }

  update(update: ViewUpdate): void {
    if (update.docChanged || update.viewportChanged) this.decorations = this.build(update.view);
  }

  build(view: EditorView): DecorationSet {
    const builder = new RangeSetBuilder<Decoration>();
    for (const { from, to } of view.visibleRanges) {
      const text = view.state.doc.sliceString(from, Math.min(to, from + 12_000));
      scan(text, (start, end, c) => builder.add(from + start, from + end, markOf(c)));
    }
    return builder.finish();
  }
}, { decorations: (plugin) => plugin.decorations });

const theme = EditorView.theme({
  "&": { fontSize: "1.0625rem", color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", maxHeight: "14rem", minHeight: "4.75rem", overflow: "auto" },
  ".cm-content": { padding: "0.6rem 0", caretColor: "var(--ink)", minHeight: "4.75rem", boxSizing: "border-box" },
  ".cm-line": { padding: "0 0.85rem", overflowWrap: "anywhere" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".t-operator": { color: "var(--c-operator)", fontWeight: "600" },
  ".t-protocol, .t-keyword": { color: "var(--c-protocol)", fontWeight: "600" },
  ".t-direction, .t-type": { color: "var(--c-type)" },
  ".t-number, .t-constant": { color: "var(--c-number)" },
  ".t-address": { color: "var(--c-address)" },
  ".t-punctuation": { color: "var(--muted)" },
  ".lit": { backgroundColor: "var(--mark)", boxShadow: "inset 0 -2px 0 var(--mark-line)" },
  ".cm-lintRange": { backgroundImage: "none", textDecorationLine: "underline", textDecorationStyle: "wavy", textDecorationThickness: "1.5px", textUnderlineOffset: "4px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--bad)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--warn)" },
  ".cm-lintPoint:after": { borderBottomColor: "var(--bad)" },
  ".cm-lintPoint-warning:after": { borderBottomColor: "var(--warn)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", borderRadius: "6px", color: "var(--ink)", boxShadow: "0 4px 16px rgb(0 0 0 / 0.16)", maxWidth: "min(30rem, 92vw)", zIndex: "20" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem", maxWidth: "92vw" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.35rem 0.7rem", lineHeight: "1.4" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", fontSize: "0.875rem", marginLeft: "0.9rem", color: "inherit" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip-lint, .cm-tooltip-hover .hover": { fontFamily: "var(--sans)", fontSize: "0.9375rem", lineHeight: "1.45" },
  ".cm-diagnostic": { padding: "0.5rem 0.8rem", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--warn)" },
  ".hover": { padding: "0.5rem 0.8rem" },
  ".hover p": { margin: "0.2rem 0" },
  ".hover .title": { fontFamily: "var(--mono)", fontWeight: "600" },
  ".hover .note": { color: "var(--muted)" },
});

/**
 * What is typed over a selection is put in by the editor. Left to the browser, it would keep the look of what it replaces
 * by a style attribute, which the content security policy refuses and reports.
 */
function typeOver(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== "insertText" || !event.data || view.state.selection.main.empty || view.composing) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** The icon of an entry in the list of completions stands for its kind, by a word for those who do not see it. */
function entry(item: Completion): CMCompletion {
  return { label: item.text, detail: item.doc + (item.extended ? " (extended language)" : "") };
}

/** What a primitive tests, for the hover and for the line below the editor. */
export function hoverText(hover: Hover): HTMLElement {
  return el("div", { class: "hover" },
    el("p", { class: "title" }, hover.title),
    el("p", {}, hover.says),
    ...hover.notes.map((n) => el("p", { class: "note" }, n)));
}

export class FilterEditor {
  readonly view: EditorView;

  constructor(host: HTMLElement, private options: EditorOptions) {
    const root = host.attachShadow({ mode: "open" });
    this.view = new EditorView({
      root, parent: root,
      state: EditorState.create({ doc: "", extensions: this.extensions() }),
    });
    host.addEventListener("click", (e) => { if (e.target === host) this.view.focus(); });
  }

  private extensions(): Extension {
    const { options } = this;
    return [
      history(),
      highlightSpecialChars(),
      EditorView.lineWrapping,
      EditorState.tabSize.of(4),
      placeholder(options.placeholder),
      EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false", autocapitalize: "off", autocorrect: "off", enterkeyhint: "done" }),
      colours,
      marks,
      theme,
      autocompletion({ override: [(context) => this.complete(context)], icons: false, activateOnTypingDelay: 60 }),
      hoverTooltip((view, pos) => this.hover(view, pos), { hoverTime: 350 }),
      // Tab leaves the editor: nobody is caught in it.
      keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.domEventHandlers({ beforeinput: typeOver }),
      EditorView.updateListener.of((update) => this.updated(update)),
    ];
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  get cursor(): number {
    return this.view.state.selection.main.head;
  }

  /** Puts a text there as if it had not been typed: change is not called. */
  setText(text: string): void {
    if (text === this.text) return;
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      annotations: quiet.of(true),
      selection: { anchor: text.replace(/\r\n?/g, "\n").length },
    });
  }

  focus(): void {
    this.view.focus();
  }

  /** Puts the cursor at a place and the focus into the editor. */
  goTo(span: Span): void {
    const length = this.view.state.doc.length;
    this.view.dispatch({ selection: { anchor: Math.min(span.start, length), head: Math.min(span.end, length) }, scrollIntoView: true });
    this.view.focus();
  }

  mark(spans: readonly Span[]): void {
    this.view.dispatch({ effects: setMarks.of(spans) });
  }

  diagnose(error: APIError | undefined, warnings: readonly Warning[]): void {
    const length = this.view.state.doc.length;
    const at = (s: Span) => ({ from: Math.min(s.start, length), to: Math.min(s.end, length) });
    const found: Diagnostic[] = [];
    if (error?.span) {
      const place = at(error.span);
      found.push({ ...place, severity: "error", message: error.message + (error.hint ? "\n" + error.hint : "") });
    }
    for (const w of warnings) {
      const place = at(w);
      found.push({ ...place, severity: "warning", message: w.message + (w.advice ? "; " + w.advice : "") });
    }
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }

  private updated(update: ViewUpdate): void {
    if (update.docChanged && !update.transactions.some((t) => t.annotation(quiet))) this.options.change(this.text);
    if (update.selectionSet || update.docChanged || update.focusChanged) this.options.cursor?.(this.cursor);
  }

  private async complete(context: CompletionContext): Promise<CompletionResult | null> {
    if (!context.explicit && !context.matchBefore(/[\w.\-\\]+$/)) return null;
    const text = context.state.doc.toString();
    if (text.length > 20_000 && !context.explicit) return null;
    try {
      const { replace, items } = await this.options.complete(text, context.pos);
      if (context.aborted || items.length === 0) return null;
      // A word that is whole needs no help; Control and space still list what begins like it.
      const typed = text.slice(replace.start, context.pos);
      if (!context.explicit && items.some((i) => i.text === typed)) return null;
      return { from: replace.start, to: replace.end, options: items.map(entry), filter: false };
    } catch {
      return null; // a newer call took its place
    }
  }

  private async hover(view: EditorView, pos: number) {
    try {
      const found = await this.options.hover(view.state.doc.toString(), pos);
      if (!found) return null;
      return { pos: found.span.start, end: found.span.end, above: false, create: () => ({ dom: hoverText(found) }) };
    } catch {
      return null;
    }
  }
}

