// Package codegen turns the tree of a filter expression into a decision graph.
//
// It knows what the primitives of pcap-filter(7) mean on every link-layer type,
// and follows libpcap 1.11 in all that can be observed: which packets match,
// whole or truncated, and which expressions are refused. What differs on purpose
// is listed in docs/differences.md. One file holds one family of primitives;
// package linktype holds what differs between link-layer types as data.
//
// # The machine
//
// The tree is walked once, from left to right, because the language has state:
// vlan, mpls, pppoes, geneve, vxlan and lane move the place where every test
// written after them looks, also across or and out of parentheses. The state
// ([generator]) is the link-layer type in force and the offsets of the headers.
// An offset is a constant, or a constant plus a path variable that the program
// computes from the packet (see [offset]).
//
// Each primitive becomes a small tree of tests ([cond]) with the loads in the
// order in which libpcap makes them: a load past the captured bytes ends the
// program, so that order decides what happens to truncated packets. The whole
// condition is then lowered to graph nodes from its end to its beginning. What
// a variable offset needs is computed at the start of the program, if anything
// used it (prefix.go).
//
// Constant conditions fold as they are combined ("false and x" is false, and
// the loads of x are gone), as libpcap 1.11 does it. Nothing else is optimized
// here.
//
// The first error ends the work: it is kept in the generator, after which the
// results no longer matter.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package codegen

import (
	"context"
	"runtime"
	"strings"
	"sync"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
)

// Savefile tells whether a program is for packets of a capture file, whose
// headers may be in the byte order of another machine.
// It is a value, and so safe for concurrent use.
type Savefile uint8

// The kinds of packet source.
const (
	NotSavefile Savefile = iota // live packets, or not known
	Unswapped                   // a file in this machine's byte order
	Swapped                     // a file in the opposite byte order
)

// NetmaskUnknown is the netmask that stands for none: "ip broadcast" is an
// error then.
const NetmaskUnknown = 0xffffffff

// Options is what a program depends on beside the expression.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	LinkType linktype.Type
	// Netmask is that of the network captured on, in host byte order
	// (0xffffff00 for 255.255.255.0), or NetmaskUnknown.
	Netmask uint32
	// Names looks names up.
	Names names.Resolver
	// LinuxExtensions allows loads of Linux ancillary data, for programs
	// that run in the kernel on live packets.
	LinuxExtensions bool
	Savefile        Savefile
	// Unoptimized says that the program will not be optimized. Then a division
	// by zero or a shift too far that shows only once constants are folded is
	// no error: it rejects packets, or gives 0.
	Unoptimized bool
	// Scoped is another language, which people take this one for: vlan, mpls and
	// their like move what is joined to them by and, and nothing in other branches
	// or behind a not. It is for finding out where that makes a difference.
	Scoped bool
	// Layers is how headers are passed, nil for libpcap's language.
	Layers *Layers
}

// Generate returns the graph of an expression; nil accepts every packet. An
// error is a *diag.Error with the span of the primitive at fault, if there is one.
// Each node has the span of the primitive, or of the packet data within it, that
// it tests for.
func Generate(ctx context.Context, e ast.Expr, o Options) (*ir.Graph, error) {
	g := newGenerator(ctx, o)
	graph, err := g.generate(e)
	g.release()
	return graph, err
}

// Part tells where in a graph one primitive is decided: a part of the expression
// that is neither and, or nor not.
// It is safe for concurrent use as long as nobody changes it.
type Part struct {
	Expr ast.Expr
	// A run that reaches Entry leaves the primitive at True or at False, by what it
	// comes to, or ends in it with a load that fails. Entry is nil where the graph
	// does not ask: the primitive is Value on every packet (Folded), or stands beside
	// one that decides without it.
	Entry, True, False *ir.Node
	Folded, Value      bool
	// Before and After are where the headers start for the primitive and for what is
	// written after it.
	Before, After Headers
}

// Moves tells whether what is written after the primitive looks elsewhere in the
// packet than what is written before it.
func (p *Part) Moves() bool { return p.Before != p.After }

// Headers is where a primitive looks for headers.
// It is safe for concurrent use as long as nobody changes it.
type Headers struct {
	LinkType linktype.Type // of the link-layer header in force
	// Link and Net are where the link-layer header in force starts and where its
	// network header does, in bytes from the start of the packet; where they are
	// variable, from what the program finds out for each packet.
	Link, Net          uint32
	LinkVaries, Varies bool
	// Protocol is where the field that tells the protocol of the payload is.
	Protocol uint32
	MPLS     int // label stack entries passed
}

func (g *generator) headers() Headers {
	return Headers{
		LinkType: g.layout.Type, Link: g.link.k, LinkVaries: g.link.v != nil,
		Net: g.payload.k + g.net, Varies: g.payload.v != nil,
		Protocol: g.protocol.k, MPLS: g.mplsDepth,
	}
}

// GenerateParts is Generate with the list of the expression's primitives, in the
// order of the text. The graph is the same.
func GenerateParts(ctx context.Context, e ast.Expr, o Options) (*ir.Graph, []Part, error) {
	g := newGenerator(ctx, o)
	g.wantParts = true
	graph, err := g.generate(e)
	parts := g.parts
	g.release()
	return graph, parts, err
}

