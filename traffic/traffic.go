// Package traffic counts packets: over time, by protocol, by host and by size.
//
// A [Table] takes packets one by one and is bounded in size whatever they are:
// hosts beyond the first 65,536 are counted together, and the interval of its
// course over time doubles when there are too many. Protocols and hosts are found
// by gopacket's decoders, under recover. It is printed for people, or given as a
// [Summary] with the names of its JSON form.
//
// The package keeps its API compatible within a major version.
package traffic

import (
	"fmt"
	"io"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

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

const (
	maxHosts   = 1 << 16 // hosts counted one by one; the rest together
	sizeRanks  = 18      // sizes up to 2^17 and above
	maxSeconds = 1 << 12 // points of the course over time; the interval doubles beyond
)

// Table counts packets. Its size is bounded whatever the traffic. It is not safe for concurrent use.
type Table struct {
	Amount
	Dropped     uint64 // by the system, where the caller knows
	first, last int64
	protocols   map[string]*Amount
	hosts       map[netip.Addr]*Amount
	otherHosts  Amount
	sizes       [sizeRanks]Amount
	interval    int64 // nanoseconds of one point of course
	course      []Amount
}

// New makes an empty table.
func New() *Table {
	return &Table{protocols: map[string]*Amount{}, hosts: map[netip.Addr]*Amount{}, interval: 1e9}
}

// Add counts a packet of a link-layer type.
func (t *Table) Add(p *capture.Packet, link linktype.Type) {
	if t.Packets == 0 {
		t.first, t.last = p.Timestamp, p.Timestamp
	}
	t.Amount.add(p.WireLen)
	t.last = max(t.last, p.Timestamp)
	t.sizes[min(max(bits.Len32(p.WireLen), 1)-1, sizeRanks-1)].add(p.WireLen)
	protocol, src, dst := classify(p.Data, link)
	counter(t.protocols, protocol).add(p.WireLen)
	counted := false // a host that talks to itself counts once
	for _, host := range []netip.Addr{src, dst} {
		switch {
		case !host.IsValid(), counted && src == dst:
		case t.hosts[host] == nil && len(t.hosts) >= maxHosts:
			t.otherHosts.add(p.WireLen)
		default:
			counter(t.hosts, host).add(p.WireLen)
		}
		counted = true
	}
	t.addToCourse(p)
}

func counter[K comparable](m map[K]*Amount, k K) *Amount {
	if m[k] == nil {
		m[k] = &Amount{}
	}
	return m[k]
}

// addToCourse counts a packet in its interval; if there are too many, two become one.
func (t *Table) addToCourse(p *capture.Packet) {
	at := max(p.Timestamp-t.first, 0) / t.interval
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
	t.course[at].add(p.WireLen)
}

// classify names the innermost protocol that gopacket's decoders find, and the hosts. The decoders run under recover.
func classify(data []byte, link linktype.Type) (protocol string, src, dst netip.Addr) {
	protocol = "other"
	defer func() {
		if recover() != nil {
			protocol = "malformed"
		}
	}()
	decoder, skip := decoderOf(data, link)
	if decoder == nil || skip > len(data) {
		return
	}
	packet := gopacket.NewPacket(data[skip:], decoder, gopacket.DecodeOptions{Lazy: true, NoCopy: true, SkipDecodeRecovery: true})
	if n := packet.NetworkLayer(); n != nil {
		protocol = n.LayerType().String()
		src, _ = netip.AddrFromSlice(n.NetworkFlow().Src().Raw())
		dst, _ = netip.AddrFromSlice(n.NetworkFlow().Dst().Raw())
	} else if l := packet.Layers(); len(l) > 1 {
		protocol = l[1].LayerType().String()
	}
	if l := packet.TransportLayer(); l != nil {
		protocol = l.LayerType().String()
	} else if l := packet.Layer(layers.LayerTypeICMPv4); l != nil {
		protocol = "ICMPv4"
	} else if l := packet.Layer(layers.LayerTypeICMPv6); l != nil {
		protocol = "ICMPv6"
	}
	return
}

// decoderOf gives gopacket's decoder for a link-layer type and the bytes that come before what it decodes. Its own type
// is 8 bits wide and does not know LINUX_SLL2.
func decoderOf(data []byte, link linktype.Type) (gopacket.Decoder, int) {
	switch {
	case link == linktype.LINUX_SLL2 && len(data) >= 20:
		return layers.EthernetType(uint16(data[0])<<8 | uint16(data[1])), 20
	case link == linktype.RAW && len(data) > 0 && data[0]>>4 == 6:
		return layers.LayerTypeIPv6, 0
	case link == linktype.RAW:
		return layers.LayerTypeIPv4, 0
	case link < 256:
		return layers.LinkType(link.FileNumber()), 0
	}
	return nil, 0
}

// Named is an amount with what it is the amount of. It is a value, and so safe for concurrent use.
type Named struct {
	Name string `json:"name"`
	Amount
}

// Summary is the table as JSON gives it. It is safe for concurrent use as long as nobody changes it.
type Summary struct {
	Amount
	Dropped   uint64   `json:"dropped"`
	Seconds   float64  `json:"seconds"`
	Protocols []Named  `json:"protocols"`
	Hosts     []Named  `json:"hosts"`
	Sizes     []Named  `json:"sizes"`
	Interval  float64  `json:"interval_seconds"`
	Course    []Amount `json:"course"`
}

// Summary sums the table up, with so many hosts.
func (t *Table) Summary(top int) Summary {
	s := Summary{Amount: t.Amount, Dropped: t.Dropped, Seconds: float64(t.last-t.first) / 1e9, Interval: float64(t.interval) / 1e9,
		Protocols: ranking(t.protocols, func(k string) string { return k }), Hosts: ranking(t.hosts, netip.Addr.String), Course: t.course}
	s.Hosts = s.Hosts[:min(top, len(s.Hosts))]
	for i, a := range t.sizes {
		if a.Packets > 0 {
			s.Sizes = append(s.Sizes, Named{sizeRange(i), a})
		}
	}
	return s
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

// ranking sorts by bytes, and by name where these are equal.
func ranking[K comparable](m map[K]*Amount, name func(K) string) []Named {
	list := make([]Named, 0, len(m))
	for k, a := range m {
		list = append(list, Named{name(k), *a})
	}
	slices.SortFunc(list, func(a, b Named) int {
		switch {
		case a.Bytes != b.Bytes && a.Bytes > b.Bytes:
			return -1
		case a.Bytes != b.Bytes:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

// Write prints the table for people, at most columns wide.
func (t *Table) Write(out io.Writer, top, columns int) error {
	var w strings.Builder
	s := t.Summary(top)
	headline := []string{fmt.Sprintf("%d packets", s.Packets), HumanBytes(s.Bytes), fmt.Sprintf("%.3f s", s.Seconds)}
	if s.Seconds > 0 {
		headline = append(headline, fmt.Sprintf("%.0f packets/s", float64(s.Packets)/s.Seconds), HumanBytes(uint64(float64(s.Bytes)/s.Seconds))+"/s")
	}
	if s.Dropped > 0 {
		headline = append(headline, fmt.Sprintf("%d dropped", s.Dropped))
	}
	wrapList(&w, headline, columns)
	sections := []section{{"protocol", s.Protocols}, {"host", s.Hosts}, {"size in bytes", s.Sizes}}
	names := 0 // columns of names, the same in all sections
	for _, section := range sections {
		names = max(names, section.width())
	}
	names = min(names, max(columns-numberColumns, 8))
	for _, section := range sections {
		section.write(&w, names, columns)
	}
	if len(s.Course) > 1 {
		fmt.Fprintf(&w, "\nbytes over time\n%s\n", sparkline(s.Course, max(columns-1, 10)))
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// wrapList writes parts with commas between them, on as many lines as they need.
func wrapList(w io.Writer, parts []string, columns int) {
	line := ""
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ","
		}
		switch {
		case line == "":
			line = part
		case len(line)+1+len(part) > columns:
			fmt.Fprintln(w, line)
			line = part
		default:
			line += " " + part
		}
	}
	fmt.Fprintln(w, line)
}

// section is a part of the table: rows of amounts under a title.
type section struct {
	title string
	rows  []Named
}

const numberColumns = 24 // of packets and bytes

// width is the length of the longest name.
func (s section) width() int {
	width := len(s.title)
	for _, r := range s.rows {
		width = max(width, len(r.Name))
	}
	return width
}

// write prints the rows, with a bar for the share of packets where there is room.
func (s section) write(w io.Writer, names, columns int) {
	if len(s.rows) == 0 {
		return
	}
	largest := uint64(1)
	for _, r := range s.rows {
		largest = max(largest, r.Packets)
	}
	fmt.Fprintf(w, "\n%-*s %12s %10s\n", names, shorten(s.title, names), "packets", "bytes")
	room := columns - names - numberColumns - 3
	for _, r := range s.rows {
		fmt.Fprintf(w, "%-*s %12d %10s", names, shorten(r.Name, names), r.Packets, HumanBytes(r.Bytes))
		if bar := int(r.Packets * uint64(max(room, 0)) / largest); bar > 0 {
			fmt.Fprintf(w, "  %s", strings.Repeat("█", bar))
		}
		fmt.Fprintln(w)
	}
}

// shorten cuts a name of ASCII to so many columns.
func shorten(s string, columns int) string {
	if len(s) <= columns {
		return s
	}
	return s[:columns-1] + "…"
}

// sparkline draws amounts of bytes as one line of blocks.
func sparkline(course []Amount, columns int) string {
	step := (len(course) + columns - 1) / columns
	var sums []uint64
	largest := uint64(1)
	for i := 0; i < len(course); i += step {
		sum := uint64(0)
		for _, a := range course[i:min(i+step, len(course))] {
			sum += a.Bytes
		}
		sums, largest = append(sums, sum), max(largest, sum)
	}
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	line := make([]rune, len(sums))
	for i, n := range sums {
		hi, lo := bits.Mul64(n, uint64(len(blocks)-1))
		rank, rest := bits.Div64(hi, lo, largest)
		if rest > 0 {
			rank++
		}
		line[i] = blocks[rank]
	}
	return string(line)
}

// HumanBytes writes a number of bytes in the unit that fits, of powers of 1,000.
func HumanBytes(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 1000 && unit < 5 {
		value, unit = value/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", value, " kMGTP"[unit])
}
