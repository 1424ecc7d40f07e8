package print

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"bpfc/linktype"
)

// view is a part of a packet: what was captured of it, and how long it is on
// the wire (or as the headers before it claim).
type view struct {
	b      []byte // captured
	length int    // claimed, in bytes; may be more or less than len(b)
}

// truncated ends a line early: the packet was captured up to here only.
type truncated struct {
	whole bool // the dump shows the link-layer header, whatever the protocol
}

// ended ends a line early where a dissector has said why by itself.
type ended struct{}

// need ends the line if fewer than n bytes are captured.
func (v view) need(n int) {
	if n < 0 || n > len(v.b) {
		panic(truncated{})
	}
}

// needAll ends the line if not all is captured.
func (v view) needAll() { v.need(max(v.length, 0)) }

// bytes gives n bytes at an offset.
func (v view) bytes(at, n int) []byte {
	if at < 0 || n < 0 || n > len(v.b)-at {
		panic(truncated{})
	}
	return v.b[at : at+n]
}

func (v view) u8(at int) int     { return int(v.bytes(at, 1)[0]) }
func (v view) u16(at int) int    { return int(binary.BigEndian.Uint16(v.bytes(at, 2))) }
func (v view) u24(at int) int    { return v.u8(at)<<16 | v.u16(at+1) }
func (v view) u32(at int) uint32 { return binary.BigEndian.Uint32(v.bytes(at, 4)) }
func (v view) u64(at int) uint64 { return binary.BigEndian.Uint64(v.bytes(at, 8)) }

// from gives what follows the first n bytes; nothing if there are not so many.
func (v view) from(n int) view {
	if n < 0 || n > len(v.b) {
		return newView(nil, v.length-n)
	}
	return newView(v.b[n:], v.length-n)
}

// limit cuts the claimed length to n, and the captured bytes with it.
func (v view) limit(n int) view {
	if n < 0 {
		n = 0
	}
	return newView(v.b[:min(n, len(v.b))], n)
}

// newView makes a view of captured bytes and the length that they should have.
func newView(captured []byte, length int) view { return view{captured, length} }

// cursor gives a cursor at an offset.
func (v view) cursor(at int) *cursor { return &cursor{v, at} }

// cursor reads a view from front to back.
type cursor struct {
	view
	at int
}

// bytes reads n bytes.
func (c *cursor) bytes(n int) []byte {
	b := c.view.bytes(c.at, n)
	c.at += n
	return b
}

func (c *cursor) u8() int     { return int(c.bytes(1)[0]) }
func (c *cursor) u16() int    { return int(binary.BigEndian.Uint16(c.bytes(2))) }
func (c *cursor) u24() int    { return c.u8()<<16 | c.u16() }
func (c *cursor) u32() uint32 { return binary.BigEndian.Uint32(c.bytes(4)) }
func (c *cursor) u64() uint64 { return binary.BigEndian.Uint64(c.bytes(8)) }

// take reads n bytes as a view of their own.
func (c *cursor) take(n int) view { return view{c.bytes(n), n} }

// has tells whether the next n bytes are captured.
func (c *cursor) has(n int) bool { return n >= 0 && n <= len(c.b)-c.at }

// rest gives what has not been read.
func (c *cursor) rest() view { return c.from(c.at) }

// settings are how packets are printed.
type settings struct {
	LinkHeader    bool // -e
	Quiet         bool // -q
	Verbose       int  // number of -v
	ShowUnknown   bool // bytes that nothing is known of are shown where no dump of the packet does it
	AbsoluteSeq   bool // -S
	Location      *time.Location
	Resolver      resolver
	InterfaceName func(index int) string
}

// remembered gives what the dissectors of a printer remember in a variable of a type, which begins with its zero value.
func remembered[T any](d *dissector) *T {
	key := (*T)(nil)
	m, ok := d.memory[key]
	if !ok {
		m = new(T)
		d.memory[key] = m
	}
	return m.(*T)
}

// dissector prints one packet.
type dissector struct {
	out []byte
	settings
	registry    registry
	memory      map[any]any // what dissectors remember of packets before, by type
	proto       string      // the protocol being read, for "[|proto]"
	linkSize    int         // bytes of link-layer header
	leftOut     int         // of these, what a dump without link-layer header leaves out
	depth       int         // of packets inside packets
	source      []byte      // the innermost IP source address
	destination []byte
	src, dst    int       // the innermost ports
	ip          *ipHeader // the innermost IP header
	stations    addresses // of the innermost frame
	number      int       // by which the dissector was found
}

// maxDepth bounds packets inside packets (tunnels).
const maxDepth = 32

// run dissects a packet and puts the mark where it was cut.
func (d *dissector) run(linkType linktype.Type, v view) {
	defer func() {
		switch r := recover().(type) {
		case nil, ended:
			d.leftOut = d.linkSize
		case truncated:
			// Like tcpdump, a dump of such a packet shows the link-layer header,
			// but for protocols that look before they read.
			d.printf(" [|%s]", d.proto)
			if careful[d.proto] && !r.whole {
				d.leftOut = d.linkSize
			}
		default:
			panic(r)
		}
	}()
	if d.next(byLinkType, int(linkType), v) {
		return
	}
	if short, ok := shortLinks[linkType]; ok && len(v.b) < short.size {
		d.proto = short.proto
		d.mark()
		return
	}
	d.printf("link-layer type %d, length %d", linkType.FileNumber(), v.length)
	d.hexLines(v)
}

