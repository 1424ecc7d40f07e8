package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/vm"
)

// filterCommand is the state of one `bpfc filter`.
type filterCommand struct {
	filterOptions
	read, write string
	count       bool
	pcapng      bool

	dst      io.Writer       // where to write, nil for nowhere
	out      *capture.Writer // nil where nothing is written
	outType  linktype.Type   // of a pcap file written
	nanos    bool            // the pcap file written has nanosecond time stamps
	copies   bool            // blocks of a pcapng file are taken over
	accepted uint64
}

func newFilterCommand() *cobra.Command {
	f := &filterCommand{}
	cmd := &cobra.Command{
		Use:   "filter -r FILE [-w OUT] [--count] [flags] [EXPR…]",
		Short: "Keep what matches of a capture file",
		Long: `Filter copies the packets that match from one capture file to another, or counts
them, or both. OUT is written as pcap; as pcapng if its name ends in .pcapng, with
--pcapng, or if the file read is pcapng and has several link-layer types (of a
pipe, those count that are described in what has arrived first).

From pcapng to pcapng nothing is lost but the packets that do not match: blocks
are copied as they are, with comments, options, names, secrets and statistics.`,
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
	if err := checkOutputName(f.write); err != nil {
		return err
	}
	expr, err := f.expression(cmd, args)
	if err != nil {
		return err
	}
	r, err := openCapture(cmd, &f.filterOptions, f.read)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	s := newScanner(cmd.Context(), &f.filterOptions, expr)
	defer s.close()
	if err := s.check(r.Interfaces()); err != nil {
		return err
	}
	closeOut, err := f.create(cmd, r)
	if err != nil {
		return err
	}
	line := newProgress(cmd.ErrOrStderr(), f.read)
	if f.dst != nil && r.Format() == capture.Pcapng {
		err = f.oneByOne(cmd.Context(), r, s, line)
	} else {
		err = f.inBatches(r, s, line)
	}
	line.end()
	err = errors.Join(err, closeOut())
	if f.out != nil && !f.copies {
		noteTimes(cmd.ErrOrStderr(), f.out.Format(), r.TimesOutOfRange(), f.out.TimesOutOfRange())
	}
	if f.count && err == nil || f.accepted > 0 && f.count {
		_, e := fmt.Fprintln(cmd.OutOrStdout(), f.accepted)
		err = errors.Join(err, e)
	}
	return err
}

// inBatches filters a pcap file, or counts.
func (f *filterCommand) inBatches(r *capture.Reader, s *scanner, line *progress) error {
	return s.scan(r, func(b *capture.Batch) error {
		line.at(b.End, b.First+uint64(len(b.Records))-1, f.accepted)
		return f.deliver(b)
	})
}

// deliver counts and writes what a batch keeps.
func (f *filterCommand) deliver(b *capture.Batch) error {
	if f.out != nil && f.out.Format() == capture.Pcap {
		f.accepted += uint64(b.Compact(f.nanos))
		return f.out.WriteRecords(b.Accepted)
	}
	for i, v := range b.Verdicts {
		if v == 0 {
			continue
		}
		f.accepted++
		if f.out != nil {
			p := b.Packet(i)
			if err := f.out.WritePacket(&p); err != nil {
				return err
			}
		}
	}
	return nil
}

// looks is how many packets there are between two looks at what else is going on.
const looks = 1024

// oneByOne filters a pcapng file: one packet after the other is as fast as in batches, since its blocks are read
// one after the other anyway, and what a block says beside the packet is at hand.
func (f *filterCommand) oneByOne(ctx context.Context, r *capture.Reader, s *scanner, line *progress) error {
	var matchers []vm.Matcher                  // by interface
	r.BeforeWait(func() { _ = f.out.Flush() }) // who reads the output need not wait as well; an error stays in the writer
	for {
		p, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if p.Number%looks == 0 {
			line.at(p.Offset, p.Number, f.accepted)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		for len(matchers) <= p.Interface {
			m, err := s.matcher(targetOf(&r.Interfaces()[len(matchers)]))
			if err != nil {
				return err
			}
			matchers = append(matchers, m)
		}
		if matchers[p.Interface].Match(p.Data, p.WireLen) != 0 {
			f.accepted++
			if err := f.keep(r, p); err != nil {
				return err
			}
		}
	}
}

// keep writes a packet of a pcapng file.
func (f *filterCommand) keep(r *capture.Reader, p *capture.Packet) error {
	if f.copies {
		return f.out.CopyPacket(p)
	}
	if link := r.Interfaces()[p.Interface].LinkType; link != f.outType {
		return fmt.Errorf("%s: packet %d is of link-layer type %v, the pcap file written of %v: only pcapng can hold both, write with --pcapng",
			inputName(f.read), p.Number, link, f.outType)
	}
	return f.out.WritePacket(p)
}

// create opens the place to write to, if something is to be written, begins the file there, and gives what ends it.
func (f *filterCommand) create(cmd *cobra.Command, r *capture.Reader) (end func() error, err error) {
	closeFile := func() error { return nil }
	switch f.write {
	case "":
		return closeFile, nil
	case "-":
		f.dst = cmd.OutOrStdout()
		if isTerminal(f.dst) {
			return nil, usagef("-w -: standard output is a terminal, which a capture file would upset; redirect it")
		}
	default:
		file, err := f.inputs.create(f.write)
		if err != nil {
			return nil, err
		}
		f.dst, closeFile = file, file.Close
	}
	if err := f.start(r); err != nil {
		return nil, errors.Join(err, closeFile())
	}
	return func() error { return errors.Join(f.out.Close(), closeFile()) }, nil
}

// start begins the file written, like the one read.
func (f *filterCommand) start(r *capture.Reader) (err error) {
	format, all := outputFormat(r, f.write, f.pcapng)
	f.copies = format == capture.Pcapng && r.Format() == capture.Pcapng
	if f.copies {
		f.out, err = r.NewCopy(f.dst)
		return err
	}
	first := onlyInterface(all)
	for i := range all {
		f.nanos = f.nanos || all[i].NanosecondTimestamps()
	}
	f.outType = first.LinkType
	f.out, err = capture.NewWriter(f.dst, capture.WriterOptions{Format: format, First: &first, Nanosecond: f.nanos, Source: r})
	return err
}
