package fuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/bpf"
)

// Config says what a campaign does. Only Compile has no default.
// It is safe for concurrent use as long as nobody changes it.
type Config struct {
	// Compile is the compiler under test.
	Compile CompileFunc
	// RejectsAll says whether an error of Compile is that no packet can pass the filter. Such a refusal is right
	// if the reference's program rejects all packets, too. nil: no error is.
	RejectsAll func(error) bool
	// Unoptimized has everything compiled without optimizers, the references' included.
	Unoptimized bool
	// Validate holds a program against the rules of the running kernel. Where the kernel is among the engines, both have to
	// agree on every program. nil: a refusal by the kernel is a difference.
	Validate func([]bpf.RawInstruction) error

	// Engines run the compiled programs; all are compared with the first, which has to take every program. Default: Engines().
	Engines []Engine
	// Compilers are the references for the language. Default: NewLibpcap().
	Compilers []Compiler
	// Known are the differences that are understood. Default: KnownDifferences().
	Known []Known

	// Exprs are tried in turn; none: they are generated, with Extended in the extended language too, which no
	// reference knows.
	Exprs    []string
	Extended bool
	// LinkTypes are the DLT numbers to draw from. Default: FirstLinks().
	LinkTypes []int
	// Size bounds how often most generated expressions nest or chain; one in sixteen may do so three times as often. Default 8.
	Size int
	// Snaplen is the value returned on acceptance, in bytes. Default: 262144, and other lengths now and then.
	Snaplen int
	// Netmask is for "ip broadcast". Default 255.255.255.0.
	Netmask uint32
	// Savefile is what the programs are for. Default: live captures, and all by turns for the link-layer types where it matters.
	Savefile Savefile

	// Seed makes a campaign repeatable: the same seed and count give the same pairs.
	Seed uint64
	// Pairs ends the campaign after so many (expression, packet) pairs, Duration after that time; 0 is no bound.
	// Where both are 0, DefaultPairs are tried.
	Pairs    int64
	Duration time.Duration
	// PacketsPerExpr is how many packets each expression gets. Default 64.
	PacketsPerExpr int
	// MaxDifferences ends the campaign after so many differences that nothing explains. Default 10.
	MaxDifferences int
	// Progress is called a few times a second, from the goroutine of Run; nil: not.
	Progress func(Report)
}

// DefaultPairs is how many pairs a campaign without bounds tries.
const DefaultPairs = 1_000_000

// Report is what a campaign did, so far or in the end.
// It is not safe for concurrent use.
type Report struct {
	Exprs     int64 // expressions tried
	Accepted  int64 // of them, compiled by the compiler under test
	Pairs     int64 // (expression, packet) pairs judged
	Kept      int64 // of them, packets that the filter keeps
	Elapsed   time.Duration
	Engines   map[string]int64  // verdicts compared, by engine
	KeptBy    map[string]int64  // packets kept, by engine and reference program
	Compilers map[string]int64  // verdicts compared, by reference compiler
	KeptPairs map[string]int64  // verdicts counted in KeptBy
	NotLoaded map[string]error  // the last refusal to load a program, by engine
	NotRun    map[string]int64  // packets that an engine could not be given, see Partial, or on which it failed
	Failed    map[string]error  // the last failure of a run, by engine
	Leaves    map[string]string // which packets an engine is not given, by engine
	Missing   map[string]error  // engines and compilers that are not there, with the reason
	Loaded    int64             // programs that validator and kernel both take
	Refused   int64             // programs that validator and kernel both refuse
	NoMemory  int64             // programs that the kernel had no room for (net.core.optmem_max)
	Known     map[string]int64  // differences explained, by the name of the row
	// Differences are those that nothing explains, minimized.
	Differences []*Difference
}

// Run holds the compiler under test and all engines against each other until the bounds of the configuration or the
// context end it. A difference is no error: it is in the report. The error is for a campaign that could not be run.
func Run(ctx context.Context, cfg Config) (Report, error) {
	c, err := newCampaign(cfg)
	if err != nil {
		return Report{}, err
	}
	defer c.close()
	return c.run(ctx)
}

