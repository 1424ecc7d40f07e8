package witness

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/prove"
	"bpfc/vm"
)

// DefaultMost is how many ways, and as many near misses, are shown if not said otherwise.
const DefaultMost = 1000

// DefaultTime is how long the search may take if not said otherwise.
const DefaultTime = 30 * time.Second

// Options bound the search. The zero value is what most callers want.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	// Near asks for near misses, too.
	Near bool
	// Most bounds the number of packets that match, and of near misses; DefaultMost if 0.
	Most int
	// Time bounds the search; DefaultTime if 0.
	Time time.Duration
}

// Packet is a packet that matches, or a near miss.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	Data    []byte // as captured
	WireLen uint32 // length on the wire, in bytes; beyond Data where the filter asks for more than a packet of IP has
	// Ancillary is what Linux is to know of the packet, by offset (see package cbpf); nil where
	// the filter does not ask.
	Ancillary map[uint32]uint32
	// Way says in words which way to match the packet stands for; of a near miss, which way it misses.
	Way string
	// Fails is, of a near miss, the part of the expression in which it fails, and Found what
	// the packet has there instead.
	Fails, Found string
	// Malformed names what is wrong with the packet, because the filter asks for it.
	Malformed []string
}

// Set is what Find found.
// It is safe for concurrent use as long as nobody changes it.
type Set struct {
	Matches, Near []Packet
	// More tells why there may be further ways, "" if there are none.
	More string
	// Built tells whether the packets are real ones. For a link-layer type without a
	// builder they are the fewest bytes that match.
	Built bool
	// MaxHeaders, if not 0, is how many headers protochain was followed at most.
	MaxHeaders int
}

// search is the state of a Find.
type search struct {
	finder
	opts     Options
	ctx      context.Context
	expr     string
	linkType linktype.Type
	code     *vm.VM
	set      *Set
	seen     map[string]bool // signatures of the ways that have a packet
	deadline time.Time
}

// Find makes packets for each way in which a filter matches. The options of the compiler say
// what the filter is compiled for; an error is that of bpfc.Compile. That no packet can match is
// the error of kind diag.RejectsAll, also where it takes a proof to see it. Answers are the same
// each time, but where time runs out.
func Find(ctx context.Context, expr string, o Options, opts ...bpfc.Option) (*Set, error) {
	if o.Most == 0 {
		o.Most = DefaultMost
	}
	if o.Time == 0 {
		o.Time = DefaultTime
	}
	opts = append(slices.Clone(opts), bpfc.WithContext(ctx))
	prog, err := bpfc.Compile(expr, opts...)
	if err != nil {
		return nil, err
	}
	graph, err := bpfc.Graph(expr, append(opts, bpfc.WithoutOptimizer())...)
	if err != nil {
		return nil, err
	}
	code, err := vm.New(prog.Instructions())
	if err != nil {
		return nil, err
	}
	s := &search{ctx: ctx, expr: expr, opts: o, linkType: prog.LinkType(), code: code, deadline: time.Now().Add(o.Time)}
	s.finder = finder{from: first(s.linkType), random: rand.New(rand.NewPCG(1, 2))}
	s.machine = machine{graph: graph, vars: make([]uint32, graph.Vars), chains: map[*ir.Node]*ir.Graph{}}
	s.set, s.seen = &Set{Built: s.from != nil}, map[string]bool{}
	s.run()
	if len(s.set.Matches) == 0 && s.set.More == "" {
		return nil, diag.New(diag.RejectsAll, 0, len(expr), "no packet can match this filter")
	}
	return s.set, ctx.Err()
}

// FindProgram is Find for a program whose filter is not known: it has no ways that could be
// told apart, so there is one packet, of the fewest bytes that it accepts. A program that the validator
// refuses is an error; that it accepts no packet is one of kind diag.RejectsAll.
func FindProgram(ctx context.Context, code []bpf.RawInstruction, o Options) (*Set, error) {
	filter, err := prove.FromProgram(code)
	if err != nil {
		return nil, err
	}
	answer := prove.Compare(ctx, filter, prove.Any(), prove.Options{Time: o.Time})
	switch p := answer.OnlyA; {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case p != nil:
		return &Set{Matches: []Packet{{Data: p.Data, WireLen: p.WireLen, Ancillary: p.Ancillary, Way: "what the program accepts"}}, MaxHeaders: answer.Bound}, nil
	case answer.Relation == prove.Undecided:
		return &Set{More: "undecided whether the program accepts a packet: " + answer.Reason}, nil
	}
	return nil, diag.New(diag.RejectsAll, 0, 0, "no packet can match this program")
}

