// The headers of a packet drawn as their specifications draw them, 32 bits a row, with the fields that the filter looks
// at filled.

import type { Header, HeaderField } from "./api";
import { el } from "./dom";
import type { Marks } from "./marks";
import { lightable } from "./parts";

const rowBits = 32;
/** Fields narrower than this have no room for their name. */
const narrowest = 3;

interface Cell { bits: number; rows: number; first: boolean }

/** A field as cells of rows: what is left of its first row, whole rows as one, and what is left over. */
export function cells(bit: number, bits: number): Cell[] {
  const out: Cell[] = [];
  let left = bits;
  const room = rowBits - (bit % rowBits);
  if (room < rowBits || left < rowBits) {
    const n = Math.min(room, left);
    out.push({ bits: n, rows: 1, first: true });
    left -= n;
  }
  const rows = Math.floor(left / rowBits);
  if (rows > 0) {
    out.push({ bits: rowBits, rows, first: out.length === 0 });
    left -= rows * rowBits;
  }
  if (left > 0) out.push({ bits: left, rows: 1, first: out.length === 0 });
  return out;
}

function lengthOf(bits: number): string {
  return bits % 8 === 0 ? `${bits / 8} byte${bits === 8 ? "" : "s"}` : `${bits} bit${bits === 1 ? "" : "s"}`;
}

function place(field: HeaderField): string {
  const at = field.bit % 8 === 0 ? `at byte ${field.bit / 8}` : `at bit ${field.bit % 8} of byte ${Math.floor(field.bit / 8)}`;
  return `${field.name}, ${lengthOf(field.bits)} ${at} of the header`;
}

function drawField(field: HeaderField, marks: Marks): HTMLElement[] {
  const parts = cells(field.bit, field.bits);
  return parts.map((c) => {
    const name = c.bits >= narrowest ? field.name : "";
    const cell = el("div", { class: "hfield" + (field.looked ? " looked" : "") + (field.name ? "" : " gap"), title: field.name ? place(field) : undefined }, el("span", {}, name));
    cell.style.gridColumn = `span ${c.bits}`;
    if (c.rows > 1) cell.classList.add("tall");
    if (field.looked) {
      marks.bind(cell, field.spans, "headers");
      lightable(cell, field.spans);
    }
    return cell;
  });
}

/** Fields, what lies between them, and the rest of the last row. */
function withGaps(fields: HeaderField[]): HeaderField[] {
  const out: HeaderField[] = [];
  let at = 0;
  for (const f of [...fields].sort((a, b) => a.bit - b.bit)) {
    if (f.bit < at) continue; // overlaps another: the first one stands
    if (f.bit > at) out.push({ name: "", bit: at, bits: f.bit - at, looked: false, spans: [] });
    out.push(f);
    at = f.bit + f.bits;
  }
  if (at % rowBits !== 0) out.push({ name: "", bit: at, bits: rowBits - (at % rowBits), looked: false, spans: [] });
  return out;
}

export function drawHeader(header: Header, marks: Marks): HTMLElement {
  const looked = header.fields.filter((f) => f.looked).map((f) => f.name);
  const where = header.offset >= 0 ? `from byte ${header.offset}` : header.at;
  const grid = el("div", { class: "hgrid", "aria-hidden": "true" });
  for (const f of withGaps(header.fields)) grid.append(...drawField(f, marks));
  return el("figure", { class: "header-layout" },
    el("figcaption", {}, el("strong", {}, header.name), " ", el("span", { class: "muted" }, where),
      el("span", { class: "visually-hidden" }, looked.length ? `. The filter looks at: ${looked.join(", ")}.` : ". The filter does not look at it.")),
    grid);
}
