package api

import (
	"unicode/utf8"

	"bpfc/ir"
	"bpfc/web/rpc"
)

// Units translates places in a text between bytes and UTF-16 units. It is not safe for concurrent use.
type Units struct {
	text  string
	ascii bool
	at    []int32 // of each byte, the unit that it belongs to; made when first needed
}

// NewUnits prepares for a text.
func NewUnits(text string) *Units {
	u := &Units{text: text, ascii: true}
	for i := 0; i < len(text) && u.ascii; i++ {
		u.ascii = text[i] < utf8.RuneSelf
	}
	return u
}

// At gives the unit of a byte; places outside the text are moved to its ends.
func (u *Units) At(pos int) int {
	pos = max(0, min(pos, len(u.text)))
	if u.ascii {
		return pos
	}
	if u.at == nil {
		u.count()
	}
	return int(u.at[pos])
}

func (u *Units) count() {
	u.at = make([]int32, len(u.text)+1)
	unit := int32(0)
	for pos, r := range u.text {
		size, wide := utf8.RuneLen(r), int32(1)
		if r == utf8.RuneError && !hasRuneError(u.text[pos:]) {
			size = 1
		}
		if r > 0xffff {
			wide = 2
		}
		for i := range size {
			u.at[pos+i] = unit
		}
		unit += wide
	}
	u.at[len(u.text)] = unit
}

// hasRuneError tells whether a text begins with U+FFFD itself, rather than with a byte that is no UTF-8.
func hasRuneError(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return r == utf8.RuneError && size > 1
}

// Byte gives the byte of a unit; within a character that is its first.
func (u *Units) Byte(unit int) int {
	if unit <= 0 {
		return 0
	}
	if u.ascii {
		return min(unit, len(u.text))
	}
	n := 0
	for pos, r := range u.text {
		if n >= unit {
			return pos
		}
		if n++; r > 0xffff {
			n++
		}
	}
	return len(u.text)
}

// Span translates the bytes [pos, end).
func (u *Units) Span(pos, end int) rpc.Span { return rpc.Span{Start: u.At(pos), End: u.At(end)} }

// Spans translates a part that a node comes from; none for an empty one.
func (u *Units) Spans(s ir.Span) []rpc.Span {
	if s.Empty() {
		return []rpc.Span{}
	}
	return []rpc.Span{u.Span(int(s.Pos), int(s.End))}
}