func (s *search) late() bool { return s.ctx.Err() != nil || time.Now().After(s.deadline) }

// found is a way and the packet for it.
type found struct {
	path  []step
	stack *stack // nil where prove made the packet
}

func (s *search) run() {
	paths, all := newWalker(s.graph).paths(s.opts.Most, s.late)
	if !all {
		s.set.More = "there are more ways than are shown"
	}
	var ways []found
	for _, path := range paths {
		if s.late() {
			s.set.More = "the time is over"
			return
		}
		if w, ok := s.way(path); ok {
			ways = append(ways, w)
		}
	}
	if s.opts.Near && s.from != nil {
		s.nearMisses(ways)
	}
}

// way makes the packet for a path.
func (s *search) way(path []step) (found, bool) {
	if s.from != nil {
		st := &stack{}
		st.push(s.from)
		if st = s.made(st, path, true, s.accepts); st != nil {
			if key := s.signature(st, path); s.seen[key] {
				return found{}, false
			} else {
				s.seen[key] = true
			}
			s.set.Matches = append(s.set.Matches, s.packet(st, path))
			return found{path, st}, true
		}
	}
	return found{path: path}, s.proved(path)
}

// place is where a field is in a packet.
type place struct{ at, size int }

// long is the field of more than a word that an expression reads, such as an address of IPv6.
func (s *search) long(st *stack, e *ir.Expr) (p place, ok bool) {
	of, _ := masked(e)
	if of.Op != ir.Load {
		return p, false
	}
	off, ok := s.offset(of)
	i := st.layerAt(int(off))
	if !ok || i < 0 {
		return p, false
	}
	for f := range st.layers[i].kind.all() {
		if at := st.start(i) + f.off; f.size > 4 && int(off) >= at && int(off) < at+f.size {
			return place{at, f.size}, true
		}
	}
	return p, false
}

// wanted are the tests of a path that say which way it is: those that hold. Those of a long
// field of which only some words are as the filter wants do not count.
func (s *search) wanted(st *stack, path []step) (list []step) {
	s.load(st)
	partly := map[place]bool{}
	for _, p := range path {
		if p.node.Kind == ir.Assign {
			s.takes(p)
		} else if p.node.Kind == ir.Test && p.node.Cmp == ir.Eq && !p.holds {
			if w, ok := s.long(st, p.node.L); ok {
				partly[w] = true
			}
		}
	}
	for _, p := range path {
		switch {
		case p.node.Kind == ir.Assign || !p.holds:
		case p.node.Kind == ir.Chain:
			list = append(list, p)
		default:
			if w, ok := s.long(st, p.node.L); !ok || !partly[w] {
				list = append(list, p)
			}
		}
	}
	return list
}

// signature tells ways apart.
func (s *search) signature(st *stack, path []step) string {
	var b strings.Builder
	for _, p := range s.wanted(st, path) {
		if p.node.Kind == ir.Chain {
			fmt.Fprintf(&b, "%v;", *p.node.Chain)
			continue
		}
		fmt.Fprintf(&b, "%d %d %d;", p.node.L.ID, p.node.Cmp, p.node.R.ID)
	}
	return b.String()
}

// made finds a packet for a path on which the filter says what it should: a real one, or where
// there is none and it may be so, one that is malformed.
func (s *search) made(start *stack, path []step, malformed bool, says func(*stack) bool) *stack {
	good := func(c *stack) bool { return s.along(c, path) == len(path) && says(c) }
	for _, loose := range [2]bool{false, true} {
		left := 6 // how often a packet that is not real may be changed on
		st := s.find(start, path, loose, func(c *stack) *stack {
			if left--; left < 0 || !says(c) {
				return nil
			}
			c = s.polish(c, path, good)
			s.loose = loose
			if !s.clean(c) {
				return nil
			}
			return c
		})
		if st != nil {
			return st
		}
	}
	if !malformed {
		return nil
	}
	return s.find(start, path, true, func(c *stack) *stack {
		if says(c) {
			return c
		}
		return nil
	})
}

