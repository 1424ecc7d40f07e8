package packets

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"time"

	"bpfc"
	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/explain"
	"bpfc/linktype"
	"bpfc/prove"
	"bpfc/web/api"
	"bpfc/web/rpc"
	"bpfc/witness"
)

// Budgets of proofs. The page ends what takes longer than 40 seconds, whatever it is.
const (
	proofTime    = 15 * time.Second
	witnessTime  = 15 * time.Second
	mostWitness  = 50
	witnessLimit = 200
)

type witnessPacket struct {
	Hex       string            `json:"hex"`
	WireLen   uint32            `json:"wireLen"`
	Way       string            `json:"way"`
	Fails     string            `json:"fails"`
	Found     string            `json:"found"`
	Malformed []string          `json:"malformed"`
	Ancillary map[string]uint32 `json:"ancillary"`
	Printed   string            `json:"printed"`
}

type witnesses struct {
	Matches []witnessPacket `json:"matches"`
	Near    []witnessPacket `json:"near"`
	More    string          `json:"more"`
	Built   bool            `json:"built"`
	Pcap    string          `json:"pcap"` // base64
	Error   *rpc.Error      `json:"error,omitempty"`
}

func (s *service) witness(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Source api.Source `json:"source"`
		Near   bool       `json:"near"`
		Most   int        `json:"most"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	if p.Most <= 0 {
		p.Most = mostWitness
	}
	r := &witnesses{Matches: []witnessPacket{}, Near: []witnessPacket{}}
	u := api.NewUnits(p.Source.Expr)
	t, err := p.Source.Settings()
	if err != nil {
		r.Error = api.Fail(err, u)
		return r, nil
	}
	set, err := witness.Find(ctx, p.Source.Expr, witness.Options{Near: p.Near, Most: min(p.Most, witnessLimit), Time: witnessTime}, t.Options(ctx)...)
	if err != nil {
		r.Error = api.Fail(err, u)
		return r, ctx.Err()
	}
	r.More, r.Built = set.More, set.Built
	r.Matches, r.Near = told(set.Matches, t.Link), told(set.Near, t.Link)
	r.Pcap, err = pcap(set, t.Link)
	return r, err
}

func told(list []witness.Packet, t linktype.Type) []witnessPacket {
	all := make([]witnessPacket, 0, len(list))
	for i := range list {
		p := &list[i]
		all = append(all, witnessPacket{hex.EncodeToString(p.Data), p.WireLen, p.Way, p.Fails, p.Found, append([]string{}, p.Malformed...),
			ancillary(p.Ancillary), line(t, p.Data, p.WireLen, 0)})
	}
	return all
}

func ancillary(values map[uint32]uint32) map[string]uint32 {
	named := map[string]uint32{}
	for k, v := range values {
		if v != 0 {
			named[cbpf.AncillaryName(k)] = v
		}
	}
	return named
}

// pcap writes packets into a file, a second apart: those that match, then the near misses.
func pcap(set *witness.Set, t linktype.Type) (string, error) {
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, capture.WriterOptions{Format: capture.Pcap, LinkType: t, Snaplen: bpfc.DefaultSnapLen})
	if err != nil {
		return "", err
	}
	n := int64(0)
	for _, list := range [][]witness.Packet{set.Matches, set.Near} {
		for i := range list {
			n++
			if err := w.WritePacket(&capture.Packet{Data: list[i].Data, WireLen: list[i].WireLen, Timestamp: n * int64(time.Second)}); err != nil {
				return "", err
			}
		}
	}
	err = w.Flush()
	return base64.StdEncoding.EncodeToString(out.Bytes()), err
}

type sideVerdict struct {
	Accepts bool      `json:"accepts"`
	Why     string    `json:"why"`
	Span    *rpc.Span `json:"span,omitempty"`
}

type counterexample struct {
	Hex       string            `json:"hex"`
	WireLen   uint32            `json:"wireLen"`
	Printed   string            `json:"printed"`
	Ancillary map[string]uint32 `json:"ancillary"`
	A         sideVerdict       `json:"a"`
	B         sideVerdict       `json:"b"`
}

type difference struct {
	Relation      string            `json:"relation"`
	Reason        string            `json:"reason"`
	Says          string            `json:"says"`
	MaxHeaders    int               `json:"maxHeaders"`
	OnlyA         *counterexample   `json:"onlyA,omitempty"`
	OnlyB         *counterexample   `json:"onlyB,omitempty"`
	InstructionsA int               `json:"instructionsA"`
	InstructionsB int               `json:"instructionsB"`
	Format        string            `json:"format"`
	Instructions  []api.Instruction `json:"instructions"`
	Error         *rpc.Error        `json:"error,omitempty"`
}

// says are the relations in sentences; the second are for a pasted program (B) beside the filter (A).
var says = map[prove.Relation][2]string{
	prove.Equal:     {"Both filters accept the same packets.", "Proved equal: the program accepts what the filter accepts."},
	prove.AImpliesB: {"B accepts every packet that A accepts, and more.", "The program accepts all that the filter does, and more."},
	prove.BImpliesA: {"A accepts every packet that B accepts, and more.", "The filter accepts all that the program does, and more."},
	prove.Disjoint:  {"No packet is accepted by both.", "No packet is accepted by both filter and program."},
	prove.Overlap:   {"Some packets are accepted by both, and some by each alone.", "Filter and program each accept packets that the other rejects."},
	prove.Undecided: {"It was not decided how they relate.", "It was not decided how they relate."},
}

// side is one of two filters to be compared.
type side struct {
	filter *prove.Filter
	words  *explain.Filter // nil for a program
	units  *api.Units
	length int
	link   linktype.Type
}

// filterSide prepares a filter; the error is to be shown.
func filterSide(ctx context.Context, s *api.Source) (*side, *rpc.Error) {
	u := api.NewUnits(s.Expr)
	all := *s
	all.AllowRejectAll = true
	t, err := all.Settings()
	if err != nil {
		return nil, api.Fail(err, u)
	}
	g, code, err := api.Compile(ctx, &t)
	if err != nil {
		return nil, api.Fail(err, u)
	}
	f, err := prove.FromGraph(g)
	if err != nil {
		return nil, api.Fail(err, u)
	}
	words, err := explain.New(ctx, s.Expr, t.Explain())
	if err != nil {
		return nil, api.Fail(err, u)
	}
	return &side{f, words, u, len(code), t.Link}, nil
}

func (d *difference) compare(ctx context.Context, a, b *side, sentence int) {
	d.InstructionsA, d.InstructionsB = a.length, b.length
	answer := prove.Compare(ctx, a.filter, b.filter, prove.Options{Time: proofTime})
	d.Relation, d.Reason, d.MaxHeaders = answer.Relation.String(), answer.Reason, answer.Bound
	if answer.Relation == prove.Undecided {
		d.Relation = "undecided"
	}
	d.Says = says[answer.Relation][sentence]
	d.OnlyA, d.OnlyB = only(answer.OnlyA, a, b), only(answer.OnlyB, a, b)
}

func only(p *prove.Packet, a, b *side) *counterexample {
	if p == nil {
		return nil
	}
	return &counterexample{hex.EncodeToString(p.Data), p.WireLen, line(a.link, p.Data, p.WireLen, 0), ancillary(p.Ancillary), a.judge(p), b.judge(p)}
}

// judge tells what a side says of a packet, and why.
func (s *side) judge(p *prove.Packet) sideVerdict {
	v := sideVerdict{Accepts: s.filter.Run(*p)}
	if s.words == nil {
		return v
	}
	w := s.words.Why(explain.Packet{Data: p.Data, WireLen: int(p.WireLen), Anc: func(k uint32) uint32 { return p.Ancillary[k] }})
	v.Why = w.Reason
	if d := w.Decided; d != nil {
		span := s.units.Span(d.Pos, d.End)
		v.Span = &span
	}
	return v
}

func (s *service) diff(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		A api.Source `json:"a"`
		B api.Source `json:"b"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	d := &difference{Relation: "undecided", Instructions: []api.Instruction{}}
	var sides [2]*side
	for i, source := range []*api.Source{&p.A, &p.B} {
		side, fail := filterSide(ctx, source)
		if fail != nil {
			d.Error = sided(fail, i)
			return d, nil
		}
		sides[i] = side
	}
	d.compare(ctx, sides[0], sides[1], 0)
	return d, ctx.Err()
}

// compare holds a pasted program against the filter.
func (s *service) compare(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Source  api.Source `json:"source"`
		Program string     `json:"program"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	d := &difference{Relation: "undecided", Instructions: []api.Instruction{}}
	code, form, err := api.ParseProgram(p.Program)
	if err != nil {
		d.Error = sided(api.Fail(err, api.NewUnits("")), 1)
		return d, nil
	}
	d.Format, d.Instructions = form, api.Instructions(code, nil, api.NewUnits(""))
	a, fail := filterSide(ctx, &p.Source)
	if fail != nil {
		d.Error = sided(fail, 0)
		return d, nil
	}
	f, err := prove.FromProgram(code)
	if err != nil {
		d.Error = sided(api.Fail(err, api.NewUnits("")), 1)
		return d, nil
	}
	d.compare(ctx, a, &side{filter: f, length: len(code), link: a.link}, 1)
	return d, ctx.Err()
}
