package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bpfc/capture"
	"bpfc/linktype"
)

// statsCommand is the state of one `bpfc stats`.
type statsCommand struct {
	captureCommand
	json  bool
	top   int
	every time.Duration
	table *trafficTable
}

func newStatsCommand() *cobra.Command {
	s := &statsCommand{}
	cmd := &cobra.Command{
		Use:   "stats (-i IFACE | -r FILE) [flags] [EXPR…]",
		Short: "Count what a filter lets through",
		Long: `Stats counts the packets that match: packets and bytes over time, by protocol, by
host and by size. On an interface it refreshes in the terminal until interrupted;
of a file it prints the table at the end, or JSON.`,
		RunE: s.run,
	}
	s.register(cmd)
	f := cmd.Flags()
	f.StringVarP(&s.iface, "interface", "i", "", "interface, by name or by its number in capture -D, or any")
	f.StringVarP(&s.read, "read", "r", "", "capture file to read; - is standard input")
	f.BoolVarP(&s.noPromiscuous, "no-promiscuous-mode", "p", false, "do not put the interface into promiscuous mode")
	f.Uint64VarP(&s.packets, "packets", "c", 0, "end after so many packets")
	f.BoolVar(&s.json, "json", false, "print JSON at the end")
	f.IntVar(&s.top, "top", 10, "how many hosts to show")
	f.DurationVar(&s.every, "interval", time.Second, "how often the live view refreshes")
	_ = cmd.RegisterFlagCompletionFunc("interface", completeInterface)
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
	return cmd
}

func (s *statsCommand) run(cmd *cobra.Command, args []string) error {
	switch {
	case (s.read == "") == (s.iface == ""):
		return usagef("give either -i IFACE or -r FILE")
	case s.top < 0:
		return usagef("--top %d: a number of hosts is not negative", s.top)
	case s.every < 10*time.Millisecond:
		return usagef("--interval %v is too short: at least 10ms", s.every)
	}
	if s.read == "" {
		s.ownFlags = liveFlags
	}
	expr, err := s.expression(cmd, args)
	if err != nil {
		return err
	}
	s.direction = "inout"
	s.stdout, s.table = cmd.OutOrStdout(), newTrafficTable()
	ctx := cmd.Context()
	if s.read != "" {
		err = s.ofFile(cmd, expr)
	} else {
		err = s.ofInterface(ctx, expr)
	}
	if err != nil && s.table.Packets == 0 {
		return err
	}
	return errors.Join(err, s.result())
}

func (s *statsCommand) ofFile(cmd *cobra.Command, expr string) (err error) {
	scan, err := openScan(cmd, &s.filterOptions, s.read, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scan.Close()) }()
	line := newProgress(cmd.ErrOrStderr(), s.read)
	defer line.end()
	defer func() { noteTimes(cmd.ErrOrStderr(), 0, scan.Reader().TimesOutOfRange(), 0) }()
	scan.OnProgress(line.at)
	for p, err := range scan.Packets() {
		if err != nil {
			return err
		}
		s.table.add(&p.Packet, p.From.LinkType)
		if s.packets > 0 && s.table.Packets >= s.packets {
			break
		}
	}
	return nil
}

func (s *statsCommand) ofInterface(ctx context.Context, expr string) error {
	options, err := s.liveOptions()
	if err != nil {
		return err
	}
	if options.Filter, err = s.compileLive(ctx, expr, options); err != nil {
		return err
	}
	handle, err := capture.OpenLive(options)
	if err != nil {
		return err
	}
	defer handle.Close()
	link := handle.Interfaces()[0].LinkType
	view := newScreen(s.stdout)
	for ctx.Err() == nil && (s.packets == 0 || s.table.Packets < s.packets) {
		wait, cancel := context.WithTimeout(ctx, s.every)
		err := s.count(wait, handle, link)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return err
		}
		if view != nil && !s.json {
			stats, err := handle.Stats()
			if err != nil {
				return err
			}
			s.table.Dropped = stats.Dropped
			if err := view.draw(func(w io.Writer, lines, columns int) { s.table.write(w, min(s.top, max(lines-30, 3)), columns) }); err != nil {
				return err
			}
		}
	}
	stats, err := handle.Stats()
	s.table.Dropped = stats.Dropped
	return errors.Join(err, view.end())
}

func (s *statsCommand) count(ctx context.Context, handle capture.Handle, link linktype.Type) error {
	for s.packets == 0 || s.table.Packets < s.packets {
		p, err := handle.Next(ctx)
		if err != nil {
			return err
		}
		s.table.add(p, link)
	}
	return nil
}

// result prints the final table.
func (s *statsCommand) result() error {
	if s.json {
		encoder := json.NewEncoder(s.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s.table.summary(s.top))
	}
	width := 80
	if f, ok := s.stdout.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			width = columns
		}
	}
	return s.table.write(s.stdout, s.top, width)
}