// campaign is the state of Run.
type campaign struct {
	cfg      Config
	r        *rand.Rand
	report   Report
	grammars map[int]*Grammar
	builders map[int]*Builder
	began    time.Time
	shown    time.Time
	mine     []Engine // to be closed
	kernel   Engine
	a, b     []uint32 // verdicts
}

func newCampaign(cfg Config) (*campaign, error) {
	if cfg.Compile == nil {
		return nil, errors.New("fuzz: Config.Compile is not set: nothing to test")
	}
	c := &campaign{cfg: cfg, grammars: map[int]*Grammar{}, builders: map[int]*Builder{}}
	c.defaults()
	c.r = rand.New(rand.NewPCG(cfg.Seed, 0x62706663))
	c.report = Report{Engines: map[string]int64{}, KeptBy: map[string]int64{}, KeptPairs: map[string]int64{}, Compilers: map[string]int64{}, Missing: map[string]error{}, NotLoaded: map[string]error{}, NotRun: map[string]int64{}, Failed: map[string]error{}, Leaves: map[string]string{}, Known: map[string]int64{}}
	c.cfg.Engines = present(c, c.cfg.Engines)
	c.cfg.Compilers = present(c, c.cfg.Compilers)
	if len(c.cfg.Engines) == 0 {
		c.close()
		return nil, errors.New("fuzz: no engine is available")
	}
	for _, e := range c.cfg.Engines {
		if e.Name() == "kernel" {
			c.kernel = e
		}
		if p, ok := e.(Partial); ok {
			c.report.Leaves[e.Name()] = p.Leaves()
		}
	}
	return c, nil
}

func (c *campaign) defaults() {
	f := &c.cfg
	if f.Engines == nil {
		f.Engines = Engines()
		c.mine = f.Engines
	}
	if f.Compilers == nil {
		f.Compilers = []Compiler{NewLibpcap()}
	}
	if f.Known == nil {
		f.Known = KnownDifferences()
	}
	if len(f.LinkTypes) == 0 {
		f.LinkTypes = FirstLinks()
	}
	if f.Size == 0 {
		f.Size = 8
	}
	if f.Netmask == 0 {
		f.Netmask = 0xffffff00
	}
	if f.PacketsPerExpr == 0 {
		f.PacketsPerExpr = 64
	}
	if f.MaxDifferences == 0 {
		f.MaxDifferences = 10
	}
	if f.Pairs == 0 && f.Duration == 0 {
		f.Pairs = DefaultPairs
	}
}

// present leaves out the implementations that are not available, and notes why.
func present[T interface {
	Name() string
	Available() error
}](c *campaign, list []T) []T {
	var there []T
	for _, i := range list {
		if err := i.Available(); err != nil {
			c.report.Missing[i.Name()] = err
			continue
		}
		there = append(there, i)
	}
	return there
}

func (c *campaign) close() {
	for _, e := range c.mine {
		_ = e.Close() // sockets of this process: nothing to lose
	}
}

func (c *campaign) run(ctx context.Context) (Report, error) {
	c.began = time.Now()
	for i := 0; !c.done(ctx); i++ {
		o := CompileOptions{LinkType: pick(c.r, c.cfg.LinkTypes), Snaplen: c.snaplen(), Netmask: c.cfg.Netmask, Optimize: !c.cfg.Unoptimized, Savefile: c.cfg.Savefile}
		if slices.Contains(familyLinks, o.LinkType) && c.cfg.Savefile == NotSavefile {
			o.Savefile = Savefile(c.r.IntN(3))
		}
		expr := ""
		if len(c.cfg.Exprs) > 0 {
			expr = c.cfg.Exprs[i%len(c.cfg.Exprs)]
		} else {
			expr = c.grammar(o.LinkType).Filter(c.size())
		}
		found, err := c.try(expr, o)
		if err != nil {
			return c.snapshot(), err
		}
		c.file(found)
		c.tell()
	}
	return c.snapshot(), nil
}

