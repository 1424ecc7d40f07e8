// Package traffic counts packets: over time, by protocol, by host, by port, by
// conversation and by size.
//
// A [Table] takes packets one by one and is bounded in size whatever they are:
// hosts, ports and conversations beyond the first 65,536 of each are counted
// together, and the interval of its course over time doubles when there are too
// many. The headers are read by the dissectors of package print, so what has an
// IP header behind any link-layer type is found; of tunnels the outer packet
// counts. The table is printed for people, given as lists in an order of choice
// with what came last ([Table.Top], [Table.Mark]), or as a [Summary] with the
// names of its JSON form.
//
// The package keeps its API compatible within a major version.
package traffic

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"bpfc/capture"
	"bpfc/linktype"
)

// Amount is a number of packets and their bytes on the wire. It is a value, and so safe for concurrent use.
type Amount struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

func (a *Amount) add(wireLen uint32) {
	a.Packets++
	a.Bytes += uint64(wireLen)
}

func (a *Amount) plus(b Amount) { a.Packets, a.Bytes = a.Packets+b.Packets, a.Bytes+b.Bytes }

func (a Amount) minus(b Amount) Amount { return Amount{a.Packets - b.Packets, a.Bytes - b.Bytes} }

// counter is an amount, and what it was at the last two marks.
type counter struct {
	Amount
	marked, before Amount
}

func (c *counter) mark() { c.before, c.marked = c.marked, c.Amount }

// recent is what came between the last two marks.
func (c *counter) recent() Amount { return c.marked.minus(c.before) }

// counters count by keys, the first so many of them one by one, the rest together.
type counters[K comparable] struct {
	by     map[K]*counter
	others counter
}

const most = 1 << 16 // keys counted one by one

// of gives what counts a key.
func (c *counters[K]) of(k K) *counter {
	n := c.by[k]
	switch {
	case n == nil && len(c.by) >= most:
		return &c.others
	case n == nil:
		n = &counter{}
		if c.by == nil {
			c.by = map[K]*counter{}
		}
		c.by[k] = n
	}
	return n
}

func (c *counters[K]) add(k K, wireLen uint32) { c.of(k).add(wireLen) }

func (c *counters[K]) mark() {
	for _, n := range c.by {
		n.mark()
	}
	c.others.mark()
}

// list gives the first in an order, at most so many, and what is left over under a name of its own.
func (c *counters[K]) list(name func(K) string, by Order, top int) []Named {
	type entry struct {
		key K
		n   *counter
	}
	all := make([]entry, 0, len(c.by))
	for k, n := range c.by {
		all = append(all, entry{k, n})
	}
	slices.SortFunc(all, func(a, b entry) int {
		if by != ByName {
			if n := by.compare(a.n, b.n); n != 0 {
				return n
			}
		}
		return cmp.Compare(name(a.key), name(b.key))
	})
	named := make([]Named, 0, min(top, len(all))+1)
	for _, e := range all[:min(top, len(all))] {
		named = append(named, Named{name(e.key), e.n.Amount, e.n.recent()})
	}
	if c.others.Packets > 0 && len(named) < top {
		named = append(named, Named{fmt.Sprintf("all but the first %d", most), c.others.Amount, c.others.recent()})
	}
	return named
}

// Order is by what a list is sorted, the largest first. It is a value, and so safe for concurrent use.
type Order int

// The orders. What is equal is sorted by name.
const (
	ByBytes   Order = iota
	ByPackets       // by number of packets
	ByRecent        // by bytes between the last two marks
	ByName
)

// compare is negative if a comes first.
func (o Order) compare(a, b *counter) int {
	switch o {
	case ByPackets:
		return cmp.Compare(b.Packets, a.Packets)
	case ByRecent:
		return cmp.Or(cmp.Compare(b.recent().Bytes, a.recent().Bytes), cmp.Compare(b.Bytes, a.Bytes))
	}
	return cmp.Compare(b.Bytes, a.Bytes)
}

const (
	sizeRanks  = 18      // sizes up to 2^17 and above
	maxSeconds = 1 << 12 // points of the course over time; the interval doubles beyond
)

// Table counts packets. Its size is bounded whatever the traffic. It is not safe for concurrent use.
type Table struct {
	Amount
	Dropped       uint64 // by the system, where the caller knows
	reader        reader
	first, last   int64
	all           counter // as Amount, with marks
	protocols     counters[string]
	hosts         counters[netip.Addr]
	ports         counters[port]
	conversations counters[conversation]
	sizes         [sizeRanks]counter
	interval      int64 // nanoseconds of one point of course
	course        []Amount
}

// New makes an empty table.
func New() *Table { return &Table{reader: newReader(), interval: 1e9} }