// amount is a number of packets and their bytes on the wire.
type amount struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

func (a *amount) add(wireLen uint32) {
	a.Packets++
	a.Bytes += uint64(wireLen)
}

const (
	maxHosts   = 1 << 16 // hosts counted one by one; the rest together
	sizeRanks  = 18      // sizes up to 2^17 and above
	maxSeconds = 1 << 12 // points of the course over time; the interval doubles beyond
)

// trafficTable counts packets. Its size is bounded whatever the traffic.
type trafficTable struct {
	amount
	Dropped     uint64
	first, last int64
	protocols   map[string]*amount
	hosts       map[netip.Addr]*amount
	otherHosts  amount
	sizes       [sizeRanks]amount
	interval    int64 // nanoseconds of one point of course
	course      []amount
}

func newTrafficTable() *trafficTable {
	return &trafficTable{protocols: map[string]*amount{}, hosts: map[netip.Addr]*amount{}, interval: 1e9}
}

// add counts a packet.
func (t *trafficTable) add(p *capture.Packet, link linktype.Type) {
	if t.Packets == 0 {
		t.first, t.last = p.Timestamp, p.Timestamp
	}
	t.amount.add(p.WireLen)
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

func counter[K comparable](m map[K]*amount, k K) *amount {
	if m[k] == nil {
		m[k] = &amount{}
	}
	return m[k]
}

// addToCourse counts a packet in its interval; if there are too many, two become one.
func (t *trafficTable) addToCourse(p *capture.Packet) {
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
		t.course = append(t.course, amount{})
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

// named is an amount with what it is the amount of.
type named struct {
	Name string `json:"name"`
	amount
}

// summary is the table as JSON gives it.
type summary struct {
	amount
	Dropped   uint64   `json:"dropped"`
	Seconds   float64  `json:"seconds"`
	Protocols []named  `json:"protocols"`
	Hosts     []named  `json:"hosts"`
	Sizes     []named  `json:"sizes"`
	Interval  float64  `json:"interval_seconds"`
	Course    []amount `json:"course"`
}

func (t *trafficTable) summary(top int) summary {
	s := summary{amount: t.amount, Dropped: t.Dropped, Seconds: float64(t.last-t.first) / 1e9, Interval: float64(t.interval) / 1e9,
		Protocols: ranking(t.protocols, func(k string) string { return k }), Hosts: ranking(t.hosts, netip.Addr.String), Course: t.course}
	s.Hosts = s.Hosts[:min(top, len(s.Hosts))]
	for i, a := range t.sizes {
		if a.Packets > 0 {
			s.Sizes = append(s.Sizes, named{sizeRange(i), a})
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
func ranking[K comparable](m map[K]*amount, name func(K) string) []named {
	list := make([]named, 0, len(m))
	for k, a := range m {
		list = append(list, named{name(k), *a})
	}
	slices.SortFunc(list, func(a, b named) int {
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

// write prints the table for people, at most columns wide.
func (t *trafficTable) write(out io.Writer, top, columns int) error {
	var w strings.Builder
	s := t.summary(top)
	headline := []string{fmt.Sprintf("%d packets", s.Packets), humanBytes(s.Bytes), fmt.Sprintf("%.3f s", s.Seconds)}
	if s.Seconds > 0 {
		headline = append(headline, fmt.Sprintf("%.0f packets/s", float64(s.Packets)/s.Seconds), humanBytes(uint64(float64(s.Bytes)/s.Seconds))+"/s")
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
	rows  []named
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
		fmt.Fprintf(w, "%-*s %12d %10s", names, shorten(r.Name, names), r.Packets, humanBytes(r.Bytes))
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
func sparkline(course []amount, columns int) string {
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

func humanBytes(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 1000 && unit < 5 {
		value, unit = value/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", value, " kMGTP"[unit])
}

// screen redraws a view in place on a terminal.
type screen struct {
	out *os.File
}

// newScreen is nil where there is no terminal. It uses the terminal's second screen, so that what was there comes back.
func newScreen(out io.Writer) *screen {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	_, _ = f.WriteString("\x1b[?1049h\x1b[?25l")
	return &screen{f}
}

func (s *screen) draw(view func(w io.Writer, lines, columns int)) error {
	columns, lines, err := term.GetSize(int(s.out.Fd()))
	if err != nil {
		columns, lines = 80, 24
	}
	var text strings.Builder
	view(&text, lines, columns)
	rows := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	rows = rows[:min(len(rows), lines)]
	for i, row := range rows {
		if r := []rune(row); len(r) > columns { // a line that wrapped would push the first one out
			rows[i] = string(r[:columns])
		}
	}
	_, err = s.out.WriteString("\x1b[H" + strings.Join(rows, "\x1b[K\r\n") + "\x1b[J")
	return err
}

func (s *screen) end() error {
	if s == nil {
		return nil
	}
	_, err := s.out.WriteString("\x1b[?25h\x1b[?1049l")
	return err
}