// familyLinks are the link-layer types (NULL, LOOP, ENC, PFLOG) whose headers depend on the system that wrote them.
var familyLinks = []int{0, 108, 109, 117}

func (c *campaign) done(ctx context.Context) bool {
	f := c.cfg
	return ctx.Err() != nil || f.Pairs > 0 && c.report.Pairs >= f.Pairs ||
		f.Duration > 0 && time.Since(c.began) >= f.Duration || len(c.report.Differences) >= f.MaxDifferences
}

// size is how often the next expression nests or chains: up to the configured number, and now and then three times that.
func (c *campaign) size() int {
	n := c.r.IntN(c.cfg.Size + 1)
	if c.r.IntN(16) == 0 {
		n *= 3
	}
	return n
}

// snaplen is 262144 mostly; small values show whether an engine returns the number.
func (c *campaign) snaplen() int {
	if c.cfg.Snaplen != 0 {
		return c.cfg.Snaplen
	}
	return pick(c.r, []int{262144, 262144, 262144, 262144, 262144, 65535, 96, 1})
}

func (c *campaign) grammar(dlt int) *Grammar {
	if c.grammars[dlt] == nil {
		c.grammars[dlt] = NewGrammar(c.r, dlt)
		if c.cfg.Extended {
			c.grammars[dlt].Extend()
		}
	}
	return c.grammars[dlt]
}

func (c *campaign) builder(dlt int) *Builder {
	if c.builders[dlt] == nil {
		c.builders[dlt] = NewBuilder(c.r, dlt)
	}
	return c.builders[dlt]
}

func (c *campaign) snapshot() Report {
	r := c.report
	r.Elapsed = time.Since(c.began)
	r.Differences = slices.Clone(r.Differences)
	return r
}

func (c *campaign) tell() {
	if c.cfg.Progress == nil || time.Since(c.shown) < 200*time.Millisecond {
		return
	}
	c.shown = time.Now()
	c.cfg.Progress(c.snapshot())
}

// file counts the differences of one expression: under the row that explains them, or as to be reported, minimized. Of several of
// one kind between the same two, the first stands for all.
func (c *campaign) file(found []*Difference) {
	var filed []*Difference
	for _, d := range c.unexplained(found) {
		if slices.ContainsFunc(filed, func(o *Difference) bool { return sameDifference(o, d) }) {
			continue
		}
		filed = append(filed, d)
		small := c.minimize(d)
		if !slices.ContainsFunc(c.report.Differences, func(o *Difference) bool { return o.Expr == small.Expr && sameDifference(o, small) }) {
			c.report.Differences = append(c.report.Differences, small)
		}
	}
}

// subject is an expression compiled by everybody.
type subject struct {
	expr       string
	o          CompileOptions
	prog, slow []bpf.RawInstruction // optimized, not optimized
	err        error                // of the optimized compilation
	slowErr    error
	refs       []reference
}

// reference is a program of a reference compiler.
type reference struct {
	by       Compiler
	optimize bool
	prog     []bpf.RawInstruction
	err      error
}

func (r reference) name() string {
	if r.optimize {
		return r.by.Name() + " optimized"
	}
	return r.by.Name() + " unoptimized"
}

// try runs one expression through everything and returns the differences.
func (c *campaign) try(expr string, o CompileOptions) ([]*Difference, error) {
	s, found := c.compile(expr, o)
	c.report.Exprs++
	found = append(found, c.accepts(s)...)
	if s.err != nil {
		c.report.Pairs++ // agreed or not on a refusal: one pair, without a packet
		return found, nil
	}
	c.report.Accepted++
	pkts := c.packets(s, c.cfg.PacketsPerExpr)
	c.report.Pairs += int64(len(pkts))
	more, err := c.judge(s, pkts, true)
	return append(found, more...), err
}

