package asm

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"golang.org/x/net/bpf"
)

// field is one of the four numbers of an instruction, in the order in which
// every array form has them.
type field struct {
	name string
	max  uint64
}

var fields = [4]field{{"code", math.MaxUint16}, {"jt", math.MaxUint8}, {"jf", math.MaxUint8}, {"k", math.MaxUint32}}

func instruction(v [4]uint64) bpf.RawInstruction {
	return bpf.RawInstruction{Op: uint16(v[0]), Jt: uint8(v[1]), Jf: uint8(v[2]), K: uint32(v[3])}
}

// printCArray writes rows for an array of struct bpf_insn, or sock_filter.
func printCArray(b *strings.Builder, prog []bpf.RawInstruction) {
	for _, in := range prog {
		fmt.Fprintf(b, "{ 0x%x, %d, %d, 0x%08x },\n", in.Op, in.Jt, in.Jf, in.K)
	}
}

func parseCArray(s *scanner) (prog []bpf.RawInstruction, err error) {
	for s.skip(spaces); !s.atEnd(); s.skip(spaces) {
		in, err := s.tuple("{", "}")
		if err != nil {
			return nil, err
		}
		prog = append(prog, in)
		s.skip(spaces)
		if !s.accept(",") && !s.atEnd() {
			return nil, s.errorf("expected \",\", found %s", s.found())
		}
	}
	return prog, nil
}

// tuple reads code, jt, jf and k, with commas, between two brackets.
func (s *scanner) tuple(opening, closing string) (in bpf.RawInstruction, err error) {
	var v [4]uint64
	for i, f := range fields {
		if i > 0 {
			opening = ","
		}
		s.skip(spaces)
		if err := s.expect(opening); err != nil {
			return in, err
		}
		s.skip(spaces)
		if v[i], err = s.number(f.name, f.max); err != nil {
			return in, err
		}
	}
	s.skip(spaces)
	return instruction(v), s.expect(closing)
}

// printDecimal writes the number of instructions and then one a line.
func printDecimal(b *strings.Builder, prog []bpf.RawInstruction) {
	fmt.Fprintf(b, "%d\n", len(prog))
	for _, in := range prog {
		fmt.Fprintf(b, "%d %d %d %d\n", in.Op, in.Jt, in.Jf, in.K)
	}
}

// printCommas writes the decimal form on one line, with commas.
func printCommas(b *strings.Builder, prog []bpf.RawInstruction) {
	fmt.Fprintf(b, "%d", len(prog))
	for _, in := range prog {
		fmt.Fprintf(b, ",%d %d %d %d", in.Op, in.Jt, in.Jf, in.K)
	}
	b.WriteByte('\n')
}

// parseDecimal takes commas in place of newlines as well, which is how bpf_asm,
// iptables and tc write this form.
func parseDecimal(s *scanner) (prog []bpf.RawInstruction, err error) {
	s.skip(spaces)
	at := s.mark()
	count, err := s.number("the number of instructions", math.MaxInt32)
	if err != nil {
		return nil, err
	}
	for {
		s.skip(blanks)
		if !s.atEnd() && !s.accept(",") && !s.accept("\n") {
			return nil, s.errorf("expected the end of the line, found %s", s.found())
		}
		s.skip(spaces)
		if s.atEnd() {
			break
		}
		var v [4]uint64
		for i, f := range fields {
			s.skip(blanks)
			if v[i], err = s.number(f.name, f.max); err != nil {
				return nil, err
			}
		}
		prog = append(prog, instruction(v))
	}
	if uint64(len(prog)) != count {
		return nil, at.errorf("the count says %d instructions, but there are %d", count, len(prog))
	}
	return prog, nil
}

func printJSON(b *strings.Builder, prog []bpf.RawInstruction) {
	b.WriteByte('[')
	for i, in := range prog {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "[%d,%d,%d,%d]", in.Op, in.Jt, in.Jf, in.K)
	}
	b.WriteString("]\n")
}

// parseJSON lets encoding/json judge the syntax first, so that what is left to
// say is where a value is not what it should be.
func parseJSON(s *scanner) (prog []bpf.RawInstruction, err error) {
	var raw json.RawMessage
	if err := json.Unmarshal([]byte(s.text), &raw); err != nil {
		if syntax, ok := err.(*json.SyntaxError); ok {
			s.advance(min(max(int(syntax.Offset)-1, 0), len(s.text)))
		}
		return nil, s.errorf("not JSON: %v", err)
	}
	s.skip(spaces)
	if err := s.expect("["); err != nil {
		return nil, err
	}
	for s.skip(spaces); !s.accept("]"); s.skip(spaces) {
		if len(prog) > 0 {
			if err := s.expect(","); err != nil {
				return nil, err
			}
		}
		in, err := s.tuple("[", "]")
		if err != nil {
			return nil, err
		}
		prog = append(prog, in)
	}
	return prog, nil
}
