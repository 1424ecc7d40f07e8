package explain

import (
	"context"
	"fmt"
	"strings"

	"bpfc/explain/lint"
)

// Cost is what a filter takes.
// It is safe for concurrent use as long as nobody changes it.
type Cost struct {
	Instructions int `json:"instructions"`
	// Kernel is "" if the Linux kernel takes the program as classic BPF, else why it
	// does not.
	Kernel string `json:"kernel,omitempty"`
	// Needs is the snapshot length in bytes with which the filter sees all that it may
	// look at, -1 if there is no bound.
	Needs int `json:"needs"`
}

// Cost tells what the filter takes.
func (f *Filter) Cost() Cost {
	c := Cost{Instructions: f.Program.Len(), Needs: f.Needs()}
	if err := f.Program.KernelProblem(); err != nil {
		c.Kernel = err.Error()
	}
	return c
}

// Warnings finds what is correct in the filter and probably not meant. The error is that of the context.
func (f *Filter) Warnings(ctx context.Context) (lint.Report, error) {
	o := f.opts
	return lint.Check(ctx, f.Expr, lint.Options{LinkType: o.LinkType, SnapLen: o.SnapLen, Netmask: o.Netmask, Names: o.Names,
		LinuxExtensions: o.LinuxExtensions, Savefile: o.Savefile, Language: o.Language})
}

// Text explains the filter as a tree and in sentences, one a line.
func (f *Filter) Text() string {
	var b strings.Builder
	if f.Root == nil {
		b.WriteString("An empty filter keeps every packet.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "Of packets of link-layer type %s the filter keeps those where\n\n", describe(f.opts.LinkType))
	writePart(&b, f.Root, "", "")
	c := f.Cost()
	b.WriteByte('\n')
	for _, note := range f.Notes() {
		b.WriteString(note + "\n")
	}
	switch {
	case c.Needs < 0:
		b.WriteString("Where it looks depends on the packet, so no snapshot length is surely enough but the whole packet.\n")
	case c.Needs > 0:
		fmt.Fprintf(&b, "With a snapshot length of %s it sees all that it may look at.\n", plural(c.Needs, "byte"))
	}
	if f.lookedAt() != "" {
		b.WriteString("A packet that ends before a byte that is to be looked at does not match, whatever the filter says of it.\n")
	}
	if c.Kernel == "" {
		fmt.Fprintf(&b, "The kernel takes it: %s.\n", plural(c.Instructions, "instruction"))
	} else {
		fmt.Fprintf(&b, "It compiles to %s, which the kernel does not take as classic BPF: %s.\n", plural(c.Instructions, "instruction"), c.Kernel)
	}
	return b.String()
}

// Notes are sentences about the filter as a whole: what the language that it is written in finds besides, and which bytes of a packet
// it looks at.
func (f *Filter) Notes() []string {
	var notes []string
	if through := f.opts.Language.SeeThrough; through != "" {
		notes = append(notes, fmt.Sprintf("Headers are looked for behind tags, labels and sessions that are seen through (%s).", through))
	}
	if f.opts.Language.Extended {
		notes = append(notes, "TCP, UDP, SCTP and ICMPv6 are found behind IPv6 extension headers too.")
	}
	if looked := f.lookedAt(); looked != "" {
		notes = append(notes, fmt.Sprintf("It looks at these bytes of a packet: %s.", looked))
	}
	return notes
}

// lookedAt lists the bytes that all primitives together look at.
func (f *Filter) lookedAt() string {
	var all []Range
	for _, list := range f.looked() {
		all = append(all, list...)
	}
	all = tidy(all)
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = r.String()
	}
	return enumerate(texts, "and")
}

// connectives say in words what joins the parts below.
var connectives = map[Op]string{And: "all of these hold:", Or: "at least one of these holds:", Not: "this does not hold:", Inside: "this holds, and what follows of what is inside:"}

func writePart(b *strings.Builder, p *Part, first, rest string) {
	if p.Op != Test {
		fmt.Fprintf(b, "%s%s\n", first, connectives[p.Op])
	} else {
		fmt.Fprintf(b, "%s%s\n", first, p.Says)
		fmt.Fprintf(b, "%s  [%s]\n", rest, strings.Join(strings.Fields(p.Text), " "))
		for _, n := range p.Notes {
			fmt.Fprintf(b, "%s  ! %s\n", rest, n)
		}
	}
	for i, k := range p.Parts {
		one, more := "├─ ", "│  "
		if i == len(p.Parts)-1 {
			one, more = "└─ ", "   "
		}
		writePart(b, k, rest+one, rest+more)
	}
}

// Text says why, with the part of the expression that decided underlined.
func (w *Why) Text(f *Filter) string {
	var b strings.Builder
	b.WriteString(w.Reason + "\n")
	if w.Root == nil {
		return b.String()
	}
	if d := w.Decided; d != nil {
		b.WriteString("\n" + underline(f.Expr, d.Pos, d.End))
	}
	b.WriteByte('\n')
	writeJudged(&b, w.Root, "", "")
	for _, would := range w.Would {
		fmt.Fprintf(&b, "\n%s.\n", upper(would.Says))
	}
	return b.String()
}

func writeJudged(b *strings.Builder, j *Judged, first, rest string) {
	text := string(j.Op)
	if j.Op == Test {
		text = strings.Join(strings.Fields(j.Text), " ")
	}
	fmt.Fprintf(b, "%s%s: %s\n", first, text, j.Truth)
	if j.Found != "" {
		for s := range strings.SplitSeq(j.Found, "; ") {
			fmt.Fprintf(b, "%s    %s\n", rest, s)
		}
	}
	for i, k := range j.Parts {
		one, more := "├─ ", "│  "
		if i == len(j.Parts)-1 {
			one, more = "└─ ", "   "
		}
		writeJudged(b, k, rest+one, rest+more)
	}
}

// underline prints the line of the expression that a part begins in, and marks the part.
func underline(expr string, pos, end int) string {
	start := strings.LastIndexByte(expr[:pos], '\n') + 1
	line := expr[start:]
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	pos, end = pos-start, min(end-start, len(line))
	mark := "^" + strings.Repeat("~", max(0, len([]rune(line[pos:end]))-1))
	return "  " + line + "\n  " + strings.Repeat(" ", len([]rune(line[:pos]))) + mark + "\n"
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
