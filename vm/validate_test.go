package vm

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

type program = []bpf.RawInstruction

func repeat(in bpf.RawInstruction, n int) program {
	p := make(program, n, n+1)
	for i := range p {
		p[i] = in
	}
	return p
}

var ret0 = bpf.RawInstruction{Op: cbpf.RetK}

// validity is one program and what each mode says of it; kind 0 is "valid".
type validity struct {
	name         string
	prog         program
	user, kernel ErrorKind
	pc           int
}

var validities = []validity{
	{"ret", program{ret0}, 0, 0, 0},
	{"ret a", program{{Op: cbpf.RetA}}, 0, 0, 0},
	{"ret x", program{{Op: cbpf.RetX}}, 0, ErrUnknownOpcode, 0},
	{"empty", nil, ErrEmpty, ErrEmpty, -1},
	{"longest", append(repeat(bpf.RawInstruction{Op: cbpf.LdImm}, 4095), ret0), 0, 0, 0},
	{"too long", append(repeat(bpf.RawInstruction{Op: cbpf.LdImm}, 4096), ret0), 0, ErrTooLong, -1},
	{"no such operation", program{{Op: 0x08}, ret0}, ErrUnknownOpcode, ErrUnknownOpcode, 0},
	{"operation above 255", program{{Op: 0x128}, ret0}, ErrUnknownOpcode, ErrUnknownOpcode, 0},
	{"neg x", program{{Op: 0x8c}, ret0}, ErrUnknownOpcode, ErrUnknownOpcode, 0},
	{"ldx abs", program{{Op: 0x21}, ret0}, ErrUnknownOpcode, ErrUnknownOpcode, 0},
	{"no ret", program{{Op: cbpf.LdImm}}, ErrNoReturn, ErrNoReturn, 0},
	{"jump at the end", program{ret0, {Op: cbpf.JeqK}}, ErrJump, ErrJump, 1},
	{"jt outside", program{{Op: cbpf.JeqK, Jt: 1}, ret0}, ErrJump, ErrJump, 0},
	{"jf outside", program{{Op: cbpf.JgtX, Jf: 1}, ret0}, ErrJump, ErrJump, 0},
	{"jumps to the end", program{{Op: cbpf.JeqK, Jt: 1}, {Op: cbpf.LdImm}, ret0}, 0, 0, 0},
	{"ja outside", program{{Op: cbpf.Ja, K: 1}, ret0}, ErrJump, ErrJump, 0},
	{"ja to the end", program{{Op: cbpf.Ja, K: 1}, {Op: cbpf.LdImm}, ret0}, 0, 0, 0},
	{"ja back", program{{Op: cbpf.LdImm}, {Op: cbpf.Ja, K: 0xfffffffe}, ret0}, 0, ErrJump, 1},
	{"ja to itself", program{{Op: cbpf.LdImm}, {Op: cbpf.Ja, K: 0xffffffff}, ret0}, ErrJump, ErrJump, 1},
	{"ja before the start", program{{Op: cbpf.LdImm}, {Op: cbpf.Ja, K: 0xfffffffd}, ret0}, ErrJump, ErrJump, 1},
	{"ja far", program{{Op: cbpf.Ja, K: 0x80000000}, ret0}, ErrJump, ErrJump, 0},
	{"st M[15]", program{{Op: cbpf.St, K: 15}, ret0}, 0, 0, 0},
	{"st M[16]", program{{Op: cbpf.St, K: 16}, ret0}, ErrScratchIndex, ErrScratchIndex, 0},
	{"stx M[16]", program{{Op: cbpf.Stx, K: 16}, ret0}, ErrScratchIndex, ErrScratchIndex, 0},
	{"ld M[-1]", program{{Op: cbpf.LdMem, K: 0xffffffff}, ret0}, ErrScratchIndex, ErrScratchIndex, 0},
	{"ldx M[16]", program{{Op: cbpf.LdxMem, K: 16}, ret0}, ErrScratchIndex, ErrScratchIndex, 0},
	{"unwritten", program{{Op: cbpf.LdMem, K: 3}, ret0}, 0, ErrScratchUnwritten, 0},
	{"written", program{{Op: cbpf.Stx, K: 3}, {Op: cbpf.LdMem, K: 3}, ret0}, 0, 0, 0},
	{"written on one path", program{{Op: cbpf.JeqK, Jf: 1}, {Op: cbpf.St, K: 2}, {Op: cbpf.LdxMem, K: 2}, ret0}, 0, ErrScratchUnwritten, 2},
	{"written on both paths", program{{Op: cbpf.JeqK, Jf: 2}, {Op: cbpf.St, K: 2}, {Op: cbpf.Ja, K: 1}, {Op: cbpf.Stx, K: 2}, {Op: cbpf.LdMem, K: 2}, ret0}, 0, 0, 0},
	{"unwritten after ret", program{ret0, {Op: cbpf.LdMem, K: 2}, ret0}, 0, ErrScratchUnwritten, 1},
	{"unwritten after cbpf.Ja", program{{Op: cbpf.Ja, K: 1}, {Op: cbpf.LdMem, K: 2}, ret0}, 0, 0, 0},
	{"div 0", program{{Op: cbpf.DivK}, ret0}, ErrDivisionByZero, ErrDivisionByZero, 0},
	{"mod 0", program{{Op: cbpf.ModK}, ret0}, ErrDivisionByZero, ErrDivisionByZero, 0},
	{"div x", program{{Op: cbpf.DivX}, {Op: cbpf.ModX}, ret0}, 0, 0, 0},
	{"lsh 31", program{{Op: cbpf.LshK, K: 31}, {Op: cbpf.RshK, K: 31}, ret0}, 0, 0, 0},
	{"lsh 32", program{{Op: cbpf.LshK, K: 32}, ret0}, ErrShift, ErrShift, 0},
	{"rsh 32", program{{Op: cbpf.RshK, K: 32}, ret0}, ErrShift, ErrShift, 0},
	{"ancillary", program{{Op: cbpf.LdAbsW, K: cbpf.AncProtocol}, {Op: cbpf.LdAbsB, K: cbpf.AncVLANProtocol}, {Op: cbpf.LdAbsH, K: cbpf.AncXorX}, ret0}, 0, 0, 0},
	{"unknown ancillary", program{{Op: cbpf.LdAbsW, K: cbpf.AncVLANProtocol + 4}, ret0}, 0, ErrAncillary, 0},
	{"ancillary between", program{{Op: cbpf.LdAbsB, K: cbpf.AncMark + 1}, ret0}, 0, ErrAncillary, 0},
	{"last offset", program{{Op: cbpf.LdAbsB, K: 0xffffffff}, ret0}, 0, ErrAncillary, 0},
	{"network header", program{{Op: cbpf.LdAbsB, K: 0xfff00000}, ret0}, 0, 0, 0},
	{"ancillary in ldx", program{{Op: cbpf.LdxMsh, K: cbpf.AncMark + 1}, ret0}, 0, 0, 0},
	{"ancillary in indirect", program{{Op: cbpf.LdIndB, K: cbpf.AncMark + 1}, ret0}, 0, 0, 0},
}

