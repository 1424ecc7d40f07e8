// Package asm prints classic BPF programs and reads the printed forms back.
//
// These forms are in use, each written by some tool and read by another:
//
//	d       (000) ldh      [12]                      tcpdump -d, for people
//	dd      { 0x28, 0, 0, 0x0000000c },              tcpdump -dd, for C programs
//	ddd     40 0 0 12, after a line with the count   tcpdump -ddd, for programs
//	asm     l0: ldh [12]                             the kernel's bpf_asm, with labels
//	json    [[40,0,0,12]]                            code, jt, jf, k; for everything else
//	xt_bpf  1,40 0 0 12                              iptables -m bpf --bytecode
//	tc      1,40 0 0 12                              the file of tc filter … bpf bytecode-file
//	raw     struct sock_filter of linux/filter.h     SO_ATTACH_FILTER and other system calls; not text
//
// All but d and asm hold every field of every instruction, so any array of
// instructions survives the round trip. d and asm show what an instruction does:
// fields that it does not look at are not in the text and read back as 0, and
// an operation code that does not exist can be printed but not read.
//
// One table, in table.go, has the mnemonic and the operand of each operation
// code; printers and parsers both work from it. [Detect] tells in which form a
// text is. A parser answers bad text with a *[ParseError] that gives line and
// column. The package does not check that a program is valid; package vm does.
// [WriteDot] draws a program's flow graph, which cannot be read back.
//
// The package keeps its API compatible within a major version.
package asm

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Format is one of the printed forms.
// It is a value, and so safe for concurrent use.
type Format uint8

// The printed forms; see the package comment.
const (
	Listing Format = iota // tcpdump -d
	CArray                // tcpdump -dd
	Decimal               // tcpdump -ddd
	Kernel                // bpf_asm
	JSON                  // [[code,jt,jf,k],…]
	XTBPF                 // iptables -m bpf --bytecode
	TC                    // tc filter … bpf bytecode-file; the same text
	Raw                   // struct sock_filter, in the byte order of this machine
)

// form is what there is to know of a format.
type form struct {
	name  string
	print func(*strings.Builder, []bpf.RawInstruction)
	parse func(*scanner) ([]bpf.RawInstruction, error)
}

var forms = [...]form{
	Listing: {"d", printListing, parseListing},
	CArray:  {"dd", printCArray, parseCArray},
	Decimal: {"ddd", printDecimal, parseDecimal},
	Kernel:  {"asm", printKernel, parseKernel},
	JSON:    {"json", printJSON, parseJSON},
	XTBPF:   {"xt_bpf", printCommas, parseDecimal},
	TC:      {"tc", printCommas, parseDecimal},
	Raw:     {"raw", printRaw, parseRaw},
}

// limits are how many instructions the readers of some forms take at most.
var limits = map[Format]int{XTBPF: cbpf.MaxXTInstructions, TC: cbpf.MaxKernelInstructions}

// Limit returns how many instructions the program that reads the format takes, 0 if that has no limit. A longer
// program can be printed all the same.
func (f Format) Limit() int { return limits[f] }

// String returns the format's name: d, dd, ddd, asm …
func (f Format) String() string {
	if int(f) < len(forms) {
		return forms[f].name
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// FormatNames lists the names that [FormatByName] takes.
func FormatNames() []string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.name
	}
	return names
}

// FormatByName returns the format of that name.
func FormatByName(name string) (Format, error) {
	if i := slices.Index(FormatNames(), name); i >= 0 {
		return Format(i), nil
	}
	return 0, fmt.Errorf("no bytecode format %q; there are %s", name, strings.Join(FormatNames(), ", "))
}

// Print returns the text of a program, each line of it ended by a newline; for
// [Raw] it is not text, but bytes. It prints any array of instructions, valid or
// not, and panics only on a format that does not exist.
func Print(prog []bpf.RawInstruction, f Format) string {
	var b strings.Builder
	forms[f].print(&b, prog)
	return b.String()
}

// Write writes the text that [Print] returns.
func Write(w io.Writer, prog []bpf.RawInstruction, f Format) error {
	_, err := io.WriteString(w, Print(prog, f))
	return err
}

// Parse reads a program in one of the forms. The error is a *[ParseError].
func Parse(text string, f Format) ([]bpf.RawInstruction, error) {
	return forms[f].parse(newScanner(text))
}

// ParseError says where in a text something is wrong. In [Raw] all is line 1.
// It is safe for concurrent use as long as nobody changes it.
type ParseError struct {
	Line   int // from 1
	Column int // from 1, in bytes
	Msg    string
}

// Error gives line, column and message.
func (e *ParseError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}
