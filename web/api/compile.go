package api

import (
	"context"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/cbpf"
	"bpfc/diag"
	"bpfc/emit"
	"bpfc/explain/lint"
	"bpfc/ir"
	"bpfc/web/rpc"
)

// Compiled is the result of typing. It is safe for concurrent use as long as nobody changes it.
type Compiled struct {
	Tokens       []Token       `json:"tokens"`
	Error        *rpc.Error    `json:"error,omitempty"`
	Instructions []Instruction `json:"instructions"`
	Count        int           `json:"count"`
	Unoptimized  int           `json:"unoptimized"` // instructions without the optimizer, 0 if not known
	Kernel       string        `json:"kernel"`
	Needs        int           `json:"needs"` // bytes, -1 without bound
	Warnings     []Warning     `json:"warnings"`
	TookMs       float64       `json:"tookMs"`
}

// shortExpr is how long an expression may be, in bytes, for what is told beside its program while somebody types.
const shortExpr = 4000

func (s *service) compile(ctx context.Context, p sourceParams) (*Compiled, error) {
	start := time.Now()
	src, u := &p.Source, NewUnits(p.Source.Expr)
	c := &Compiled{Tokens: []Token{}, Instructions: []Instruction{}, Warnings: []Warning{}}
	t, err := src.Settings()
	if err != nil {
		c.Error = Fail(err, u)
		return c, nil
	}
	c.Tokens = tokensOf(src, u)
	g, code, err := Compile(ctx, &t)
	if err == nil {
		c.program(ctx, &t, code, g, u)
	} else {
		c.Error = Fail(err, u)
	}
	if e := diag.As(err); len(src.Expr) <= shortExpr && (err == nil || e != nil && e.Kind == diag.RejectsAll) {
		c.more(ctx, s, &t, u)
	}
	c.TookMs = float64(time.Since(start).Microseconds()) / 1000
	return c, nil
}

// Compile gives the program of a source, and the graph that it was made of.
func Compile(ctx context.Context, t *Settings) (*ir.Graph, []bpf.RawInstruction, error) {
	g, err := bpfc.Graph(t.source.Expr, t.Options(ctx)...)
	if err != nil {
		return nil, nil, err
	}
	code, err := emit.Emit(g, uint32(t.SnapLen))
	if e := diag.As(err); e != nil && e.Pos == 0 && e.End == 0 {
		e.End = len(t.source.Expr)
	}
	return g, code, err
}

// program describes the program.
func (c *Compiled) program(ctx context.Context, t *Settings, code []bpf.RawInstruction, g *ir.Graph, u *Units) {
	c.Count = len(code)
	c.Instructions = Instructions(code, g, u)
	if err := cbpf.Validate(code, cbpf.ModeKernel); err != nil {
		c.Kernel = err.Error()
	}
	if len(t.source.Expr) > shortExpr {
		return
	}
	plain := *t.source
	plain.Optimize = false
	unoptimized := *t
	unoptimized.source = &plain
	if _, code, err := Compile(ctx, &unoptimized); err == nil {
		c.Unoptimized = len(code)
	}
}

// more tells how many bytes the filter needs, and the warnings that are quickly found.
func (c *Compiled) more(ctx context.Context, s *service, t *Settings, u *Units) {
	c.Needs = -1
	if f, err := s.explained(ctx, t); err == nil {
		c.Needs = f.Needs()
	}
	o := t.lint()
	o.Quick = true
	if report, err := lint.Check(ctx, t.source.Expr, o); err == nil {
		c.Warnings = warningsOf(report.Warnings, t.source.Expr, u)
	}
}
