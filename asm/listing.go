package asm

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/net/bpf"
)

// printListing writes the text of tcpdump -d to the byte (bpf_image() of
// libpcap), trailing blanks and the tab between jt and jf included. Two codes
// that libpcap's listing does not know are written in its style: "ldx #pktlen"
// and "ret x".
func printListing(b *strings.Builder, prog []bpf.RawInstruction) {
	for pc, in := range prog {
		r, ok := byCode()[in.Op]
		switch {
		case !ok:
			fmt.Fprintf(b, "(%03d) %-8s 0x%x\n", pc, unknown, in.Op)
		case r.branches:
			fmt.Fprintf(b, "(%03d) %-8s %-16s jt %d\tjf %d\n", pc, r.mnemonic, listingOperand(r, in, pc),
				pc+1+int(in.Jt), pc+1+int(in.Jf))
		default:
			fmt.Fprintf(b, "(%03d) %-8s %s\n", pc, r.mnemonic, listingOperand(r, in, pc))
		}
	}
}

// unknown stands for an operation code that is not in the table.
const unknown = "unimp"

func listingOperand(r *row, in bpf.RawInstruction, pc int) string {
	switch r.operand {
	case decimal:
		return fmt.Sprintf("#%d", int32(in.K))
	case hex:
		return fmt.Sprintf("#0x%x", in.K)
	case indexReg:
		return "x"
	case absolute:
		if a := ancillaryAt(in.K); a != nil {
			return "[" + a.listing + "]"
		}
		return fmt.Sprintf("[%d]", int32(in.K))
	case indirect:
		return fmt.Sprintf("[x + %d]", int32(in.K))
	case scratch:
		return fmt.Sprintf("M[%d]", int32(in.K))
	case header:
		return fmt.Sprintf("4*([%d]&0xf)", int32(in.K))
	case packetLen:
		return "#pktlen"
	case target:
		return fmt.Sprint(int32(uint32(pc) + 1 + in.K))
	}
	return "" // none, and the accumulator, which the listing does not name
}

func parseListing(s *scanner) (prog []bpf.RawInstruction, err error) {
	for s.skip(spaces); !s.atEnd(); s.skip(spaces) {
		in, err := s.listingLine(len(prog))
		if err != nil {
			return nil, err
		}
		prog = append(prog, in)
		s.skip(blanks)
		if !s.atEnd() && s.peek() != '\n' {
			return nil, s.errorf("expected the end of the line, found %s", s.found())
		}
	}
	return prog, nil
}

// listingLine reads "(001) jeq #0x800 jt 2 jf 5", the instruction at pc.
func (s *scanner) listingLine(pc int) (in bpf.RawInstruction, err error) {
	if err := s.listingNumber(pc); err != nil {
		return in, err
	}
	s.skip(blanks)
	at := s.mark()
	mnemonic := s.word()
	s.skip(blanks)
	shape, k, err := s.listingOperand(mnemonic, pc)
	if err != nil {
		return in, err
	}
	r, ok := byText()[written{mnemonic, shape}]
	if !ok {
		return in, at.errorf("%q with such an operand is not an instruction", clip(mnemonic))
	}
	in = bpf.RawInstruction{Op: r.op, K: k}
	if r.branches {
		if in.Jt, err = s.branch("jt", pc); err == nil {
			in.Jf, err = s.branch("jf", pc)
		}
	}
	return in, err
}

// listingNumber reads "(001)".
func (s *scanner) listingNumber(pc int) error {
	if err := s.expect("("); err != nil {
		return err
	}
	at := s.mark()
	w := strings.TrimLeft(s.peekWord(), "0")
	if w != "" && w != fmt.Sprint(pc) || s.peekWord() == "" || w == "" && pc != 0 {
		return at.errorf("expected %03d, the number of this instruction, found %s", pc, s.found())
	}
	s.word()
	return s.expect(")")
}

// branch reads "jt 5" as a distance from pc.
func (s *scanner) branch(name string, pc int) (uint8, error) {
	s.skip(blanks)
	if err := s.expect(name); err != nil {
		return 0, err
	}
	s.skip(blanks)
	at := s.mark()
	to, err := s.number("the target of "+name, math.MaxInt32)
	if err != nil {
		return 0, err
	}
	if distance := int(to) - pc - 1; distance >= 0 && distance <= math.MaxUint8 {
		return uint8(distance), nil
	}
	return 0, at.errorf("a conditional jump from %d cannot reach %d, only %d … %d", pc, to, pc+1, pc+1+math.MaxUint8)
}

// listingOperand reads what follows the mnemonic and returns its shape and k.
func (s *scanner) listingOperand(mnemonic string, pc int) (operand, uint32, error) {
	switch {
	case mnemonic == "ja":
		to, err := s.constant("the target")
		return target, to - uint32(pc) - 1, err
	case s.atEnd() || s.peek() == '\n':
		if mnemonic == "ret" {
			return accumul, 0, nil
		}
		return none, 0, nil
	case s.accept("#pktlen"):
		return packetLen, 0, nil
	case s.accept("#"):
		k, err := s.constant("the constant")
		return decimal, k, err
	case s.accept("M["):
		k, err := s.closed("the scratch index", "]")
		return scratch, k, err
	case s.accept("4*(["):
		k, err := s.closed("the offset", "]&0xf)")
		return header, k, err
	case s.accept("[x + "):
		k, err := s.closed("the offset", "]")
		return indirect, k, err
	case s.accept("["):
		k, err := s.listingOffset()
		return absolute, k, err
	case s.peekWord() == "x":
		s.word()
		return indexReg, 0, nil
	}
	return none, 0, s.errorf("expected an operand, found %s", s.found())
}

// listingOffset reads an offset or an ancillary name, and the bracket after it.
func (s *scanner) listingOffset() (uint32, error) {
	w := s.peekWord()
	for _, a := range ancillaries {
		if w == a.listing {
			s.word()
			return a.off, s.expect("]")
		}
	}
	return s.closed("the offset", "]")
}

// closed reads a constant and the text that ends its operand.
func (s *scanner) closed(name, end string) (uint32, error) {
	k, err := s.constant(name)
	if err != nil {
		return 0, err
	}
	return k, s.expect(end)
}
