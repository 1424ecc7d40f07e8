package print

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"bpfc/linktype"
	"bpfc/print/internal/dissect"
)

// TimeFormat is how time stamps are printed, by the number of -t.
// It is a value, and so safe for concurrent use.
type TimeFormat int

// The formats of time stamps.
const (
	TimeOfDay  TimeFormat = iota // 12:34:56.123456
	NoTime                       // -t
	Epoch                        // -tt, seconds since 1970
	SinceLast                    // -ttt, since the packet before
	Date                         // -tttt, with the date
	SinceFirst                   // -ttttt, since the first packet
)

// Dump is how the bytes of a packet are printed after its line.
// It is a value, and so safe for concurrent use.
type Dump int

// The kinds of dumps.
const (
	NoDump       Dump = iota
	DumpHex           // -x: without the link-layer header
	DumpHexLink       // -xx: with it
	DumpBoth          // -X: hex and ASCII, without
	DumpBothLink      // -XX: hex and ASCII, with
	DumpText          // -A: ASCII, without
	DumpTextLink      // -AA: ASCII, with
)

// Options says how to print.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	Time         TimeFormat
	Nanoseconds  bool           // nine digits of a second instead of six
	Location     *time.Location // of times of day; local time if nil
	LinkHeader   bool           // -e
	Quiet        bool           // -q
	Verbose      int            // number of -v
	Dump         Dump
	AbsoluteSeq  bool     // -S: absolute TCP sequence numbers
	Resolver     Resolver // names for numbers; numbers if nil, as -n
	PacketNumber bool     // --number

	Lengths         bool     // --lengths: the captured and the original length before each line
	OneLineIP       bool     // -g: no line break behind the IP header that -v shows
	ASDot           bool     // -b: numbers of autonomous systems in RFC 5396's asdot notation
	IgnoreChecksums bool     // -K: checksums of IP, TCP and UDP are not verified
	RawHandles      bool     // -u: file handles of NFS as they are
	Mesh            bool     // -H: look for the mesh headers of a draft of IEEE 802.11s
	OldIPsec        bool     // -R of old tcpdumps: AH as before RFC 2402, without sequence numbers
	Protocol        string   // -T: what UDP and TCP carry, one of [Protocols]; "" goes by ports
	ESPKeys         *ESPKeys // -E: what decrypts ESP; nil is nothing
	Layers          bool     // [Printer.Layers] tells what headers say
	TCPSecret       string   // -M: the secret of TCP's MD5 option (RFC 2385); "" is none

	// InterfaceName names an interface by its index, for the header of
	// LINUX_SLL2; "" or nil prints a question mark.
	InterfaceName func(index int) string
}

// Resolver gives names for numbers. It must answer at once: what takes time is
// looked up beside, and "" means to print the number.
// One Printer does not call it from two goroutines at a time, so it need not be safe for concurrent use.
type Resolver interface {
	Host(a netip.Addr) string
	Port(port uint16, proto string) string // proto is "tcp", "udp" or "sctp"
}

// Packet is what is printed: the captured bytes and what is known beside.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	LinkType  linktype.Type
	Data      []byte // captured bytes
	WireLen   uint32 // length on the wire, bytes
	Timestamp int64  // nanoseconds since 1970-01-01 UTC
	Number    uint64 // from 1
	// Carry is how many seconds of Timestamp were counted in its fraction of a second, which is printed as it was, and
	// as invalid.
	Carry uint16
}

// Printer prints packets. It is not safe for concurrent use.
type Printer struct {
	o             Options
	first, before stamp
	zone          zone
	clock         clock
	layers        []dissect.Layer
	d             dissect.Context
}

// New makes a printer.
func New(o Options) *Printer {
	if o.Location == nil {
		o.Location = time.Local
	}
	// As tcpdump, bytes that nothing is known of are not shown where a hexadecimal dump of the packet shows them anyway.
	s := dissect.Settings{LinkHeader: o.LinkHeader, Quiet: o.Quiet, Verbose: o.Verbose, ShowUnknown: !o.Quiet && (o.Dump >= DumpText || o.Dump == NoDump), AbsoluteSeq: o.AbsoluteSeq,
		Location: o.Location, Resolver: o.Resolver, InterfaceName: o.InterfaceName, OneLineIP: o.OneLineIP, ASDot: o.ASDot, IgnoreChecksums: o.IgnoreChecksums,
		RawHandles: o.RawHandles, Mesh: o.Mesh, OldIPsec: o.OldIPsec, Forced: dissect.ForcedByName(o.Protocol), TCPSecret: o.TCPSecret}
	if o.ESPKeys != nil {
		s.Decrypt = o.ESPKeys.decrypt
	}
	return &Printer{o: o, d: dissect.Context{Settings: s, Registry: dissect.NewRegistry(rows()), Memory: map[any]any{}}}
}

