package fuzz

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/net/bpf"
)

// Kind says which agreement is broken.
// It is a value, and so safe for concurrent use.
type Kind string

// The kinds of difference.
const (
	KindAccept   Kind = "accept"   // one compiler takes the expression, the other refuses it
	KindLoad     Kind = "load"     // one engine takes the program, the other refuses it
	KindVerdict  Kind = "verdict"  // an engine returns another value for the same program and packet
	KindOptimize Kind = "optimize" // the optimized program returns another value than the unoptimized one
	KindMeaning  Kind = "meaning"  // the program returns another value than every program of the reference compiler
	KindCut      Kind = "cut"      // the same, but only where a load fails on a packet too short for it
	KindPanic    Kind = "panic"    // the compiler panicked
)

// Answer is what one implementation said.
// It is safe for concurrent use as long as nobody changes it.
type Answer struct {
	Who     string
	Verdict uint32
	Err     error // it refused the expression or the program
}

// Difference is a disagreement.
// It is safe for concurrent use as long as nobody changes it.
type Difference struct {
	Kind    Kind
	Expr    string
	Options CompileOptions
	Packet  *Packet // nil for accept and load
	Index   int     // of the packet among those judged at once
	// Answers holds what the implementations said, the one under test first.
	Answers []Answer
	// Program is the program under test, Reference the one that it was compared with, where there is one.
	Program, Reference []bpf.RawInstruction
	// Events are what happened while the program ran on the packet; of a program that does not load, what could.
	Events Events
	// references are all programs of the reference compiler, the one in Reference among them.
	references [][]bpf.RawInstruction
	// ReferenceEvents are those of the program compared with.
	ReferenceEvents Events
}

// String writes a reproducer: everything needed to see the difference again.
func (d *Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s difference\n  expression  %q\n", d.Kind, d.Expr)
	fmt.Fprintf(&b, "  link type   %d (%s), snapshot length %d, netmask 0x%08x, optimize %v, savefile %v\n", d.Options.LinkType,
		linkOf(d.Options.LinkType).Name, d.Options.Snaplen, d.Options.Netmask, d.Options.Optimize, d.Options.Savefile)
	if d.Packet != nil {
		fmt.Fprintf(&b, "  packet      %d captured, %d on the wire: %s\n", len(d.Packet.Data), d.Packet.WireLen, hex.EncodeToString(d.Packet.Data))
	}
	for _, a := range d.Answers {
		fmt.Fprintf(&b, "  %-28s %s\n", a.Who, a)
	}
	if d.Program != nil {
		fmt.Fprintf(&b, "  program     %s\n", listing(d.Program))
	}
	if d.Reference != nil {
		fmt.Fprintf(&b, "  reference   %s\n", listing(d.Reference))
	}
	return b.String()
}

// String is the verdict or the refusal.
func (a Answer) String() string {
	switch {
	case a.Err != nil:
		return "refuses: " + a.Err.Error()
	case a.Verdict == KeptAll:
		return "keeps all"
	case a.Verdict == 0:
		return "rejects"
	}
	return fmt.Sprintf("keeps up to %d bytes", a.Verdict)
}

// listing writes a program on one line, in the notation of tcpdump -ddd with blanks for line breaks.
func listing(prog []bpf.RawInstruction) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", len(prog))
	for _, in := range prog {
		fmt.Fprintf(&b, ",%d %d %d %d", in.Op, in.Jt, in.Jf, in.K)
	}
	return b.String()
}
