package cbpf

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// Mode selects the rules that [Validate] applies.
// It is a value, and so safe for concurrent use.
type Mode uint8

const (
	// ModeUserland has the rules of libpcap's bpf_validate() in its development
	// version: any length, jumps inside the program, ja may jump back (not to
	// itself), scratch index below 16, no division by a constant 0, no constant shift
	// of 32 or more, a return at the end. "ret x", which libpcap does not know, is
	// allowed in addition.
	ModeUserland Mode = iota
	// ModeKernel has the rules of Linux for SO_ATTACH_FILTER (bpf_check_classic()
	// and check_load_and_stores() in net/core/filter.c): those above, and at most
	// 4,096 instructions, forward jumps only, no scratch word read that is not
	// written on every path to the read, no ancillary offset that is not defined.
	// Jumps over thousands of instructions can be too far for the kernel as well,
	// see [KernelLength]. A valid program may still be too large for what the system
	// allows a socket: ENOMEM, net.core.optmem_max.
	ModeKernel
)

// MaxKernelInstructions is the longest program that Linux takes (BPF_MAXINSNS).
const MaxKernelInstructions = 4096

// ErrorKind tells what rule a program breaks.
// It is a value, and so safe for concurrent use.
type ErrorKind uint8

// The rules, in the order in which they are checked.
const (
	ErrEmpty            ErrorKind = iota + 1 // no instruction
	ErrTooLong                               // more instructions than the kernel takes
	ErrUnknownOpcode                         // no such operation code
	ErrJump                                  // a jump out of the program, or back where that is not allowed
	ErrScratchIndex                          // scratch word 16 or above
	ErrDivisionByZero                        // constant divisor 0
	ErrShift                                 // constant shift of 32 or more
	ErrAncillary                             // ancillary offset that the kernel does not define
	ErrNoReturn                              // last instruction is not a return
	ErrScratchUnwritten                      // scratch word read that some path does not write
	ErrKernelJump                            // a jump too far for what the kernel translates the program to
)

var kindNames = [...]string{
	ErrEmpty:            "empty program",
	ErrTooLong:          "program too long",
	ErrUnknownOpcode:    "unknown operation code",
	ErrJump:             "bad jump",
	ErrScratchIndex:     "bad scratch index",
	ErrDivisionByZero:   "division by zero",
	ErrShift:            "bad shift",
	ErrAncillary:        "unknown ancillary offset",
	ErrNoReturn:         "no return at the end",
	ErrScratchUnwritten: "unwritten scratch memory",
	ErrKernelJump:       "jump too far",
}

// String names the rule.
func (k ErrorKind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("ErrorKind(%d)", uint8(k))
}

// ValidateError says where and why a program is not valid.
// It is safe for concurrent use as long as nobody changes it.
type ValidateError struct {
	PC          int                // index of the instruction, -1 for the program as a whole
	Instruction bpf.RawInstruction // the instruction at PC
	Kind        ErrorKind
	Msg         string // what is wrong and what would be right
}

// Error gives place, rule and reason in one line.
func (e *ValidateError) Error() string {
	if e.PC < 0 {
		return fmt.Sprintf("bpf program: %s: %s", e.Kind, e.Msg)
	}
	return fmt.Sprintf("bpf instruction %d {0x%02x, %d, %d, 0x%x}: %s: %s", e.PC,
		e.Instruction.Op, e.Instruction.Jt, e.Instruction.Jf, e.Instruction.K, e.Kind, e.Msg)
}

// Validate checks a program against the rules of a mode. It returns nil or a
// *[ValidateError] for the first rule broken.
func Validate(prog []bpf.RawInstruction, mode Mode) error {
	// A typed nil pointer must not turn into an error that is not nil.
	if err := validate(prog, mode); err != nil {
		return err
	}
	return nil
}

func validate(prog []bpf.RawInstruction, mode Mode) *ValidateError {
	if len(prog) == 0 {
		return &ValidateError{PC: -1, Kind: ErrEmpty, Msg: "a program has at least one instruction, ret"}
	}
	if mode == ModeKernel && len(prog) > MaxKernelInstructions {
		return &ValidateError{PC: -1, Kind: ErrTooLong,
			Msg: fmt.Sprintf("%d instructions, the kernel takes at most %d", len(prog), MaxKernelInstructions)}
	}
	for pc, in := range prog {
		if kind, msg := checkInstruction(pc, in, len(prog), mode); kind != 0 {
			return &ValidateError{PC: pc, Instruction: in, Kind: kind, Msg: msg}
		}
	}
	last := len(prog) - 1
	if !IsReturn(prog[last].Op) {
		return &ValidateError{PC: last, Instruction: prog[last], Kind: ErrNoReturn,
			Msg: "the last instruction must be ret"}
	}
	if mode == ModeKernel {
		if err := checkScratch(prog); err != nil {
			return err
		}
		return checkKernelJumps(prog)
	}
	return nil
}

