// Law: a guess at what packets look like chooses between programs that are right on all of them; nothing here changes one.

package optimizer

import (
	"math"
	"math/bits"
	"slices"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// traffic knows how likely tests are to hold on the packets that links carry:
// a mix of a few kinds of packet, within each of which the tests are taken to
// be independent. That is enough to tell that "ip proto 89" fails far more
// often than "ip" does, that a port is rarer than a protocol on TCP packets
// but not on others, and that hardly a packet is a fragment.
type traffic struct {
	p *program
	// etherType is the offset of the outermost field that tells the network
	// protocol by Ethernet types, or -1: from there on the kinds tell what the
	// fields hold.
	etherType int64
	freq      []odds // by node: how often it is reached, in packets of all
	yes       []odds // by node: how likely a test is to hold
}

// The kinds of packet.
const (
	tcp4 = iota
	udp4
	other4
	tcp6
	udp6
	other6
	arp
	other
	kinds
)

// odds is a probability, or a number of instructions, by kind of packet.
type odds [kinds]float32

// shares is how often each kind comes: between a link of hosts that browse and a
// network's control traffic.
var shares = odds{tcp4: 0.22, udp4: 0.20, other4: 0.10, tcp6: 0.04, udp6: 0.05, other6: 0.04, arp: 0.20, other: 0.15}

// sign is a value that tells kinds of packet apart.
type sign struct {
	value uint32
	of    odds
}

// networks is the kinds by Ethernet type.
var networks = []sign{
	{0x0800, odds{tcp4: 1, udp4: 1, other4: 1}},
	{0x86dd, odds{tcp6: 1, udp6: 1, other6: 1}},
	{0x0806, odds{arp: 1}},
}

// transports is the kinds by protocol number.
var transports = []sign{
	{6, odds{tcp4: 1, tcp6: 1}},
	{17, odds{udp4: 1, udp6: 1}},
	{1, odds{other4: 0.2}},
	{58, odds{other6: 0.8}},
}

// lookUp returns the kinds that a value tells.
func lookUp(table []sign, v uint32) (*odds, bool) {
	for i := range table {
		if table[i].value == v {
			return &table[i].of, true
		}
	}
	return &odds{}, false
}

// etherTypes are numbers that hardly stand for anything else.
var etherTypes = []uint32{0x0800, 0x0806, 0x8035, 0x86dd, 0x8100, 0x88a8, 0x9100, 0x8847, 0x8848, 0x8863, 0x8864}

// Probabilities of what the kinds do not tell.
const (
	oddAddress   = 0.01
	oddWord      = 0.015
	oddLength    = 0.8
	oddByte      = 0.03
	oddZero      = 0.2  // a field of one or two bytes is 0
	oddProtocol  = 0.08 // one that no kind has, of packets without a kind of their own
	oddElsewhere = 0.02 // a byte of another header happens to be the protocol looked for
	oddWhole     = 0.97 // no fragment
	oddBit       = 0.4
	rarest       = 0.002 // nothing is taken to be impossible or certain
)

func everywhere(p float32) (o odds) {
	for k := range o {
		o[k] = p
	}
	return o
}

func (o *odds) sum() (s float32) {
	for _, v := range o {
		s += v
	}
	return s
}

// normal is o in proportion, as parts of 1.
func (o odds) normal() odds {
	sum := max(o.sum(), math.SmallestNonzeroFloat32)
	for k := range o {
		o[k] /= sum
	}
	return o
}

// average is the mean over the mix.
func (o *odds) average() (s float32) {
	for k, v := range o {
		s += v * shares[k]
	}
	return s
}

// traffic returns what is known of the traffic through the program.
func (p *program) traffic() *traffic {
	t := &p.tables.traffic
	if !p.tables.known.traffic {
		p.tables.known.traffic = true
		t.p = p
		t.findEtherType()
		t.frequencies()
	}
	return t
}

func (t *traffic) findEtherType() {
	t.etherType = -1
	for n := 2; n < len(t.p.nodes); n++ {
		nd := &t.p.nodes[n]
		if !nd.member() || nd.lo != nd.hi || nd.e.Op != ir.Load || nd.e.L != nil || nd.e.Size != 2 {
			continue
		}
		if slices.Contains(etherTypes, nd.lo) && (t.etherType < 0 || int64(nd.e.K) < t.etherType) {
			t.etherType = int64(nd.e.K)
		}
	}
}

// holds returns how likely a test is to hold.
func (t *traffic) holds(nd *node) odds {
	if !nd.member() {
		return everywhere(0.5)
	}
	o := t.member(nd)
	for k, v := range o {
		switch {
		case v < rarest:
			o[k] = rarest
		case v > 1-rarest:
			o[k] = 1 - rarest
		}
	}
	return o
}

func (t *traffic) member(nd *node) odds {
	w, ok := nd.bits()
	if !ok {
		return t.within(nd)
	}
	full := uint32(math.MaxUint32) >> (32 - 8*w.load.Size)
	if w.mask == full {
		return t.equal(w.load, w.value)
	}
	n := bits.OnesCount32(w.mask)
	if w.value == 0 && (w.mask == 0x1fff || w.mask == 0x3fff) {
		return t.whole(w.load)
	}
	if low := w.mask & 0xff; low == 0xff && w.mask>>8 != 0 && w.value>>8 == 0 {
		// A protocol and something that is rarely there, in one word.
		o := t.equal(t.p.g.Load(1, w.load.K+uint32(w.load.Size)-1, w.load.L), w.value)
		for k := range o {
			o[k] *= oddWhole
		}
		return o
	}
	switch {
	case w.value == 0 && n == 1:
		return everywhere(1 - oddBit)
	case w.value == 0:
		return everywhere(0.5)
	default:
		return everywhere(max(float32(math.Ldexp(1, -n)), oddAddress))
	}
}

// equal returns how likely packet data is to have a value.
func (t *traffic) equal(load *ir.Expr, v uint32) odds {
	at := int64(load.K) - t.etherType
	known := t.etherType >= 0 && load.L == nil
	switch load.Size {
	case 2:
		o, ok := lookUp(networks, v)
		switch {
		case ok && known && at == 0:
			return *o
		case known && at == 0:
			return odds{other: oddByte}
		case ok:
			return everywhere(o.average())
		}
		return everywhere(zeroOr(v, oddWord))
	case 1:
		o, ok := lookUp(transports, v)
		switch {
		case known && at == 11:
			return protocol(*o, ok, tcp4, other4)
		case known && at == 8:
			return protocol(*o, ok, tcp6, other6)
		case ok && !known:
			return everywhere(o.average())
		}
		return everywhere(zeroOr(v, oddByte))
	}
	return everywhere(oddAddress)
}

func zeroOr(v uint32, p float32) float32 {
	if v == 0 {
		return oddZero
	}
	return p
}

// protocol is how likely the byte that tells the transport protocol of the
// kinds from first to last has a value: for the known ones o says it.
func protocol(o odds, known bool, first, last int) odds {
	for k := range o {
		switch {
		case k < first || k > last:
			o[k] = oddElsewhere
		case k == last && !known:
			o[k] = oddProtocol
		}
	}
	return o
}

// below is how likely e is to be less than v, if anything is known of that.
func (t *traffic) below(e *ir.Expr, v uint32) (o odds, ok bool) {
	if e.Op != ir.Load || e.L != nil {
		return o, false
	}
	o = everywhere(float32(float64(v) / (float64(t.p.x.max(e)) + 1)))
	at := int64(e.K) - t.etherType
	switch {
	case t.etherType < 0:
		return o, e.Size == 4
	case e.Size == 2 && at == 0:
		o.known(networks, v, kinds)
		if v > longestFrame { // mostly lengths
			o[other] = oddLength
		}
		return o, true
	case e.Size == 1 && at == 11:
		o.known(transports, v, tcp6)
		return o, true
	}
	return o, e.Size == 4
}

// known makes o certain for the kinds before last of which the value is known.
func (o *odds) known(table []sign, v uint32, last int) {
	for i := range table {
		value, of := table[i].value, &table[i].of
		for k := range last {
			switch {
			case of[k] == 1 && value < v:
				o[k] = 1
			case of[k] == 1:
				o[k] = 0
			}
		}
	}
}

// longestFrame is the largest number that stands for a length where others are
// Ethernet types (IEEE 802.3).
const longestFrame = 1500

// whole is how likely packet data is to say that the packet is no fragment.
func (t *traffic) whole(load *ir.Expr) odds {
	o := everywhere(oddWhole)
	if t.etherType >= 0 && load.L == nil && int64(load.K)-t.etherType == 8 {
		for k := tcp6; k < kinds; k++ {
			o[k] = oddByte // other protocols have something else there
		}
	}
	return o
}

// within is how likely a value is to lie in a range.
func (t *traffic) within(nd *node) odds {
	o, ok := t.below(nd.e, nd.lo)
	if !ok || nd.e.Size != 2 {
		return everywhere(t.portion(nd))
	}
	to := everywhere(1)
	if nd.hi != math.MaxUint32 {
		to, _ = t.below(nd.e, nd.hi+1)
	}
	for k := range o {
		o[k] = to[k] - o[k]
	}
	return o
}

// portion is how likely a value is to lie in a range.
func (t *traffic) portion(nd *node) float32 {
	if nd.e.Op == ir.Len {
		return 0.5
	}
	all := float64(t.p.x.max(nd.e)) + 1
	of := (float64(nd.hi) - float64(nd.lo) + 1) / all
	if float64(nd.hi) > all {
		of = (all - float64(nd.lo)) / all
	}
	low, high := 0.03, 0.97
	switch { // small numbers are more frequent than large ones
	case nd.lo == 0:
		low = oddZero
	case nd.hi == math.MaxUint32:
		high = 1 - oddZero
	}
	return float32(min(max(of, low), high))
}

// loading is how many instructions bring the value of e into the accumulator, whatever the index register holds.
func (t *traffic) loading(e *ir.Expr) float32 {
	var x *ir.Expr
	return t.bringing(e, &x)
}

// comparing is how many instructions a test takes once the value is at hand.
func comparing(nd *node) float32 {
	if nd.member() && nd.lo != nd.hi && nd.lo != 0 && nd.hi != math.MaxUint32 {
		return 2
	}
	return 1
}

// frequencies fills in freq and yes.
func (t *traffic) frequencies() {
	p := t.p
	freq := memory.Zeroed(&t.freq, len(p.nodes))
	t.freq, t.yes = freq, memory.Room(&t.yes, len(p.nodes))
	freq[p.root] = shares
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		if nd.kind == ir.Assign {
			for k := range freq[n] {
				freq[nd.t][k] += freq[n][k]
			}
			continue
		}
		t.yes[n] = t.holds(nd)
		yes, f, on, off := &t.yes[n], &freq[n], &freq[nd.t], &freq[nd.f]
		for k := range f {
			y := f[k] * yes[k]
			on[k] += y
			off[k] += f[k] - y
		}
	}
}
