package vm

import (
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// The rules for programs are those of package cbpf. These are its names, for who needs a machine and nothing else.
type (
	// Mode selects the rules that [Validate] applies, see [cbpf.Mode].
	// It is a value, and so safe for concurrent use.
	Mode = cbpf.Mode
	// ErrorKind tells what rule a program breaks, see [cbpf.ErrorKind].
	// It is a value, and so safe for concurrent use.
	ErrorKind = cbpf.ErrorKind
	// ValidateError says where and why a program is not valid, see [cbpf.ValidateError].
	// It is safe for concurrent use as long as nobody changes it.
	ValidateError = cbpf.ValidateError
)

// The modes.
const (
	ModeUserland = cbpf.ModeUserland
	ModeKernel   = cbpf.ModeKernel
)

// The rules, in the order in which they are checked.
const (
	ErrEmpty            = cbpf.ErrEmpty
	ErrTooLong          = cbpf.ErrTooLong
	ErrUnknownOpcode    = cbpf.ErrUnknownOpcode
	ErrJump             = cbpf.ErrJump
	ErrScratchIndex     = cbpf.ErrScratchIndex
	ErrDivisionByZero   = cbpf.ErrDivisionByZero
	ErrShift            = cbpf.ErrShift
	ErrAncillary        = cbpf.ErrAncillary
	ErrNoReturn         = cbpf.ErrNoReturn
	ErrScratchUnwritten = cbpf.ErrScratchUnwritten
	ErrKernelJump       = cbpf.ErrKernelJump
)

// MemWords is the number of 32-bit words of scratch memory.
const MemWords = cbpf.MemWords

// MaxKernelInstructions is the longest program that Linux takes.
const MaxKernelInstructions = cbpf.MaxKernelInstructions

// Validate checks a program against the rules of a mode, as [cbpf.Validate] does.
func Validate(prog []bpf.RawInstruction, mode Mode) error { return cbpf.Validate(prog, mode) }

// KernelLength returns how many eBPF instructions Linux makes of a program that is valid for it, see [cbpf.KernelLength].
func KernelLength(prog []bpf.RawInstruction) int { return cbpf.KernelLength(prog) }
