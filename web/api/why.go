package api

import (
	"context"
	"encoding/hex"

	"bpfc"
	"bpfc/explain"
	"bpfc/ir"
	"bpfc/web/rpc"
)

// JudgedPart is a part of the expression and what it comes to for a packet. It is safe for concurrent use as long as nobody
// changes it.
type JudgedPart struct {
	Part
	Truth string        `json:"truth"`
	Found string        `json:"found"`
	Parts []*JudgedPart `json:"parts"`
}

// Read is a range of bytes that a program read, and the parts of the text that it did so for. It is safe for concurrent
// use as long as nobody changes it.
type Read struct {
	Bytes
	Spans []rpc.Span `json:"spans"`
}

// Why says why a packet matches or not. It is safe for concurrent use as long as nobody changes it.
type Why struct {
	Hex     string          `json:"hex"`
	WireLen int             `json:"wireLen"`
	Link    string          `json:"link"`
	Matches bool            `json:"matches"`
	Reason  string          `json:"reason"`
	Decided *rpc.Span       `json:"decided,omitempty"`
	Root    *JudgedPart     `json:"root,omitempty"`
	Would   []explain.Would `json:"would"`
	Read    []Read          `json:"read"`
	Path    []string        `json:"path"` // ids of nodes of the optimized graph
	Pass    int             `json:"pass"` // its number among the passes
	PCs     []int           `json:"pcs"`
	Error   *rpc.Error      `json:"error,omitempty"`
}

// NewWhy judges a packet. What is wrong with the filter is in the answer.
func NewWhy(ctx context.Context, t *Settings, data []byte, wireLen int) *Why {
	expr := t.source.Expr
	u := NewUnits(expr)
	w := &Why{Hex: hex.EncodeToString(data), WireLen: wireLen, Link: t.Link.String(), Would: []explain.Would{}, Read: []Read{}, Path: []string{}, PCs: []int{}}
	f, err := explain.New(ctx, expr, t.Explain())
	if err != nil {
		w.Error = Fail(err, u)
		return w
	}
	why := f.Why(explain.Packet{Data: data, WireLen: wireLen})
	w.Matches, w.Reason = why.Matches, why.Reason
	w.Would = append(w.Would, why.Would...)
	if d := why.Decided; d != nil {
		span := u.Span(d.Pos, d.End)
		w.Decided = &span
	}
	if why.Root != nil && len(f.Leaves()) <= mostParts {
		n := 0
		w.Root = judged(why.Root, u, &n)
	}
	w.way(ctx, t, data, u)
	return w
}

func judged(j *explain.Judged, u *Units, n *int) *JudgedPart {
	p := j.Part
	r := &JudgedPart{Part: Part{Span: u.Span(p.Pos, p.End), ID: *n, Op: string(p.Op), Text: p.Text, Says: p.Says,
		Notes: append([]string{}, p.Notes...), Bytes: rangesOf(p.Bytes)}, Truth: string(j.Truth), Found: j.Found, Parts: []*JudgedPart{}}
	*n++
	for _, k := range j.Parts {
		r.Parts = append(r.Parts, judged(k, u, n))
	}
	return r
}

// way tells the way of the packet through the graph and the program.
func (w *Why) way(ctx context.Context, t *Settings, data []byte, u *Units) {
	allow := *t.source
	allow.AllowRejectAll = true
	settings := *t
	settings.source = &allow
	shots, err := passes(ctx, &settings, u)
	if err != nil {
		w.Error = Fail(err, u)
		return
	}
	w.Pass = len(shots) - 1
	g, code, err := Compile(ctx, &settings)
	if err != nil {
		w.Error = Fail(err, u)
		return
	}
	ids := NodeIDs(g.Order())
	accepts := ir.Walk(g, data, w.WireLen, nil, func(s ir.Step) {
		if id := ids[s.Node]; id != "" {
			w.Path = append(w.Path, id)
		}
	})
	end := g.RejectNode
	if accepts {
		end = g.AcceptNode
	}
	if id := ids[end]; id != "" && (len(w.Path) == 0 || w.Path[len(w.Path)-1] != id) {
		w.Path = append(w.Path, id)
	}
	from := sources(code, g)
	for _, s := range Trace(code, data, uint32(w.WireLen), true).Steps {
		w.PCs = append(w.PCs, s.PC)
		if s.Read == nil {
			continue
		}
		read := Read{*s.Read, []rpc.Span{}}
		for _, span := range from[s.PC] {
			read.Spans = append(read.Spans, u.Spans(span)...)
		}
		w.Read = append(w.Read, read)
	}
}

// Traced is a run with the program. It is safe for concurrent use as long as nobody changes it.
type Traced struct {
	Instructions []Instruction `json:"instructions"`
	Steps        []Step        `json:"steps"`
	Returns      uint32        `json:"returns"`
	Cut          bool          `json:"cut"`
	Ends         string        `json:"ends"`
	Error        *rpc.Error    `json:"error,omitempty"`
}

// NewTraced runs a source's program, or one that was pasted, on a packet.
func NewTraced(ctx context.Context, t *Settings, program string, data []byte, wireLen int) *Traced {
	r := &Traced{Instructions: []Instruction{}, Steps: []Step{}}
	u := NewUnits(t.source.Expr)
	if program != "" {
		code, _, err := ParseProgram(program)
		if err != nil {
			r.Error = Fail(err, u)
			return r
		}
		r.Instructions = Instructions(code, nil, u)
		r.steps(Trace(code, data, uint32(wireLen), true))
		return r
	}
	g, err := bpfc.Graph(t.source.Expr, append(t.Options(ctx), bpfc.WithAllowRejectAll())...)
	if err != nil {
		r.Error = Fail(err, u)
		return r
	}
	code, err := emitted(g, t)
	if err != nil {
		r.Error = Fail(err, u)
		return r
	}
	r.Instructions = Instructions(code, g, u)
	r.steps(Trace(code, data, uint32(wireLen), true))
	return r
}

func (r *Traced) steps(run *Run) {
	r.Steps, r.Returns, r.Cut, r.Ends = run.Steps, run.Returns, run.Cut, run.Ends
}
