package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bpfc/asm"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/print"
	"bpfc/scan"
)

// The flags of tcpdump(1) that are asked for less often, with its letters, names and words: those of 4.99.3's manual, those
// that the manual of tcpdump 5 adds (-g, --lengths, --skip, --print-sampling), and letters of older ones (-P, -R).

// tcpdumpFlags are these flags as the user gave them.
type tcpdumpFlags struct {
	// How packets are printed.
	asDot, noChecksums, oneLineIP, lengths, rawHandles, mesh, oldIPsec bool
	protocol                                                           string
	espKeys                                                            []string
	tcpSecret                                                          string
	mibs                                                               []string
	sampling                                                           uint64 // print each so many-th packet; 0 is each
	skip                                                               uint64 // packets that are neither written nor printed

	// What is done instead of capturing.
	dumpCode                         int // number of -d
	listLinkTypes, listTimes, floats bool

	// How packets come, and go.
	command    string // -z
	timeSource string
	monitor    bool
	micro      bool
	precision  string
}

func (c *captureCommand) registerTcpdump(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&c.asDot, "as-dot", "b", false, "print numbers of autonomous systems in BGP as two of 16 bits with a dot between them, where they are greater than 16 bits")
	f.BoolVarP(&c.noChecksums, "dont-verify-checksums", "K", false, "do not verify the checksums of IP, TCP and UDP")
	f.BoolVarP(&c.oneLineIP, "ip-oneline", "g", false, "with -v, no line break behind the IP header")
	f.BoolVar(&c.lengths, "lengths", false, "print the captured and the original length before each packet")
	f.BoolVarP(&c.rawHandles, "undecoded-nfs-handles", "u", false, "print file handles of NFS as they are")
	f.BoolVarP(&c.mesh, "mesh", "H", false, "look for mesh headers of a draft of IEEE 802.11s")
	f.BoolVarP(&c.oldIPsec, "old-ipsec", "R", false, "take ESP and AH for those before RFC 2402, which have no sequence numbers")
	f.StringVarP(&c.protocol, "protocol", "T", "", "what UDP and TCP carry, whatever the ports: "+strings.Join(print.Protocols(), ", "))
	f.StringArrayVarP(&c.espKeys, "esp-keys", "E", nil, "decrypt ESP with the key in SPI@ADDRESS ALGORITHM:KEY, with several after commas, or with those in 'file NAME'; algorithms are "+
		"des-cbc, 3des-cbc, blowfish-cbc, cast128-cbc, aes128-cbc, aes192-cbc, aes256-cbc and none, with -hmac96 behind them if packets end in 12 bytes of authentication; a KEY is text, or hexadecimal after 0x")
	f.StringVarP(&c.tcpSecret, "tcp-md5-secret", "M", "", "check the digests of TCP's MD5 option (RFC 2385) with this secret")
	f.StringArrayVarP(&c.mibs, "mib", "m", nil, "taken for the sake of scripts, with a warning: names of SNMP's objects are not read from modules")
	f.Uint64Var(&c.sampling, "print-sampling", 0, "print each so many-th packet only; implies --print and -S")
	f.Uint64Var(&c.skip, "skip", 0, "neither write nor print so many packets at the beginning")

	f.CountVarP(&c.dumpCode, "dump", "d", "print the program that the filter compiles to, and exit: -d the listing, -dd a C array, -ddd numbers")
	f.BoolVarP(&c.listLinkTypes, "list-data-link-types", "L", false, "list the link-layer types that an interface can deliver, and exit")
	f.BoolVarP(&c.listTimes, "list-time-stamp-types", "J", false, "list the clocks that an interface can take time stamps from, and exit")
	f.BoolVar(&c.floats, "fp-type", false, "print a number by which the arithmetic of this machine can be told, and exit")

	f.StringVarP(&c.command, "postrotate-command", "z", "", "run this program, in the background and with the lowest priority, on each file that -C or -G ends")
	f.StringVarP(&c.timeSource, "time-stamp-type", "j", "", "the clock of time stamps: "+strings.Join(timeSourceNames(), ", "))
	f.BoolVarP(&c.monitor, "monitor-mode", "I", false, "capture all that a wireless interface in monitor mode hears; other interfaces are refused")
	f.BoolVar(&c.micro, "micro", false, "microsecond time stamps, printed and written (default)")
	f.StringVar(&c.precision, "time-stamp-precision", "", "micro or nano, as --micro and --nano")
	f.VarP(f.Lookup("direction").Value, "old-direction", "P", "as -Q: the letter of older tcpdumps")
	f.SetNormalizeFunc(tcpdumpName)
	cmd.Version = version()
	cmd.SetVersionTemplate("bpfc {{.Version}}\n")
	_ = cmd.RegisterFlagCompletionFunc("protocol", cobra.FixedCompletions(print.Protocols(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("time-stamp-type", cobra.FixedCompletions(timeSourceNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("time-stamp-precision", cobra.FixedCompletions([]string{"micro", "nano"}, cobra.ShellCompDirectiveNoFileComp))
}

// tcpdumpName gives a flag that tcpdump calls otherwise its name here.
func tcpdumpName(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "linktype" {
		name = "link-type"
	}
	return pflag.NormalizedName(name)
}

// checkTcpdump finds values that these flags cannot have, in tcpdump's words.
func (c *captureCommand) checkTcpdump(given func(flag string) bool) error {
	switch {
	case given("packets") && c.packets == 0:
		return usagef("-c: invalid packet count 0")
	case given("print-sampling") && c.sampling == 0:
		return usagef("--print-sampling: invalid print sampling 0")
	case c.protocol != "" && !slices.Contains(print.Protocols(), c.protocol):
		return usagef("-T: unknown packet type `%s'; there are %s", c.protocol, strings.Join(print.Protocols(), ", "))
	case c.timeSource != "" && !slices.Contains(timeSourceNames(), c.timeSource):
		return usagef("-j: invalid time stamp type %s; there are %s", c.timeSource, strings.Join(timeSourceNames(), ", "))
	case c.precision != "" && c.precision != "micro" && c.precision != "nano":
		return usagef("--time-stamp-precision: unsupported time stamp precision %q: it is micro or nano", c.precision)
	case c.nano && (c.micro || c.precision == "micro"):
		return usagef("time stamps of microseconds and of nanoseconds: it can be only one of them")
	}
	c.nano = c.nano || c.precision == "nano"
	c.absolute = c.absolute || c.sampling > 0
	c.alsoPrint = c.alsoPrint || c.sampling > 0
	return nil
}

// warnTcpdump says what is taken and does nothing.
func (c *captureCommand) warnTcpdump(w io.Writer) {
	if c.command != "" && c.write == "" {
		fmt.Fprintln(w, "bpfc: -z has nothing to run on without -w")
	}
	for _, module := range c.mibs {
		fmt.Fprintf(w, "bpfc: ignoring option `-m %s' (no libsmi support)\n", module)
	}
}

// instead does what a flag asks for in place of capturing; false if there is no such flag.
func (c *captureCommand) instead(cmd *cobra.Command, args []string) (done bool, err error) {
	switch {
	case c.list:
		if len(args) > 0 {
			return true, usagef("-D only lists the interfaces, but there is a filter %q", strings.Join(args, " "))
		}
		return true, listInterfaces(cmd.OutOrStdout())
	case c.floats:
		// A number whose bits are 0x461a5794 as one of 32: tcpdump prints it so that builds for odd machines can be told.
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%.3f\n", math.Float32frombits(0x461a5794))
		return true, err
	case c.listLinkTypes && !c.files.any(): // as in tcpdump, a file is read all the same
		return true, c.printLinkTypes(cmd.OutOrStdout())
	case c.listTimes && !c.files.any():
		return true, c.printTimeSources(cmd.OutOrStdout())
	case c.dumpCode > 0:
		return true, c.printCode(cmd, args)
	}
	return false, nil
}

// printCode prints what the filter compiles to: for a file, for an interface, or else for Ethernet.
func (c *captureCommand) printCode(cmd *cobra.Command, args []string) error {
	c.ownFlags = nil
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	t, err := c.codeTarget(cmd)
	if err != nil {
		return err
	}
	prog, err := c.compile(cmd.Context(), expr, t)
	if err != nil {
		return err
	}
	form := [...]asm.Format{asm.Listing, asm.CArray, asm.Decimal}[min(c.dumpCode, 3)-1]
	_, err = io.WriteString(cmd.OutOrStdout(), asm.Print(prog.Instructions(), form))
	return err
}

func (c *captureCommand) codeTarget(cmd *cobra.Command) (t target, err error) {
	switch {
	case c.files.any():
		return c.fileTarget(cmd)
	case c.iface != "":
		options, err := c.liveOptions()
		if err != nil {
			return t, err
		}
		return c.liveTarget(options)
	case c.linkType == "":
		fmt.Fprintln(cmd.ErrOrStderr(), "bpfc: Warning: assuming Ethernet")
	}
	return compileTarget, nil
}

// fileTarget is what the packets of the first capture file need.
func (c *captureCommand) fileTarget(cmd *cobra.Command) (t target, err error) {
	if err := c.files.resolve(cmd, &c.filterOptions); err != nil {
		return t, err
	}
	inputs, problems := scan.Inputs(c.files.names)
	if len(inputs) == 0 {
		return t, errors.Join(problems...)
	}
	c.read = inputs[0].Path
	r, err := openCapture(cmd, &c.filterOptions, c.read)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	c.describeSource(cmd.ErrOrStderr(), r)
	if len(r.Interfaces()) == 0 {
		return compileTarget, nil
	}
	return targetOfInterface(&r.Interfaces()[0]), nil
}

// printLinkTypes lists what an interface can deliver.
func (c *captureCommand) printLinkTypes(w io.Writer) error {
	o, err := c.liveOptions()
	if err != nil {
		return err
	}
	link, err := capture.ProbeLink(o)
	if err != nil {
		return fmt.Errorf("%s: %w", o.Interface, err)
	}
	types := []linktype.Type{link.LinkType}
	if o.Interface == "any" {
		types = []linktype.Type{linktype.LINUX_SLL, linktype.LINUX_SLL2}
	}
	fmt.Fprintf(w, "Data link types for %s (use option -y to set):\n", o.Interface)
	for _, t := range types {
		if _, err := fmt.Fprintf(w, "  %s\n", describeLinkType(t)); err != nil {
			return err
		}
	}
	return nil
}

// timeSource is a clock by its names in pcap-tstamp(7).
type timeSource struct {
	name, text string
	source     capture.TimestampSource
	here       bool // Linux has it
}

var timeSources = []timeSource{
	{"host", "Host", capture.TimestampHost, true},
	{"host_lowprec", "Host, low precision", 0, false},
	{"host_hiprec", "Host, high precision", 0, false},
	{"host_hiprec_unsynced", "Host, high precision, not synced with system time", 0, false},
	{"adapter", "Adapter", capture.TimestampAdapter, true},
	{"adapter_unsynced", "Adapter, not synced with system time", capture.TimestampAdapterUnsynced, true},
}

func timeSourceNames() (names []string) {
	for _, s := range timeSources {
		names = append(names, s.name)
	}
	return names
}

// printTimeSources lists the clocks of an interface.
func (c *captureCommand) printTimeSources(w io.Writer) error {
	name, err := c.interfaceToUse()
	if err != nil {
		return err
	}
	there := capture.TimestampSources(name)
	fmt.Fprintf(w, "Time stamp types for %s (use option -j to set):\n", name)
	for _, s := range timeSources {
		if !s.here || !slices.Contains(there, s.source) {
			continue
		}
		if _, err := fmt.Fprintf(w, "  %s (%s)\n", s.name, s.text); err != nil {
			return err
		}
	}
	return nil
}

// chooseTimeSource gives the clock of -j. As in tcpdump, one that the interface does not have is told, and the host's is taken.
func (c *captureCommand) chooseTimeSource(stderr io.Writer, iface string) capture.TimestampSource {
	if c.timeSource == "" {
		return capture.TimestampHost
	}
	s := timeSources[slices.Index(timeSourceNames(), c.timeSource)]
	if s.here && slices.Contains(capture.TimestampSources(iface), s.source) {
		return s.source
	}
	fmt.Fprintf(stderr, "bpfc: WARNING: When trying to set timestamp type '%s' on %s: That type of time stamp is not supported by that device\n", s.name, iface)
	return capture.TimestampHost
}

// checkMonitor refuses an interface that is not in monitor mode, which shows in what it delivers.
func (c *captureCommand) checkMonitor(iface string, delivers linktype.Type) error {
	switch delivers {
	case linktype.IEEE802_11, linktype.IEEE802_11_RADIO, linktype.PRISM_HEADER, linktype.IEEE802_11_RADIO_AVS:
		return nil
	}
	if !c.monitor {
		return nil
	}
	return usagef("%s: That device doesn't support monitor mode (it delivers %v); a wireless one gets into it by: iw dev %s set type monitor", iface, delivers, iface)
}

// dissecting adds what these flags say to how packets are printed. Keys are read from files here, after privileges are gone.
func (c *captureCommand) dissecting(o *print.Options) (err error) {
	o.ASDot, o.IgnoreChecksums, o.OneLineIP, o.Lengths, o.RawHandles, o.Mesh, o.OldIPsec = c.asDot, c.noChecksums, c.oneLineIP, c.lengths, c.rawHandles, c.mesh, c.oldIPsec
	o.Protocol, o.TCPSecret = c.protocol, c.tcpSecret
	if c.espKeys == nil {
		return nil
	}
	o.ESPKeys, err = print.ParseESPKeys(strings.Join(c.espKeys, "\n"), func(name string) (io.ReadCloser, error) { return os.Open(name) })
	if err != nil {
		return usagef("-E: %w", err)
	}
	return nil
}

// fileSize is the value of -C: millions of bytes, or with k, m or g behind it as many units of 1024 bytes and so on.
type fileSize int64

func (s *fileSize) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

func (s *fileSize) Type() string { return "size" }

// Set reads a size; it is 0, which is refused later, for one of no bytes.
func (s *fileSize) Set(text string) error {
	digits, unit := text, int64(1_000_000)
	for suffix, size := range map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30} {
		if rest, ok := strings.CutSuffix(strings.ToLower(text), suffix); ok {
			digits, unit = rest, size
		}
	}
	n, err := strconv.ParseInt(digits, 0, 64)
	switch {
	case err != nil || n > math.MaxInt64/unit:
		return fmt.Errorf("%.40q is no size: it is in millions of bytes, or a number with k, m or g", text)
	case n < 0:
		n = 0
	}
	*s = fileSize(n * unit)
	return nil
}
