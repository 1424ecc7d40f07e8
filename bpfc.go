// Package bpfc compiles tcpdump filter expressions to classic BPF, without
// cgo and without libpcap.
//
//	p, err := bpfc.Compile("tcp port 80")
//	if err != nil { … }                    // a *bpfc.Error with the place in the text
//	insns := p.Instructions()              // for SO_ATTACH_FILTER, x/net/bpf, gopacket …
//
// The language is that of pcap-filter(7) as libpcap 1.11 has it. A program is
// made for one link-layer type (Ethernet if none is given), and returns the
// snapshot length for a packet that matches and 0 for one that does not.
//
// This package only puts the stages together: parser, code generator,
// optimizer and emitter are packages of their own and can be called, printed
// and tested alone. Package vm runs programs in process and knows nothing of
// the compiler.
//
// The package keeps its API compatible within a major version.
package bpfc

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"

	"golang.org/x/net/bpf"

	"bpfc/ast"
	"bpfc/cbpf"
	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/emit"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/optimizer"
	"bpfc/parser"
	"bpfc/socket"
	"bpfc/vm"
)

// Error is what every error of the compiler is: its kind, a message, the span
// of bytes in the expression, and a way forward.
// It is safe for concurrent use as long as nobody changes it.
type Error = diag.Error

// DefaultSnapLen is the snapshot length of programs that are given none, in
// bytes: the most that tcpdump captures of a packet.
const DefaultSnapLen = 262144

// NetmaskUnknown is the netmask of programs that are given none.
const NetmaskUnknown = codegen.NetmaskUnknown

// Savefile tells in which byte order the headers of a capture file may be.
// It is a value, and so safe for concurrent use.
type Savefile = codegen.Savefile

// The kinds of packet source, see [WithSavefile].
const (
	NotSavefile       = codegen.NotSavefile
	SavefileUnswapped = codegen.Unswapped
	SavefileSwapped   = codegen.Swapped
)

// Option changes how an expression is compiled; nil changes nothing.
// It is immutable, and so safe for concurrent use.
type Option interface{ apply(*options) }

// option is a function as an option.
type option func(*options)

func (f option) apply(o *options) { f(o) }

type options struct {
	codegen        codegen.Options
	ctx            context.Context
	snapLen        int
	socket         socket.Kind
	given          struct{ linkType, snapLen bool } // by an option, rather than by default
	optimize       bool
	allowRejectAll bool
	quick          bool
	noText         bool // nobody sees the graph
	trace          func(pass string, g *ir.Graph)
	files          fs.FS
	dialect        func(*options) *parser.Dialect
	layers         func(*options) (*codegen.Layers, error)
	through        []string
	extended       bool
	generated      *ir.Graph // if not nil, it becomes the graph as the code generator made it

	// What only an option needs, that option brings with it, so that a program that does not use it does not contain it.
	checkSocket func(*options, ast.Expr) error
	lower       func(*options, *ir.Graph)
	verifier    func(*options, *error) func(pass string, g *ir.Graph)
	prover      func(o *options, expr string, optimized *ir.Graph, code []bpf.RawInstruction) error
}

// WithLinkType sets the link-layer type of the packets; EN10MB if not given.
func WithLinkType(t linktype.Type) Option {
	return option(func(o *options) { o.codegen.LinkType, o.given.linkType = t, true })
}

// WithSnapLen sets what the program returns for a packet that matches, in
// bytes; [DefaultSnapLen] if not given. 0 rejects every packet and is an error, as
// is what does not fit in 31 bits.
func WithSnapLen(n int) Option {
	return option(func(o *options) { o.snapLen, o.given.snapLen = n, true })
}

// WithNetmask sets the netmask of the network captured on, in host byte order
// (0xffffff00 for 255.255.255.0), which only "ip broadcast" needs.
func WithNetmask(m uint32) Option { return option(func(o *options) { o.codegen.Netmask = m }) }

// WithNames sets who looks names up; [names.System] if not given.
func WithNames(r names.Resolver) Option { return option(func(o *options) { o.codegen.Names = r }) }

