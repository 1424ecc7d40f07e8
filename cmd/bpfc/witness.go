package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/print"
	"bpfc/socket"
	"bpfc/witness"
)

// witnessCommand is the state of one `bpfc witness`.
type witnessCommand struct {
	filterOptions
	write      string
	near, json bool
	hex        bool
	most       int
	time       time.Duration

	on linktype.Type // of the packets
}

func newWitnessCommand() *cobra.Command {
	c := &witnessCommand{}
	cmd := &cobra.Command{
		Use:   "witness [flags] EXPR…",
		Short: "Make packets that a filter matches, one for each way to, and packets that just miss it",
		Long: `Witness makes packets that match, one for each way to: IPv4 and IPv6, TCP, UDP and SCTP,
source and destination, tagged and not, each alternative of a list. With --near, there is
for each test of a way also a packet that fails in it alone.

They are real packets, with all headers, right lengths and checksums, and at well-known
ports what is said there. Where the filter asks for what no real packet has, as
"ip[10:2] = 0" does, the packet's line says what is wrong with it. Of link-layer types
that packets cannot be built for, it prints the fewest bytes that match, and a note.

Where the alternatives of a filter multiply (hosts and ports), each is in some packet,
but not each with every other.`,
		Example: `  bpfc witness 'port 53'
  bpfc witness --near -w test.pcap 'tcp port 80 and net 10'
  bpfc witness -x -y LINUX_SLL icmp`,
		RunE: c.run,
	}
	c.register(cmd)
	c.registerTarget(cmd)
	f := cmd.Flags()
	f.StringVarP(&c.write, "write", "w", "", "write the packets to a capture file, which is replaced when all are made: pcap, or pcapng if its name ends so, compressed if it ends in .gz or .zst; - is standard output")
	f.BoolVar(&c.near, "near", false, "also packets that just do not match")
	f.BoolVar(&c.json, "json", false, "print JSON")
	f.BoolVarP(&c.hex, "hex", "x", false, "print the bytes, too")
	f.IntVar(&c.most, "most", witness.DefaultMost, "make at most so many packets that match, and as many near misses")
	f.DurationVar(&c.time, "time", witness.DefaultTime, "how long to look for ways")
	_ = cmd.MarkFlagFilename("write", "pcap")
	for _, pair := range [][]string{{"write", "json"}, {"write", "hex"}, {"json", "hex"}} {
		cmd.MarkFlagsMutuallyExclusive(pair...)
	}
	return cmd
}

func (c *witnessCommand) run(cmd *cobra.Command, args []string) error {
	if c.most <= 0 || c.time <= 0 {
		return usagef("--most and --time: at least something")
	}
	expr, err := c.expression(cmd, args)
	if err != nil {
		return err
	}
	t, err := c.target(compileTarget)
	if err != nil {
		return err
	}
	c.on = t.linkType
	if link, ok := t.socket.LinkType(); ok {
		if _, err := c.compile(cmd.Context(), expr, t); err != nil {
			return err
		}
		c.on, t.socket = link, socket.Packet // the packets are those of IP, whatever a socket shows of them
		c.socket, c.linkType = "", link.String()
	}
	set, err := c.find(cmd.Context(), expr, t)
	if d := diag.As(err); d != nil {
		return &filterError{expr: expr, err: inWords(d, flagOf)}
	}
	if err != nil {
		return err
	}
	if len(set.Matches) == 0 {
		return errors.New("no packet was found: " + set.More)
	}
	c.notes(cmd.ErrOrStderr(), set)
	switch {
	case c.write != "":
		return c.save(cmd, set)
	case c.json:
		return c.printJSON(cmd.OutOrStdout(), set)
	}
	return c.print(cmd.OutOrStdout(), set)
}

func (c *witnessCommand) find(ctx context.Context, expr string, t target) (*witness.Set, error) {
	o := witness.Options{Near: c.near, Most: c.most, Time: c.time}
	if c.program != nil {
		return witness.FindProgram(ctx, c.program, o)
	}
	opts, err := c.options(ctx, t)
	if err != nil {
		return nil, err
	}
	return witness.Find(ctx, expr, o, opts...)
}

func (c *witnessCommand) notes(w io.Writer, set *witness.Set) {
	switch {
	case c.program != nil:
		fmt.Fprintln(w, "bpfc: note: a program has no parts to make packets for: this is the shortest packet that it accepts")
	case !set.Built:
		fmt.Fprintf(w, "bpfc: note: packets of link-layer type %v cannot be built: these are the fewest bytes that match\n", c.on)
	}
	if !set.Built && c.near {
		fmt.Fprintln(w, "bpfc: note: so there are no near misses")
	}
	if set.More != "" {
		fmt.Fprintf(w, "bpfc: note: %s\n", set.More)
	}
	if set.MaxHeaders > 0 {
		fmt.Fprintf(w, "bpfc: note: protochain was followed through at most %d headers\n", set.MaxHeaders)
	}
}