// clean tells whether a packet is a real one.
func (s *search) clean(c *stack) bool {
	data := c.bytes()
	return len(malformed(s.from, data)) == 0 && complaint(s.linkType, data, uint32(len(data)+c.beyond)) == ""
}

// accepts runs the compiled filter.
func (s *search) accepts(st *stack) bool {
	data := st.bytes()
	if st.ancillary != nil {
		return ir.Run(s.graph, data, len(data)+st.beyond, func(k uint32) uint32 { return st.ancillary[k] })
	}
	return s.code.Run(data, uint32(len(data)+st.beyond)) != 0
}

func (s *search) rejects(st *stack) bool { return !s.accepts(st) }

// proved makes the packet for a path by a proof: the fewest bytes. It tells whether there is one.
func (s *search) proved(path []step) bool {
	g := *s.graph
	g.Root = g.AcceptNode
	for _, p := range slices.Backward(path) {
		t, f := g.Root, g.RejectNode
		if !p.holds {
			t, f = f, t
		}
		switch n := p.node; n.Kind {
		case ir.Assign:
			g.Root = g.NewAssign(n.Var, n.L, g.Root)
		case ir.Chain:
			g.Root = g.NewChain(*n.Chain, t, f)
		default:
			g.Root = g.NewTest(n.Cmp, n.L, n.R, t, f)
		}
	}
	filter, err := prove.FromGraph(&g)
	if err != nil {
		s.set.More = err.Error()
		return false
	}
	answer := prove.Compare(s.ctx, prove.And(filter, notTooLong()), prove.Any(), prove.Options{Time: time.Second})
	s.set.MaxHeaders = max(s.set.MaxHeaders, answer.Bound)
	p := answer.OnlyA
	if p == nil {
		if answer.Relation == prove.Undecided {
			s.set.More = "undecided whether there are more ways: " + answer.Reason
		}
		return false
	}
	out := Packet{Data: p.Data, WireLen: p.WireLen, Ancillary: p.Ancillary, Way: s.words(p.Data, p.WireLen, path)}
	if s.from != nil {
		out.Malformed = malformed(s.from, p.Data)
	}
	s.set.Matches = append(s.set.Matches, out)
	return true
}

// notTooLong is the filter of the packets that can be captured as a whole: those that are longer are none that anyone sends.
func notTooLong() *prove.Filter {
	g := ir.New()
	g.Root = g.NewTest(ir.Gt, g.Len(), g.Const(prove.MaxCaptured), g.RejectNode, g.AcceptNode)
	f, err := prove.FromGraph(g)
	if err != nil {
		return prove.All()
	}
	return f
}

// packet is what is handed out of a stack.
func (s *search) packet(st *stack, path []step) Packet {
	data := st.bytes()
	p := Packet{Data: data, WireLen: uint32(len(data) + st.beyond), Malformed: malformed(s.from, data)}
	p.Way = s.words(data, p.WireLen, path)
	for k, v := range st.ancillary {
		if v != 0 {
			if p.Ancillary == nil {
				p.Ancillary = map[uint32]uint32{}
			}
			p.Ancillary[k] = v
		}
	}
	if len(p.Malformed) == 0 && st.beyond == 0 {
		if c := complaint(s.linkType, data, p.WireLen); c != "" {
			p.Malformed = []string{"payload: tcpdump prints " + c}
		}
	}
	return p
}

