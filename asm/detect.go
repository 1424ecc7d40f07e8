package asm

import (
	"encoding/binary"
	"strings"

	"golang.org/x/net/bpf"
)

// Detect tells in which form a program is written. It looks at the first thing in the text, which every form
// begins in another way, so that what [Parse] then complains about is what is wrong in that form. [TC], which is the
// same text, is taken for [XTBPF]. The error is a *[ParseError].
func Detect(text string) (Format, error) {
	s := newScanner(strings.TrimPrefix(text, byteOrderMark))
	if f, known, err := s.binary(); known || err != nil {
		return f, err
	}
	s.skip(spaces)
	switch c := s.peek(); {
	case s.atEnd():
		return 0, s.errorf("no program: the text is empty")
	case c == '(':
		return Listing, nil
	case c == '{':
		return CArray, nil
	case c == '[':
		return JSON, nil
	case '0' <= c && c <= '9':
		s.word()
		s.skip(blanks)
		if s.peek() == ',' {
			return XTBPF, nil
		}
		return Decimal, nil
	case isWordByte(c), c == ';', c == '#', strings.HasPrefix(s.text[s.pos:], "/*"): // a label or an instruction, or a comment
		return Kernel, nil
	}
	return 0, s.errorf("no printed form of a program begins with %s", s.found())
}

// byteOrderMark is what some editors begin UTF-8 with.
const byteOrderMark = "\ufeff"

// binary recognizes what is no text. Operation codes are below 256, so that one of the first two bytes of a program in the form
// raw is 0.
func (s *scanner) binary() (f Format, known bool, err error) {
	switch {
	case len(s.text) >= 2 && binary.NativeEndian.Uint16([]byte(s.text)) <= 0xff:
		return Raw, true, nil
	case len(s.text) >= 2 && (s.text[0] == 0 || s.text[1] == 0):
		return 0, false, s.errorf("instructions in the byte order of another kind of machine")
	case strings.HasPrefix(s.text, "\x7fELF"):
		return 0, false, s.errorf("an object file holds no classic program")
	case strings.HasPrefix(s.text, "\xff\xfe"), strings.HasPrefix(s.text, "\xfe\xff"):
		return 0, false, s.errorf("the text is in UTF-16; save it as ASCII or UTF-8")
	}
	return 0, false, nil
}

// ParseAny reads a program in whatever form [Detect] finds. The error is a *[ParseError].
func ParseAny(text string) (prog []bpf.RawInstruction, f Format, err error) {
	if f, err = Detect(text); err != nil {
		return nil, f, err
	}
	prog, err = Parse(strings.TrimPrefix(text, byteOrderMark), f)
	return prog, f, err
}
