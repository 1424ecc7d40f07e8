package explain

import (
	"fmt"

	"bpfc/ir"
)

// Truth is what a part of a filter comes to for a packet.
// It is a value, and so safe for concurrent use.
type Truth string

// The truths.
const (
	True      Truth = "true"
	False     Truth = "false"
	NotLooked Truth = "not looked at" // what stands before it decided
	Cut       Truth = "packet ends"   // it needs bytes that the packet does not have, so the filter rejects
)

// Packet is a packet to be judged.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	Data    []byte
	WireLen int // length on the wire, bytes; 0 is that of Data
	// Anc gives Linux ancillary data; nil has 0 for all.
	Anc func(k uint32) uint32
}

func (p *Packet) wireLen() int { return max(p.WireLen, len(p.Data)) }

// Judged is a part of a filter and what it comes to for a packet.
// It is safe for concurrent use as long as nobody changes it.
type Judged struct {
	*Part
	Truth Truth `json:"truth"`
	// Found is, of a primitive that was looked at, the value that it found and what
	// it wanted.
	Found string    `json:"found,omitempty"`
	Parts []*Judged `json:"parts,omitempty"`
}

// Why is the answer to why a packet matched or did not.
// It is safe for concurrent use as long as nobody changes it.
type Why struct {
	Matches bool    `json:"matches"`
	Root    *Judged `json:"tree,omitempty"`
	// Decided is the primitive that decided, nil where none did: the filter is empty,
	// or the packet ended in a header before the first.
	Decided *Judged `json:"-"`
	// Reason says in a sentence why.
	Reason string `json:"reason"`
	// Would are the ways in which the packet, or what is inside it, would match.
	Would []Would `json:"would,omitempty"`
}

// run is the way of one packet through the graph.
type run struct {
	f     *Filter
	truth map[*Part]Truth
	steps map[*Part]ir.Step // the last step within a primitive
	texts map[*Part]string
	last  *Part
	// carries is the protocol that the link layer was found to announce, an EtherType.
	carries uint32
	ended   bool // the packet ended before the first primitive
}

// Why judges a packet and says why.
func (f *Filter) Why(p Packet) *Why {
	w := f.judge(p)
	w.Would = f.through(p, w)
	return w
}

func (f *Filter) judge(p Packet) *Why {
	r := run{f: f, truth: map[*Part]Truth{}, steps: map[*Part]ir.Step{}, texts: map[*Part]string{}}
	w := &Why{Matches: ir.Walk(f.graph, p.Data, p.wireLen(), p.Anc, r.step)}
	r.finish(w.Matches)
	if f.Root != nil {
		w.Root = r.judged(f.Root)
		w.Decided = find(w.Root, r.last)
	}
	w.Reason = w.reason(&r, p)
	return w
}

// step notes a step. A primitive has come to something when the walk stands at one of
// its exits, which the next step's node, or the end, tells.
func (r *run) step(s ir.Step) {
	p := r.f.leafAt(s.Node.Text)
	if p != r.last && r.last != nil {
		r.leave(r.last, s.Node)
	}
	if p == nil {
		r.ended = s.Failed
		return
	}
	r.last = p
	if s.Failed {
		r.truth[p] = Cut
	}
	r.note(p, s)
	r.steps[p] = s
}

// leave says what a primitive has come to whose exit is at n.
func (r *run) leave(p *Part, n *ir.Node) {
	switch n {
	case p.code.True:
		r.truth[p] = True
	case p.code.False:
		r.truth[p] = False
	}
}

func (r *run) finish(matches bool) {
	for _, p := range r.f.leaves {
		switch {
		case p.code.Folded && p.code.Value:
			r.truth[p] = True
		case p.code.Folded:
			r.truth[p] = False
		}
	}
	if r.last == nil || r.truth[r.last] == Cut {
		return
	}
	end := r.f.graph.RejectNode
	if matches {
		end = r.f.graph.AcceptNode
	}
	r.leave(r.last, end)
}