// Append appends the packet's lines, each ended by a newline. Bytes that are
// no printable ASCII never get into the text as they are.
func (p *Printer) Append(dst []byte, packet *Packet) []byte {
	d := &p.d
	d.Out, d.Packet, d.Verbose = dst, dissect.Packet{}, p.o.Verbose // which a dissector that was ended early may have changed
	if p.o.Layers {
		p.layers = p.layers[:0]
		d.Layers = &p.layers
	}
	if p.o.PacketNumber {
		d.Printf("%5d  ", packet.Number)
	}
	d.PrintfIf(p.o.Lengths, "caplen %d len %d ", len(packet.Data), packet.WireLen)
	if badLengths(d, packet) {
		return d.Out
	}
	p.timestamp(d, packet)
	d.Run(func(d *dissect.Context, v dissect.View) { printLink(d, packet.LinkType, v) }, dissect.NewView(packet.Data, int(packet.WireLen)))
	d.Out = append(d.Out, '\n')
	p.dump(d, packet.Data)
	return d.Out
}

// maxSnapshot is the greatest length that tcpdump takes for one of a packet.
const maxSnapshot = 262144

// badLengths prints what is wrong with the lengths of a packet in place of its line.
func badLengths(d *dissect.Context, packet *Packet) bool {
	captured, length := len(packet.Data), int64(packet.WireLen)
	var bad []string
	if captured == 0 {
		bad = append(bad, "caplen==0")
	}
	if length == 0 {
		bad = append(bad, "len==0")
	} else if length < int64(captured) {
		bad = append(bad, fmt.Sprintf("len(%d) < caplen(%d)", length, captured))
	}
	if captured > maxSnapshot {
		bad = append(bad, fmt.Sprintf("caplen(%d) > %d", captured, maxSnapshot))
	}
	if length > maxSnapshot {
		bad = append(bad, fmt.Sprintf("len(%d) > %d", length, maxSnapshot))
	}
	if bad != nil {
		d.Printf("[Invalid header: %s]\n", strings.Join(bad, ", "))
	}
	return bad != nil
}

// stamp is a time, or the difference of two, in seconds and a fraction of a second in the unit that is printed, micro- or
// nanoseconds. A fraction of a second or more, as capture files may have it, stays there.
type stamp struct{ seconds, fraction int64 }

func (s stamp) isZero() bool { return s == stamp{} }

func (s stamp) before(t stamp) bool {
	return s.seconds < t.seconds || s.seconds == t.seconds && s.fraction < t.fraction
}

// minus subtracts as tcpdump does: one second at most is taken for a fraction that is too small.
func (s stamp) minus(t stamp, second int64) stamp {
	d := stamp{s.seconds - t.seconds, s.fraction - t.fraction}
	if d.fraction < 0 {
		d.seconds, d.fraction = d.seconds-1, d.fraction+second
	}
	return d
}

// normal moves whole seconds out of the fraction.
func (s stamp) normal(second int64) stamp {
	return stamp{s.seconds + s.fraction/second, s.fraction % second}
}

// distance gives how far a time is from another, and whether it is before it.
func (s stamp) distance(from stamp, second int64) (d stamp, before bool) {
	if s.before(from) {
		s, from, before = from, s, true
	}
	if d = s.minus(from, second); d.fraction < 0 { // invalid fractions; what tcpdump prints here is no time
		a, b := s.normal(second), from.normal(second)
		if a.before(b) {
			a, b, before = b, a, !before
		}
		d = a.minus(b, second)
	}
	return d, before
}

// second is one second in the unit that is printed.
func (p *Printer) second() int64 { return dissect.Pick[int64](p.o.Nanoseconds, 1e9, 1e6) }

// stampOf gives the time of a packet; as in tcpdump, what is finer than the unit that is printed counts nowhere.
func (p *Printer) stampOf(packet *Packet) stamp {
	carry := int64(packet.Carry)
	seconds := floorDiv(packet.Timestamp, 1e9)
	return stamp{seconds - carry, (packet.Timestamp - seconds*1e9 + carry*1e9) / (1e9 / p.second())}
}

