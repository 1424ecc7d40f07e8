package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bpfc/capture"
	"bpfc/linktype"
)

// filterCommand is the state of one `bpfc filter`.
type filterCommand struct {
	filterOptions
	read, write string
	count       bool
	pcapng      bool

	dst      io.Writer       // where to write, nil for nowhere
	out      *capture.Writer // nil before the first batch, which tells what is in the file read
	outType  uint32          // link-layer type of a pcap file written, as files number it
	nanos    bool            // the pcap file written has nanosecond time stamps
	ifaces   []int           // interface of the file read to that of a pcapng file written, -1 where not yet described
	accepted uint64
}

func newFilterCommand() *cobra.Command {
	f := &filterCommand{}
	cmd := &cobra.Command{
		Use:   "filter -r FILE [-w OUT] [--count] [flags] [EXPR…]",
		Short: "Keep what matches of a capture file",
		Long: `Filter copies the packets that match from one capture file to another, or counts
them, or both. OUT is written as pcap; as pcapng if its name ends in .pcapng, with
--pcapng, or if the file read is pcapng and has several link-layer types.`,
		RunE: f.run,
	}
	f.register(cmd)
	registerRead(cmd, &f.read)
	cmd.Flags().StringVarP(&f.write, "write", "w", "", "capture file to write; - is standard output")
	cmd.Flags().BoolVar(&f.count, "count", false, "print the number of packets that match")
	cmd.Flags().BoolVar(&f.pcapng, "pcapng", false, "write pcapng whatever the name")
	_ = cmd.MarkFlagFilename("write", "pcap", "pcapng")
	return cmd
}

func (f *filterCommand) run(cmd *cobra.Command, args []string) (err error) {
	if f.write == "" && !f.count {
		return usagef("nothing to do: give -w FILE to write what matches (-w - is standard output), or --count")
	}
	if f.write == "-" && f.count {
		return usagef("-w - and --count both want standard output")
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	expr, err := f.expression(cmd, args)
	if err != nil {
		return err
	}
	r, err := openCapture(cmd, &f.filterOptions, f.read)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	s := newScanner(ctx, &f.filterOptions, expr)
	defer s.close()
	if err := s.check(r.Interfaces()); err != nil {
		return err
	}
	closeOut, err := f.create(cmd)
	if err != nil {
		return err
	}
	line := newProgress(cmd.ErrOrStderr(), f.read)
	err = s.scan(r, func(b *capture.Batch) error {
		line.at(b.End, b.First+uint64(len(b.Records))-1, f.accepted)
		return f.deliver(b)
	})
	line.end()
	err = errors.Join(err, f.finish(r.Interfaces()), closeOut())
	if f.count && err == nil || f.accepted > 0 && f.count {
		_, e := fmt.Fprintln(cmd.OutOrStdout(), f.accepted)
		err = errors.Join(err, e)
	}
	return err
}

// grace is how long after an interrupt the work in hand may take.
const grace = time.Second

// interruptible gives a context that the first interrupt cancels, so that the file written ends between two packets. What does
// not end by itself within the grace, such as waiting for a pipe, is cut off then; a second interrupt ends the process at once.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt)
	disarm := context.AfterFunc(ctx, func() {
		stop()
		if parent.Err() == nil {
			time.AfterFunc(grace, func() {
				fmt.Fprintln(os.Stderr, "bpfc: interrupted")
				os.Exit(exitRun)
			})
		}
	})
	return ctx, func() { disarm(); stop() }
}

// deliver counts and writes what a batch keeps.
func (f *filterCommand) deliver(b *capture.Batch) error {
	if f.dst == nil {
		for _, v := range b.Verdicts {
			if v != 0 {
				f.accepted++
			}
		}
		return nil
	}
	if err := f.start(b.Interfaces); err != nil {
		return err
	}
	if f.out.Format() == capture.Pcap && f.oneLinkType(b) {
		f.accepted += uint64(b.Compact(f.nanos))
		return f.out.WriteRecords(b.Accepted)
	}
	for i, v := range b.Verdicts {
		if v == 0 {
			continue
		}
		f.accepted++
		if err := f.writePacket(b, i); err != nil {
			return err
		}
	}
	return nil
}

