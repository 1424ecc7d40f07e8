package fuzz

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/internal/battery"
)

func campaignConfig(pairs int64) Config {
	return Config{Compile: Compile, RejectsAll: RejectsAll, Validate: KernelRules, Pairs: pairs, Seed: 1}
}

// The compiler as it stands, on the common link-layer types and on all: no difference that nothing explains. Longer
// campaigns are what bpfc fuzz is for.
func TestCampaign(t *testing.T) {
	for name, links := range map[string][]int{"common": FirstLinks(), "all": allLinks()} {
		t.Run(name, func(t *testing.T) {
			cfg := campaignConfig(int64(battery.Size(60000)))
			cfg.LinkTypes = links
			report, err := Run(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range report.Differences {
				t.Error(d)
			}
			for _, m := range sortedKeys(report.Missing) {
				if os.Getenv("BPFC_REQUIRE_ALL") == "1" && !leftOut(report.Missing[m]) {
					t.Errorf("%s is missing: %v", m, report.Missing[m])
				}
				t.Logf("not compared with %s: %v", m, report.Missing[m])
			}
			if report.Kept < report.Pairs/20 || report.Kept > report.Pairs*19/20 {
				t.Errorf("%d of %d packets kept: a campaign that tests one answer only", report.Kept, report.Pairs)
			}
		})
	}
}

func allLinks() []int {
	var dlts []int
	for _, l := range Links() {
		dlts = append(dlts, l.DLT)
	}
	return dlts
}

// liar is an engine that is wrong about one thing.
type liar struct {
	*VM
	lie func(p Packet, v uint32) uint32
}

func (l *liar) Name() string { return "liar" }

func (l *liar) Load(prog []bpf.RawInstruction) (Judge, error) {
	if _, err := l.VM.Load(prog); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *liar) Judge(pkts []Packet, v []uint32) error {
	if err := l.VM.Judge(pkts, v); err != nil {
		return err
	}
	for i, p := range pkts {
		v[i] = l.lie(p, v[i])
	}
	return nil
}

func TestRunFindsAWrongEngine(t *testing.T) {
	cfg := campaignConfig(100000)
	cfg.Compilers = []Compiler{}
	cfg.MaxDifferences = 1
	cfg.LinkTypes = []int{1}
	cfg.Engines = []Engine{NewVM(), &liar{NewVM(), func(p Packet, v uint32) uint32 {
		if len(p.Data) > 30 && p.Data[23] == 17 { // UDP is never kept
			return 0
		}
		return v
	}}}
	report, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) != 1 {
		t.Fatalf("found %d", len(report.Differences))
	}
	d := report.Differences[0]
	if d.Kind != KindVerdict || d.Answers[1].Who != "liar" {
		t.Errorf("found %v", d)
	}
	if len(d.Packet.Data) > 60 || nonzero(d.Packet.Data) > 12 || len(d.Expr) > 30 {
		t.Errorf("not minimized: %v", d)
	}
}

// wrongly compiles as bpfc does, but breaks programs.
func wrongly(breakIt func(o CompileOptions, prog []bpf.RawInstruction)) CompileFunc {
	return func(expr string, o CompileOptions) ([]bpf.RawInstruction, error) {
		prog, err := Compile(expr, o)
		if err == nil {
			breakIt(o, prog)
		}
		return prog, err
	}
}

func port81(_ CompileOptions, prog []bpf.RawInstruction) {
	for i, in := range prog {
		if in.Op == cbpf.ClassJmp|cbpf.Equal && in.K == 80 {
			prog[i].K = 81
		}
	}
}

func TestRunFindsAWrongCompiler(t *testing.T) {
	libpcap(t)
	cfg := campaignConfig(400000)
	cfg.Compile = wrongly(port81)
	cfg.MaxDifferences = 1
	cfg.LinkTypes = []int{1}
	report, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) != 1 || report.Differences[0].Kind != KindMeaning {
		t.Fatalf("found %v", report.Differences)
	}
	if d := report.Differences[0]; !strings.Contains(d.Expr, "80") || len(d.Expr) > 40 {
		t.Errorf("not minimized: %v", d)
	}
}

