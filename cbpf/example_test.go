package cbpf_test

import (
	"errors"
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Hold a program against the rules of the kernel.
func ExampleValidate() {
	program := []bpf.RawInstruction{
		{Op: cbpf.LdAbsH, K: 12},
		{Op: cbpf.JeqK, Jt: 5, K: 0x806}, // to nowhere
		{Op: cbpf.RetK, K: 65535},
	}
	err := cbpf.Validate(program, cbpf.ModeKernel)
	var invalid *cbpf.ValidateError
	if errors.As(err, &invalid) {
		fmt.Println(invalid)
	}
	// Output:
	// bpf instruction 1 {0x15, 5, 0, 0x806}: bad jump: jumps to 7, past the last instruction, 2
}