func (c *witnessCommand) line(p *witness.Packet) string {
	return packetLine(&print.Packet{LinkType: c.on, Data: p.Data, WireLen: p.WireLen})
}

func (c *witnessCommand) print(out io.Writer, set *witness.Set) error {
	w := bufio.NewWriter(out)
	show := func(p *witness.Packet) {
		for line := range strings.Lines(c.line(p)) {
			fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
		}
		if len(p.Malformed) > 0 {
			fmt.Fprintf(w, "  malformed: %s\n", strings.Join(p.Malformed, ", "))
		}
		for k, v := range p.Ancillary {
			fmt.Fprintf(w, "  with %s %d\n", cbpf.AncillaryName(k), v)
		}
		if c.hex {
			for line := range strings.Lines(string(print.AppendHex(nil, p.Data, false))) {
				fmt.Fprintf(w, "  %s", line)
			}
		}
	}
	for i := range set.Matches {
		fmt.Fprintf(w, "matches: %s\n", set.Matches[i].Way)
		show(&set.Matches[i])
	}
	for i := range set.Near {
		p := &set.Near[i]
		fmt.Fprintf(w, "misses: %s; fails in %q: %s\n", p.Way, p.Fails, p.Found)
		show(p)
	}
	return w.Flush()
}

// witnessPacket is a packet, as JSON has it.
type witnessPacket struct {
	Way       string            `json:"way"`
	Fails     string            `json:"fails,omitempty"`
	Found     string            `json:"found,omitempty"`
	Packet    string            `json:"packet"` // hexadecimal
	WireLen   uint32            `json:"wire_len"`
	Ancillary map[string]uint32 `json:"ancillary,omitempty"`
	Malformed []string          `json:"malformed,omitempty"`
	Printed   string            `json:"printed"`
}

func (c *witnessCommand) printJSON(out io.Writer, set *witness.Set) error {
	list := func(packets []witness.Packet) []witnessPacket {
		all := make([]witnessPacket, len(packets))
		for i := range packets {
			p := &packets[i]
			all[i] = witnessPacket{p.Way, p.Fails, p.Found, hex.EncodeToString(p.Data), p.WireLen, nil, p.Malformed, c.line(p)}
			for k, v := range p.Ancillary {
				if all[i].Ancillary == nil {
					all[i].Ancillary = map[string]uint32{}
				}
				all[i].Ancillary[cbpf.AncillaryName(k)] = v
			}
		}
		return all
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		LinkType string          `json:"link_type"`
		Built    bool            `json:"built"`
		Matches  []witnessPacket `json:"matches"`
		Near     []witnessPacket `json:"near,omitempty"`
		More     string          `json:"more,omitempty"`
	}{c.on.String(), set.Built, list(set.Matches), list(set.Near), set.More})
}

// save writes the packets to a file, first beside the one that it then replaces.
func (c *witnessCommand) save(cmd *cobra.Command, set *witness.Set) (err error) {
	if err := checkOutputName(c.write); err != nil {
		return err
	}
	if c.write == "-" {
		return c.pcap(cmd.OutOrStdout(), set)
	}
	if info, err := os.Stat(c.write); err == nil && !info.Mode().IsRegular() { // a pipe or a device is not replaced
		file, err := c.inputs.create(c.write)
		if err != nil {
			return err
		}
		return errors.Join(c.packed(file, set), file.Close())
	}
	path := c.write
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // so that a link stays one
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".bpfc-*.pcap")
	if err != nil {
		return err
	}
	err = c.packed(file, set)
	if err == nil {
		err = file.Chmod(modeOf(path))
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	text := "match"
	if len(set.Matches) == 1 {
		text = "matches"
	}
	text = plural(uint64(len(set.Matches)), "packet") + " " + text
	if len(set.Near) > 0 {
		text += fmt.Sprintf("; behind them, %d that must not", len(set.Near))
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "bpfc: note: %s\n", text)
	return err
}

// modeOf is the mode of a file that is there, or that of a new one.
func modeOf(path string) os.FileMode {
	if info, err := os.Stat(path); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}

// packed writes the packets as the ending of the file's name asks for.
func (c *witnessCommand) packed(file io.Writer, set *witness.Set) error {
	packer, err := compressor(c.write, file)
	switch {
	case err != nil:
		return err
	case packer == nil:
		return c.pcap(file, set)
	}
	return errors.Join(c.pcap(packer, set), packer.Close())
}

func (c *witnessCommand) pcap(out io.Writer, set *witness.Set) error {
	format := capture.Pcap
	if wantsPcapng(c.write, false) {
		format = capture.Pcapng
	}
	w, err := capture.NewWriter(out, capture.WriterOptions{Format: format, LinkType: c.on, Snaplen: defaultSnapLen})
	if err != nil {
		return err
	}
	n := int64(0)
	for _, list := range [][]witness.Packet{set.Matches, set.Near} {
		for i := range list {
			n++
			p := &capture.Packet{Data: list[i].Data, WireLen: list[i].WireLen, Timestamp: n * int64(time.Second)}
			if err := w.WritePacket(p); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}
