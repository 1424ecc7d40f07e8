package toebpf

import (
	"fmt"

	"github.com/cilium/ebpf/asm"
)

// ErrorKind tells why there is no eBPF program.
// It is a value, and so safe for concurrent use.
type ErrorKind uint8

// The kinds.
const (
	BadProgram   ErrorKind = iota + 1 // not a valid classic program
	NoData                            // the program asks for what the hook does not have
	BadOptions                        // the options contradict each other or the hook
	BadRegisters                      // registers collide or do not exist
	StackFull                         // more stack is needed than a function has
	Loops                             // the program loops, and the loop cannot be translated
	NoStub                            // the function to be replaced is not there, or not one that can be
)

var kindNames = [...]string{
	BadProgram: "invalid program", NoData: "not available", BadOptions: "bad options", BadRegisters: "bad registers",
	StackFull: "stack full", Loops: "loops", NoStub: "no stub",
}

// String names the kind.
func (k ErrorKind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("ErrorKind(%d)", uint8(k))
}

// Error says why there is no eBPF program, and where.
// It is safe for concurrent use as long as nobody changes it.
type Error struct {
	Kind ErrorKind
	PC   int    // index of the classic instruction it is about, -1 if it is about the whole
	Msg  string // what is wrong, and what would be right
	Err  error  // the cause, or nil
}

// Error gives place and reason in one line.
func (e *Error) Error() string {
	if e.PC < 0 {
		return "ebpf: " + e.Msg
	}
	return fmt.Sprintf("ebpf: instruction %d: %s", e.PC, e.Msg)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func badOptions(format string, args ...any) *Error {
	return &Error{Kind: BadOptions, PC: -1, Msg: fmt.Sprintf(format, args...)}
}

// namedRegister is a register that a caller gave, and what for.
type namedRegister struct {
	name     string
	register asm.Register
}

// checkRegisters refuses registers that do not exist or serve twice.
func checkRegisters(rs []namedRegister) error {
	taken := map[asm.Register]string{}
	for _, r := range rs {
		if r.register > asm.R9 {
			return &Error{Kind: BadRegisters, PC: -1, Msg: fmt.Sprintf("%s is %v, which is none of R0 to R9", r.name, r.register)}
		}
		if other, ok := taken[r.register]; ok {
			return &Error{Kind: BadRegisters, PC: -1, Msg: fmt.Sprintf("%s and %s are both %v", other, r.name, r.register)}
		}
		taken[r.register] = r.name
	}
	return nil
}
