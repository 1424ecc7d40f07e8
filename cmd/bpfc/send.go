package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/print"
	"bpfc/traffic"
)

// sendCommand is the state of one `bpfc send`.
type sendCommand struct {
	filterOptions
	iface, read string
	count       uint64
	repeat      int
	speed       float64
	rate        float64
	topSpeed    bool
	dryRun      bool
	cut         string // what becomes of packets captured in part, a key of cutWays
	build       packetDescription

	link   linkType    // of what the interface takes
	sender *outbox     // nil with --dry-run
	screen *packetDump // with --dry-run
	taken  uint64      // packets handed over or shown
	cuts   uint64      // packets captured in part that were skipped or padded
}

// linkType is what an interface takes, if that is known.
type linkType struct {
	linktype.Type
	known bool
}

// packetDump shows packets instead of sending them.
type packetDump struct {
	w       io.Writer
	printer *print.Printer
}

// cutWays are what can be done with packets that were captured in part, and the words for having done it.
var cutWays = map[string]string{"refuse": "", "skip": "skipped", "pad": "padded"}

func newSendCommand() *cobra.Command {
	s := &sendCommand{}
	cmd := &cobra.Command{
		Use:   "send -i IFACE (-r FILE [EXPR…] | --ip … --tcp …) [flags]",
		Short: "Send packets: a capture file, or one made from a description",
		Long: `Send puts the packets of a capture file that match onto an interface, with the
pauses that they were recorded with (--speed 2 is twice as fast, --rate 1000 so
many packets a second, --top-speed without pauses).

Packets go out as they are in the file, so it has to be of the interface's own
link-layer type. A packet of which only the beginning was captured ends the
sending; --cut skip leaves such packets out, --cut pad fills them up with zeros
to their length on the wire.

Without -r it sends one packet made from a description; lengths and checksums
are made right:

  bpfc send -i eth0 --eth dst=02:00:00:00:00:02 --ip src=10.0.0.1,dst=10.0.0.2 --udp sport=1,dport=53 --payload hello

On tun devices and IP tunnels packets begin with their IP header: what is
described goes out without an Ethernet header there, and files of link-layer
types RAW, IPV4 and IPV6 can be sent.

--dry-run shows the bytes instead and needs no privilege.`,
		RunE: s.run,
	}
	s.register(cmd)
	f := cmd.Flags()
	f.StringVarP(&s.iface, "interface", "i", "", "interface to send on, by name or by its number in capture -D")
	f.StringVarP(&s.read, "read", "r", "", "capture file to send; - is standard input")
	f.Uint64VarP(&s.count, "packets", "c", 0, "end after so many packets")
	f.IntVar(&s.repeat, "repeat", 1, "send everything so many times")
	f.Float64Var(&s.speed, "speed", 1, "times the recorded speed")
	f.Float64Var(&s.rate, "rate", 0, "packets a second instead of the recorded pauses")
	f.BoolVar(&s.topSpeed, "top-speed", false, "no pauses")
	f.StringVar(&s.cut, "cut", "refuse", "packets captured in part: refuse, skip or pad (with zeros)")
	f.BoolVar(&s.dryRun, "dry-run", false, "show the bytes instead of sending them")
	s.build.register(f)
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
	_ = cmd.RegisterFlagCompletionFunc("interface", completeInterface)
	_ = cmd.RegisterFlagCompletionFunc("cut", cobra.FixedCompletions(slices.Sorted(maps.Keys(cutWays)), cobra.ShellCompDirectiveNoFileComp))
	cmd.MarkFlagsMutuallyExclusive("rate", "top-speed", "speed")
	return cmd
}

func (s *sendCommand) run(cmd *cobra.Command, args []string) (err error) {
	if err := s.check(args); err != nil {
		return err
	}
	ctx := cmd.Context()
	expr, err := s.expression(cmd, args)
	if err != nil {
		return err
	}
	if err := s.probe(); err != nil {
		return err
	}
	var packet []byte
	if s.read == "" {
		if packet, err = s.build.packet(s.link.orEthernet()); err != nil {
			return err
		}
	}
	if err := s.open(cmd.OutOrStdout()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.sender.close()) }()
	started := time.Now()
	if s.read == "" {
		err = s.described(ctx, packet)
	} else {
		err = s.replay(ctx, cmd, expr)
	}
	err = errors.Join(err, s.sender.flush())
	s.sum(cmd.ErrOrStderr(), time.Since(started))
	return err
}

