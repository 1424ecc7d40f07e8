package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"bpfc/capture"
)

// filterCommand is the state of one `bpfc filter`.
type filterCommand struct {
	filterOptions
	files   files
	read    string // the file where there is one
	write   string
	count   bool
	perFile bool
	merge   bool
	pcapng  bool
	quiet   bool

	out *capture.Copier // nil where nothing is written
}

func newFilterCommand() *cobra.Command {
	f := &filterCommand{}
	cmd := &cobra.Command{
		Use:   "filter -r FILE… [-w OUT | -w DIR/] [--count] [flags] [EXPR…]",
		Short: "Keep what matches of capture files",
		Long: `Filter copies the packets that match from one capture file to another, or counts
them, or both. OUT is written as pcap; as pcapng if its name ends in .pcapng, with
--pcapng, or if the file read is pcapng and has several link-layer types (of a
pipe, those count that are described in what has arrived first).

From pcapng to pcapng nothing is lost but the packets that do not match: blocks
are copied as they are, with comments, options, names, secrets and statistics.

Of many files (-r again, a directory, a pattern, -V) several are worked on at a time,
and the packets come in the order of the files, or with --merge in that of time. As
pcapng each file becomes a section of OUT. With -w DIR/ each file gets one of its
own, with its name. A file that is damaged is told, its good part is taken, and the
others are gone on with, unless --strict is given; the exit status is 1 then. So it is
if the filter has no meaning on the link-layer type of some of the files. OUT takes
its name when it is whole; an interrupt or a full disk leaves what was there.`,
		Example: `  bpfc filter -r trace.pcap.gz -w dns.pcap 'port 53'
  bpfc filter -r /var/archive --since 2026-01-02 --count --per-file 'host 10.1.2.3'
  bpfc filter -r '/var/archive/*.zst' --merge -w all.pcapng.zst 'tcp port 443'`,
		RunE: f.run,
	}
	f.register(cmd)
	f.registerWarnings(cmd, "W")
	f.files.register(cmd, readHelp)
	cmd.PreRunE = needRead
	cmd.Flags().StringVarP(&f.write, "write", "w", "", "capture file to write; - is standard output; a directory for one file of each that is read")
	cmd.Flags().BoolVar(&f.perFile, "per-file", false, "with --count: before the total a line for each file, its number and its name")
	cmd.Flags().BoolVar(&f.merge, "merge", false, "packets of many files in the order of time")
	cmd.Flags().BoolVar(&f.count, "count", false, "print the number of packets that match")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "do not say on standard error how many packets were kept")
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
	if f.perFile && !f.count {
		return usagef("--per-file has a line for each number of --count: give that, too")
	}
	if f.merge && f.toDirectory() {
		return usagef("--merge puts all files into one; -w %s is a directory", f.write)
	}
	if err := checkOutputName(f.write); err != nil {
		return err
	}
	expr, err := f.expression(cmd, args)
	if err != nil {
		return err
	}
	if err := f.files.resolve(cmd, &f.filterOptions); err != nil {
		return err
	}
	name, one := f.files.one()
	if !one || f.perFile || f.toDirectory() {
		return f.archive(cmd, expr)
	}
	f.read = name
	return f.file(cmd, expr)
}

// file filters one file.
func (f *filterCommand) file(cmd *cobra.Command, expr string) (err error) {
	s, err := f.files.openScan(cmd, &f.filterOptions, f.read, expr)
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
	err = errors.Join(err, closeOut(worthItsName(err)))
	if f.out != nil && !f.out.TakesBlocks() {
		noteTimes(cmd.ErrOrStderr(), f.out.Format(), s.Reader().TimesOutOfRange(), f.out.TimesOutOfRange())
	}
	if err == nil {
		f.summary(cmd, matches, fmt.Sprintf("%s packets", grouped(s.Seen())))
	}
	if f.count {
		err = errors.Join(printCount(cmd, matches, err), err)
	}
	return err
}

// summary says how much of something was written, unless that is not wanted or --count says it.
func (f *filterCommand) summary(cmd *cobra.Command, matches uint64, of string) {
	if f.write == "" || f.quiet || f.count {
		return
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "kept %s of %s\n", grouped(matches), of)
}

// grouped writes a number with commas between thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
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

// create opens the place to write to, if something is to be written, begins the file there, and gives what ends it: is it whole?
func (f *filterCommand) create(cmd *cobra.Command, r *capture.Reader) (end func(whole bool) error, err error) {
	closeFile := func(bool) error { return nil }
	create := f.direct
	if isRegular(f.read) { // nobody follows what comes of it
		create = f.inputs.createAside
	}
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
		to, err := newPlace(f.write, create)
		if err != nil {
			return nil, err
		}
		dst, closeFile = to.writer(), func(whole bool) error { return to.finish(cmd.ErrOrStderr(), whole) }
	}
	if err := f.start(dst, r); err != nil {
		return nil, errors.Join(err, closeFile(false))
	}
	notePcapng(cmd.ErrOrStderr(), f.write, f.pcapng, f.out.Format())
	return func(whole bool) error {
		err := f.out.Close()
		return errors.Join(err, closeFile(whole && err == nil))
	}, nil
}

// direct opens a file that has its name from the beginning.
func (f *filterCommand) direct(path string) (*capture.Aside, error) {
	file, err := f.inputs.create(path)
	if err != nil {
		return nil, err
	}
	return &capture.Aside{File: file}, nil
}

// start begins the file written, like the one read.
func (f *filterCommand) start(dst io.Writer, r *capture.Reader) (err error) {
	f.out, err = capture.NewCopier(dst, r.CopyOptions(wantsPcapng(f.write, f.pcapng)))
	return err
}