// Add counts a packet of a link-layer type.
func (t *Table) Add(p *capture.Packet, link linktype.Type) {
	t.addTime(p.Timestamp, p.WireLen)
	t.Amount.add(p.WireLen)
	t.all.Amount = t.Amount
	t.sizes[sizeRank(p.WireLen)].add(p.WireLen)
	count(t, &t.reader, p, link)
}

func (t *Table) protocol(k string, n uint32)           { t.protocols.add(k, n) }
func (t *Table) host(k netip.Addr, n uint32)           { t.hosts.add(k, n) }
func (t *Table) port(k port, n uint32)                 { t.ports.add(k, n) }
func (t *Table) conversation(k conversation, n uint32) { t.conversations.add(k, n) }

// addTime counts a packet in its interval; if there are too many, two become one.
func (t *Table) addTime(time int64, wireLen uint32) {
	if len(t.course) == 0 { // the first packet
		t.first, t.last = time, time
	}
	t.last = max(t.last, time)
	at := max(time-t.first, 0) / t.interval
	for at >= maxSeconds {
		for i := range t.course {
			if i%2 == 0 {
				t.course[i/2] = t.course[i]
			} else {
				t.course[i/2].Packets += t.course[i].Packets
				t.course[i/2].Bytes += t.course[i].Bytes
			}
		}
		t.course = t.course[:(len(t.course)+1)/2]
		t.interval *= 2
		at /= 2
	}
	for int64(len(t.course)) <= at {
		t.course = append(t.course, Amount{})
	}
	t.course[at].add(wireLen)
}

// Mark ends an interval: until the next mark, what is recent is what came between the last mark and this one.
func (t *Table) Mark() {
	t.all.mark()
	t.protocols.mark()
	t.hosts.mark()
	t.ports.mark()
	t.conversations.mark()
	for i := range t.sizes {
		t.sizes[i].mark()
	}
}

// Recent is what came between the last two marks.
func (t *Table) Recent() Amount { return t.all.recent() }

// Span gives the times of the first packet and of the latest one, in nanoseconds since 1970-01-01 UTC; both are 0 before
// the first.
func (t *Table) Span() (first, last int64) { return t.first, t.last }

// Course gives what came in each interval since the first packet, the interval in nanoseconds. The list is the table's own:
// it is not to be changed, and good until the next packet is added.
func (t *Table) Course() (list []Amount, interval int64) { return t.course, t.interval }

// What is what a list of a table counts by. It is a value, and so safe for concurrent use.
type What int

// What there are lists of. Of two ports of a packet, the one that has a well-known name counts, or else the lower one.
const (
	Protocols What = iota
	Hosts
	Ports
	Conversations
	Sizes // by bytes on the wire, always in the order of sizes
)

// Top gives the first of a list in an order, at most so many.
func (t *Table) Top(what What, by Order, n int) []Named {
	switch what {
	case Hosts:
		return t.hosts.list(netip.Addr.String, by, n)
	case Ports:
		return t.ports.list(port.String, by, n)
	case Conversations:
		return t.conversations.list(conversation.String, by, n)
	case Sizes:
		var list []Named
		for i, c := range t.sizes {
			if c.Packets > 0 && len(list) < n {
				list = append(list, Named{sizeRange(i), c.Amount, c.recent()})
			}
		}
		return list
	}
	return t.protocols.list(func(k string) string { return k }, by, n)
}

func sizeRange(rank int) string {
	if rank == sizeRanks-1 {
		return fmt.Sprintf("%d and more", 1<<rank)
	}
	if rank == 0 {
		return "0-1"
	}
	return fmt.Sprintf("%d-%d", 1<<rank, 1<<(rank+1)-1)
}

// Named is an amount with what it is the amount of. It is a value, and so safe for concurrent use.
type Named struct {
	Name string `json:"name"`
	Amount
	Recent Amount `json:"-"` // what came between the last two marks
}

// Summary is the table as JSON gives it. It is safe for concurrent use as long as nobody changes it.
type Summary struct {
	Amount
	Dropped       uint64   `json:"dropped"`
	Seconds       float64  `json:"seconds"`
	Protocols     []Named  `json:"protocols"`
	Hosts         []Named  `json:"hosts"`
	Ports         []Named  `json:"ports"`
	Conversations []Named  `json:"conversations"`
	Sizes         []Named  `json:"sizes"`
	Interval      float64  `json:"interval_seconds"`
	Course        []Amount `json:"course"`
}

// Summary sums the table up, with so many hosts, ports and conversations, by bytes.
func (t *Table) Summary(top int) Summary {
	return Summary{Amount: t.Amount, Dropped: t.Dropped, Seconds: float64(t.last-t.first) / 1e9, Interval: float64(t.interval) / 1e9,
		Protocols: t.Top(Protocols, ByBytes, most), Hosts: t.Top(Hosts, ByBytes, top), Ports: t.Top(Ports, ByBytes, top),
		Conversations: t.Top(Conversations, ByBytes, top), Sizes: t.Top(Sizes, ByBytes, sizeRanks), Course: t.course}
}
