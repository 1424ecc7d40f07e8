package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/scan"
	"bpfc/traffic"
)

// statsCommand is the state of one `bpfc stats`.
type statsCommand struct {
	captureCommand
	json  bool
	top   int
	every time.Duration
	mu    sync.Mutex // held by who uses the table while packets are counted beside
	table *traffic.Table
	parts sync.Pool // of *traffic.Part that are empty
}

func newStatsCommand() *cobra.Command {
	s := &statsCommand{}
	cmd := &cobra.Command{
		Use:   "stats (-i IFACE | -r FILE…) [flags] [EXPR…]",
		Short: "Count what a filter lets through",
		Long: `Stats counts the packets that match: packets and bytes over time, by protocol,
host, port, conversation and size. On an interface it shows current and average
rates in the terminal, in five views: 1 to 5 choose one, s sorts by something
else, p pauses what is shown, q quits. Where there is no terminal, and of a file,
it prints the table at the end, or JSON. With NO_COLOR set there are no colours.`,
		RunE: s.run,
	}
	s.register(cmd)
	s.registerWarnings(cmd, "W")
	s.files.register(cmd, readHelp)
	f := cmd.Flags()
	f.StringVarP(&s.iface, "interface", "i", "", "interface, by name or by its number in capture -D, or any")
	f.BoolVarP(&s.noPromiscuous, "no-promiscuous-mode", "p", false, "do not put the interface into promiscuous mode")
	f.Uint64VarP(&s.packets, "packets", "c", 0, "end after so many packets")
	f.BoolVar(&s.json, "json", false, "print JSON at the end")
	f.IntVar(&s.top, "top", 10, "how many hosts, ports and conversations to print")
	f.DurationVar(&s.every, "interval", time.Second, "how often the live view refreshes")
	_ = cmd.RegisterFlagCompletionFunc("interface", completeInterface)
	return cmd
}

func (s *statsCommand) run(cmd *cobra.Command, args []string) error {
	switch {
	case s.files.any() == (s.iface != ""):
		return usagef("give either -i IFACE or -r FILE")
	case s.top < 0:
		return usagef("--top %d: a number of hosts is not negative", s.top)
	case s.every < 10*time.Millisecond:
		return usagef("--interval %v is too short: at least 10ms", s.every)
	}
	if !s.files.any() {
		s.ownFlags = liveFlags
	}
	expr, err := s.expression(cmd, args)
	if err != nil {
		return err
	}
	s.direction = "inout"
	s.stdout, s.table = cmd.OutOrStdout(), traffic.New()
	ctx := cmd.Context()
	if s.files.any() {
		err = s.ofFiles(cmd, expr)
	} else {
		err = s.ofInterface(ctx, expr)
	}
	if err != nil && s.table.Packets == 0 {
		return err
	}
	return errors.Join(err, s.result())
}

func (s *statsCommand) ofFiles(cmd *cobra.Command, expr string) error {
	if err := s.files.resolve(cmd, &s.filterOptions); err != nil {
		return err
	}
	if name, one := s.files.one(); one {
		s.read = name
		return s.ofFile(cmd, expr)
	}
	a, err := s.files.openArchive(cmd, &s.filterOptions, expr)
	if err != nil {
		return err
	}
	if s.packets > 0 {
		err = s.some(a.Packets(cmd.Context()))
	} else {
		_, err = scan.Parts(cmd.Context(), a.Archive, s.part, func(p *traffic.Part) error {
			s.table.Take(p)
			s.parts.Put(p)
			return nil
		})
	}
	if err == nil {
		noteTimes(cmd.ErrOrStderr(), 0, a.TimesOutOfRange(), 0)
	}
	return a.end(err)
}

// some counts no more packets than asked for.
func (s *statsCommand) some(packets iter.Seq2[*scan.Packet, error]) error {
	for p, err := range packets {
		if err != nil {
			return err
		}
		s.table.Add(&p.Packet, p.From.LinkType)
		if s.table.Packets >= s.packets {
			break
		}
	}
	return nil
}

// part counts the packets of a batch that match. It is called by several goroutines.
func (s *statsCommand) part(b *capture.Batch) (*traffic.Part, int64) {
	part, _ := s.parts.Get().(*traffic.Part)
	if part == nil {
		part = traffic.NewPart()
	}
	for i, v := range b.Verdicts {
		if v != 0 {
			p := b.Packet(i)
			part.Add(&p, b.Interfaces[b.Records[i].Interface].LinkType)
		}
	}
	const each = 128 // bytes for a packet, about
	return part, int64(part.Packets) * each
}

func (s *statsCommand) ofFile(cmd *cobra.Command, expr string) (err error) {
	file, err := s.files.openScan(cmd, &s.filterOptions, s.read, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	line := newProgress(cmd.ErrOrStderr(), s.read)
	defer line.end()
	defer func() { noteTimes(cmd.ErrOrStderr(), 0, file.Reader().TimesOutOfRange(), 0) }()
	file.OnProgress(line.at)
	if s.packets > 0 {
		return s.some(file.Packets())
	}
	return file.BatchesWith(func(b *capture.Batch) { b.Result, _ = s.part(b) }, func(b *capture.Batch) error {
		part := b.Result.(*traffic.Part)
		s.table.Take(part)
		s.parts.Put(part)
		line.at(b.End, b.First+uint64(len(b.Records))-1, s.table.Packets)
		return nil
	})
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
	counting, stop := context.WithCancel(ctx)
	defer stop()
	var counted error
	done := make(chan struct{})
	go func() {
		defer close(done)
		counted = s.countLive(counting, handle, link)
	}()
	title := s.iface
	if expr != "" {
		title += "  " + strings.Join(strings.Fields(expr), " ")
	}
	if view := s.newView(title); view != nil {
		err = view.run(ctx, done, handle.Stats)
		stop() // a key may have ended the view
	}
	<-done
	stats, statsErr := handle.Stats()
	s.table.Dropped = stats.Dropped
	return errors.Join(err, counted, statsErr)
}

// countLive counts until the context is done or there are enough packets.
func (s *statsCommand) countLive(ctx context.Context, handle capture.Handle, link linktype.Type) error {
	for s.packets == 0 || s.table.Packets < s.packets {
		p, err := handle.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.table.Add(p, link)
		s.mu.Unlock()
	}
	return nil
}

// result prints the final table.
func (s *statsCommand) result() error {
	if s.json {
		return json.NewEncoder(s.stdout).Encode(s.table.Summary(s.top))
	}
	width := 80
	if f, ok := s.stdout.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			width = columns
		}
	}
	return s.table.Write(s.stdout, s.top, width)
}
