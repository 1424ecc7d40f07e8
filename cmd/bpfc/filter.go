package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bpfc/capture"
)

// filterCommand is the state of one `bpfc filter`.
type filterCommand struct {
	filterOptions
	read, write string
	count       bool
	pcapng      bool

	out *capture.Copier // nil where nothing is written
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
	f.registerWarnings(cmd, "W")
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
	s, err := openScan(cmd, &f.filterOptions, f.read, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	closeOut, err := f.create(cmd, s.Reader())
	if err != nil {
		return err
	}
	line := newProgress(cmd.ErrOrStderr(), f.read)
	s.OnProgress(line.at)
	matches, err := f.scan(s)
	line.end()
	err = errors.Join(err, closeOut())
	if f.out != nil && !f.out.TakesBlocks() {
		noteTimes(cmd.ErrOrStderr(), f.out.Format(), s.Reader().TimesOutOfRange(), f.out.TimesOutOfRange())
	}
	if f.count && err == nil || matches > 0 && f.count {
		_, e := fmt.Fprintln(cmd.OutOrStdout(), matches)
		err = errors.Join(err, e)
	}
	return err
}

// scan counts what matches, and writes it if that is asked for.
func (f *filterCommand) scan(s *fileScan) (matches uint64, err error) {
	if f.out == nil {
		return s.Count()
	}
	matches, err = s.CopyTo(f.out)
	if mixed := (*capture.MixedTypesError)(nil); errors.As(err, &mixed) {
		err = fmt.Errorf("%s: %w, write with --pcapng", inputName(f.read), err)
	}
	return matches, err
}

// create opens the place to write to, if something is to be written, begins the file there, and gives what ends it.
func (f *filterCommand) create(cmd *cobra.Command, r *capture.Reader) (end func() error, err error) {
	closeFile := func() error { return nil }
	var dst io.Writer
	switch f.write {
	case "":
		return closeFile, nil
	case "-":
		dst = cmd.OutOrStdout()
		if isTerminal(dst) {
			return nil, usagef("-w -: standard output is a terminal, which a capture file would upset; redirect it")
		}
	default:
		file, err := f.inputs.create(f.write)
		if err != nil {
			return nil, err
		}
		dst, closeFile = file, file.Close
		packer, err := compressor(f.write, file)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if packer != nil {
			dst, closeFile = packer, func() error { return errors.Join(packer.Close(), file.Close()) }
		}
	}
	if err := f.start(dst, r); err != nil {
		return nil, errors.Join(err, closeFile())
	}
	return func() error { return errors.Join(f.out.Close(), closeFile()) }, nil
}

// start begins the file written, like the one read.
func (f *filterCommand) start(dst io.Writer, r *capture.Reader) (err error) {
	f.out, err = capture.NewCopier(dst, r.CopyOptions(wantsPcapng(f.write, f.pcapng)))
	return err
}
