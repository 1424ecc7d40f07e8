package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bpfc/capture"
	"bpfc/print"
	"bpfc/scan"
)

// captureCommand is the state of one `bpfc capture`. The flags have tcpdump's letters.
type captureCommand struct {
	filterOptions
	files                files
	read                 string // the file where there is one
	iface, write         string
	packets              uint64
	noPromiscuous        bool
	buffer               int // KiB
	immediate            bool
	direction            string
	backend              string
	list                 bool
	user                 string
	pcapng, nano, unbuf  bool
	alsoPrint, onlyCount bool
	lineBuffered         bool
	rotation             rotation
	tcpdumpFlags
	ownCaptureFlags
	filesGiven           bool // -W with a number
	numbers, absolute    bool
	names, short         bool
	localNames           bool
	link, quiet, number  bool
	verbose, times       int
	hexes, boths, asciis int

	printer *print.Printer
	hosts   *print.Names // nil with -n
	lines   []byte       // printed and not yet written
	text    []byte       // of one packet, for --json
	stdout  io.Writer
	out     *rotatingWriter // nil without -w
	taken   atomic.Uint64   // packets captured; read by reports while the capture goes on
}

func newCaptureCommand() *cobra.Command {
	c := &captureCommand{}
	cmd := &cobra.Command{
		Use:   "capture -i IFACE [flags] [EXPR…]",
		Short: "Capture live, print, save",
		Long: `Capture shows what goes over an interface, a line a packet, or saves it with -w.
The filter is in force before the first packet is taken; it runs in the kernel
where the kernel can run it. With -r a capture file is read instead.

An interrupt, SIGTERM, SIGHUP or SIGPIPE ends the capture in order and prints how
many packets there were; SIGUSR1 prints that while running. A second interrupt ends
the program at once. The file written is always whole up to the last packet.`,
		RunE: c.run,
	}
	c.register(cmd)
	c.registerWarnings(cmd, "")
	c.registerCapture(cmd)
	c.registerTcpdump(cmd)
	c.registerOwn(cmd)
	c.files.register(cmd, "read a "+readHelp)
	return cmd
}

func (c *captureCommand) registerCapture(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.iface, "interface", "i", "", "interface, by name or by its number in -D, or any (default: the first that -D lists)")
	f.BoolVarP(&c.list, "list-interfaces", "D", false, "list the interfaces and exit")
	f.Uint64VarP(&c.packets, "packets", "c", 0, "end after so many packets")
	f.BoolVarP(&c.noPromiscuous, "no-promiscuous-mode", "p", false, "do not put the interface into promiscuous mode")
	f.IntVarP(&c.buffer, "buffer-size", "B", 0, "kernel buffer in KiB (default 8192)")
	f.BoolVar(&c.immediate, "immediate-mode", false, "deliver packets as they come (default when printing to a terminal)")
	f.StringVarP(&c.direction, "direction", "Q", "inout", "in, out or inout")
	f.StringVar(&c.backend, "backend", "", "afpacket or libpcap (default: the best there is)")
	f.StringVarP(&c.user, "relinquish-privileges", "Z", "", "become this user after opening the input; files are written as that user")
	f.StringVarP(&c.write, "write", "w", "", "write packets to a file instead of printing; - is standard output; pcapng if its name ends in .pcapng")
	f.BoolVar(&c.pcapng, "pcapng", false, "write pcapng whatever the name")
	f.BoolVar(&c.nano, "nano", false, "nanosecond time stamps, printed and written")
	f.BoolVarP(&c.unbuf, "packet-buffered", "U", false, "write and print each packet at once")
	f.BoolVar(&c.alsoPrint, "print", false, "print packets even with -w")
	f.BoolVar(&c.onlyCount, "count", false, "print only how many packets there are")
	f.BoolVarP(&c.lineBuffered, "line-buffered", "l", false, "print each line at once")
	f.VarP((*fileSize)(&c.rotation.size), "file-size", "C", "begin a new file after so many millions of bytes, or so many k, m or g of 1024, 1024² and 1024³ bytes")
	f.IntVarP(&c.rotation.seconds, "rotate-seconds", "G", 0, "begin a new file every so many seconds; its name is a strftime(3) format for local time")
	f.VarP(&filesOrWarnings{c}, "file-count", "W", "with -C go round so many files, in each period of -G; with -G alone end after so many; with a word in place of a number as --warnings")
	c.registerPrinting(cmd)
	_ = cmd.MarkFlagFilename("write", "pcap", "pcapng")
	_ = cmd.RegisterFlagCompletionFunc("interface", completeInterface)
	_ = cmd.RegisterFlagCompletionFunc("direction", cobra.FixedCompletions([]string{"in", "out", "inout"}, cobra.ShellCompDirectiveNoFileComp))
}