// check finds flags that contradict each other.
func (s *sendCommand) check(args []string) error {
	_, cutKnown := cutWays[s.cut]
	switch {
	case s.iface == "" && !s.dryRun:
		return usagef("name the interface to send on with -i, or look at the bytes with --dry-run")
	case s.read == "" && s.build.empty():
		return usagef("nothing to send: give a capture file with -r, or describe a packet (--eth, --ip, --tcp …)")
	case s.read != "" && !s.build.empty():
		return usagef("-r and a described packet: give one of them")
	case s.read == "" && (len(args) > 0 || s.bytecode != ""):
		return usagef("a filter is for the packets of a file: give -r")
	case s.speed <= 0 || s.rate < 0 || s.repeat < 1:
		return usagef("--speed and --repeat are more than 0, --rate is not negative")
	case s.read == "-" && s.repeat > 1:
		return usagef("standard input cannot be sent several times")
	case !cutKnown:
		return usagef("--cut %.40s: it is refuse, skip or pad", s.cut)
	}
	return nil
}

// probe finds out what the interface takes, which needs no privilege. Where packets are captured with a made-up header, and
// where this system cannot tell, that stays unknown.
func (s *sendCommand) probe() error {
	if s.iface == "" {
		return nil
	}
	name, err := interfaceName(s.iface)
	if err != nil {
		return err
	}
	s.iface = name
	link, err := capture.ProbeLink(capture.LiveOptions{Interface: s.iface})
	if errors.Is(err, capture.ErrNotSupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.iface, err)
	}
	t := link.LinkType
	s.link = linkType{t, t != linktype.LINUX_SLL && t != linktype.LINUX_SLL2}
	return nil
}

// open prepares for sending, or for showing.
func (s *sendCommand) open(stdout io.Writer) error {
	if s.dryRun {
		s.screen = &packetDump{stdout, print.New(print.Options{Time: print.NoTime, LinkHeader: true, Dump: print.DumpHexLink})}
		return nil
	}
	sender, err := capture.OpenSender(s.iface)
	if err != nil {
		return err
	}
	s.sender = newOutbox(sender, s.iface, s.topSpeed)
	return nil
}

// sum says in the end what was done.
func (s *sendCommand) sum(w io.Writer, d time.Duration) {
	if s.sender != nil {
		n := s.sender.sent
		fmt.Fprintf(w, "%s sent, %s in %.3f s (%.0f packets/s)\n", plural(n, "packet"), traffic.HumanBytes(s.sender.bytes), d.Seconds(), float64(n)/max(d.Seconds(), 1e-9))
	}
	if s.cuts > 0 {
		fmt.Fprintf(w, "%s captured in part %s\n", plural(s.cuts, "packet"), cutWays[s.cut])
	}
}

// described sends the packet that flags describe.
func (s *sendCommand) described(ctx context.Context, b []byte) error {
	n := max(uint64(s.repeat), s.count)
	pace := pacer{command: s}
	for i := range n {
		p := capture.Packet{Data: b, WireLen: uint32(len(b)), Number: i + 1}
		if err := pace.wait(ctx, 0); err != nil {
			return interrupted(err)
		}
		if err := s.put(&p, s.link.orEthernet()); err != nil {
			return err
		}
	}
	return nil
}

// interrupted: an interrupt is a regular end.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// replay sends the packets of a file that match, as often as asked for.
func (s *sendCommand) replay(ctx context.Context, cmd *cobra.Command, expr string) error {
	pace := pacer{command: s}
	for range s.repeat {
		if err := s.replayOnce(ctx, cmd, expr, &pace); err != nil {
			if errors.Is(err, errEnough) {
				return nil
			}
			return interrupted(err)
		}
		pace.nextRound()
	}
	return nil
}

func (s *sendCommand) replayOnce(ctx context.Context, cmd *cobra.Command, expr string, pace *pacer) (err error) {
	scan, err := openScan(cmd, &s.filterOptions, s.read, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scan.Close()) }()
	for p, err := range scan.Packets() {
		if err != nil {
			return err
		}
		if send, err := s.fit(&p.Packet, p.From.LinkType); err != nil {
			return fmt.Errorf("%s: %w", inputName(s.read), err)
		} else if !send {
			continue
		}
		if err := pace.wait(ctx, p.Timestamp); err != nil {
			return err
		}
		if err := s.put(&p.Packet, p.From.LinkType); err != nil {
			return err
		}
		if s.count > 0 && s.taken >= s.count {
			return errEnough
		}
	}
	return nil
}