// polish lets the innermost header carry what its port asks for, and finds something else
// where that is not what the filter wants.
func (s *search) polish(st *stack, path []step, good func(*stack) bool) *stack {
	n := len(st.layers)
	if n == 0 {
		return st
	}
	top := &st.layers[n-1]
	try := func(data []byte) *stack {
		c := st.clone()
		c.data = slices.Clone(data)
		if l := &c.layers[n-1]; top.kind == tcp && l.b[13] == 2 && len(data) > 0 {
			l.b[13], l.b[11] = 0x18, 1 // data go with PSH and ACK
		}
		if good(c) && s.clean(c) {
			return c
		}
		return nil
	}
	if services := map[*kind]func() []service{tcp: tcpServices, udp: udpServices}[top.kind]; services != nil {
		from, to := binary.BigEndian.Uint16(top.b), binary.BigEndian.Uint16(top.b[2:])
		list := services()
		for _, d := range [][]byte{speech(list, from, to), speech(list, to, from)} {
			if d == nil {
				continue
			}
			if c := try(d); c != nil {
				return c
			}
			if c := s.fitted(st, d, path, good); c != nil {
				return c
			}
		}
	}
	if len(st.data) > 0 {
		if c := try(st.data); c != nil {
			return c
		}
	}
	if s.clean(st) {
		return st
	}
	line := append(slices.Clone(st.data), " / HTTP/1.1\r\nHost: www.example\r\n\r\n"...)
	for _, d := range [][]byte{line, nil, []byte(filler), make([]byte, 64), make([]byte, 256), make([]byte, len(st.data))} {
		if c := try(d); c != nil {
			return c
		}
	}
	return st
}

// fitted changes what is said at a port to what the filter wants.
func (s *search) fitted(st *stack, said []byte, path []step, good func(*stack) bool) *stack {
	n := len(st.layers) - 1
	c := st.clone()
	c.data = slices.Clone(said)
	if l := &c.layers[n]; l.kind == tcp && l.b[13] == 2 {
		l.b[13], l.b[11] = 0x18, 1
	}
	left := 3
	return s.find(c, path, false, func(c *stack) *stack {
		if left--; left >= 0 && len(c.layers) == n+1 && len(c.data) >= len(said) && good(c) && s.clean(c) {
			return c
		}
		return nil
	})
}

// nearMisses makes, for each test of each way, a packet that fails in it alone.
func (s *search) nearMisses(ways []found) {
	type test struct {
		l, r  *ir.Expr
		cmp   ir.Cmp
		holds bool
	}
	done := map[test]bool{}
	seen := map[string]bool{}
	for _, w := range ways {
		for i, p := range w.path {
			t := test{p.node.L, p.node.R, p.node.Cmp, p.holds}
			if w.stack == nil || p.node.Kind != ir.Test || done[t] {
				continue
			}
			if s.late() {
				s.set.More = "the time is over"
				return
			}
			if len(s.set.Near) == s.opts.Most {
				s.set.More = "there are more near misses than are shown"
				return
			}
			near := slices.Clone(w.path)
			for j := range near { // a path may ask the same twice
				if n := near[j].node; n.Kind == ir.Test && n.L == t.l && n.R == t.r && n.Cmp == t.cmp {
					near[j].holds = !p.holds
				}
			}
			st := s.nearest(w.stack, near, i)
			if st == nil {
				continue
			}
			done[t] = true
			out := s.packet(st, w.path)
			if key := string(out.Data) + fmt.Sprint(out.WireLen, out.Ancillary); seen[key] {
				continue
			} else {
				seen[key] = true
			}
			out.Way = s.words(w.stack.bytes(), uint32(w.stack.size()+w.stack.beyond), w.path)
			out.Fails = s.expr[p.node.Text.Pos:p.node.Text.End]
			out.Found = s.describe(st, p.node)
			s.set.Near = append(s.set.Near, out)
		}
	}
}

// nearest finds a packet that differs in step i: by one change where that gives a real one.
func (s *search) nearest(from *stack, near []step, i int) *stack {
	good := func(c *stack) bool { return s.along(c, near) == len(near) && s.rejects(c) }
	for _, loose := range [2]bool{false, true} {
		s.loose = loose
		for _, c := range s.changes(from, near, i) {
			if good(c) {
				if c = s.polish(c, near, good); s.clean(c) {
					return c
				}
			}
		}
	}
	return s.made(from, near, !s.clean(from), s.rejects)
}