// checkInstruction applies the rules that look at one instruction alone.
func checkInstruction(pc int, in bpf.RawInstruction, length int, mode Mode) (ErrorKind, string) {
	t := TraitsOf(in.Op)
	switch {
	case t == 0:
		return ErrUnknownOpcode, fmt.Sprintf("0x%02x is not an operation of classic BPF", in.Op)
	case mode == ModeKernel && t&UserOnly != 0:
		return ErrUnknownOpcode, fmt.Sprintf("0x%02x is not known to the kernel", in.Op)
	case t&(ReadsMem|WritesMem) != 0 && in.K >= MemWords:
		return ErrScratchIndex, fmt.Sprintf("M[%d] does not exist, the last word is M[%d]", in.K, MemWords-1)
	case t&Divides != 0 && in.K == 0:
		return ErrDivisionByZero, "the constant divisor is 0"
	case t&Shifts != 0 && in.K >= 32:
		return ErrShift, fmt.Sprintf("a constant shift by %d bits, at most 31 are allowed", in.K)
	case mode == ModeKernel && t&Absolute != 0 && in.K >= AncillaryBase && !IsAncillary(in.K):
		return ErrAncillary, fmt.Sprintf("offset 0x%x is not defined in linux/filter.h", in.K)
	case t&Branches != 0:
		return checkConditional(pc, in, length)
	case in.Op == Ja:
		return checkAlways(pc, in.K, length, mode)
	}
	return 0, ""
}

func checkConditional(pc int, in bpf.RawInstruction, length int) (ErrorKind, string) {
	far := max(in.Jt, in.Jf)
	if pc+1+int(far) >= length {
		return ErrJump, fmt.Sprintf("jumps to %d, past the last instruction, %d", pc+1+int(far), length-1)
	}
	return 0, ""
}

func checkAlways(pc int, k uint32, length int, mode Mode) (ErrorKind, string) {
	if mode == ModeKernel {
		switch {
		case int32(k) < 0:
			return ErrJump, fmt.Sprintf("jumps back, by %d; loops, which protochain has, run in user space only", -int64(int32(k)))
		case uint64(pc)+1+uint64(k) >= uint64(length):
			return ErrJump, fmt.Sprintf("jumps by %d, past the last instruction, %d", k, length-1)
		}
		return 0, ""
	}
	target := int64(pc) + 1 + int64(int32(k))
	if target < 0 || target >= int64(length) {
		return ErrJump, fmt.Sprintf("jumps to %d, outside of the program 0 … %d", target, length-1)
	}
	if target == int64(pc) {
		return ErrJump, "jumps to itself for ever"
	}
	return 0, ""
}

// checkScratch refuses a read of a scratch word that some path to the read does
// not write. Like the kernel it takes an instruction after a return to be
// reached from that return, so dead code is held to the same rule.
func checkScratch(prog []bpf.RawInstruction) *ValidateError {
	const all = ^uint16(0)
	onJumpTo := make([]uint16, len(prog)) // the words that every jump to here has written
	for i := range onJumpTo {
		onJumpTo[i] = all
	}
	written := uint16(0)
	for pc, in := range prog {
		written &= onJumpTo[pc]
		t := TraitsOf(in.Op)
		switch {
		case t&WritesMem != 0:
			written |= 1 << in.K
		case t&ReadsMem != 0 && written&(1<<in.K) == 0:
			return &ValidateError{PC: pc, Instruction: in, Kind: ErrScratchUnwritten,
				Msg: fmt.Sprintf("M[%d] is read, but a path to here does not write it", in.K)}
		case in.Op == Ja:
			onJumpTo[pc+1+int(in.K)] &= written
			written = all
		case t&Branches != 0:
			onJumpTo[pc+1+int(in.Jt)] &= written
			onJumpTo[pc+1+int(in.Jf)] &= written
			written = all
		}
	}
	return nil
}