// fit makes a packet of a file fit for the interface: false if it is to be left out, an error if it cannot be sent.
func (s *sendCommand) fit(p *capture.Packet, t linktype.Type) (bool, error) {
	if s.link.known && !s.link.takes(t) {
		return false, fmt.Errorf("packet %d is of link-layer type %v, and %s takes %v: %s", p.Number, t, s.iface, s.link.Type, s.link.advice(t, s.read))
	}
	if int64(p.WireLen) <= int64(len(p.Data)) {
		return true, nil
	}
	if s.cut == "refuse" {
		return false, fmt.Errorf("packet %d was captured in part only, %d of %d bytes: leave such packets out with --cut skip, or fill them up with zeros with --cut pad",
			p.Number, len(p.Data), p.WireLen)
	}
	if s.cut == "pad" {
		if p.WireLen > capture.MaxSnaplen {
			return false, fmt.Errorf("packet %d is said to have had %d bytes, more than any interface takes: leave such packets out with --cut skip", p.Number, p.WireLen)
		}
		p.Data = append(p.Data[:len(p.Data):len(p.Data)], make([]byte, int(p.WireLen)-len(p.Data))...) // a copy
	}
	s.cuts++
	return s.cut == "pad", nil
}

// orEthernet is the type of packets that are made without knowing an interface.
func (l linkType) orEthernet() linktype.Type {
	if l.known {
		return l.Type
	}
	return linktype.EN10MB
}

// takes tells whether an interface takes packets of a type.
func (l linkType) takes(t linktype.Type) bool {
	return t == l.Type || l.Type == linktype.RAW && (t == linktype.IPV4 || t == linktype.IPV6)
}

// advice says what to do with a file of a type that an interface does not take.
func (l linkType) advice(t linktype.Type, file string) string {
	switch {
	case l.Type == linktype.RAW && t == linktype.EN10MB:
		return fmt.Sprintf("send on an Ethernet interface, or take the Ethernet headers off: bpfc filter -r %s -w ip.pcap 'ip or ip6' keeps what is IP, and Wireshark's editcap -C 14 -T rawip ip.pcap raw.pcap makes a file to send", file)
	case l.Type == linktype.EN10MB && (linkType{Type: linktype.RAW}).takes(t):
		return "it has no Ethernet header; send it on a tun device"
	}
	return "send it on an interface of its type"
}

// put hands a packet over, or shows it.
func (s *sendCommand) put(p *capture.Packet, t linktype.Type) error {
	s.taken++
	if s.screen != nil {
		text := s.screen.printer.Append(nil, &print.Packet{LinkType: t, Data: p.Data, WireLen: p.WireLen, Number: p.Number})
		_, err := s.screen.w.Write(text)
		return err
	}
	return s.sender.put(p.Data, p.Number)
}

// outbox is the way to an interface, and the count of what went it. A nil outbox is empty.
type outbox struct {
	sender  capture.Sender
	iface   string
	packets [][]byte // wait for company; to be sent at once when there are as many as there is room for
	numbers []uint64 // theirs in the file
	sent    uint64   // packets that the kernel took
	bytes   uint64   // their length
}

func newOutbox(sender capture.Sender, iface string, inBatches bool) *outbox {
	room := 1
	if inBatches {
		room = 256
	}
	return &outbox{sender: sender, iface: iface, packets: make([][]byte, 0, room)}
}

// put sends a packet, now or with others. It keeps a copy.
func (o *outbox) put(data []byte, number uint64) error {
	o.packets = append(o.packets, bytes.Clone(data))
	o.numbers = append(o.numbers, number)
	if len(o.packets) < cap(o.packets) {
		return nil
	}
	return o.flush()
}

// flush sends what waits. An error names the packet that was refused; those after it are dropped.
func (o *outbox) flush() error {
	if o == nil || len(o.packets) == 0 {
		return nil
	}
	n, err := o.sender.Send(o.packets...)
	o.sent += uint64(n)
	for _, p := range o.packets[:n] {
		o.bytes += uint64(len(p))
	}
	if err != nil {
		err = fmt.Errorf("packet %d on %s: %w", o.numbers[n], o.iface, err)
	}
	o.packets, o.numbers = o.packets[:0], o.numbers[:0]
	return err
}

func (o *outbox) close() error {
	if o == nil {
		return nil
	}
	return o.sender.Close()
}

// pacer makes the pauses between packets.
type pacer struct {
	command *sendCommand
	started time.Time // when the first packet went out
	first   int64     // its time stamp
	n       int       // packets so far
}

// nextRound begins the file anew.
func (p *pacer) nextRound() { p.started = time.Time{} }

// wait sleeps until a packet with a time stamp in nanoseconds is due.
func (p *pacer) wait(ctx context.Context, stamp int64) error {
	c := p.command
	if p.started.IsZero() {
		p.started, p.first, p.n = time.Now(), stamp, 0
	}
	var after time.Duration
	switch {
	case c.topSpeed || c.dryRun:
		return ctx.Err()
	case c.rate > 0:
		after = time.Duration(float64(p.n) / c.rate * 1e9)
	default:
		after = time.Duration(float64(stamp-p.first) / c.speed)
	}
	p.n++
	pause := time.Until(p.started.Add(after))
	if pause <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