func TestRunFindsAWrongOptimizer(t *testing.T) {
	cfg := campaignConfig(400000)
	cfg.Compilers = []Compiler{}
	cfg.MaxDifferences = 1
	cfg.Compile = wrongly(func(o CompileOptions, prog []bpf.RawInstruction) {
		if o.Optimize {
			port81(o, prog)
		}
	})
	report, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) != 1 || report.Differences[0].Kind != KindOptimize {
		t.Fatalf("found %v", report.Differences)
	}
}

func TestRunFindsPanicsAndRefusals(t *testing.T) {
	cfg := campaignConfig(20000)
	cfg.Compilers = []Compiler{}
	cfg.Compile = func(expr string, o CompileOptions) ([]bpf.RawInstruction, error) {
		if strings.Contains(expr, "sctp") {
			panic("sctp")
		}
		if strings.Contains(expr, "udp") && o.Optimize {
			return nil, errors.New("no udp today")
		}
		return Compile(expr, o)
	}
	report, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[Kind]bool{}
	for _, d := range report.Differences {
		kinds[d.Kind] = true
		if len(d.Expr) > 40 {
			t.Errorf("not minimized: %v", d)
		}
	}
	if !kinds[KindPanic] || !kinds[KindAccept] {
		t.Errorf("found %v", report.Differences)
	}
}

func TestRunFindsAWrongValidator(t *testing.T) {
	kernel(t)
	cfg := campaignConfig(50000)
	cfg.Compilers = []Compiler{}
	cfg.MaxDifferences = 1
	cfg.Validate = func([]bpf.RawInstruction) error { return errors.New("never") }
	report, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) != 1 || report.Differences[0].Kind != KindLoad {
		t.Errorf("found %v", report.Differences)
	}
}