// compile lets every compiler at the expression. A panic of the one under test is a difference.
func (c *campaign) compile(expr string, o CompileOptions) (s subject, found []*Difference) {
	s = subject{expr: expr, o: o}
	plain := o
	plain.Optimize = false
	s.prog, s.err = c.guarded(expr, o, &found)
	s.slow, s.slowErr = c.guarded(expr, plain, &found)
	for _, by := range c.cfg.Compilers {
		for _, opt := range []bool{true, false} {
			if opt && c.cfg.Unoptimized {
				continue
			}
			oo := o
			oo.Optimize = opt
			r := reference{by: by, optimize: opt}
			r.prog, r.err = by.Compile(expr, oo)
			s.refs = append(s.refs, r)
		}
	}
	return s, found
}

func (c *campaign) guarded(expr string, o CompileOptions, found *[]*Difference) (prog []bpf.RawInstruction, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			*found = append(*found, &Difference{Kind: KindPanic, Expr: expr, Options: o, Answers: []Answer{{Who: "bpfc", Err: err}}})
		}
	}()
	return c.cfg.Compile(expr, o)
}

// accepts compares whether the compilers take the expression.
func (c *campaign) accepts(s subject) []*Difference {
	var found []*Difference
	differ := func(optimize bool, mine, theirs Answer) {
		o := s.o
		o.Optimize = optimize
		found = append(found, &Difference{Kind: KindAccept, Expr: s.expr, Options: o, Answers: []Answer{mine, theirs}})
	}
	if (s.err == nil) != (s.slowErr == nil) && !c.rejectsAll(s.err) && !c.rejectsAll(s.slowErr) {
		differ(true, Answer{Who: "bpfc", Err: s.err}, Answer{Who: "bpfc unoptimized", Err: s.slowErr})
	}
	for _, r := range s.refs {
		err := s.err
		if !r.optimize {
			err = s.slowErr
		}
		if (err == nil) == (r.err == nil) {
			continue
		}
		if err != nil && c.rejectsAll(err) && slices.ContainsFunc(programsOf(s.refs, r.by), func(p []bpf.RawInstruction) bool { return c.neverKeeps(s, p) }) {
			continue // a contradiction that the reference does not see
		}
		if r.optimize && err == nil && c.refutes(s, r.by) {
			continue // what the optimizer of the reference takes for a contradiction
		}
		differ(r.optimize, Answer{Who: "bpfc", Err: err}, Answer{Who: r.by.Name(), Err: r.err})
	}
	return found
}

func (c *campaign) rejectsAll(err error) bool {
	return err != nil && c.cfg.RejectsAll != nil && c.cfg.RejectsAll(err)
}

// refutes says that a reference that refuses the expression with its optimizer compiles it without to a program that keeps
// some packet, which the program under test keeps, too.
func (c *campaign) refutes(s subject, by Compiler) bool {
	for _, p := range c.packets(s, 4*c.cfg.PacketsPerExpr) {
		if v, _ := Trace(s.prog, p); v == 0 {
			continue
		}
		for _, prog := range programsOf(s.refs, by) {
			if v, _ := Trace(prog, p); v != 0 {
				return true
			}
		}
	}
	return false
}

// neverKeeps says that none of many packets that are made to pass prog does.
func (c *campaign) neverKeeps(s subject, prog []bpf.RawInstruction) bool {
	s.prog = prog
	for _, p := range c.packets(s, 4*c.cfg.PacketsPerExpr) {
		if v, _ := Trace(prog, p); v != 0 {
			return false
		}
	}
	return true
}

// programs are all programs that packets are directed by.
func (s subject) programs() [][]bpf.RawInstruction {
	list := [][]bpf.RawInstruction{}
	for _, p := range [][]bpf.RawInstruction{s.prog, s.slow} {
		if p != nil {
			list = append(list, p)
		}
	}
	for _, r := range s.refs {
		if r.prog != nil {
			list = append(list, r.prog)
		}
	}
	return list
}