func (g *generator) generate(e ast.Expr) (*ir.Graph, error) {
	if e == nil {
		g.graph.Root = g.graph.AcceptNode // no expression asks for anything
		return g.graph, nil
	}
	if t := g.opts.LinkType; !t.Assigned() {
		return nil, diag.New(diag.Unsupported, 0, 0, "no link-layer type has the number %d", int(t))
	}
	c := g.expr(e)
	if g.err != nil {
		return nil, g.err
	}
	root := g.prefix(g.lower(c, g.graph.AcceptNode, g.graph.RejectNode))
	if g.folded != nil && g.optimized() {
		return nil, g.folded
	}
	g.graph.Root = root
	return g.graph, nil
}

// optimized tells whether libpcap's optimizer would run. It does not on
// programs with jumps within what it takes for one block: those that compute
// the length of an 802.11 header or look behind Geneve, all for Prism headers,
// and the loops of protochain.
func (g *generator) optimized() bool {
	prism := g.packet.layout.Prefix == linktype.PrismPrefix
	return !g.opts.Unoptimized && !g.graph.KeepShape && !g.loops && !prism
}

// generator is the state of one walk over a tree.
type generator struct {
	ctx   context.Context
	opts  Options
	graph *ir.Graph
	conds []cond   // arena
	kids  []*cond  // arena of their operands
	span  ast.Span // of the primitive in work, for errors
	err   *diag.Error
	// parts lists the primitives, if wantParts.
	parts     []Part
	wantParts bool
	// folded is the first division by 0 or shift too far that only folding
	// shows, in a test that is left in the graph. libpcap's optimizer refuses
	// it, so it counts where that runs. pending is that of the relation in work.
	folded, pending *diag.Error
	loops           bool // a protochain has been generated

	// packet is the packet's own link-layer header, whatever the expression
	// has moved on to: its offsets are what the program computes at its start.
	packet struct {
		layout        linktype.Layout
		link, payload offset
	}
	position
	scratchInUse int // scratch words that libpcap would have in use

	// through is what primitives see through. walks are those that stand before the primitive in work
	// on every path, allWalks all that there are. absent is where a primitive that is lowered goes
	// when the packet was too short on the wire; nil where such a packet is rejected.
	through         Tags
	unpassed        position // where the primitive in work would look without seeing through
	walks, allWalks []*walk
	absent          *ir.Node
	rooms           map[*ir.Node]room
}

// position is where primitives look, which some of them change for all that is
// written after them.
type position struct {
	// The link-layer header in force, and the one before the last encapsulation.
	layout       linktype.Layout
	previous     linktype.Type
	link         offset // link-layer header
	previousLink offset
	protocol     offset // the field that tells the protocol
	payload      offset // what follows the link-layer header
	net, netLLC  uint32 // network header from the payload, with SNAP and without
	encapsulated bool   // within geneve or vxlan
	mplsDepth    int
	vlanDepth    int
	// typ is the type of what is at the network header, where a walk or a tunnel has found it,
	// and frame is the payload as it was before tags were passed.
	typ    *variable
	frame  offset
	scoped bool // within braces
}

// generators keeps the memory of generators that are done.
var generators = sync.Pool{New: func() any {
	return &generator{conds: make([]cond, 0, firstConds), kids: make([]*cond, 0, firstConds)}
}}

// release ends the work. What a generator returns refers to nothing in its memory.
func (g *generator) release() {
	if cap(g.conds) <= keptConds && cap(g.kids) <= 4*keptConds {
		clear(g.conds)
		clear(g.kids)
		*g = generator{conds: g.conds[:0], kids: g.kids[:0]}
		generators.Put(g)
	}
}

func newGenerator(ctx context.Context, o Options) *generator {
	l := o.LinkType.Layout()
	g := generators.Get().(*generator)
	g.ctx, g.opts, g.graph = ctx, o, ir.New()
	g.layout, g.previous = l, l.Type
	g.through = o.Layers.Through()
	g.link = offset{k: l.Header}
	if l.Prefix != linktype.NoPrefix {
		g.link.v = new(variable)
	}
	g.payload = offset{k: l.Payload}
	if l.VariablePayload {
		g.payload.v = new(variable)
	}
	g.protocol = offset{k: l.ProtocolOff}
	g.previousLink = g.link
	g.packet.layout, g.packet.link, g.packet.payload = l, g.link, g.payload
	g.net, g.netLLC = l.Net, l.NetLLC
	return g
}

// afInet6 is the value of AF_INET6 by operating system, as it stands in the
// headers of live loopback captures. Windows is Npcap's value.
var afInet6 = map[string]uint32{
	"linux": 10, "android": 10, "freebsd": 28, "dragonfly": 28, "darwin": 30, "ios": 30,
	"netbsd": 24, "openbsd": 24, "windows": 24, "solaris": 26, "illumos": 26,
}