func (p *Printer) timestamp(d *dissect.Context, packet *Packet) {
	t := p.stampOf(packet)
	if p.first.isZero() { // 1970 is no time to count from: as tcpdump, the next packet's is
		p.first = t
	}
	if p.before.isZero() {
		p.before = t
	}
	switch p.o.Time {
	case NoTime:
		return
	case TimeOfDay:
		d.Out = append(d.Out, p.clock.text(t.seconds, &p.zone, p.o.Location)...)
	case Date:
		d.Out = time.Unix(t.seconds, 0).In(p.o.Location).AppendFormat(d.Out, "2006-01-02 15:04:05")
	case Epoch:
		d.Out = strconv.AppendInt(d.Out, t.seconds, 10)
	case SinceLast:
		t, p.before = p.difference(d, t, p.before), t
	case SinceFirst:
		t = p.difference(d, t, p.first)
	}
	p.fraction(d, t.fraction)
	d.Out = append(d.Out, ' ')
}

// zone is how far a location's time is from UTC in a span of time: of the stamp before, and likely of the next one.
type zone struct {
	start, end int64 // seconds since 1970, without the end
	east       int64 // seconds
}

// offset gives the seconds that a location's time is ahead of UTC at a time.
func (z *zone) offset(seconds int64, location *time.Location) int64 {
	if seconds < z.start || seconds >= z.end {
		t := time.Unix(seconds, 0).In(location)
		start, end := t.ZoneBounds()
		z.start, z.end = math.MinInt64, math.MaxInt64
		if !start.IsZero() {
			z.start = start.Unix()
		}
		if !end.IsZero() {
			z.end = end.Unix()
		}
		_, east := t.Zone()
		z.east = int64(east)
	}
	return z.east
}

// clock is the time of day of the stamp before, and likely of the next one.
type clock struct {
	seconds int64 // since 1970
	written []byte
}

// text gives the hours, minutes and seconds of a time.
func (c *clock) text(seconds int64, z *zone, location *time.Location) []byte {
	if c.written == nil || seconds != c.seconds {
		local := seconds + z.offset(seconds, location)
		day := local - floorDiv(local, 86400)*86400
		c.seconds = seconds
		c.written = appendTwo(append(appendTwo(append(appendTwo(c.written[:0], day/3600), ':'), day/60%60), ':'), day%60)
	}
	return c.written
}

// appendTwo appends a number below a hundred in two digits.
func appendTwo(dst []byte, n int64) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

func floorDiv(a, b int64) int64 {
	if a < 0 && a%b != 0 {
		return a/b - 1
	}
	return a / b
}

// fraction appends the part of a second below one, and says so if it is not.
func (p *Printer) fraction(d *dissect.Context, n int64) {
	if n >= p.second() {
		d.Printf(".%d (invalid %s)", n, dissect.Pick(p.o.Nanoseconds, "ns", "us"))
	} else {
		d.Printf(dissect.Pick(p.o.Nanoseconds, ".%09d", ".%06d"), int(n))
	}
}

// difference appends the hours, minutes and seconds of a difference of times, with a space or a minus before it, and gives
// the difference; as in tcpdump, days are left out.
func (p *Printer) difference(d *dissect.Context, t, from stamp) stamp {
	result, before := t.distance(from, p.second())
	d.Printf("%s%02d:%02d:%02d", dissect.Pick(before, "-", " "), result.seconds/3600%24, result.seconds/60%60, result.seconds%60)
	return result
}

// dump appends the bytes of the packet as the options want them.
func (p *Printer) dump(d *dissect.Context, data []byte) {
	switch p.o.Dump {
	case DumpHex, DumpBoth, DumpText:
		data = data[min(d.LeftOut, len(data)):]
	}
	// Bytes that pad a short frame are no part of the packet's dump, unless
	// asked for by repeating the flag, when the whole frame is shown.
	switch p.o.Dump {
	case DumpHex, DumpHexLink, DumpBoth, DumpBothLink:
		d.Out = dissect.AppendHex(d.Out, data, p.o.Dump >= DumpBoth)
	case DumpText, DumpTextLink:
		if len(data) > 0 {
			d.Out = dissect.AppendText(d.Out, data)
		}
	}
}

// AppendHex appends lines of sixteen bytes in hexadecimal, two by two, after their offset, and with ascii also as
// characters.
func AppendHex(dst, data []byte, ascii bool) []byte { return dissect.AppendHex(dst, data, ascii) }

// AppendText appends the bytes as text: characters, line ends and tabs as they are, everything else as dots.
func AppendText(dst, data []byte) []byte { return dissect.AppendText(dst, data) }