// packets makes n packets for an expression: layered, directed, mutated, cut.
func (c *campaign) packets(s subject, n int) []Packet {
	progs := s.programs()
	b := c.builder(s.o.LinkType)
	b.Use(Collect(s.expr, progs...))
	list := make([]Packet, 0, n)
	for i := range n {
		p := b.Packet()
		if c.r.IntN(8) == 0 {
			p = Packet{}
		}
		if i%4 != 0 {
			p = Direct(c.r, pick(c.r, progs), p)
		}
		if i%4 == 3 {
			p = Direct(c.r, pick(c.r, progs), p)
		}
		if i%2 == 0 {
			p = b.Mutate(p)
		}
		list = append(list, p)
	}
	return list
}

// judge runs the packets through every engine and every reference program. counting is off while a difference is
// minimized.
func (c *campaign) judge(s subject, pkts []Packet, counting bool) ([]*Difference, error) {
	c.grow(len(pkts))
	first := c.cfg.Engines[0]
	base, err := c.runOn(first, s.prog, pkts, c.a)
	if err != nil {
		return []*Difference{{Kind: KindLoad, Expr: s.expr, Options: s.o, Program: s.prog, Answers: []Answer{{Who: first.Name(), Err: err}}}}, nil
	}
	if counting {
		c.report.Kept += kept(base)
		c.count(first.Name(), base)
	}
	found := c.engines(s, pkts, base, counting)
	more, err := c.optimized(s, pkts, base)
	if err != nil {
		return found, err
	}
	found = append(found, more...)
	more, err = c.meanings(s, pkts, base, counting)
	return append(found, more...), err
}

// count adds the verdicts of one implementation.
func (c *campaign) count(who string, verdicts []uint32) {
	c.report.KeptBy[who] += kept(verdicts)
	c.report.KeptPairs[who] += judged(verdicts)
}

func judged(verdicts []uint32) int64 {
	n := int64(0)
	for _, v := range verdicts {
		if v != Unjudged {
			n++
		}
	}
	return n
}

func kept(verdicts []uint32) int64 {
	n := int64(0)
	for _, v := range verdicts {
		if v != 0 && v != Unjudged {
			n++
		}
	}
	return n
}

func (c *campaign) grow(n int) {
	if len(c.a) < n {
		c.a, c.b = make([]uint32, n), make([]uint32, n)
	}
}

func (c *campaign) runOn(e Engine, prog []bpf.RawInstruction, pkts []Packet, out []uint32) ([]uint32, error) {
	j, err := e.Load(prog)
	if err != nil {
		return nil, err
	}
	return out[:len(pkts)], j.Judge(pkts, out)
}

// engines compares the other engines with the first.
func (c *campaign) engines(s subject, pkts []Packet, base []uint32, counting bool) []*Difference {
	var found []*Difference
	for _, e := range c.cfg.Engines[1:] {
		judge, err := e.Load(s.prog)
		if d := c.loads(s, e, err, counting); d != nil {
			found = append(found, d)
		}
		if err != nil {
			c.report.NotLoaded[e.Name()] = err
			continue
		}
		got := c.verdicts(e, judge, pkts)
		if counting {
			c.report.Engines[e.Name()] += judged(got)
			c.report.NotRun[e.Name()] += int64(len(pkts)) - judged(got)
			c.count(e.Name(), got)
		}
		for i, p := range pkts {
			if sameVerdict(base[i], got[i], len(p.Data)) {
				continue
			}
			_, ev := Trace(s.prog, p)
			found = append(found, &Difference{Kind: KindVerdict, Expr: s.expr, Options: s.o, Packet: &p, Index: i, Program: s.prog, Events: ev,
				Answers: []Answer{{Who: c.cfg.Engines[0].Name(), Verdict: base[i]}, {Who: e.Name(), Verdict: got[i]}}})
		}
	}
	return found
}

// verdicts runs the program that an engine has loaded. A run that fails is no disagreement: none of its packets is judged.
func (c *campaign) verdicts(e Engine, judge Judge, pkts []Packet) []uint32 {
	got := c.b[:len(pkts)]
	if err := judge.Judge(pkts, got); err != nil {
		c.report.Failed[e.Name()] = err
		for i := range got {
			got[i] = Unjudged
		}
	}
	return got
}

