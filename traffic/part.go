package traffic

import (
	"math/bits"
	"net/netip"

	"bpfc/capture"
	"bpfc/linktype"
)

// Part counts a run of packets for a [Table], while other goroutines count other runs. Nothing in it is left out or joined, so it
// is for some thousand packets. It is not safe for concurrent use.
type Part struct {
	Amount
	reader        reader
	times         []seen
	protocols     firsts[string]
	hosts         firsts[netip.Addr]
	ports         firsts[port]
	conversations firsts[conversation]
	sizes         [sizeRanks]Amount
}

// seen is a packet for the course over time.
type seen struct {
	time    int64
	wireLen uint32
}

// firsts count by keys, in the order in which these came first.
type firsts[K comparable] struct {
	by   map[K]int
	list []keyed[K]
}

type keyed[K comparable] struct {
	key K
	Amount
}

func (f *firsts[K]) add(k K, wireLen uint32) {
	i, ok := f.by[k]
	if !ok {
		if f.by == nil {
			f.by = map[K]int{}
		}
		i = len(f.list)
		f.by[k] = i
		f.list = append(f.list, keyed[K]{key: k})
	}
	f.list[i].add(wireLen)
}

// moveTo adds everything to counters, and forgets it.
func (f *firsts[K]) moveTo(c *counters[K]) {
	for i := range f.list {
		c.of(f.list[i].key).Amount.plus(f.list[i].Amount)
	}
	clear(f.by)
	f.list = f.list[:0]
}

// NewPart makes an empty part.
func NewPart() *Part { return &Part{reader: newReader()} }

// Add counts a packet of a link-layer type.
func (p *Part) Add(packet *capture.Packet, link linktype.Type) {
	p.Amount.add(packet.WireLen)
	p.times = append(p.times, seen{packet.Timestamp, packet.WireLen})
	p.sizes[sizeRank(packet.WireLen)].add(packet.WireLen)
	count(p, &p.reader, packet, link)
}

func (p *Part) protocol(k string, n uint32)           { p.protocols.add(k, n) }
func (p *Part) host(k netip.Addr, n uint32)           { p.hosts.add(k, n) }
func (p *Part) port(k port, n uint32)                 { p.ports.add(k, n) }
func (p *Part) conversation(k conversation, n uint32) { p.conversations.add(k, n) }

// Take adds a part, and empties it. A table that takes the parts of a capture in the order of their packets is the same as one that
// takes the packets.
func (t *Table) Take(p *Part) {
	for _, s := range p.times {
		t.addTime(s.time, s.wireLen)
	}
	t.Amount.plus(p.Amount)
	t.all.Amount = t.Amount
	for i := range p.sizes {
		t.sizes[i].plus(p.sizes[i])
	}
	p.protocols.moveTo(&t.protocols)
	p.hosts.moveTo(&t.hosts)
	p.ports.moveTo(&t.ports)
	p.conversations.moveTo(&t.conversations)
	p.Amount, p.times, p.sizes = Amount{}, p.times[:0], [sizeRanks]Amount{}
}

// sizeRank is where a size is counted.
func sizeRank(wireLen uint32) int { return min(max(bits.Len32(wireLen), 1)-1, sizeRanks-1) }

// keys are what packets are counted by.
type keys interface {
	protocol(k string, wireLen uint32)
	host(k netip.Addr, wireLen uint32)
	port(k port, wireLen uint32)
	conversation(k conversation, wireLen uint32)
}

// count counts a packet by what its headers say.
func count(to keys, r *reader, p *capture.Packet, link linktype.Type) {
	h := r.read(p, link)
	to.protocol(h.protocol, p.WireLen)
	if h.src.IsValid() {
		to.host(h.src.Addr(), p.WireLen)
		if h.src.Addr() != h.dst.Addr() { // a host that talks to itself counts once
			to.host(h.dst.Addr(), p.WireLen)
		}
		to.conversation(h.conversation(), p.WireLen)
	}
	if h.ports {
		to.port(h.service(), p.WireLen)
	}
}