func systemInet6() uint32 {
	if v, ok := afInet6[runtime.GOOS]; ok {
		return v
	}
	return afInet6["linux"]
}

// fail keeps the first error and returns a condition for the caller to return.
func (g *generator) fail(kind diag.Kind, format string, args ...any) *cond {
	if g.err == nil {
		for i, a := range args {
			if s, ok := a.(string); ok {
				args[i] = shorten(s)
			}
		}
		g.err = diag.New(kind, g.span.Pos, g.span.End, format, args...)
	}
	return condFalse
}

// longestQuote is how much of a name is quoted in an error, in bytes.
const longestQuote = 200

func shorten(s string) string {
	if len(s) <= longestQuote {
		return s
	}
	return strings.ToValidUTF8(s[:longestQuote], "") + "…"
}

// hint adds a way forward to the error just made.
func (g *generator) hint(format string, args ...any) *cond {
	if g.err != nil && g.err.Hint == "" {
		g.err.WithHint(format, args...)
	}
	return condFalse
}

// option adds a way forward that takes an option of the compiler.
func (g *generator) option(o diag.Option, format string, args ...any) *cond {
	if g.err != nil && g.err.Hint == "" {
		g.err.WithHint(format, args...).WithOption(o)
	}
	return condFalse
}

// atMost checks that the value of a field is in its range.
func (g *generator) atMost(what string, v, most uint32) bool {
	if v <= most {
		return true
	}
	g.fail(diag.Range, "%s %d is greater than %d", what, v, most)
	return false
}

// notHere refuses a primitive that the link-layer type does not have.
func (g *generator) notHere(what string) *cond {
	return g.fail(diag.Unsupported, "'%s' does not apply to link-layer type %s", what, describe(g.layout.Type))
}

// onlyOn refuses a primitive that few link-layer types have, which it names.
func (g *generator) onlyOn(what, types string) *cond {
	g.notHere(what)
	return g.option(diag.LinkType, "only %s has it", types)
}

// lacks refuses a primitive that looks for something that the link-layer type
// does not have.
func (g *generator) lacks(what string) *cond {
	return g.fail(diag.Unsupported, "packets of link-layer type %s have no %s", describe(g.layout.Type), what)
}

func describe(t linktype.Type) string {
	if d := t.Description(); d != "" {
		return t.String() + " (" + d + ")"
	}
	return t.String()
}

// expr generates a truth value. The left operands of a run of and and or nest
// as deep as the text is long, so they are not walked by recursion.
func (g *generator) expr(e ast.Expr) *cond {
	var spine []*ast.Logic
	for {
		l, ok := e.(*ast.Logic)
		if !ok {
			break
		}
		spine = append(spine, l)
		e = l.Operands[0]
	}
	start := g.position
	c := g.operand(e)
	first := len(g.walks)
	for i := len(spine) - 1; i >= 0; i-- {
		l := spine[i]
		for _, o := range l.Operands[1:] {
			if g.err != nil {
				return condFalse
			}
			g.leave(l.Op == ast.Or, start)
			c = g.join(l.Op, c, g.expr(o))
		}
		g.leave(l.Op == ast.Or, start)
		g.walks = g.walks[:min(first, len(g.walks))] // the first operand is evaluated in any case
	}
	return c
}

// leave goes back to the position before a branch that ends, if that is scoped.
func (g *generator) leave(ends bool, before position) {
	if ends && g.opts.Scoped {
		g.position = before
	}
}

func (g *generator) join(op ast.LogicOp, a, b *cond) *cond {
	if op == ast.And {
		return g.and(a, b)
	}
	return g.or(a, b)
}

func (g *generator) operand(e ast.Expr) *cond {
	if n, ok := e.(*ast.Not); ok {
		before := g.position
		c := g.not(g.expr(n.X))
		g.leave(true, before)
		return c
	}
	g.span = e.Range()
	switch _, scope := e.(*ast.Scope); {
	case g.opts.Layers == nil:
		return g.part(e, func() *cond { return g.primitive(e) })
	case scope:
		return g.opts.Layers.hooks.primitive(g, e)
	}
	return g.part(e, func() *cond { return g.opts.Layers.hooks.primitive(g, e) })
}

// part generates a primitive, and notes it where that is wanted.
func (g *generator) part(e ast.Expr, generate func() *cond) *cond {
	if !g.wantParts {
		return generate()
	}
	p := Part{Expr: e, Before: g.headers()}
	c := generate()
	p.After = g.headers()
	p.Folded = c.kind == isTrue || c.kind == isFalse
	p.Value = c.kind == isTrue
	g.parts = append(g.parts, p)
	if p.Folded {
		return c
	}
	part := g.parent(isPart, c)
	part.v = int32(len(g.parts) - 1)
	return part
}

func (g *generator) primitive(e ast.Expr) *cond {
	switch e := e.(type) {
	case *ast.Relation:
		return g.relation(e)
	case *ast.Qualified:
		return g.qualified(e)
	case *ast.Protocol:
		return g.abbreviation(e.Proto)
	case *ast.Test:
		return g.test(e)
	}
	return g.fail(diag.Internal, "no code for %T", e)
}