// loads compares whether an engine takes the program with whether it should.
func (c *campaign) loads(s subject, e Engine, err error, counting bool) *Difference {
	var should error
	who := c.cfg.Engines[0].Name()
	if e == c.kernel && c.cfg.Validate != nil {
		should, who = c.cfg.Validate(s.prog), "validator"
	}
	if errors.Is(err, ErrNoMemory) {
		if counting {
			c.report.NoMemory++
		}
		return nil
	}
	if (err == nil) == (should == nil) {
		if counting && e == c.kernel {
			if err == nil {
				c.report.Loaded++
			} else {
				c.report.Refused++
			}
		}
		return nil
	}
	return &Difference{Kind: KindLoad, Expr: s.expr, Options: s.o, Program: s.prog, Events: scan(s.prog),
		Answers: []Answer{{Who: who, Err: should}, {Who: e.Name(), Err: err}}}
}

// optimized compares the optimized program with the one that is not.
func (c *campaign) optimized(s subject, pkts []Packet, base []uint32) ([]*Difference, error) {
	if s.slow == nil {
		return nil, nil
	}
	got, err := c.runOn(c.cfg.Engines[0], s.slow, pkts, c.b)
	if err != nil {
		return []*Difference{{Kind: KindLoad, Expr: s.expr, Options: s.o, Program: s.slow, Answers: []Answer{{Who: "bpfc unoptimized", Err: err}}}}, nil
	}
	for i, p := range pkts {
		if !sameVerdict(base[i], got[i], len(p.Data)) {
			_, mine := Trace(s.prog, p)
			_, theirs := Trace(s.slow, p)
			return []*Difference{{Kind: KindOptimize, Expr: s.expr, Options: s.o, Packet: &p, Index: i, Program: s.prog, Reference: s.slow,
				Events: mine, ReferenceEvents: theirs,
				Answers: []Answer{{Who: "bpfc optimized", Verdict: base[i]}, {Who: "bpfc unoptimized", Verdict: got[i]}}}}, nil
		}
	}
	return nil, nil
}

// meanings compares with the reference compilers: one program of each, optimized or not, has to agree on all packets.
func (c *campaign) meanings(s subject, pkts []Packet, base []uint32, counting bool) ([]*Difference, error) {
	var found []*Difference
	for _, by := range c.cfg.Compilers {
		var worst *Difference
		agreed, tried := false, false
		for _, r := range s.refs {
			if r.by != by || r.prog == nil || agreed {
				continue
			}
			tried = true
			d, err := c.meaning(s, r, pkts, base, counting)
			if err != nil {
				return found, err
			}
			agreed = d == nil
			if d != nil && (worst == nil || worst.Kind == KindMeaning) {
				worst = d // the reference that is nearest
			}
		}
		if counting && tried {
			c.report.Compilers[by.Name()] += int64(len(pkts))
		}
		if !agreed && worst != nil {
			worst.references = programsOf(s.refs, by)
			found = append(found, worst)
		}
	}
	return found, nil
}

func programsOf(refs []reference, by Compiler) [][]bpf.RawInstruction {
	var list [][]bpf.RawInstruction
	for _, r := range refs {
		if r.by == by && r.prog != nil {
			list = append(list, r.prog)
		}
	}
	return list
}