// words say which way a path is, by the headers of a packet that takes it and the fields
// that were found to be what the filter wants.
func (s *search) words(data []byte, wireLen uint32, path []step) string {
	if s.from == nil {
		return "link-layer type " + s.linkType.String()
	}
	st, short := parse(s.from, data)
	var list []string
	for i := range st.layers {
		if name := st.called(i); i > 0 || st.layers[i].kind == ipv4 || st.layers[i].kind == ipv6 {
			list = append(list, name)
		}
	}
	if short != nil {
		list = append(list, short.name)
	}
	list = counted(list)
	for _, p := range s.wanted(st, path) {
		s.data, s.wire = data, wireLen
		if p.node.Kind != ir.Test {
			continue
		}
		if text := s.field(st, p.node, false); text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	if len(list) == 0 {
		return "any packet"
	}
	return strings.Join(list, ", ")
}

// counted writes a name that stands several times in a row once.
func counted(list []string) (short []string) {
	const most = 2
	for i := 0; i < len(list); {
		n := 1
		for i+n < len(list) && list[i+n] == list[i] {
			n++
		}
		if n > most {
			short = append(short, fmt.Sprintf("%s (%d times)", list[i], n))
		} else {
			short = append(short, list[i:i+n]...)
		}
		i += n
	}
	return short
}

// called is the name of a header, with what the one before calls it where that says more.
func (s *stack) called(i int) string {
	k := s.layers[i].kind
	if i == 0 || k != arp && k != vlan {
		return k.name
	}
	for f := range s.layers[i-1].kind.all() {
		if f.role != follows {
			continue
		}
		switch v := f.get(s.layers[i-1].b); {
		case v == 0x8035:
			return "RARP"
		case k == vlan && v != 0x8100:
			return fmt.Sprintf("VLAN (%#04x)", v)
		}
	}
	return k.name
}

// describe says what a packet has in the field that a node tests.
func (s *search) describe(st *stack, n *ir.Node) string {
	s.load(st)
	parsed, _ := parse(s.from, s.data)
	if text := s.field(parsed, n, true); text != "" {
		return text
	}
	if v, ok := s.eval(n.L); ok {
		return fmt.Sprintf("%s is %d", n.L, v)
	}
	return n.L.String() + " cannot be computed"
}

// field names the field that a test is about, with its value; those that the names of the headers
// tell are left out unless all are asked for.
func (s *search) field(st *stack, n *ir.Node, all bool) string {
	e, mask := n.L, ^uint32(0)
	if n.Cmp == ir.Set && n.R.Op == ir.Const {
		mask = n.R.K
	}
	if e.Op == ir.And && e.R.Op == ir.Const {
		mask, e = mask&e.R.K, e.L
	}
	if e.Op == ir.Len {
		return fmt.Sprintf("length %d", s.wire)
	}
	off, ok := s.offset(e)
	if e.Op != ir.Load || !ok {
		return ""
	}
	i := st.layerAt(int(off))
	if i < 0 {
		return ""
	}
	at := st.start(i)
	for f := range st.layers[i].kind.all() {
		lo, hi := at+f.off, at+f.off+f.size
		if !f.overlaps(lo, int(off), int(e.Size), mask) {
			continue
		}
		if !all && (f.role == follows && !(st.layers[i].kind == udp || st.layers[i].kind == tcp) || f.role == version || f.role == bottom) {
			return ""
		}
		return f.name + " " + show(f, s.data[lo:hi])
	}
	return ""
}

// overlaps tells whether a load under a mask reads bits of the field, which is at lo.
func (f *field) overlaps(lo, off, size int, mask uint32) bool {
	for k := range size {
		p := off + k - lo
		if p < 0 || p >= f.size {
			continue
		}
		own := byte(0xff)
		if f.size <= 4 {
			own = byte(f.mask() >> (8 * (f.size - 1 - p)))
		}
		if own&byte(mask>>(8*(size-1-k))) != 0 {
			return true
		}
	}
	return false
}

// show writes the value of a field as people do.
func show(f *field, b []byte) string {
	switch {
	case strings.HasSuffix(f.name, "MAC") || strings.HasPrefix(f.name, "address "):
		return net.HardwareAddr(b).String()
	case f.size == 16 || f.size == 4 && slices.Contains([]string{"source", "destination", "sender", "target", "group"}, f.name):
		a, _ := netip.AddrFromSlice(b)
		return a.String()
	case f.size > 4:
		return fmt.Sprintf("%x", b)
	}
	shifted := *f
	shifted.off = 0
	v := shifted.get(b)
	if slices.Contains([]string{"EtherType", "SNAP type", "protocol type"}, f.name) {
		return fmt.Sprintf("%#04x", v)
	}
	return fmt.Sprint(v)
}