func TestValidate(t *testing.T) {
	for _, c := range validities {
		for mode, want := range map[Mode]ErrorKind{ModeUserland: c.user, ModeKernel: c.kernel} {
			err := Validate(c.prog, mode)
			if want == 0 {
				if err != nil {
					t.Errorf("%s, mode %d: %v", c.name, mode, err)
				}
				continue
			}
			var v *ValidateError
			if !errors.As(err, &v) {
				t.Errorf("%s, mode %d: got %v, want %v", c.name, mode, err, want)
				continue
			}
			if v.Kind != want || v.PC != c.pc {
				t.Errorf("%s, mode %d: got %v at %d, want %v at %d", c.name, mode, v.Kind, v.PC, want, c.pc)
			}
			if v.PC >= 0 && v.Instruction != c.prog[v.PC] {
				t.Errorf("%s: error carries %v", c.name, v.Instruction)
			}
			if !strings.Contains(v.Error(), want.String()) || v.Msg == "" {
				t.Errorf("%s: message %q", c.name, v.Error())
			}
		}
	}
}

// A long chain of jumps must not make the decoder slow.
func TestLongJumpChain(t *testing.T) {
	m, err := New(append(repeat(bpf.RawInstruction{Op: cbpf.Ja}, 2_000_000), bpf.RawInstruction{Op: cbpf.RetK, K: 7}))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Run(nil, 0); got != 7 {
		t.Errorf("got %d", got)
	}
}

func TestNewRefuses(t *testing.T) {
	var v *ValidateError
	if _, err := New(program{{Op: cbpf.LdImm}}); !errors.As(err, &v) || v.Kind != ErrNoReturn {
		t.Errorf("got %v", err)
	}
	if _, err := New(program{{Op: cbpf.RetX}}, WithMode(ModeKernel)); !errors.As(err, &v) || v.Kind != ErrUnknownOpcode {
		t.Errorf("got %v", err)
	}
}