// oneLinkType tells whether all that a batch keeps can go into the pcap file being written.
func (f *filterCommand) oneLinkType(b *capture.Batch) bool {
	for i := range b.Interfaces {
		if b.Interfaces[i].LinkType != f.outType {
			return false
		}
	}
	return true
}

// writePacket writes packet i of a batch by itself.
func (f *filterCommand) writePacket(b *capture.Batch, i int) error {
	p := b.Packet(i)
	iface := &b.Interfaces[p.Interface]
	if f.out.Format() == capture.Pcap {
		if iface.LinkType != f.outType {
			return fmt.Errorf("packet %d is of link-layer type %v, the pcap file written of %v: only pcapng can hold both, write with --pcapng",
				p.Number, linktype.FromFile(uint16(iface.LinkType)), linktype.FromFile(uint16(f.outType)))
		}
		return f.out.WritePacket(&p)
	}
	n, err := f.interfaceFor(p.Interface, iface)
	if err != nil {
		return err
	}
	p.Interface = n
	return f.out.WritePacket(&p)
}

// interfaceFor gives the number in the file written of an interface of the file read, and describes it there first if need be.
func (f *filterCommand) interfaceFor(from int, iface *capture.Interface) (int, error) {
	for len(f.ifaces) <= from {
		f.ifaces = append(f.ifaces, -1)
	}
	if f.ifaces[from] < 0 {
		n, err := f.out.AddInterface(*iface)
		if err != nil {
			return 0, err
		}
		f.ifaces[from] = n
	}
	return f.ifaces[from], nil
}

// start begins the file to write, once the first interfaces of the file read are known.
func (f *filterCommand) start(ifaces []capture.Interface) (err error) {
	if f.out != nil {
		return nil
	}
	o := f.writerOptions(ifaces)
	f.outType, f.nanos = o.LinkType, o.Nanosecond
	f.ifaces = append(f.ifaces, 0) // NewWriter describes the first
	f.out, err = capture.NewWriter(f.dst, o)
	return err
}

// finish writes what is left, and a file without packets if there were none.
func (f *filterCommand) finish(ifaces []capture.Interface) error {
	if f.dst == nil {
		return nil
	}
	if err := f.start(ifaces); err != nil {
		return err
	}
	return f.out.Flush()
}

// writerOptions makes the file written like the one read.
func (f *filterCommand) writerOptions(ifaces []capture.Interface) capture.WriterOptions {
	o := capture.WriterOptions{Format: capture.Pcap, LinkType: uint32(defaultLinkType.FileNumber()), Snaplen: capture.MaxSnaplen}
	several := false
	for i := range ifaces {
		several = several || ifaces[i].LinkType != ifaces[0].LinkType
	}
	if len(ifaces) > 0 {
		o.LinkType, o.Snaplen = ifaces[0].LinkType, ifaces[0].Snaplen
		o.Nanosecond, o.Name = ifaces[0].NanosecondTimestamps(), ifaces[0].Name
	}
	if f.pcapng || strings.HasSuffix(f.write, ".pcapng") || several {
		o.Format = capture.Pcapng
	}
	return o
}

// create opens the place to write to, if something is to be written, and gives what closes it. A regular file that is
// also read from is refused: it would be emptied first.
func (f *filterCommand) create(cmd *cobra.Command) (func() error, error) {
	nothing := func() error { return nil }
	if f.write == "" {
		return nothing, nil
	}
	if f.write == "-" {
		f.dst = cmd.OutOrStdout()
		if file, ok := f.dst.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
			return nil, usagef("-w -: standard output is a terminal, which a capture file would upset; redirect it")
		}
		return nothing, nil
	}
	if same(f.read, f.write) {
		return nil, usagef("%s is read from and written to", f.write)
	}
	file, err := os.Create(f.write)
	if err != nil {
		return nil, err
	}
	f.dst = file
	return file.Close, nil
}

// same tells whether two names are of one regular file.
func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || !x.Mode().IsRegular() {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
