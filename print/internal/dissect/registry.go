package dissect

import "math"

// Dissector prints what a view begins with. What more it needs of the headers before, it finds in the context.
type Dissector func(*Context, View)

// Table is a set of numbers by which a header says what follows it.
type Table int

// The tables.
const (
	ByLinkType Table = iota // DLT_ numbers (package linktype)
	ByEtherType
	BySAP     // service access points of LLC (IEEE 802.2), the same for source and destination
	ByCisco   // SNAP's types of Cisco
	ByBridged // SNAP's types of bridged frames (RFC 2427)
	ByPPP     // protocols of PPP
	ByNLPID   // network layer protocol identifiers of OSI (ISO 9577); the byte itself is in view
	ByIP      // protocols of IPv4 and IPv6
	ByIPv4    // protocols of IPv4 alone
	ByIPv6
	ByTCP // either port
	ByUDP
	ByUDPFrom // the port of the sender
	ByUDPTo
	ByForcedUDP // by [Forced], whatever the ports
	ByForcedTCP
	ByName // what a header carries without a number for it: the constants of names

	tables = iota // how many there are
)

// Names of what is called without a number.
const (
	NamePPP      = iota // with or without address and control
	NameISO             // OSI's network layer, by NLPID
	NameIPX             // Novell's, behind 802.3
	NameNFS             // remote procedure calls over UDP
	NameForCES          // in SCTP
	NameZMTPPart        // a part of a ZeroMQ message, in PGM
	NameSNMP            // the Simple Network Management Protocol, behind other headers than UDP
	NameKIP             // AppleTalk in UDP
	NameEAP             // the Extensible Authentication Protocol, in 802.1X and RADIUS
)

// Row is a dissector in a table, with its numbers.
type Row = struct {
	Table   Table
	Print   Dissector
	Numbers []int
}

// Registry finds dissectors by table and number, which has 16 bits. The rank of a dissector is where its row is, counted from 1: of
// two that fit a packet, as with ports, the first counts.
type Registry struct {
	rows  []Row
	ranks [tables][256]*[256]uint16 // by the number's upper and lower byte; 0 is none
}

// NewRegistry makes a registry; of rows for one number the first counts.
func NewRegistry(rows []Row) *Registry {
	r := &Registry{rows: rows}
	for i, row := range rows {
		for _, n := range row.Numbers {
			page := &r.ranks[row.Table][n>>8]
			if *page == nil {
				*page = new([256]uint16)
			}
			if rank := &(*page)[n&0xff]; *rank == 0 {
				*rank = uint16(i + 1)
			}
		}
	}
	return r
}

// rank gives the rank of the dissector for a number, 0 if there is none.
func (r *Registry) rank(t Table, n int) int {
	if n < 0 || n > 0xffff {
		return 0
	}
	page := r.ranks[t][n>>8]
	if page == nil {
		return 0
	}
	return int(page[n&0xff])
}

// Next prints what follows a header, by the number that the header has for it; false if nothing is known of the number. The
// dissector finds the number in d.number.
func (d *Context) Next(t Table, n int, v View) (known bool) {
	rank := d.Registry.rank(t, n)
	if known = rank != 0; known {
		defer d.goOn(d.Depth)
		d.Number = n
		d.Registry.rows[rank-1].Print(d, v)
	}
	return known
}

// Has tells whether there is a dissector for a number.
func (r *Registry) Has(t Table, n int) bool { return r.rank(t, n) != 0 }

// Port is one of a packet's, and the table that it is looked up in.
type Port = struct {
	Table  Table
	Number int
}

// ByPort gives the dissector of a packet by its ports, nil if there is none.
func (d *Context) ByPort(ports ...Port) (print Dissector) {
	first := math.MaxInt
	for _, p := range ports {
		if rank := d.Registry.rank(p.Table, p.Number); rank != 0 && rank < first {
			first, print = rank, d.Registry.rows[rank-1].Print
		}
	}
	return print
}

// Nested makes a dissector of one for whole packets, which are then packets inside this one.
func Nested(f Dissector) Dissector { return func(d *Context, v View) { d.Within(func() { f(d, v) }) } }

// Behind makes a dissector that passes over bytes.
func Behind(size int, f Dissector) Dissector { return func(d *Context, v View) { f(d, v.From(size)) } }

// Says makes a dissector that prints a text before it calls another, or that alone.
func Says(text string, f Dissector) Dissector {
	return func(d *Context, v View) {
		d.Print(text)
		if f != nil {
			f(d, v)
		}
	}
}
