// Package explain says in English what a filter tests, and why a packet matched or
// did not.
//
// # The machine
//
// A [Filter] is an expression, its tree, and the decision graph as the code
// generator made it for one link-layer type. Nothing here looks at optimized code:
// there a test may serve several parts of the text, and what a part came to is not
// to be told any more.
//
// A [Part] is a node of the tree: and, or, not, or a primitive. What a primitive
// says in English comes from tables (words.go, fields.go), with all that it implies
// written out: the protocols, the fragments and extension headers that it leaves
// out, where the headers start for it, what its names stand for. Which bytes it
// looks at comes from the graph (bytes.go), since each node there knows the text
// that it stands for.
//
// For a packet the graph is walked, and each primitive is true, false, not looked
// at, or where the packet ends (packet.go). and, or and not follow from those. The
// last primitive on the way decided. Where the packet did not match, the filter is
// tried behind its tags and tunnels (through.go).
//
// A Filter is immutable and safe for concurrent use.
//
// The package keeps its API compatible within a major version.
package explain

import (
	"context"
	"strings"

	"bpfc"
	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/explain/lint"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
)

// Options is what a filter depends on beside its text.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	// LinkType is that of the packets; the zero value is NULL, not EN10MB.
	LinkType linktype.Type
	// SnapLen is how many bytes of each packet are kept; 0 is bpfc.DefaultSnapLen.
	SnapLen int
	// Netmask is that of the network captured on, in host byte order, or
	// bpfc.NetmaskUnknown. 0 is taken for that too.
	Netmask uint32
	// Names looks names up; nil asks the system.
	Names names.Resolver
	// LinuxExtensions and Savefile are as in package bpfc.
	LinuxExtensions bool
	Savefile        bpfc.Savefile
	// Language is what the expression is written in.
	Language lint.Language
}

func (o *Options) codegen() codegen.Options {
	return codegen.Options{
		LinkType: o.LinkType, Netmask: o.Netmask, Names: o.Names, LinuxExtensions: o.LinuxExtensions, Savefile: o.Savefile,
		Unoptimized: true, // what the optimizer would refuse is explained as it stands
	}
}

func (o *Options) compile() []bpfc.Option {
	list := []bpfc.Option{
		bpfc.WithLinkType(o.LinkType), bpfc.WithSnapLen(o.SnapLen), bpfc.WithNetmask(o.Netmask), bpfc.WithNames(o.Names),
		bpfc.WithSavefile(o.Savefile), bpfc.WithAllowRejectAll(),
	}
	if o.LinuxExtensions {
		list = append(list, bpfc.WithLinuxExtensions())
	}
	if o.Language.SeeThrough != "" {
		list = append(list, bpfc.WithSeeThrough(o.Language.SeeThrough))
	}
	if o.Language.Extended {
		list = append(list, bpfc.WithExtensions(), bpfc.WithFiles(o.Language.Files))
	}
	return list
}

// Op is what a part is.
// It is a value, and so safe for concurrent use.
type Op string

// The kinds of part.
const (
	And Op = "and"
	Or  Op = "or"
	Not Op = "not"
	// Inside is a head and what stands in its braces: both hold.
	Inside Op = "inside"
	Test   Op = "test" // a primitive
)

// Part is a node of the tree of an expression.
// It is safe for concurrent use as long as nobody changes it.
type Part struct {
	Op Op `json:"op"`
	// Pos and End are where the part stands in the expression, in bytes.
	Pos  int    `json:"pos"`
	End  int    `json:"end"`
	Text string `json:"text"`
	// Says is what a primitive tests, in English.
	Says string `json:"says,omitempty"`
	// Notes are what is easily overlooked: what a name stands for, that headers are
	// looked for elsewhere.
	Notes []string `json:"notes,omitempty"`
	// Bytes are the bytes of a packet that a primitive looks at.
	Bytes []Range `json:"bytes,omitempty"`
	Parts []*Part `json:"parts,omitempty"`

	code *codegen.Part
	head bool // stands before braces
}

// Filter is an expression that can be explained.
// It is safe for concurrent use as long as nobody changes it.
type Filter struct {
	Expr string
	// Root is the expression as a whole; nil where it is empty and matches everything.
	Root *Part
	// Program is what the expression compiles to.
	Program *bpfc.Program

	opts   Options
	graph  *ir.Graph
	leaves []*Part // the primitives, in the order of the text
}

