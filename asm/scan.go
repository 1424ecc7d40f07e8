package asm

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// scanner walks a text and knows where in it it is.
type scanner struct {
	text      string
	pos       int // of the next byte
	line      int // of pos, from 1
	lineStart int // position of that line's first byte
}

func newScanner(text string) *scanner { return &scanner{text: text, line: 1} }

// mark is a place in the text, for an error found later.
type mark struct{ line, column int }

func (s *scanner) mark() mark { return mark{s.line, s.pos - s.lineStart + 1} }

func (m mark) errorf(format string, args ...any) *ParseError {
	return &ParseError{Line: m.line, Column: m.column, Msg: fmt.Sprintf(format, args...)}
}

func (s *scanner) errorf(format string, args ...any) *ParseError {
	return s.mark().errorf(format, args...)
}

// peek returns the next byte, 0 at the end of the text.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) atEnd() bool { return s.pos >= len(s.text) }

// skip passes over the bytes of set, counting lines.
func (s *scanner) skip(set string) {
	for s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0 {
		s.advance(1)
	}
}

func (s *scanner) advance(n int) {
	for range n {
		if s.text[s.pos] == '\n' {
			s.line++
			s.lineStart = s.pos + 1
		}
		s.pos++
	}
}

const (
	blanks = " \t\r"
	spaces = " \t\r\n\f\v"
)

// accept passes over lit, if it comes next.
func (s *scanner) accept(lit string) bool {
	if strings.HasPrefix(s.text[s.pos:], lit) {
		s.advance(len(lit))
		return true
	}
	return false
}

// expect passes over lit or complains.
func (s *scanner) expect(lit string) error {
	if !s.accept(lit) {
		return s.errorf("expected %q, found %s", lit, s.found())
	}
	return nil
}

// found describes what comes next, for messages.
func (s *scanner) found() string {
	if s.atEnd() {
		return "the end of the text"
	}
	if s.peek() == '\n' {
		return "the end of the line"
	}
	if w := s.peekWord(); w != "" {
		return strconv.Quote(clip(w))
	}
	return strconv.Quote(s.text[s.pos : s.pos+1])
}

func clip(w string) string {
	if len(w) > 40 {
		return w[:40] + "…"
	}
	return w
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func (s *scanner) peekWord() string {
	end := s.pos
	for end < len(s.text) && isWordByte(s.text[end]) {
		end++
	}
	return s.text[s.pos:end]
}

// word passes over letters, digits and underscores and returns them.
func (s *scanner) word() string {
	w := s.peekWord()
	s.pos += len(w)
	return w
}

// number reads an unsigned number in C's notation up to max; name is what it is.
func (s *scanner) number(name string, max uint64) (uint64, error) {
	at := s.mark()
	w := s.peekWord()
	if w == "" || w[0] < '0' || w[0] > '9' {
		return 0, at.errorf("expected %s, a number, found %s", name, s.found())
	}
	v, err := strconv.ParseUint(w, 0, 64)
	if err != nil || strings.Contains(w, "_") {
		return 0, at.errorf("%s %q is not a number", name, clip(w))
	}
	if v > max {
		return 0, at.errorf("%s %s is above %d", name, clip(w), max)
	}
	s.pos += len(w)
	return v, nil
}

// constant reads a 32 bit constant that may have a sign.
func (s *scanner) constant(name string) (uint32, error) {
	switch {
	case s.accept("-"):
		v, err := s.number(name, 1<<31)
		return uint32(-v), err
	case s.accept("+"):
		v, err := s.number(name, math.MaxInt32)
		return uint32(v), err
	}
	v, err := s.number(name, math.MaxUint32)
	return uint32(v), err
}
