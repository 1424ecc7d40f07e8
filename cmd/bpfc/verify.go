package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/capture"
	"bpfc/fuzz"
	"bpfc/names"
)

// verifyBatch is how many packets are judged at once.
const verifyBatch = 512

// errDisagree ends verify after the disagreement has been printed.
var errDisagree = errors.New("the engines disagree")

func newVerifyCommand() *cobra.Command {
	var o filterOptions
	var file string
	asJSON := false
	cmd := &cobra.Command{
		Use:   "verify -r FILE [flags] [EXPR…]",
		Short: "Run a filter on a capture file through every engine there is and compare",
		Long: `Verify compiles the filter and runs it on every packet of a pcap or pcapng file
through every engine there is: bpfc's interpreter, golang.org/x/net/bpf, the running
kernel and, in a build with the tag libpcap, libpcap's interpreter; and runs what
libpcap's own compiler makes of the filter. It prints how many packets each of them
judged and kept, and the first packet on which two disagree. A program from
--bytecode is compared in the engines alone.

Where implementations are known to differ (no wire length in the kernel, for
instance), the table of known differences explains it and it is only counted.
Exit status 1: they disagree.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runVerify(cmd, &o, file, asJSON, args) },
	}
	o.register(cmd)
	registerRead(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object a line: each engine with \"engine\", \"packets\" and \"kept\", then {\"agree\":true}, or false with \"packet\" and \"text\"")
	return cmd
}

func runVerify(cmd *cobra.Command, o *filterOptions, file string, asJSON bool, args []string) (err error) {
	expr, err := o.expression(cmd, args)
	if err != nil {
		return err
	}
	s, err := openScan(cmd, o, file, expr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := newVerification(cmd.Context(), o, expr)
	if err != nil {
		return err
	}
	defer v.engines.Close()
	first, err := v.file(s)
	if err != nil {
		return err
	}
	say := v.print
	if asJSON {
		say = v.printJSON
	}
	if err := say(cmd.OutOrStdout(), first); err != nil {
		return err
	}
	if first != nil {
		return errDisagree
	}
	return nil
}

// verification is one filter on one file.
type verification struct {
	ctx     context.Context
	o       *filterOptions
	expr    string
	engines *fuzz.Verifier
	batches map[target]*verifyPackets
}

// verifyPackets are packets of one kind that wait to be judged.
type verifyPackets struct {
	packets []fuzz.Packet
	numbers []uint64 // in the file, from 1
}

// packetDifference is a difference and the packet's number in the file.
type packetDifference struct {
	*fuzz.Difference
	number uint64 // 0: not about a packet
}

func newVerification(ctx context.Context, o *filterOptions, expr string) (*verification, error) {
	resolver, err := o.resolver()
	if err != nil {
		return nil, err
	}
	opts := append([]bpfc.Option{bpfc.WithNames(resolver)}, o.language()...)
	if o.noOptimize {
		opts = append(opts, bpfc.WithoutOptimizer())
	}
	if o.allowRejectAll {
		opts = append(opts, bpfc.WithAllowRejectAll())
	}
	cfg := fuzz.Config{Compile: fuzz.CompileWith(ctx, opts...), RejectsAll: fuzz.RejectsAll, Validate: fuzz.KernelRules}
	if len(o.language()) > 0 {
		cfg.Compilers = []fuzz.Compiler{} // libpcap's language is another
	}
	o.useProgram(&cfg)
	engines, err := fuzz.NewVerifier(expr, cfg)
	if err != nil {
		return nil, err
	}
	return &verification{ctx: ctx, o: o, expr: expr, engines: engines, batches: map[target]*verifyPackets{}}, nil
}

// file judges all packets and returns the first disagreement.
func (v *verification) file(s *fileScan) (first *packetDifference, err error) {
	for p, err := range s.All() {
		if err != nil {
			return nil, err
		}
		if first, err = v.packet(targetOfInterface(p.From), &p.Packet, first); err != nil {
			return nil, err
		}
	}
	return v.rest(first)
}

// packet adds a packet to those that wait, and judges them when there are enough.
func (v *verification) packet(t target, p *capture.Packet, first *packetDifference) (*packetDifference, error) {
	t, err := v.o.target(t)
	if err != nil {
		return first, err
	}
	b := v.batches[t]
	if b == nil {
		b = &verifyPackets{}
		v.batches[t] = b
	}
	b.packets = append(b.packets, fuzz.Packet{Data: slices.Clone(p.Data), WireLen: p.WireLen})
	b.numbers = append(b.numbers, p.Number)
	if len(b.packets) < verifyBatch {
		return first, nil
	}
	return v.judge(t, b, first)
}

// rest judges what still waits.
func (v *verification) rest(first *packetDifference) (*packetDifference, error) {
	var err error
	for t, b := range v.batches {
		if first, err = v.judge(t, b, first); err != nil {
			return first, err
		}
	}
	return first, nil
}

// judge judges the packets that wait; of the disagreements the one on the earliest packet counts.
func (v *verification) judge(t target, b *verifyPackets, first *packetDifference) (*packetDifference, error) {
	mask := uint32(bpfc.NetmaskUnknown)
	if v.o.netmask != "" {
		var err error
		if mask, err = names.LiteralNetmask(v.o.netmask); err != nil {
			return first, settingNetmask.refuse(err)
		}
	}
	savefile := fuzz.Unswapped
	if t.savefile == bpfc.SavefileSwapped {
		savefile = fuzz.Swapped
	}
	found, err := v.engines.Check(fuzz.CompileOptions{LinkType: int(t.linkType), Snaplen: t.snapLen, Netmask: mask, Optimize: true, Savefile: savefile}, b.packets)
	if err != nil {
		return first, err
	}
	for _, d := range found {
		n := uint64(0)
		if d.Packet != nil {
			n = b.numbers[d.Index]
		}
		if first == nil || n < first.number {
			first = &packetDifference{d, n}
		}
	}
	b.packets, b.numbers = b.packets[:0], b.numbers[:0]
	return first, nil
}

// notRun is the end of an engine's line if it was not run on every packet.
func notRun(row fuzz.Row) string {
	if row.NotRun == 0 {
		return ""
	}
	return fmt.Sprintf("\tnot run on %d: %s", row.NotRun, row.Why)
}

// engineJSON is what --json says of an engine, and agreeJSON of all of them.
type (
	engineJSON struct {
		Engine  string `json:"engine"`
		Packets uint64 `json:"packets"`
		Kept    uint64 `json:"kept"`
		NotRun  uint64 `json:"not_run,omitempty"`
		Why     string `json:"why,omitempty"` // it was not run, on some packets or at all
	}
	agreeJSON struct {
		Agree  bool   `json:"agree"`
		Packet uint64 `json:"packet,omitempty"` // the first on which two disagree; 0 if they disagree on the filter
		Text   string `json:"text,omitempty"`
	}
)

// printJSON writes the same as objects.
func (v *verification) printJSON(out io.Writer, first *packetDifference) error {
	encoder := json.NewEncoder(out)
	for _, row := range v.engines.Report().Rows() {
		e := engineJSON{Engine: row.Name, Packets: uint64(row.Judged), Kept: uint64(row.Kept), NotRun: uint64(row.NotRun), Why: row.Why}
		if row.Err != nil {
			e.Why = row.Err.Error()
		}
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	end := agreeJSON{Agree: first == nil}
	if first != nil {
		end.Packet, end.Text = first.number, fmt.Sprint(first)
	}
	return encoder.Encode(end)
}

// print writes the table of engines and the first disagreement.
func (v *verification) print(out io.Writer, first *packetDifference) error {
	r := v.engines.Report()
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "engine\tpackets\tkept\n")
	for _, row := range r.Rows() {
		if row.Err != nil {
			fmt.Fprintf(w, "%s\t-\t%v\n", row.Name, row.Err)
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t%d%s\n", row.Name, row.Judged, row.Kept, notRun(row))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, k := range fuzz.KnownDifferences() {
		if n := r.Known[k.Name]; n > 0 {
			fmt.Fprintf(out, "known difference, %d times: %s\n", n, k.Reason)
		}
	}
	switch {
	case first == nil:
		_, err := fmt.Fprintln(out, "no two disagree")
		return err
	case first.number == 0:
		_, err := fmt.Fprintf(out, "they disagree on the filter:\n%s", first)
		return err
	}
	_, err := fmt.Fprintf(out, "they disagree first on packet %d:\n%s", first.number, first)
	return err
}
