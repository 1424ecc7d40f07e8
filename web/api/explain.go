package api

import (
	"context"
	"encoding/json"

	"bpfc"
	"bpfc/explain"
	"bpfc/web/rpc"
)

// ByteRange is some bytes of a packet. It is a value, and so safe for concurrent use.
type ByteRange struct {
	From   int    `json:"from"`
	To     int    `json:"to"` // -1 for no bound
	Varies bool   `json:"varies"`
	Text   string `json:"text"`
}

// Part is a part of the expression. It is safe for concurrent use as long as nobody changes it.
type Part struct {
	rpc.Span
	ID    int         `json:"id"`
	Op    string      `json:"op"`
	Text  string      `json:"text"`
	Says  string      `json:"says"`
	Notes []string    `json:"notes"`
	Bytes []ByteRange `json:"bytes"`
	Parts []*Part     `json:"parts"`
}

// Explained says what a filter tests. It is safe for concurrent use as long as nobody changes it.
type Explained struct {
	Text         string     `json:"text"`
	Root         *Part      `json:"root,omitempty"`
	Headers      []Header   `json:"headers"`
	Notes        []string   `json:"notes"` // about all of it, a sentence each
	Needs        int        `json:"needs"`
	Instructions int        `json:"instructions"`
	Kernel       string     `json:"kernel"`
	Error        *rpc.Error `json:"error,omitempty"`
}

// explained is the filter that was explained last.
type explained struct {
	key    string
	filter *explain.Filter
	err    error
}

// explained makes a filter that can be explained, or gives that of the last call.
func (s *service) explained(ctx context.Context, t *Settings) (*explain.Filter, error) {
	key, err := json.Marshal(t.source)
	if err != nil {
		return nil, err
	}
	if s.last.key != string(key) {
		f, err := explain.New(ctx, t.source.Expr, t.Explain())
		s.last = explained{string(key), f, err}
	}
	return s.last.filter, s.last.err
}

// mostParts bounds how many primitives are told of: a list of 10,000 hosts is as clear from its beginning.
const mostParts = 1000

func (s *service) explain(ctx context.Context, p sourceParams) (*Explained, error) {
	u := NewUnits(p.Source.Expr)
	r := &Explained{Headers: []Header{}, Notes: []string{}}
	t, err := p.Source.Settings()
	if err != nil {
		r.Error = Fail(err, u)
		return r, nil
	}
	f, err := s.explained(ctx, &t)
	if err != nil {
		r.Error = Fail(err, u)
		return r, nil
	}
	if len(f.Leaves()) > mostParts {
		r.Error = rpc.Errorf("limit", "the filter has %d primitives; up to %d are put into words", len(f.Leaves()), mostParts)
		return r, nil
	}
	cost := f.Cost()
	r.Text, r.Needs, r.Instructions, r.Kernel = f.Text(), cost.Needs, cost.Instructions, cost.Kernel
	if f.Root != nil {
		r.Notes = append(r.Notes, f.Notes()...)
		n := 0
		r.Root = partOf(f.Root, u, &n)
	}
	plain := *t.source
	plain.Optimize = false
	t.source = &plain
	if g, err := bpfc.Graph(plain.Expr, t.Options(ctx)...); err == nil {
		r.Headers = headersOf(g, t.Link, u)
	}
	return r, nil
}

// partOf gives a part, and numbers the parts from the outermost on.
func partOf(p *explain.Part, u *Units, n *int) *Part {
	r := &Part{Span: u.Span(p.Pos, p.End), ID: *n, Op: string(p.Op), Text: p.Text, Says: p.Says, Notes: append([]string{}, p.Notes...),
		Bytes: rangesOf(p.Bytes), Parts: []*Part{}}
	*n++
	for _, k := range p.Parts {
		r.Parts = append(r.Parts, partOf(k, u, n))
	}
	return r
}

func rangesOf(list []explain.Range) []ByteRange {
	all := make([]ByteRange, 0, len(list))
	for _, b := range list {
		all = append(all, ByteRange{b.From, b.To, b.Varies, b.String()})
	}
	return all
}

// Hover is what stands at a place of the text. It is safe for concurrent use as long as nobody changes it.
type Hover struct {
	Span  rpc.Span    `json:"span"`
	Title string      `json:"title"`
	Says  string      `json:"says"`
	Notes []string    `json:"notes"`
	Bytes []ByteRange `json:"bytes"`
}

type placeParams struct {
	Source Source `json:"source"`
	Pos    int    `json:"pos"`
}

// hover says what is at a place: the primitive there, or, where the text does not compile, what the word means.
func (s *service) hover(ctx context.Context, p placeParams) (*Hover, error) {
	t, err := p.Source.Settings()
	if err != nil || len(p.Source.Expr) > shortExpr {
		return nil, nil
	}
	u := NewUnits(p.Source.Expr)
	pos := u.Byte(p.Pos)
	if f, err := s.explained(ctx, &t); err == nil {
		for _, leaf := range f.Leaves() {
			if leaf.Pos <= pos && pos < leaf.End {
				return &Hover{u.Span(leaf.Pos, leaf.End), leaf.Text, leaf.Says, append([]string{}, leaf.Notes...), rangesOf(leaf.Bytes)}, nil
			}
		}
	}
	for _, token := range tokensOf(&p.Source, u) {
		if token.Start > p.Pos || p.Pos >= token.End {
			continue
		}
		word := p.Source.Expr[u.Byte(token.Start):u.Byte(token.End)]
		for _, c := range completions {
			if c.Text == word {
				return &Hover{token.Span, word, c.Doc, []string{}, []ByteRange{}}, nil
			}
		}
	}
	return nil, nil
}
