package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"bpfc/asm"
	"bpfc/cbpf"
	"bpfc/fuzz"
)

// compilerFlags are the flags that say how a filter is compiled, which is over for a program that is given.
var compilerFlags = []string{"link-type", "snapshot-length", "netmask", "no-optimize", "etc", "linux-extensions", "savefile", "socket", "allow-reject-all", "verify", "prove", "dump-passes"}

// readProgram reads the program of --bytecode, which runs as it is, whatever the packets are.
func (o *filterOptions) readProgram(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 0:
		return usagef("a program from --bytecode and the filter %q as well: give one of them", strings.Join(args, " "))
	case o.file != "":
		return usagef("a program from --bytecode and a filter from -F: give one of them")
	}
	for _, name := range compilerFlags {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && !slices.Contains(o.ownFlags, name) {
			return usagef("%s is for compiling a filter; the program of --bytecode runs as it is", flagName(f))
		}
	}
	text, err := o.readFilter(cmd, o.bytecode)
	if err != nil {
		return err
	}
	if o.program, err = parseProgram(text); err != nil {
		return usagef("%s: %w", inputName(o.bytecode), err)
	}
	if pc := kernelLoad(o.program); pc >= 0 && cmd.Flags().Changed("read") {
		what := "from a place that only the kernel knows" // as programs for sockets do
		if name := cbpf.AncillaryName(o.program[pc].K); name != "" {
			what = "Linux's " + name
		}
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: instruction %d loads %s, which the packets of a file do not have: it rejects them\n", pc, what)
	}
	return err
}

// parseProgram reads a program in whatever form it is and checks that it is one.
func parseProgram(text string) ([]bpf.RawInstruction, error) {
	form, err := asm.Detect(text)
	if err != nil {
		return nil, err
	}
	prog, _, err := asm.ParseAny(text)
	if err != nil {
		return nil, fmt.Errorf("not in the form %v: %w", form, err)
	}
	return prog, cbpf.Validate(prog, cbpf.ModeUserland)
}

// useProgram has a campaign try the program of --bytecode, if there is one, in the engines. There is no filter that other compilers
// could be asked about.
func (o *filterOptions) useProgram(cfg *fuzz.Config) {
	if o.program == nil {
		return
	}
	cfg.Compile = func(string, fuzz.CompileOptions) ([]bpf.RawInstruction, error) { return slices.Clone(o.program), nil }
	cfg.Compilers = []fuzz.Compiler{}
}

// kernelLoad finds the first load of what Linux knows of a packet beside its bytes, or relative to its headers, -1 if there is
// none.
func kernelLoad(prog []bpf.RawInstruction) int {
	return slices.IndexFunc(prog, func(in bpf.RawInstruction) bool {
		t := cbpf.TraitsOf(in.Op)
		header := t.Any(cbpf.LoadsPacket) && in.K >= cbpf.LinkBase && in.K < cbpf.AncillaryBase
		return header || t.Any(cbpf.Absolute) && cbpf.IsAncillary(in.K)
	})
}
