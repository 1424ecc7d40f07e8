package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/traffic"
)

// statsCommand is the state of one `bpfc stats`.
type statsCommand struct {
	captureCommand
	json  bool
	top   int
	every time.Duration
	table *traffic.Table
}

func newStatsCommand() *cobra.Command {
	s := &statsCommand{}
	cmd := &cobra.Command{
		Use:   "stats (-i IFACE | -r FILE…) [flags] [EXPR…]",
		Short: "Count what a filter lets through",
		Long: `Stats counts the packets that match: packets and bytes over time, by protocol, by
host and by size. On an interface it refreshes in the terminal until interrupted;
of a file it prints the table at the end, or JSON.`,
		RunE: s.run,
	}
	s.register(cmd)
	s.files.register(cmd, readHelp)
	f := cmd.Flags()
	f.StringVarP(&s.iface, "interface", "i", "", "interface, by name or by its number in capture -D, or any")
	f.BoolVarP(&s.noPromiscuous, "no-promiscuous-mode", "p", false, "do not put the interface into promiscuous mode")
	f.Uint64VarP(&s.packets, "packets", "c", 0, "end after so many packets")
	f.BoolVar(&s.json, "json", false, "print JSON at the end")
	f.IntVar(&s.top, "top", 10, "how many hosts to show")
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
	for p, err := range a.Packets(cmd.Context()) {
		if err != nil {
			return a.end(err)
		}
		s.table.Add(&p.Packet, p.From.LinkType)
		if s.packets > 0 && s.table.Packets >= s.packets {
			break
		}
	}
	noteTimes(cmd.ErrOrStderr(), 0, a.TimesOutOfRange(), 0)
	return a.end(nil)
}

func (s *statsCommand) ofFile(cmd *cobra.Command, expr string) (err error) {
	scan, err := openScan(cmd, &s.filterOptions, s.read, expr)
	if err != nil {
		return err
	}
	scan.Between(s.files.from, s.files.to)
	defer func() { err = errors.Join(err, scan.Close()) }()
	line := newProgress(cmd.ErrOrStderr(), s.read)
	defer line.end()
	defer func() { noteTimes(cmd.ErrOrStderr(), 0, scan.Reader().TimesOutOfRange(), 0) }()
	scan.OnProgress(line.at)
	for p, err := range scan.Packets() {
		if err != nil {
			return err
		}
		s.table.Add(&p.Packet, p.From.LinkType)
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
			if err := view.draw(func(w io.Writer, lines, columns int) { s.table.Write(w, min(s.top, max(lines-30, 3)), columns) }); err != nil {
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
		s.table.Add(p, link)
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