// judged gives the tree with what each part comes to.
func (r *run) judged(p *Part) *Judged {
	j := &Judged{Part: p}
	for _, k := range p.Parts {
		j.Parts = append(j.Parts, r.judged(k))
	}
	switch p.Op {
	case And, Inside:
		j.Truth = combine(j.Parts, False, True)
	case Or:
		j.Truth = combine(j.Parts, True, False)
	case Not:
		j.Truth = opposite(j.Parts[0].Truth)
	default:
		j.Truth = r.truth[p]
		if j.Truth == "" {
			j.Truth = NotLooked
		}
		j.Found = r.texts[p]
	}
	return j
}

// opposite is what not comes to.
func opposite(t Truth) Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return t
}

// combine is what and and or come to: one operand that is decisive decides, and
// otherwise all must be the opposite.
func combine(parts []*Judged, decisive, opposite Truth) Truth {
	all := opposite
	for _, p := range parts {
		switch p.Truth {
		case decisive:
			return decisive
		case Cut:
			all = Cut
		case NotLooked:
			if all != Cut {
				all = NotLooked
			}
		}
	}
	return all
}

// find gives the judgment of a part; nil for no part.
func find(j *Judged, p *Part) *Judged {
	if j.Part == p {
		return j
	}
	for _, k := range j.Parts {
		if found := find(k, p); found != nil {
			return found
		}
	}
	return nil
}

// note keeps what a step found as a sentence, and what it tells of the protocols.
func (r *run) note(p *Part, s ir.Step) {
	n := s.Node
	if s.Failed {
		r.texts[p] = r.missing(s)
		return
	}
	if n.Kind == ir.Chain {
		r.texts[p] = fmt.Sprintf("protocol %s is not in the chain of headers", asProtocol(n.Chain.Proto))
		if s.Holds {
			r.texts[p] = fmt.Sprintf("protocol %s is in the chain of headers", asProtocol(n.Chain.Proto))
		}
		return
	}
	if n.Kind != ir.Test {
		return
	}
	text := r.sentence(p, s)
	if text == "" {
		return
	}
	// The two ports or addresses that were tried in turn are told together.
	if before, ok := r.steps[p]; ok && !s.Holds && alike(before, s) {
		text = r.texts[p] + "; " + text
	}
	r.texts[p] = text
	r.learn(p, s)
}

// alike tells whether two steps look for one value in two places.
func alike(a, b ir.Step) bool {
	return !a.Holds && a.Node.Kind == ir.Test && a.Node.R == b.Node.R && a.Node.Cmp == b.Node.Cmp && a.Node.L != b.Node.L && a.Node.Text == b.Node.Text
}

// learn notes what a test says of the protocol.
func (r *run) learn(p *Part, s ir.Step) {
	n := s.Node
	if !s.Holds || n.Cmp != ir.Eq || n.R.Op != ir.Const {
		return
	}
	load, mask := loadIn(n.L)
	if load == nil || load.Op != ir.Load {
		return
	}
	switch {
	case mask == 0xf0 && n.R.K == 0x40:
		r.carries = 0x0800
	case mask == 0xf0 && n.R.K == 0x60:
		r.carries = 0x86dd
	case load.K == p.code.Before.Protocol && load.Size == 2:
		r.carries = n.R.K
		if alias, ok := pppTypes[n.R.K]; ok && p.code.Before.Protocol != 12 {
			r.carries = alias
		}
	}
}

// pppTypes are the numbers that PPP has for what EtherTypes tell elsewhere (RFC 1332, 5072).
var pppTypes = map[uint32]uint32{0x0021: 0x0800, 0x0057: 0x86dd}