func (c *captureCommand) registerPrinting(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&c.numbers, "numbers", "n", false, "print addresses and ports as numbers")
	f.BoolVarP(&c.names, "names", "a", false, "print names, which is the default: taken for the sake of old scripts")
	f.BoolVarP(&c.short, "no-domains", "N", false, "print the names of hosts without their domains")
	f.BoolVarP(&c.localNames, "foreign-numbers", "f", false, "print IPv4 addresses outside the network of the interface as numbers; no effect with -r or on an interface without IPv4")
	f.BoolVarP(&c.link, "link-header", "e", false, "print the link-layer header")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "print less of the protocols")
	f.BoolVarP(&c.absolute, "absolute-tcp-sequence-numbers", "S", false, "print absolute TCP sequence numbers")
	f.BoolVarP(&c.number, "number", "#", false, "print a packet number")
	f.CountVarP(&c.verbose, "verbose", "v", "print more; repeat for still more")
	f.CountVarP(&c.hexes, "hex", "x", "print the packet in hex, repeated with its link-layer header")
	f.CountVarP(&c.boths, "hex-ascii", "X", "print the packet in hex and ASCII, repeated with its link-layer header")
	f.CountVarP(&c.asciis, "ascii", "A", "print the packet in ASCII, repeated with its link-layer header")
	f.CountVarP(&c.times, "time", "t", "-t no time, -tt seconds since 1970, -ttt since the packet before, -tttt with the date, -ttttt since the first packet")
}

// filesOrWarnings is the value of -W, which has tcpdump's meaning if it is a number, and else that of the other commands.
type filesOrWarnings struct{ c *captureCommand }

func (f *filesOrWarnings) String() string {
	if f.c == nil || !f.c.filesGiven {
		return ""
	}
	return strconv.Itoa(f.c.rotation.files)
}

func (f *filesOrWarnings) Type() string { return "int|words" }

func (f *filesOrWarnings) Set(text string) error {
	n, err := strconv.ParseInt(text, 0, 0)
	if err != nil {
		if text != "" && !unicode.IsLetter(rune(text[0])) {
			return err
		}
		return f.c.warnings.Set(text)
	}
	f.c.rotation.files, f.c.filesGiven = int(n), true
	return nil
}

