package print

import "math"

// dissect prints what a view begins with.
type dissect func(*dissector, view)

// Table is a set of numbers by which a header says what follows it.
type table int

// The tables.
const (
	byLinkType table = iota // DLT_ numbers (package linktype)
	byEtherType
	bySAP     // service access points of LLC (IEEE 802.2), the same for source and destination
	byCisco   // SNAP's types of Cisco
	byBridged // SNAP's types of bridged frames (RFC 2427)
	byPPP     // protocols of PPP
	byNLPID   // network layer protocol identifiers of OSI (ISO 9577); the byte itself is in view
	byIP      // protocols of IPv4 and IPv6
	byIPv4    // protocols of IPv4 alone
	byIPv6
	byTCP // either port
	byUDP
	byUDPFrom // the port of the sender
	byUDPTo
	byName // what a header carries without a number for it: the constants of names
)

// NamesT of what is called without a number.
const (
	namePPP = iota // with or without address and control
	nameISO        // OSI's network layer, by NLPID
	nameIPX        // Novell's, behind 802.3
	nameNFS        // remote procedure calls over UDP
)

// row is a dissector in a table, with its numbers.
type row = struct {
	table   table
	print   dissect
	numbers []int
}

// registry finds dissectors by table and number. The rank of a dissector is where its row is: of two that fit a packet, as
// with ports, the first counts.
type registry map[table]map[int]entry

type entry struct {
	rank  int
	print dissect
}

// newRegistry makes a registry; of rows for one number the first counts.
func newRegistry(rows []row) registry {
	r := registry{}
	for rank, row := range rows {
		if r[row.table] == nil {
			r[row.table] = map[int]entry{}
		}
		for _, n := range row.numbers {
			if _, taken := r[row.table][n]; !taken {
				r[row.table][n] = entry{rank, row.print}
			}
		}
	}
	return r
}

// next prints what follows a header, by the number that the header has for it; false if nothing is known of the number. The
// dissector finds the number in d.number.
func (d *dissector) next(t table, n int, v view) bool {
	e, ok := d.registry[t][n]
	if ok {
		d.number = n
		e.print(d, v)
	}
	return ok
}

// port is one of a packet's, and the table that it is looked up in.
type port = struct {
	table  table
	number int
}

// byPort gives the dissector of a packet by its ports, nil if there is none.
func (d *dissector) byPort(ports ...port) (print dissect) {
	first := math.MaxInt
	for _, p := range ports {
		if e, ok := d.registry[p.table][p.number]; ok && e.rank < first {
			first, print = e.rank, e.print
		}
	}
	return print
}

// nested makes a dissector of one for whole packets, which are then packets inside this one.
func nested(f dissect) dissect {
	return func(d *dissector, v view) { d.within(func() { f(d, v) }) }
}

// behind makes a dissector that passes over bytes.
func behind(size int, f dissect) dissect {
	return func(d *dissector, v view) { f(d, v.from(size)) }
}

// says makes a dissector that prints a text before it calls another, or that alone.
func says(text string, f dissect) dissect {
	return func(d *dissector, v view) {
		d.print(text)
		if f != nil {
			f(d, v)
		}
	}
}