// sentence says what a test found: "protocol at byte 23 is 17 (UDP); wanted 6 (TCP)".
func (r *run) sentence(p *Part, s ir.Step) string {
	n := s.Node
	got, ok := s.Eval(n.L)
	want, ok2 := s.Eval(n.R)
	if !ok || !ok2 {
		return ""
	}
	load, mask := loadIn(n.L)
	f := field{"", asHex}
	subject := "the value of " + n.L.String()
	switch {
	case n.L.Op == ir.Len:
		f, subject = field{"length", asDecimal}, "the length on the wire"
	case load != nil:
		f = fieldOf(load, p.code.Before, r.carries)
		subject = r.subject(f, load, s)
		switch {
		case f.name == "fragment field" && n.Cmp == ir.Set && want == 0x1fff:
			f.show, mask, got = asOffset, 0xffffffff, got&0x1fff
			subject = "the fragment offset" + at(load, s)
		case n.Cmp == ir.Set || mask != 0xffffffff:
			f.show = asHex
		}
		if mask != 0xffffffff {
			subject += fmt.Sprintf(" under the mask %#x", mask)
		}
	}
	return subject + " is " + f.show(got) + wanted(n, want, s.Holds, f)
}

// wanted says what a test asked for.
func wanted(n *ir.Node, want uint32, holds bool, f field) string {
	switch n.Cmp {
	case ir.Eq:
		if holds {
			return "" // it is what it is
		}
		return "; wanted " + f.show(want)
	case ir.Gt:
		return "; compared with more than " + f.show(want)
	case ir.Ge:
		return "; compared with at least " + f.show(want)
	}
	if f.name == "fragment field" {
		return ""
	}
	return "; compared with any of the bits " + asHex(want)
}

func (r *run) subject(f field, load *ir.Expr, s ir.Step) string {
	if load.Op == ir.Anc {
		return f.name
	}
	if f.name != "" {
		return f.name + at(load, s)
	}
	if load.Size == 1 {
		return "the byte" + at(load, s)
	}
	return fmt.Sprintf("the %d-byte number", load.Size) + at(load, s)
}

// at says where a load reads.
func at(load *ir.Expr, s ir.Step) string {
	off := uint64(load.K)
	if load.L != nil {
		x, ok := s.Eval(load.L)
		if !ok {
			return ""
		}
		off += uint64(x)
	}
	return fmt.Sprintf(" at byte %d", off)
}

// missing says which bytes a step needs that the packet does not have.
func (r *run) missing(s ir.Step) string {
	text := "a division by zero, which has no value, so the filter rejects"
	for _, e := range [2]*ir.Expr{s.Node.L, s.Node.R} {
		loads(e, func(load *ir.Expr) {
			if _, ok := s.Eval(load); !ok {
				text = plural(int(load.Size), "byte") + at(load, s) + " would be needed, and the packet ends before, so the filter rejects"
			}
		})
	}
	return text
}

// reason says in a sentence why.
func (w *Why) reason(r *run, p Packet) string {
	verdict := "The packet does not match"
	if w.Matches {
		verdict = "The packet matches"
	}
	switch d := w.Decided; {
	case w.Root == nil:
		return verdict + ": an empty filter keeps every packet."
	case d == nil && r.ended:
		return fmt.Sprintf("%s: it ends, after %s, before the headers that the filter looks for.", verdict, plural(len(p.Data), "byte"))
	case d == nil && r.last == nil && constant(w.Root):
		return verdict + ": the filter says the same of every packet of its link-layer type."
	case d == nil:
		return verdict + ": it is not of the kind that the filter can look into."
	case d.Truth == Cut && p.wireLen() > len(p.Data):
		return fmt.Sprintf("%s: of %s %d were captured, and %s needs more.", verdict, plural(p.wireLen(), "byte"), len(p.Data), quote(d.Text))
	case d.Truth == Cut:
		return fmt.Sprintf("%s: it is %s long, and %s needs more.", verdict, plural(len(p.Data), "byte"), quote(d.Text))
	case d.Found == "":
		return fmt.Sprintf("%s: %s is %s.", verdict, quote(d.Text), d.Truth)
	default:
		return fmt.Sprintf("%s: %s is %s (%s).", verdict, quote(d.Text), d.Truth, d.Found)
	}
}

// constant tells whether all primitives are the same for every packet.
func constant(j *Judged) bool {
	if j.Op == Test {
		return j.code.Folded
	}
	for _, k := range j.Parts {
		if constant(k) {
			return true
		}
	}
	return false
}
