package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"bpfc"
	"bpfc/fuzz"
	"bpfc/names"
)

// fuzzOptions are the flags of bpfc fuzz.
type fuzzOptions struct {
	filterOptions
	duration time.Duration
	count    int64
	seed     uint64
	packets  int
	size     int
	most     int
	allLinks bool
}

func newFuzzCommand() *cobra.Command {
	var o fuzzOptions
	cmd := &cobra.Command{
		Use:   "fuzz [flags] [EXPR…]",
		Short: "Hold random filters, or the one given, against every other implementation",
		Long: `Fuzz compiles random filters, or the one given, and runs them on packets that
are made for them: built from layers that hold the filter's constants, and directed
along the paths of its bytecode, then mutated and cut. Every engine there is
(bpfc's interpreter, golang.org/x/net/bpf, the running kernel, and libpcap in a build
with the tag libpcap) has to return the same verdict, libpcap's own compiler has to
agree on the filter, and the kernel has to load exactly the programs that the
validator passes.

A program from --bytecode is held against the engines alone, on packets of the
link-layer type of -y, EN10MB if it is not given.

A difference that is not in the table of known ones is made as small as it gets
and printed with all that is needed to see it again; the exit status is then 1.
The same seed, count and build give the same pairs.`,
		Example: `  bpfc fuzz --count 2000000
  bpfc fuzz --duration 1m --all-links
  bpfc fuzz -y LINUX_SLL 'tcp port 80 or vlan'`,
		RunE: func(cmd *cobra.Command, args []string) error { return runFuzz(cmd, &o, args) },
	}
	o.register(cmd)
	f := cmd.Flags()
	f.DurationVar(&o.duration, "duration", 0, "stop after this time, such as 30s or 10m")
	f.Int64Var(&o.count, "count", 0, "stop after this many (expression, packet) pairs (default 1000000 if there is no --duration)")
	f.Uint64Var(&o.seed, "seed", 1, "start of the random numbers")
	f.IntVar(&o.packets, "packets", 64, "packets for each expression")
	f.IntVar(&o.size, "size", 8, "how often a random expression nests or chains at most")
	f.IntVar(&o.most, "max-differences", 10, "stop after this many differences")
	f.BoolVar(&o.allLinks, "all-links", false, "draw from all link-layer types, not only the common ones")
	cmd.MarkFlagsMutuallyExclusive("all-links", "link-type")
	return cmd
}

func runFuzz(cmd *cobra.Command, o *fuzzOptions, args []string) error {
	cfg, err := o.config(cmd, args)
	if err != nil {
		return err
	}
	show, done := fuzzProgress(cmd.ErrOrStderr(), o)
	cfg.Progress = show
	report, err := fuzz.Run(cmd.Context(), cfg)
	done()
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	for _, d := range report.Differences {
		if _, err := fmt.Fprintln(out, d); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprint(out, report); err != nil {
		return err
	}
	if n := len(report.Differences); n > 0 {
		return fmt.Errorf("%d differences that nothing explains", n)
	}
	return nil
}

// config turns the flags into a campaign.
func (o *fuzzOptions) config(cmd *cobra.Command, args []string) (fuzz.Config, error) {
	cfg := fuzz.Config{
		RejectsAll: fuzz.RejectsAll, Validate: fuzz.KernelRules,
		Seed: o.seed, Pairs: o.count, Duration: o.duration, PacketsPerExpr: o.packets, Size: o.size, MaxDifferences: o.most,
		Unoptimized: o.noOptimize,
	}
	for _, n := range []struct {
		flag string
		ok   bool
	}{{"--count", o.count >= 0}, {"--duration", o.duration >= 0}, {"--packets", o.packets > 0}, {"--size", o.size > 0}, {"--max-differences", o.most > 0}} {
		if !n.ok {
			return cfg, usagef("%s: has to be more than 0", n.flag)
		}
	}
	if err := o.setTarget(&cfg); err != nil {
		return cfg, err
	}
	resolver, err := o.resolver()
	if err != nil {
		return cfg, err
	}
	opts := append([]bpfc.Option{bpfc.WithNames(resolver)}, o.language()...)
	if cfg.Extended = o.extended; cfg.Extended || o.seeThrough != "" {
		cfg.Compilers = []fuzz.Compiler{} // libpcap's language is another
	}
	if o.allowRejectAll {
		opts = append(opts, bpfc.WithAllowRejectAll())
		cfg.Known = append(fuzz.KnownDifferences(), allowedRejectAll)
	}
	cfg.Compile = fuzz.CompileWith(cmd.Context(), opts...)
	o.ownFlags = []string{"link-type"} // for making packets
	expr, err := o.expression(cmd, args)
	if err != nil {
		return cfg, err
	}
	switch {
	case o.program != nil:
		cfg.Exprs = []string{"bytecode"} // one word, of which nothing can be left out
		if o.useProgram(&cfg); len(cfg.LinkTypes) == 0 {
			cfg.LinkTypes = []int{int(defaultLinkType)}
		}
	case len(args) > 0 || o.file != "":
		cfg.Exprs = []string{expr}
		_, err = o.compile(cmd.Context(), expr, target{linkType: defaultLinkType, snapLen: defaultSnapLen})
	}
	return cfg, err
}

// allowedRejectAll explains what --allow-reject-all asks for.
var allowedRejectAll = fuzz.Known{
	Name: "allowed-reject-all", Reason: "--allow-reject-all compiles what libpcap refuses because no packet can match",
	Explains: func(d *fuzz.Difference) bool {
		return d.Kind == fuzz.KindAccept && d.Answers[0].Err == nil && d.Answers[1].Err != nil && d.Answers[1].Err.Error() == "expression rejects all packets"
	},
}

// setTarget sets link-layer types, snapshot length and netmask.
func (o *fuzzOptions) setTarget(cfg *fuzz.Config) error {
	t, err := o.target(target{linkType: defaultLinkType})
	if err != nil {
		return err
	}
	cfg.Snaplen = t.snapLen
	if o.linkType != "" {
		cfg.LinkTypes = []int{int(t.linkType)}
	}
	if o.allLinks {
		for _, l := range fuzz.Links() {
			cfg.LinkTypes = append(cfg.LinkTypes, l.DLT)
		}
	}
	if o.netmask != "" {
		if cfg.Netmask, err = names.LiteralNetmask(o.netmask); err != nil {
			return settingNetmask.refuse(err)
		}
	}
	return nil
}

// fuzzProgress shows how far a campaign is: a bar on a terminal, nothing elsewhere.
func fuzzProgress(w io.Writer, o *fuzzOptions) (show func(fuzz.Report), done func()) {
	total, position := o.count, func(r fuzz.Report) int64 { return r.Pairs }
	if o.duration > 0 {
		total, position = o.duration.Milliseconds(), func(r fuzz.Report) int64 { return r.Elapsed.Milliseconds() }
	} else if total == 0 {
		total = fuzz.DefaultPairs
	}
	line := newProgressLine(w, total, nil)
	if line == nil {
		return nil, func() {}
	}
	show = func(r fuzz.Report) {
		if now := time.Now(); line.due(now) {
			line.draw(position(r), fmt.Sprintf("%d filters, %d pairs, %d differences", r.Exprs, r.Pairs, len(r.Differences)), now)
		}
	}
	return show, line.end
}
