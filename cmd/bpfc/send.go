package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/print"
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
	build       packetDescription

	sender capture.Sender // nil with --dry-run
	stdout io.Writer
	shown  *print.Printer
	batch  [][]byte // to be sent at once, with --top-speed
	sent   uint64
	bytes  uint64
}

func newSendCommand() *cobra.Command {
	s := &sendCommand{}
	cmd := &cobra.Command{
		Use:   "send -i IFACE (-r FILE [EXPR…] | --ip … --tcp …) [flags]",
		Short: "Send packets: a capture file, or one made from a description",
		Long: `Send puts the packets of a capture file that match onto an interface, with the
pauses that they were recorded with (--speed 2 is twice as fast, --rate 1000 so
many packets a second, --top-speed without pauses).

Without -r it sends one packet made from a description; lengths and checksums
are made right:

  bpfc send -i eth0 --eth dst=02:00:00:00:00:02 --ip src=10.0.0.1,dst=10.0.0.2 --udp sport=1,dport=53 --payload hello

--dry-run shows the bytes instead and needs no privilege.`,
		RunE: s.run,
	}
	s.register(cmd)
	f := cmd.Flags()
	f.StringVarP(&s.iface, "interface", "i", "", "interface to send on, by name or number")
	f.StringVarP(&s.read, "read", "r", "", "capture file to send; - is standard input")
	f.Uint64VarP(&s.count, "packets", "c", 0, "end after so many packets")
	f.IntVar(&s.repeat, "repeat", 1, "send everything so many times")
	f.Float64Var(&s.speed, "speed", 1, "times the recorded speed")
	f.Float64Var(&s.rate, "rate", 0, "packets a second instead of the recorded pauses")
	f.BoolVar(&s.topSpeed, "top-speed", false, "no pauses")
	f.BoolVar(&s.dryRun, "dry-run", false, "show the bytes instead of sending them")
	s.build.register(f)
	_ = cmd.MarkFlagFilename("read", "pcap", "pcapng", "cap", "dump")
	_ = cmd.RegisterFlagCompletionFunc("interface", completeInterface)
	cmd.MarkFlagsMutuallyExclusive("rate", "top-speed", "speed")
	return cmd
}

func (s *sendCommand) run(cmd *cobra.Command, args []string) (err error) {
	if err := s.check(args); err != nil {
		return err
	}
	s.stdout = cmd.OutOrStdout()
	ctx, stop := untilInterrupt(cmd.Context())
	defer stop()
	expr, err := s.expression(cmd, args)
	if err != nil {
		return err
	}
	var single []byte
	if s.read == "" {
		if single, err = s.build.packet(); err != nil {
			return err
		}
	}
	if s.dryRun {
		s.shown = print.New(print.Options{Time: print.NoTime, LinkHeader: true, Dump: print.DumpHexLink})
	} else {
		if s.sender, err = capture.OpenSender(s.iface); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.sender.Close()) }()
	}
	started := time.Now()
	if s.read == "" {
		err = s.single(ctx, single)
	} else {
		err = s.replay(ctx, cmd, expr)
	}
	err = errors.Join(err, s.flush())
	if !s.dryRun {
		d := time.Since(started).Seconds()
		fmt.Fprintf(cmd.ErrOrStderr(), "%s sent, %s in %.3f s (%.0f packets/s)\n", plural(s.sent, "packet"), humanBytes(s.bytes), d, float64(s.sent)/max(d, 1e-9))
	}
	return err
}

// check finds flags that contradict each other.
func (s *sendCommand) check(args []string) error {
	switch {
	case s.iface == "" && !s.dryRun:
		return usagef("name the interface to send on with -i, or look at the bytes with --dry-run")
	case s.read == "" && s.build.empty():
		return usagef("nothing to send: give a capture file with -r, or describe a packet (--eth, --ip, --tcp …)")
	case s.read != "" && !s.build.empty():
		return usagef("-r and a described packet: give one of them")
	case s.read == "" && len(args) > 0:
		return usagef("a filter is for the packets of a file: give -r")
	case s.speed <= 0 || s.rate < 0 || s.repeat < 1:
		return usagef("--speed and --repeat are more than 0, --rate is not negative")
	case s.read == "-" && s.repeat > 1:
		return usagef("standard input cannot be sent several times")
	}
	return nil
}

// single sends the described packet.
func (s *sendCommand) single(ctx context.Context, b []byte) error {
	n := max(uint64(s.repeat), s.count)
	pace := pacer{command: s}
	for i := range n {
		p := capture.Packet{Data: b, WireLen: uint32(len(b)), Number: i + 1}
		if err := pace.wait(ctx, 0); err != nil {
			return interrupted(err)
		}
		if err := s.send(&p, 1); err != nil {
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
	r, err := openCapture(cmd, &s.filterOptions, s.read)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	scan := newScanner(ctx, &s.filterOptions, expr)
	defer scan.close()
	if err := scan.check(r.Interfaces()); err != nil {
		return err
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		iface := &r.Interfaces()[p.Interface]
		m, err := scan.matcher(targetOf(iface))
		if err != nil {
			return err
		}
		if m.Match(p.Data, p.WireLen) == 0 {
			continue
		}
		if err := pace.wait(ctx, p.Timestamp); err != nil {
			return err
		}
		if err := s.send(p, iface.LinkType); err != nil {
			return err
		}
		if s.count > 0 && s.sent >= s.count {
			return errEnough
		}
	}
}

// send sends one packet, or shows it.
func (s *sendCommand) send(p *capture.Packet, linkType uint32) error {
	s.sent++
	s.bytes += uint64(len(p.Data))
	if s.dryRun {
		_, err := s.stdout.Write(s.shown.Append(nil, &print.Packet{LinkType: linkType, Data: p.Data, WireLen: p.WireLen, Number: p.Number}))
		return err
	}
	if want := s.sender.LinkType(); linkType != want {
		return fmt.Errorf("packet %d is of link-layer type %v, %s takes %v", p.Number, linktype.FromFile(uint16(linkType)), s.iface, linktype.FromFile(uint16(want)))
	}
	if int(p.WireLen) > len(p.Data) {
		return fmt.Errorf("packet %d was captured in part only, %d of %d bytes: leave such packets out with a filter (less %d)", p.Number, len(p.Data), p.WireLen, len(p.Data))
	}
	if !s.topSpeed {
		return s.hand([][]byte{p.Data}, p.Number)
	}
	s.batch = append(s.batch, append([]byte(nil), p.Data...))
	if len(s.batch) == cap(s.batch) && len(s.batch) >= 256 {
		return s.flush()
	}
	return nil
}

// flush sends what waits for company.
func (s *sendCommand) flush() error {
	if len(s.batch) == 0 {
		return nil
	}
	err := s.hand(s.batch, s.sent-uint64(len(s.batch))+1)
	s.batch = s.batch[:0]
	return err
}

func (s *sendCommand) hand(packets [][]byte, number uint64) error {
	n, err := s.sender.Send(packets...)
	if err != nil {
		for _, p := range packets[n:] {
			s.sent--
			s.bytes -= uint64(len(p))
		}
		return fmt.Errorf("packet %d on %s: %w", number+uint64(n), s.iface, err)
	}
	return nil
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