// New compiles an expression for explaining. An error is a *bpfc.Error as that of
// bpfc.Compile, but a filter that no packet can match is none.
func New(ctx context.Context, expr string, o Options) (*Filter, error) {
	if o.SnapLen == 0 {
		o.SnapLen = bpfc.DefaultSnapLen
	}
	if o.Netmask == 0 {
		o.Netmask = bpfc.NetmaskUnknown
	}
	if o.Names == nil {
		o.Names = names.System()
	}
	heard := &witness{from: names.Once(o.Names)}
	o.Names = heard
	f := &Filter{Expr: expr, opts: o}
	tree, layers, err := o.Language.Parse(expr)
	if err != nil {
		return nil, err
	}
	if f.Program, err = bpfc.Compile(expr, append(o.compile(), bpfc.WithContext(ctx))...); err != nil {
		return nil, err
	}
	code := o.codegen()
	code.Layers = layers
	graph, parts, err := codegen.GenerateParts(ctx, tree, code)
	if err != nil {
		return nil, err
	}
	f.graph = graph
	if tree == nil {
		return f, nil
	}
	byExpr := make(map[ast.Expr]*codegen.Part, len(parts))
	for i := range parts {
		byExpr[parts[i].Expr] = &parts[i]
	}
	f.Root = f.part(tree, byExpr)
	looked := f.looked()
	for _, p := range f.leaves {
		p.Says = f.says(p)
		p.Notes = append(f.notes(p), heard.about(p.code.Expr)...)
		p.Bytes = looked[p]
	}
	return f, nil
}

func (f *Filter) part(e ast.Expr, codes map[ast.Expr]*codegen.Part) *Part {
	s := e.Range()
	p := &Part{Op: Test, Pos: s.Pos, End: s.End, Text: f.Expr[s.Pos:s.End]}
	switch e := e.(type) {
	case *ast.Logic:
		p.Op = And
		if e.Op == ast.Or {
			p.Op = Or
		}
		for _, o := range e.Operands {
			p.Parts = append(p.Parts, f.part(o, codes))
		}
	case *ast.Scope:
		if e.Head.Kind == ast.AnyLayer {
			p.code = codes[e]
			f.leaves = append(f.leaves, p)
			break
		}
		p.Op, p.Parts = Inside, []*Part{f.part(e.Head, codes), f.part(e.X, codes)}
		p.Parts[0].head = true
	case *ast.Not:
		p.Op, p.Parts = Not, []*Part{f.part(e.X, codes)}
	default:
		if p.code = codes[e]; p.code == nil { // what stands behind an error; New returns before
			p.code = &codegen.Part{Expr: e}
		}
		f.leaves = append(f.leaves, p)
	}
	return p
}

// says is what a primitive tests, in the language that the filter is in.
func (f *Filter) says(p *Part) string {
	if !f.opts.Language.Extended {
		return says(p.code)
	}
	s := saysExtended(p.code)
	if r, ok := p.code.Expr.(*ast.Relation); ok {
		plain := arith(r.L)
		s = strings.Replace(s, plain, plain+fieldNote(r.L, p.Text), 1)
	}
	return s
}

// Leaves returns the primitives of the expression, in the order of the text.
func (f *Filter) Leaves() []*Part { return f.leaves }

// notes are what is to be said of a primitive beside what it tests.
func (f *Filter) notes(p *Part) (list []string) {
	c := p.code
	if c.Moves() && !p.head {
		list = append(list, moved(c))
	}
	switch {
	case c.Folded && c.Value:
		list = append(list, "this is true of every packet of the link-layer type")
	case c.Folded:
		list = append(list, "this is true of no packet of the link-layer type")
	}
	if q, ok := c.Expr.(*ast.Qualified); ok && q.Inherited {
		list = append(list, "read as "+ast.Format(q)+": the qualifiers are those of the primitive before")
	}
	return list
}

// moved says where what is written after a primitive looks.
func moved(c *codegen.Part) string {
	b, a := c.Before, c.After
	what := "all that is written after this, in other branches too, looks for "
	switch {
	case a.LinkType != b.LinkType && a.LinkVaries:
		return what + "its headers in the " + a.LinkType.String() + " frame inside"
	case a.LinkType != b.LinkType:
		return what + "a " + a.LinkType.String() + " header inside, with the network header " + bytesOn(int(a.Net)-int(b.Net))
	case a.Varies && !b.Varies || a.LinkVaries != b.LinkVaries:
		return what + "its headers behind what is found here"
	case a.Net != b.Net:
		return what + "the network header " + bytesOn(int(a.Net)-int(b.Net)) + ", at byte " + number(a.Net)
	}
	return what + "its headers elsewhere"
}

func bytesOn(n int) string { return plural(n, "byte") + " further on" }

// quote is how a part of an expression is named in a sentence.
func quote(s string) string { return `"` + strings.Join(strings.Fields(s), " ") + `"` }