func TestRunRepeats(t *testing.T) {
	cfg := campaignConfig(5000)
	cfg.Compilers = []Compiler{}
	cfg.Engines = []Engine{NewVM(), NewXNet()}
	a, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a.Pairs != b.Pairs || a.Kept != b.Kept || a.Exprs != b.Exprs || a.Known["xnet-length"] != b.Known["xnet-length"] {
		t.Errorf("the same seed gives %v and %v", a, b)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cfg := campaignConfig(0)
	cfg.Duration = time.Hour
	calls := 0
	cfg.Progress = func(r Report) {
		if calls++; r.Pairs > 0 {
			cancel()
		}
	}
	if _, err := Run(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	if calls == 0 {
		t.Error("no progress was told")
	}
	cfg.Duration = 50 * time.Millisecond
	began := time.Now()
	if _, err := Run(context.Background(), cfg); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("50 ms took %v", d)
	}
	if _, err := Run(context.Background(), Config{}); err == nil {
		t.Error("a campaign without a compiler runs")
	}
}

// Each row that hangs on an event of the machine explains a difference that is really there, and not the
// same programs on a packet without the event.
func TestKnownEngineDifferences(t *testing.T) {
	long := Packet{Data: make([]byte, 40), WireLen: 90}
	plain := whole(make([]byte, 40))
	cases := []struct {
		row    string
		engine Engine
		prog   []bpf.RawInstruction
		p      Packet
	}{
		{"kernel-shift", NewKernel(), []bpf.RawInstruction{{Op: 0x01, K: 33}, {Op: 0x00, K: 1}, {Op: 0x6c}, {Op: 0x16}}, plain},
		{"kernel-wrap", NewKernel(), []bpf.RawInstruction{{Op: 0x01, K: 2}, {Op: 0x50, K: 0xffffffff}, {Op: 0x06, K: 99}}, plain},
		{"kernel-ancillary", NewKernel(), []bpf.RawInstruction{{Op: 0x28, K: 0xfffff000}, {Op: 0x06, K: 99}}, plain},
		{"kernel-length", NewKernel(), []bpf.RawInstruction{{Op: 0x80}, {Op: 0x35, Jf: 1, K: 60}, {Op: 0x06}, {Op: 0x06, K: 99}}, long},
		{"kernel-loop", NewKernel(), []bpf.RawInstruction{{Op: 0x04, K: 1}, {Op: 0x35, Jt: 1, K: 5}, {Op: 0x05, K: 0xfffffffd}, {Op: 0x06}}, plain},
		{"xnet-length", NewXNet(), []bpf.RawInstruction{{Op: 0x80}, {Op: 0x35, Jf: 1, K: 60}, {Op: 0x06}, {Op: 0x06, K: 99}}, long},
		{"xnet-ancillary", NewXNet(), []bpf.RawInstruction{{Op: 0x28, K: 0xfffff000}, {Op: 0x06, K: 99}}, plain},
		{"xnet-negation", NewXNet(), []bpf.RawInstruction{{Op: 0x84}, {Op: 0x06, K: 99}}, plain},
		{"xnet-ldx-len", NewXNet(), []bpf.RawInstruction{{Op: 0x81}, {Op: 0x06, K: 99}}, plain},
		{"xnet-loop", NewXNet(), []bpf.RawInstruction{{Op: 0x04, K: 1}, {Op: 0x35, Jt: 1, K: 5}, {Op: 0x05, K: 0xfffffffd}, {Op: 0x06}}, plain},
	}
	for _, c := range cases {
		t.Run(c.row, func(t *testing.T) {
			need(t, c.engine.Available())
			defer func() { _ = c.engine.Close() }()
			found := disagreements(t, c.engine, c.prog, c.p)
			if len(found) == 0 {
				t.Fatal("the row explains a difference that is not there")
			}
			for _, d := range found {
				if k, ok := explain(known(), d); !ok || k.Name != c.row {
					t.Errorf("explained by %q, %v: %v", k.Name, ok, d)
				}
				d.Events = 0
				if _, ok := explain(known(), d); ok {
					t.Errorf("explained without the event: %v", d)
				}
			}
		})
	}
}

// disagreements holds an engine against bpfc's interpreter on one packet.
func disagreements(t *testing.T, e Engine, prog []bpf.RawInstruction, p Packet) []*Difference {
	t.Helper()
	c, err := newCampaign(Config{Compile: Compile, Engines: []Engine{NewVM(), e}, Compilers: []Compiler{}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.judge(subject{prog: prog}, []Packet{p}, true)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sources is what a row may rest on: a line of a file, a function of the kernel's, a recorded case, or rows below.
var sources = regexp.MustCompile(`\w\.(c|in|go):\d+\b|\w/core\.c, |/filter\.c, |\b(accept|reject)_\w+|^the sources of libpcap-`)

func TestKnownRowsHaveNamesAndReasons(t *testing.T) {
	var names []string
	for _, k := range KnownDifferences() {
		if k.Name == "" || len(k.Reason) < 20 || slices.Contains(names, k.Name) {
			t.Errorf("row %q, reason %q", k.Name, k.Reason)
		}
		if !sources.MatchString(k.Source) {
			t.Errorf("row %q does not say what it rests on: %q", k.Name, k.Source)
		}
		names = append(names, k.Name)
		if k.Explains(&Difference{Kind: KindMeaning, Expr: "tcp port 80", Options: CompileOptions{LinkType: 1, Optimize: true}, Packet: &Packet{Data: make([]byte, 60), WireLen: 60},
			Answers: []Answer{{Who: "bpfc"}, {Who: "libpcap 1.10.3 optimized", Verdict: 1}}}) {
			t.Errorf("row %q explains anything", k.Name)
		}
	}
}

func TestVerifier(t *testing.T) {
	v, err := NewVerifier("ip", campaignConfig(0))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	ip := whole(append(make([]byte, 12), 8, 0))
	for range 2 {
		found, err := v.Check(CompileOptions{LinkType: 1, Snaplen: 96, Optimize: true}, []Packet{ip, whole(nil), ip})
		if err != nil || len(found) > 0 {
			t.Fatal(found, err)
		}
	}
	for _, r := range v.Report().Rows() {
		if r.Err == nil && (r.Judged != 6 || r.Kept != 4) {
			t.Errorf("%+v", r)
		}
	}
	wrong, err := NewVerifier("ip", Config{Compile: Compile, Compilers: []Compiler{},
		Engines: []Engine{NewVM(), &liar{NewVM(), func(Packet, uint32) uint32 { return 0 }}}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := wrong.Check(CompileOptions{LinkType: 1, Snaplen: 96, Optimize: true}, []Packet{whole(nil), ip})
	if err != nil || len(found) != 1 || found[0].Index != 1 {
		t.Errorf("%v, %v", found, err)
	}
	bad, err := NewVerifier("ip and", campaignConfig(0))
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	if _, err := bad.Check(CompileOptions{LinkType: 1, Snaplen: 96}, nil); err == nil {
		t.Error("a filter with a mistake is verified")
	}
}

// Programs on both sides of the kernel's limit of 4,096 instructions, with long jumps.
func TestLongProgramsAgainstTheKernel(t *testing.T) {
	k := kernel(t)
	loaded, refused := 0, 0
	for _, hosts := range []int{10, 300, 600, 900, 1200} {
		var list []string
		for i := range hosts {
			list = append(list, "ip host "+dotted([4]byte{10, byte(i % 251), byte(i / 7), byte(i * 31)}))
		}
		prog, err := Compile(strings.Join(list, " or "), CompileOptions{LinkType: 1, Snaplen: 96, Netmask: 0xffffff00})
		if err != nil {
			t.Fatal(err)
		}
		rules := KernelRules(prog)
		j, err := k.Load(prog)
		if errors.Is(err, ErrNoMemory) {
			t.Logf("%d instructions: %v", len(prog), err)
			continue
		}
		if (rules == nil) != (err == nil) {
			t.Fatalf("%d instructions: validator %v, kernel %v", len(prog), rules, err)
		}
		if err != nil {
			refused++
			continue
		}
		loaded++
		p := whole(append(append(make([]byte, 12), 8, 0, 0x45), make([]byte, 40)...))
		copy(p.Data[30:], []byte{10, byte((hosts - 1) % 251), byte((hosts - 1) / 7), byte((hosts - 1) * 31)})
		v := make([]uint32, 1)
		if err := j.Judge([]Packet{p}, v); err != nil || v[0] == 0 {
			t.Errorf("%d hosts: the last one is not kept: %d, %v", hosts, v[0], err)
		}
	}
	if loaded == 0 || refused == 0 {
		t.Errorf("%d loaded, %d refused: both sides of the limit have to be tested", loaded, refused)
	}
}

// failing is an engine whose runs fail.
type failing struct{ *VM }

func (f *failing) Load([]bpf.RawInstruction) (Judge, error) { return f, nil }
func (*failing) Judge([]Packet, []uint32) error             { return errors.New("no buffer space") }

// An engine that cannot take a packet, or whose run fails, is no engine that disagrees.
func TestFieldWhatIsNotRunIsNoDisagreement(t *testing.T) {
	kernel := NewKernel()
	defer kernel.Close()
	v, err := NewVerifier("ip", Config{Compile: Compile, Compilers: []Compiler{}, Engines: []Engine{NewVM(), kernel, &failing{NewMatcherEngine("failing", nil)}}})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	ip := append(make([]byte, 12), 8, 0)
	packets := []Packet{whole(append(slices.Clone(ip), make([]byte, 70000)...)), whole(ip), whole(append(slices.Clone(ip), make([]byte, 65536-len(ip))...)),
		whole(append(slices.Clone(ip), make([]byte, 65537-len(ip))...)), whole(ip)}
	found, err := v.Check(CompileOptions{LinkType: 1, Snaplen: 262144, Optimize: true}, packets)
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	want := map[string]Row{"failing": {Name: "failing", NotRun: 5, Why: "no buffer space"}, "bpfc": {Name: "bpfc", Judged: 5, Kept: 5}}
	if kernel.Available() == nil {
		want["kernel"] = Row{Name: "kernel", Judged: 3, Kept: 3, NotRun: 2, Why: "longer than the 65536 bytes of a datagram"}
	}
	for _, r := range v.Report().Rows() {
		if w, ok := want[r.Name]; ok && r != w {
			t.Errorf("%+v, want %+v", r, w)
		}
		delete(want, r.Name)
	}
	if len(want) > 0 {
		t.Errorf("no rows for %v", want)
	}
}

// The rows for what bpfc mends explain the packets that show it, and no others.
func TestKnownAmendments(t *testing.T) {
	difference := func(dlt int, expr, packet string, e Events) *Difference {
		data, err := hex.DecodeString(packet)
		if err != nil {
			t.Fatal(err)
		}
		p := whole(data)
		return &Difference{Kind: KindMeaning, Expr: expr, Options: CompileOptions{LinkType: dlt}, Packet: &p, ReferenceEvents: e,
			Answers: []Answer{{Who: "bpfc"}, {Who: "libpcap 1.10.3 optimized", Verdict: 1}}}
	}
	const (
		ra   = "wlan ra 02:00:00:00:00:01"
		ack  = "d4000000020000000001"
		data = "08000000020000000001"
		ppi  = "0000080069000000"
	)
	for _, c := range []struct {
		d   *Difference
		row string // "" for none
	}{
		{difference(105, ra, ack, 0), "libpcap-wlan-ra"},
		{difference(105, ra, data, 0), ""},
		{difference(105, "wlan ta 02:00:00:00:00:01", ack, 0), ""},
		{difference(127, ra, "0000080000000000"+ack, 0), "libpcap-wlan-ra"},
		{difference(127, ra, "0000080000000000"+data, 0), ""},
		{difference(127, ra, "0000ff0000000000"+ack, 0), ""},
		{difference(163, ra, "802110010000000c00000000"+ack, 0), "libpcap-wlan-ra"},
		{difference(119, ra, "802110010000000c00000000"+ack, 0), "libpcap-wlan-ra"},
		{difference(119, ra, strings.Repeat("00", 144)+ack, 0), "libpcap-wlan-ra"},
		{difference(192, ra, ppi+ack, 0), "libpcap-wlan-ra"},
		{difference(192, "len > 1 or pppoes", ppi+data, 0), ""},
		{difference(192, "len > 1 or pppoes", "0000080001000000"+data, 0), "libpcap-ppi-unchecked"},
		{difference(127, "len > 1 or pppoes", "0000080001000000"+data, 0), ""},
		{difference(127, "pppoes", "0000080001000000"+data, EventUnwrittenWord), "libpcap-unset-offsets"},
		{difference(127, "pppoes", "0000080001000000"+data, 0), ""},
		{difference(127, "vlan", "0000080001000000"+data, EventUnwrittenWord), ""},
		{difference(1, "pppoes", data, EventUnwrittenWord), ""},
		{difference(1, "geneve", data, EventUnwrittenWord), "libpcap-scratch-compiled"},
	} {
		if k, _ := explain(known(), c.d); k.Name != c.row {
			t.Errorf("link type %d, %q on %x: explained by %q, want %q", c.d.Options.LinkType, c.d.Expr, c.d.Packet.Data, k.Name, c.row)
		}
	}
}