// meaning compares with one program of a reference compiler, run by its own interpreter where it has one. A packet on which the
// reference's loads all succeed goes before one that is cut.
func (c *campaign) meaning(s subject, r reference, pkts []Packet, base []uint32, counting bool) (*Difference, error) {
	e, ok := r.by.(Engine)
	if !ok {
		e = c.cfg.Engines[0]
	}
	got, err := c.runOn(e, r.prog, pkts, c.b)
	if err != nil {
		return nil, fmt.Errorf("%s does not run its own program for %q: %w", r.name(), s.expr, err)
	}
	if counting {
		c.count(r.name(), got)
	}
	var cut *Difference
	for i, p := range pkts {
		if sameVerdict(base[i], got[i], len(p.Data)) {
			continue
		}
		_, mine := Trace(s.prog, p)
		_, theirs := Trace(r.prog, p)
		d := &Difference{Kind: KindMeaning, Expr: s.expr, Options: s.o, Packet: &p, Index: i, Program: s.prog, Reference: r.prog,
			Events: mine, ReferenceEvents: theirs,
			Answers: []Answer{{Who: "bpfc", Verdict: base[i]}, {Who: r.name(), Verdict: got[i]}}}
		if theirs&EventOutOfBounds == 0 {
			return d, nil
		}
		if cut == nil {
			d.Kind = KindCut
			cut = d
		}
	}
	return cut, nil
}

// String is the report for people.
func (r Report) String() string {
	var b strings.Builder
	rate := float64(r.Pairs) / max(r.Elapsed.Seconds(), 1e-9)
	fmt.Fprintf(&b, "%d expressions (%d accepted), %d pairs in %.1fs (%.0f a second), %d packets kept\n", r.Exprs, r.Accepted, r.Pairs,
		r.Elapsed.Seconds(), rate, r.Kept)
	for _, n := range sortedKeys(r.Engines) {
		fmt.Fprintf(&b, "  engine    %-28s %d verdicts compared\n", n, r.Engines[n])
	}
	for _, row := range r.Rows() {
		if row.NotRun > 0 {
			fmt.Fprintf(&b, "  not run   %-28s %d packets: %s\n", row.Name, row.NotRun, row.Why)
		}
	}
	for _, n := range sortedKeys(r.Compilers) {
		fmt.Fprintf(&b, "  compiler  %-28s %d verdicts compared\n", n, r.Compilers[n])
	}
	for _, n := range sortedKeys(r.Missing) {
		fmt.Fprintf(&b, "  missing   %-28s %v\n", n, r.Missing[n])
	}
	fmt.Fprintf(&b, "  kernel    %d programs loaded, %d refused as the validator does, %d without room\n", r.Loaded, r.Refused, r.NoMemory)
	if r.NoMemory > 0 {
		fmt.Fprintf(&b, "            (no room: raise net.core.optmem_max, such as sysctl net.core.optmem_max=1048576)\n")
	}
	for _, n := range sortedKeys(r.Known) {
		fmt.Fprintf(&b, "  known     %-28s %d times\n", n, r.Known[n])
	}
	fmt.Fprintf(&b, "  differences that nothing explains: %d\n", len(r.Differences))
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Row is what one implementation did in a campaign.
// It is safe for concurrent use as long as nobody changes it.
type Row struct {
	Name         string
	Judged, Kept int64
	NotRun       int64  // packets that it could not be given, or on which it failed
	Why          string // the reason for NotRun
	Err          error  // why it took no part
}

// Rows lists every implementation: engines by name, programs of reference compilers as "libpcap 1.10.3 optimized" and the
// like, and what is missing or has loaded no program, with the reason.
func (r Report) Rows() []Row {
	var rows []Row
	for _, n := range sortedKeys(r.KeptPairs) {
		rows = append(rows, Row{Name: n, Judged: r.KeptPairs[n], Kept: r.KeptBy[n], NotRun: r.NotRun[n], Why: r.whyNotRun(n)})
	}
	for _, n := range sortedKeys(r.NotLoaded) {
		if r.KeptPairs[n] == 0 {
			rows = append(rows, Row{Name: n, Err: fmt.Errorf("refuses the program: %w", r.NotLoaded[n])})
		}
	}
	for _, n := range sortedKeys(r.Missing) {
		rows = append(rows, Row{Name: n, Err: r.Missing[n]})
	}
	return rows
}

// whyNotRun gives the reason why an engine was not run on some packets.
func (r Report) whyNotRun(engine string) string {
	if err := r.Failed[engine]; err != nil {
		return err.Error()
	}
	return r.Leaves[engine]
}