var careful = map[string]bool{"ip": true, "ip6": true, "sctp": true, "udp": true}

// mark puts the mark for a cut packet; the line goes on.
func (d *dissector) mark() { d.printf(" [|%s]", d.proto) }

// invalid puts the mark for what makes no sense.
func (d *dissector) invalid() { d.print(" (invalid)") }

// cut puts the mark for a cut packet and ends the line; the dump is as for a
// whole packet.
func (d *dissector) cut() {
	d.printf(" [|%s]", d.proto)
	panic(ended{})
}

// within runs a dissector for a packet inside this one.
func (d *dissector) within(f func()) {
	if d.depth == maxDepth {
		d.print(" [packets inside packets, too deep]")
		return
	}
	d.depth++
	f()
	d.depth--
}

func (d *dissector) printf(format string, args ...any) { d.out = fmt.Appendf(d.out, format, args...) }
func (d *dissector) print(s string)                    { d.out = append(d.out, s...) }

// onlyIf prints a text if a condition holds.
func (d *dissector) onlyIf(set bool, s string) { d.print(mark(set, s)) }

// text appends bytes of the packet: characters as they are, others escaped as
// tcpdump does (M- for the eighth bit, ^ for control characters).
func (d *dissector) text(b []byte) {
	for _, c := range b {
		if c >= 0x80 {
			d.print("M-")
			c &= 0x7f
		}
		if c < 0x20 || c == 0x7f {
			d.out = append(d.out, '^')
			c ^= 0x40
		}
		d.out = append(d.out, c)
	}
}

// NamesT are the names of numbers.
type NamesT map[int]string

// of gives the name of a number, or a text for those that have none, a format of the number if it has a verb.
func (names NamesT) of(n int, format string) string {
	if s, ok := names[n]; ok {
		return s
	}
	if !strings.Contains(format, "%") {
		return format
	}
	return fmt.Sprintf(format, n)
}

// flag is a bit and its name.
type flag = struct {
	bit  int
	name string
}

// Flags are the names of bits.
type FlagsT []flag

// of joins the names of the bits that are set, or gives "none". A flag of several bits is set if all are.
func (names FlagsT) of(n int, separator string) string {
	s := ""
	for _, f := range names {
		if n&f.bit == f.bit {
			s += mark(s != "", separator) + f.name
		}
	}
	if s == "" {
		return "none"
	}
	return s
}

// mark gives a text if a condition holds.
func mark(set bool, s string) string {
	if set {
		return s
	}
	return ""
}

// relativeTime writes seconds as weeks, days, hours …
func relativeTime(seconds uint32) string {
	if seconds == 0 {
		return "0s"
	}
	s := ""
	for _, unit := range []struct {
		size uint32
		name string
	}{{31536000, "y"}, {604800, "w"}, {86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}} {
		if n := seconds / unit.size; n > 0 {
			s += fmt.Sprintf("%d%s", n, unit.name)
			seconds %= unit.size
		}
	}
	return s
}

// shortLinks are link-layer types that tcpdump prints and we do not, with the bytes that it has to see before it prints
// more than that they are not there. The other types that are in no table, tcpdump does not print either.
var shortLinks = map[linktype.Type]struct {
	proto string
	size  int
}{
	7: {"arcnet", 3}, 8: {"slip", 17}, 11: {"atm", 20}, 15: {"slip_bsdos", 16}, 19: {"cip", 6}, 99: {"symantec", 44},
	107: {"fr", 4}, 109: {"enc", 12}, 114: {"llap", 3}, 122: {"ipfc", 16}, 123: {"sunatm", 4}, 129: {"arcnet_linux", 8},
	130: {"juniper_mlppp", 4}, 131: {"juniper_mlfr", 4}, 132: {"juniper_es", 4}, 133: {"juniper_ggsn", 4}, 134: {"juniper_mfr", 4}, 135: {"juniper_atm2", 4},
	136: {"juniper_services", 4}, 137: {"juniper_atm1", 4}, 138: {"ap1394", 18}, 164: {"juniper_monitor", 4}, 167: {"juniper_pppoe", 4}, 168: {"juniper_pppoe_atm", 4},
	178: {"juniper_ether", 4}, 179: {"juniper_ppp", 4}, 180: {"juniper_frelay", 4}, 181: {"juniper_chdlc", 4}, 182: {"mfr", 2}, 192: {"ppi", 8}, 195: {"802.15.4", 2},
	226: {"ipnet", 24}, 230: {"802.15.4", 2}, 239: {"nflog", 4}, 240: {"netanalyzer", 4}, 241: {"netanalyzer_transparent", 12}, 242: {"ipoib", 44}, 271: {"vsock", 32},
	281: {"brcm-tag", 18}, 282: {"brcm-tag-prepend", 4}, 283: {"802.15.4_tap", 4}, 284: {"dsa", 18}, 285: {"edsa", 22},
}

// header counts bytes of link-layer header, of the outermost packet only.
func (d *dissector) header(n int) {
	if d.depth == 0 {
		d.linkSize += n
	}
}

// headerAtOnce counts bytes of link-layer header that a dump leaves out even if the packet is cut behind them.
func (d *dissector) headerAtOnce(n int) {
	d.header(n)
	if d.depth == 0 {
		d.leftOut += n
	}
}