// WithLinuxExtensions lets the program read Linux ancillary data. Such a
// program runs in the kernel on live packets, or in package vm with metadata.
func WithLinuxExtensions() Option {
	return option(func(o *options) { o.codegen.LinuxExtensions = true })
}

// WithSavefile says that the packets come from a capture file in this or the
// opposite byte order. It matters for NULL, LOOP, ENC and PFLOG headers, whose
// address families differ by the system that wrote them.
func WithSavefile(s Savefile) Option { return option(func(o *options) { o.codegen.Savefile = s }) }

// WithoutOptimizer compiles as the expression is written. No test is made
// whether the filter rejects every packet.
func WithoutOptimizer() Option {
	return option(func(o *options) { o.optimize, o.codegen.Unoptimized = false, true })
}

// WithQuickOptimizer leaves out what takes the optimizer longest, for those who compile filters by the thousand: that takes three quarters of the
// time, and programs are as long on average and run a tenth more instructions (docs/performance.md).
func WithQuickOptimizer() Option { return option(func(o *options) { o.quick = true }) }

// WithAllowRejectAll compiles a filter that is proved to reject every packet,
// which is an error otherwise.
func WithAllowRejectAll() Option { return option(func(o *options) { o.allowRejectAll = true }) }

// WithContext bounds name lookups.
func WithContext(ctx context.Context) Option { return option(func(o *options) { o.ctx = ctx }) }

// WithTrace calls f with the graph as generated ("codegen") and after every
// pass of the optimizer. The graph must not be changed or kept.
func WithTrace(f func(pass string, g *ir.Graph)) Option {
	return option(func(o *options) { o.trace = f })
}

// WithVerification holds the graph against the rules of [ir.Verify], as generated
// and after every pass of the optimizer. Where one is broken the error is of kind
// diag.Internal and names the pass.
func WithVerification() Option { return option(func(o *options) { o.verifier = verifyPasses }) }

// Program is a compiled filter. It is immutable.
type Program struct {
	insns    []bpf.RawInstruction
	linkType linktype.Type
	snapLen  uint32
	socket   socket.Kind
}

// NewProgram takes a program that something else compiled, for packets of a
// link-layer type, which nothing can check. SnapLen is then the largest constant
// that it returns. It is held against the rules of package vm for user space; the
// error is a *[vm.ValidateError]. The program is copied.
func NewProgram(insns []bpf.RawInstruction, t linktype.Type) (*Program, error) {
	if err := vm.Validate(insns, vm.ModeUserland); err != nil {
		return nil, err
	}
	p := &Program{insns: slices.Clone(insns), linkType: t}
	for _, in := range insns {
		if in.Op == cbpf.RetK {
			p.snapLen = max(p.snapLen, in.K)
		}
	}
	return p, nil
}

// Instructions returns the program. The slice is the caller's.
func (p *Program) Instructions() []bpf.RawInstruction {
	return append([]bpf.RawInstruction(nil), p.insns...)
}

// Len returns the number of instructions.
func (p *Program) Len() int { return len(p.insns) }

// LinkType returns the link-layer type that the program was compiled for.
func (p *Program) LinkType() linktype.Type { return p.linkType }

// SnapLen returns what the program returns for a packet that matches, in bytes.
func (p *Program) SnapLen() uint32 { return p.snapLen }

// KernelProblem returns nil if the Linux kernel takes the program as a socket
// filter, and otherwise a *[vm.ValidateError] that says why it does not. It is
// [vm.Validate] in the mode vm.ModeKernel.
func (p *Program) KernelProblem() error { return vm.Validate(p.insns, vm.ModeKernel) }

// Compile compiles an expression. An empty one accepts every packet. An error
// is a *[Error]. Where it is of kind diag.Timeout, errors.Is finds
// context.DeadlineExceeded: a name was not answered in time.
func Compile(expr string, opts ...Option) (*Program, error) {
	return newOptions(opts).compileAlone(expr)
}

// Graph returns the decision graph of an expression, after the optimizer unless
// it is switched off, with the errors of [Compile]: for drawing it, or for
// passes of one's own. It is the caller's.
func Graph(expr string, opts ...Option) (*ir.Graph, error) {
	return newOptions(opts).decide(expr)
}