func completeInterface(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if devices, err := capture.Devices(); err == nil {
		for _, d := range devices {
			names = append(names, d.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (c *captureCommand) run(cmd *cobra.Command, args []string) error {
	if err := c.check(cmd.Flags().Changed); err != nil {
		return err
	}
	if err := c.checkTcpdump(cmd.Flags().Changed); err != nil {
		return err
	}
	if err := c.checkOwn(cmd.Flags().Changed); err != nil {
		return err
	}
	c.warnTcpdump(cmd.ErrOrStderr())
	if done, err := c.instead(cmd, args); done {
		return err
	}
	c.ownFlags = []string{"etc"} // for printing names
	if !c.files.any() {
		c.ownFlags = append(c.ownFlags, liveFlags...)
	}
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	c.stdout = cmd.OutOrStdout()
	if c.files.any() {
		return c.fromFiles(cmd, expr)
	}
	return c.live(cmd, expr)
}

// check finds flags that contradict each other.
func (c *captureCommand) check(given func(flag string) bool) error {
	switch {
	case c.files.any() && c.iface != "":
		return usagef("-r and -i: packets come from a file or from an interface")
	case c.buffer < 0 || c.buffer > maxBuffer:
		return usagef("-B %d: a buffer has 0 to %d KiB", c.buffer, maxBuffer)
	case given("file-size") && c.rotation.size <= 0, given("rotate-seconds") && c.rotation.seconds <= 0, c.filesGiven && c.rotation.files <= 0:
		return usagef("-C, -G and -W are more than 0")
	case int64(c.rotation.seconds) > maxPeriod:
		return usagef("-G is at most %d", maxPeriod)
	case c.rotation.any() && c.write == "":
		return usagef("-C, -G and -W rotate the file of -w: give one")
	case c.rotation.any() && c.write == "-":
		return usagef("standard output cannot be rotated")
	case c.write == "-" && (c.alsoPrint || c.onlyCount):
		return usagef("-w - and --print or --count all want standard output")
	case c.times < 0 || c.times > int(print.SinceFirst):
		return usagef("-t is given at most five times")
	case !slices.Contains([]string{capture.BackendAuto, capture.BackendPacket, capture.BackendLibpcap}, c.backend):
		return usagef("--backend %s: it is %s or %s", c.backend, capture.BackendPacket, capture.BackendLibpcap)
	}
	if _, err := c.parseDirection(); err != nil {
		return err
	}
	return checkOutputName(c.write)
}

func (c *captureCommand) parseDirection() (capture.Direction, error) {
	switch c.direction {
	case "inout":
		return capture.InOut, nil
	case "in":
		return capture.In, nil
	case "out":
		return capture.Out, nil
	}
	return 0, usagef("-Q %s: it is in, out or inout", c.direction)
}

// printing tells whether packets are printed.
func (c *captureCommand) printing() bool { return !c.onlyCount && (c.write == "" || c.alsoPrint) }

// newPrinter makes the printer that the flags ask for, for packets of an interface or, if that is "", of a file. A live
// capture never waits for a name; a file waits a little, so that its text does not depend on how fast it is read.
func (c *captureCommand) newPrinter(wait time.Duration, iface string, interfaceName func(int) string) (*print.Printer, error) {
	o := print.Options{Time: print.TimeFormat(c.times), Nanoseconds: c.nano, LinkHeader: c.link, Quiet: c.quiet,
		Verbose: c.verbose, AbsoluteSeq: c.absolute, PacketNumber: c.number, Dump: c.dump(), InterfaceName: interfaceName}
	if !c.numbers {
		c.hosts = print.NewNames(c.etc, 2*time.Second, wait)
		c.hosts.Short = c.short
		if c.localNames {
			c.hosts.Local = interfaceNetwork(iface)
		}
		o.Resolver = c.hosts
	}
	if c.json {
		o.Layers, o.Time = true, print.NoTime
	}
	if err := c.dissecting(&o); err != nil {
		return nil, err
	}
	debug.SetGCPercent(printingGC)
	return print.New(o), nil
}

func (c *captureCommand) dump() print.Dump {
	for _, d := range []struct {
		count    int
		one, two print.Dump
	}{{c.boths, print.DumpBoth, print.DumpBothLink}, {c.hexes, print.DumpHex, print.DumpHexLink}, {c.asciis, print.DumpText, print.DumpTextLink}} {
		switch {
		case d.count > 1:
			return d.two
		case d.count == 1:
			return d.one
		}
	}
	return print.NoDump
}

// take handles one packet that the filter accepted; false when there were enough.
func (c *captureCommand) take(p *capture.Packet, iface *capture.Interface) (more bool, err error) {
	taken := c.taken.Add(1)
	if taken <= c.skip {
		return true, nil
	}
	if c.out != nil {
		if err := c.out.write(p, iface); err != nil {
			return false, err
		}
	}
	if c.printer != nil && (c.sampling == 0 || taken%c.sampling == 0) {
		if err := c.print(&print.Packet{LinkType: iface.LinkType, Data: p.Data, WireLen: p.WireLen, Timestamp: p.Timestamp, Carry: p.Carry, Number: taken}, iface); err != nil {
			return false, err
		}
		if c.lineBuffered || c.unbuf || len(c.lines) > 64<<10 {
			if err := c.flushLines(); err != nil {
				return false, err
			}
		}
	}
	return c.packets == 0 || taken-c.skip < c.packets, nil
}

// printingGC is how many percent of what is in use may be garbage where packets are printed. What is in use is a few megabytes, and
// looking for garbage at each few more took a sixth of the time.
const printingGC = 400

// print adds what is printed of a packet to the lines.
func (c *captureCommand) print(p *print.Packet, iface *capture.Interface) (err error) {
	if c.json {
		c.lines, err = c.appendJSON(c.lines, p, iface)
		return err
	}
	c.lines = c.printer.Append(c.lines, p)
	return nil
}

func (c *captureCommand) flushLines() error {
	if len(c.lines) == 0 {
		return nil
	}
	_, err := c.stdout.Write(c.lines)
	c.lines = c.lines[:0]
	return err
}

// flush writes out what is buffered.
func (c *captureCommand) flush() error {
	err := c.flushLines()
	if c.out != nil {
		err = errors.Join(err, c.out.flush())
	}
	return err
}

// fromFiles reads one capture file or many.
func (c *captureCommand) fromFiles(cmd *cobra.Command, expr string) error {
	if err := c.files.resolve(cmd, &c.filterOptions); err != nil {
		return err
	}
	if name, one := c.files.one(); one {
		c.read = name
		return c.fromFile(cmd, expr)
	}
	return c.fromArchive(cmd, expr)
}

// fromArchive reads many capture files.
func (c *captureCommand) fromArchive(cmd *cobra.Command, expr string) error {
	a, err := c.files.openArchive(cmd, &c.filterOptions, expr)
	if err != nil {
		return err
	}
	if err := a.refuse(c.write, func() (os.FileInfo, error) { return os.Stat(c.write) }); err != nil {
		return err
	}
	if c.printing() {
		a.prints()
	}
	d, err := a.Describe(cmd.Context())
	if err != nil {
		return err
	}
	a.noteSearched(c.write)
	fmt.Fprintf(cmd.ErrOrStderr(), "reading from %s\n", plural(uint64(len(a.Inputs)), "file"))
	if err := c.readyToPrint(); err != nil {
		return err
	}
	create := func(path string) (*capture.Aside, error) {
		if err := a.refuse(path, func() (os.FileInfo, error) { return os.Stat(path) }); err != nil {
			return nil, err
		}
		return capture.CreateAside(path)
	}
	if err := c.createOut(cmd, d.Options(wantsPcapng(c.write, c.pcapng)), asides(create)); err != nil {
		return err
	}
	err = c.unlessEnough(cmd.ErrOrStderr(), c.takeAll(a.Packets(cmd.Context())))
	a.line.end()
	return a.end(c.finishRead(cmd, err, a.TimesOutOfRange()))
}

// fromFile reads a capture file.
func (c *captureCommand) fromFile(cmd *cobra.Command, expr string) (err error) {
	s, err := c.files.openScan(cmd, &c.filterOptions, c.read, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r := s.Reader()
	c.describeSource(cmd.ErrOrStderr(), r)
	if err := c.readyToPrint(); err != nil {
		return err
	}
	regular, create := c.unlessRegular, spooling(c.inputs.create)
	if isRegular(c.read) { // else it is as good as a live capture, which somebody may follow
		regular, create = c.unlessEnough, asides(c.inputs.createAside)
	}
	if err := c.createOut(cmd, r.CopyOptions(wantsPcapng(c.write, c.pcapng)), create); err != nil {
		return err
	}
	err = regular(cmd.ErrOrStderr(), c.takeAll(s.Packets()))
	return c.finishRead(cmd, err, r.TimesOutOfRange())
}

// readyToPrint gives up privileges, as asked for, and makes the printer of packets that are read from files.
func (c *captureCommand) readyToPrint() (err error) {
	if err := c.dropPrivileges(); err != nil || !c.printing() {
		return err
	}
	c.printer, err = c.newPrinter(time.Second, "", interfaceNames(nil))
	return err
}

// finishRead ends what was made of files, of which some packets had times that are out of range.
func (c *captureCommand) finishRead(cmd *cobra.Command, err error, odd uint64) error {
	err = errors.Join(err, c.finish(worthItsName(err)))
	if c.hosts != nil && c.hosts.GaveUp() {
		fmt.Fprintln(cmd.ErrOrStderr(), "bpfc: lookups of host names were not answered in time: addresses are printed as numbers where no name was known yet; -n asks for none")
	}
	c.noteTimes(cmd.ErrOrStderr(), odd)
	return errors.Join(err, c.printCount())
}

// printCount prints what --count asks for.
func (c *captureCommand) printCount() error {
	if !c.onlyCount {
		return nil
	}
	_, err := fmt.Fprintln(c.stdout, plural(c.taken.Load()-min(c.skip, c.taken.Load()), "packet"))
	return err
}

// unlessRegular gives the error that ended a capture, nil where that is a regular end, as in tcpdump: a signal, or enough of it.
func (c *captureCommand) unlessRegular(stderr io.Writer, err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return c.unlessEnough(stderr, err)
}

// unlessEnough gives the error that ended reading, nil where there was enough: of packets, of files, or for who reads the output.
func (c *captureCommand) unlessEnough(stderr io.Writer, err error) error {
	switch {
	case errors.Is(err, errFilesDone):
		fmt.Fprintf(stderr, "bpfc: the end of -W %d is reached: %s\n", c.rotation.files, errFilesDone)
		return nil
	case errors.Is(err, errEnough), errors.Is(err, errTimeUp), outputGone(err):
		return nil
	}
	return err
}

func (c *captureCommand) takeAll(packets iter.Seq2[*scan.Packet, error]) error {
	for p, err := range packets {
		if err != nil {
			return c.explainRead(err)
		}
		more, err := c.take(&p.Packet, p.From)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// describeSource says what is read, on standard error, as tcpdump does.
func (c *captureCommand) describeSource(w io.Writer, r *capture.Reader) {
	for i := range r.Interfaces() {
		iface := &r.Interfaces()[i]
		fmt.Fprintf(w, "reading from file %s, link-type %s, snapshot length %d\n", c.read, describeLinkType(iface.LinkType), iface.Snaplen)
	}
}

// dropPrivileges does what -Z says. As with tcpdump, input is open by then, and output belongs to the new user.
func (c *captureCommand) dropPrivileges() error {
	if c.user == "" {
		return nil
	}
	return becomeUser(c.user)
}

// explainRead is for an error of reading a file, which may be one of writing what is copied from it.
func (c *captureCommand) explainRead(err error) error {
	var ofFile *capture.FileError
	if c.out == nil || errors.As(err, &ofFile) || incomplete(err) {
		return err
	}
	return c.out.explain(err)
}

// noteTimes says that times did not fit, if that makes a difference to what was printed or written.
func (c *captureCommand) noteTimes(stderr io.Writer, odd uint64) {
	switch {
	case c.out == nil && c.printer == nil:
	case c.out == nil:
		noteTimes(stderr, 0, odd, 0)
	case c.out.copies && c.printer == nil:
	default:
		noteTimes(stderr, c.out.options.Format, odd, c.out.odd)
	}
}

// createOut opens the file of -w and writes its header.
func (c *captureCommand) createOut(cmd *cobra.Command, o capture.WriterOptions, create func(path string) (outputFile, error)) error {
	if c.write == "" {
		return nil
	}
	o.Nanosecond = c.nano
	notePcapng(cmd.ErrOrStderr(), c.write, c.pcapng, o.Format)
	c.out = &rotatingWriter{name: c.write, stdout: c.stdout, stderr: cmd.ErrOrStderr(), options: o, unbuffered: c.unbuf, rotation: c.rotation, open: create}
	if c.command != "" {
		c.out.ended = newPostRotation(c.command)
	}
	return c.out.prepare()
}

// finish writes out and closes.
func (c *captureCommand) finish(whole bool) error {
	err := c.flushLines()
	if c.out != nil {
		err = errors.Join(err, c.out.close(whole))
	}
	return err
}

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// listInterfaces prints what -D shows.
func listInterfaces(w io.Writer) error {
	devices, err := capture.Devices()
	if err != nil {
		return err
	}
	for i, d := range devices {
		var state []string
		for _, s := range []struct {
			set  bool
			name string
		}{{d.Up, "Up"}, {d.Running, "Running"}, {d.Loopback, "Loopback"}, {d.Wireless, "Wireless"}, {!d.Up, "Down"}} {
			if s.set {
				state = append(state, s.name)
			}
		}
		line := fmt.Sprintf("%d.%s", i+1, d.Name)
		if d.Description != "" {
			line += " (" + d.Description + ")"
		}
		line += " [" + strings.Join(state, ", ") + "]"
		for _, a := range d.Addresses {
			line += " " + a.String()
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