// newOptions is what opts say, with the system's names where they say nothing of names. That is the only place that has to do
// with these: see [Compiler].
func newOptions(opts []Option) *options {
	o := readOptions(opts)
	if o.codegen.Names == nil {
		o.codegen.Names = names.System()
	}
	return o.complete()
}

func readOptions(opts []Option) *options {
	o := &options{
		codegen: codegen.Options{LinkType: linktype.EN10MB, Netmask: NetmaskUnknown},
		ctx:     context.Background(), snapLen: DefaultSnapLen, optimize: true,
	}
	for _, f := range opts {
		if f != nil {
			f.apply(o)
		}
	}
	return o
}

func (o *options) complete() *options {
	o.codegen.Names = names.Once(o.codegen.Names)
	o.socketDefaults()
	return o
}

// compileAlone is compile for who needs no graph.
func (o *options) compileAlone(expr string) (*Program, error) {
	o.noText = true
	p, g, err := o.compile(expr)
	if err == nil && o.trace == nil {
		g.Release()
	}
	return p, err
}

// compile also returns the graph that was emitted.
func (o *options) compile(expr string) (*Program, *ir.Graph, error) {
	if o.snapLen <= 0 || o.snapLen > math.MaxInt32 {
		return nil, nil, diag.New(diag.Range, 0, 0, "a snapshot length of %d bytes: it is 1 to 2,147,483,647", o.snapLen)
	}
	g, err := o.decide(expr)
	if err != nil {
		return nil, nil, err
	}
	optimized := g
	if o.lower != nil {
		before := *g
		optimized = &before
		o.lower(o, g)
	}
	insns, err := emit.Emit(g, uint32(o.snapLen))
	if err != nil {
		return nil, nil, withSpan(err, 0, len(expr))
	}
	if o.prover != nil {
		if err := o.prover(o, expr, optimized, insns); err != nil {
			return nil, nil, withSpan(err, 0, len(expr))
		}
	}
	return &Program{insns: insns, linkType: o.codegen.LinkType, snapLen: uint32(o.snapLen), socket: o.socket}, g, nil
}

// decide makes the graph of an expression, and refuses one that rejects every packet.
func (o *options) decide(expr string) (*ir.Graph, error) {
	tree, err := o.parse(expr)
	if err != nil {
		return nil, err
	}
	if o.checkSocket != nil {
		if err := o.checkSocket(o, tree); err != nil {
			return nil, err
		}
	}
	g, err := o.graph(tree)
	if err != nil {
		return nil, err
	}
	if o.optimize && !o.allowRejectAll && g.Root.Kind == ir.Reject {
		return nil, o.rejectsAll(expr, tree)
	}
	return g, nil
}

// graph generates and optimizes the graph of a tree.
func (o *options) graph(tree ast.Expr) (*ir.Graph, error) {
	g, err := codegen.Generate(o.ctx, tree, o.codegen)
	if err != nil {
		return nil, o.socketHint(err)
	}
	trace, broken := o.trace, (*error)(nil)
	if o.verifier != nil {
		broken = new(error)
		trace = o.verifier(o, broken)
	}
	if trace != nil {
		trace("codegen", g)
	}
	if o.generated != nil {
		*o.generated = *g // the optimizer leaves the nodes as they are and makes others
	}
	if o.optimize && !g.KeepShape {
		optimizer.Optimize(g, optimizer.Options{Trace: trace, Quick: o.quick, NoText: o.noText && trace == nil})
	}
	if broken != nil {
		return g, *broken
	}
	return g, nil
}

// verifyPasses returns a trace that sets broken to what is wrong with the first graph
// that is not well formed.
func verifyPasses(o *options, broken *error) func(pass string, g *ir.Graph) {
	return func(pass string, g *ir.Graph) {
		if o.trace != nil {
			o.trace(pass, g)
		}
		if err := ir.Verify(g); err != nil && *broken == nil {
			*broken = diag.New(diag.Internal, 0, 0, "after %s: %v", pass, err)
		}
	}
}

// withSpan gives an error of a stage that does not know the text its place.
func withSpan(err error, pos, end int) error {
	var e *diag.Error
	if errors.As(err, &e) && e.Pos == 0 && e.End == 0 {
		e.Pos, e.End = pos, end
	}
	return err
}
