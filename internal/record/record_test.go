package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/fuzz"
	"bpfc/linktype"
	"bpfc/names"
)

// The packets that TestRecorded makes must tell programs apart that are not the
// same, also where only truncated packets do.
func TestWitness(t *testing.T) {
	compile := func(l linktype.Type, filter string) []bpf.RawInstruction {
		p, err := bpfc.Compile(filter, bpfc.WithLinkType(l), bpfc.WithNames(names.Map{}))
		if err != nil {
			t.Fatal(err)
		}
		return p.Instructions()
	}
	for _, tt := range []struct {
		link linktype.Type
		a, b string
		same bool
	}{
		{linktype.EN10MB, "tcp port 80", "tcp port 80 and (ip or ip6)", true},
		{linktype.EN10MB, "tcp port 80", "tcp port 81", false},
		{linktype.EN10MB, "tcp port 80", "port 80", false},
		{linktype.EN10MB, "vlan 5 and ip", "vlan 5", false},
		{linktype.EN10MB, "len > 100", "len >= 100", false},
		{linktype.EN10MB, "host 10.1.2.3", "ip host 10.1.2.3", false},
		{linktype.EN10MB, "net 2001:db8::/32", "net 2001::/16", false},
		{linktype.EN10MB, "ip or link[60] = 0", "link[60] = 0 or ip", false},
		{linktype.EN10MB, "geneve and ip", "geneve", false},
		{linktype.IEEE802_11_RADIO, "ip", "ip or type mgt", false},
		{linktype.IEEE802_11, "type data", "type data and link[24] < 0x1ff", false},
		{linktype.IEEE802_11, "wlan src 00:11:22:33:44:55", "wlan addr2 00:11:22:33:44:55", false},
		{linktype.SUNATM, "lane and ip", "lane and ip6", false},
		{linktype.MTP2, "opc 100 and dpc 200", "opc 100 and dpc 201", false},
	} {
		a, b := compile(tt.link, tt.a), compile(tt.link, tt.b)
		r := recorded{tt.link, &entry{Filter: tt.a}}
		w := r.witness(machine(t, a), machine(t, b), fuzz.Collect(tt.a, a, b))
		if (w == "") != tt.same {
			t.Errorf("%s %q and %q: %q", tt.link, tt.a, tt.b, w)
		}
	}
}

func TestReadFilters(t *testing.T) {
	name := filepath.Join(t.TempDir(), "filters.txt")
	for _, tt := range []struct {
		text string
		want []section
		err  string
	}{
		{"# note\n\n@ *\nip\n  tcp port 80  \r\n@ PPP raw\nip6\n",
			[]section{{line: 3, filters: []string{"ip", "tcp port 80"}}, {line: 6, types: []linktype.Type{linktype.PPP, linktype.RAW}, filters: []string{"ip6"}}}, ""},
		{"ip\n@ *\n", nil, ":1: a filter before"},
		{"@ *\nip\n@\n", nil, ":3: @ without"},
		{"@ * EN10BM\nip\n", nil, ":1: no link-layer type"},
	} {
		if err := os.WriteFile(name, []byte(tt.text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := readFilters(name)
		if tt.err == "" && (err != nil || !reflect.DeepEqual(got, tt.want)) || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: %v, %v", tt.text, got, err)
		}
	}
	if _, err := readFilters(name + "x"); err == nil {
		t.Error("a file that does not exist is read")
	}
}

func TestParseProgram(t *testing.T) {
	got, err := parseProgram("2\n40 0 0 12\n6 0 0 4294967295\n")
	want := []bpf.RawInstruction{{Op: 40, K: 12}, {Op: 6, K: 4294967295}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "2\n6 0 0 0\n", "x\n", "1\n6 0 0\n", "1\n6 0 256 0\n", "-1\n"} {
		if _, err := parseProgram(bad); err == nil {
			t.Errorf("%q is taken for a program", bad)
		}
	}
}

// A recording does not depend on the order in which it was made, and comes back
// from its file as it was.
func TestRecordingFile(t *testing.T) {
	p, q := []bpf.RawInstruction{{Op: 6, K: 1}}, []bpf.RawInstruction{{Op: 6, K: 2}}
	work := []task{{linktype.PPP, "b"}, {linktype.EN10MB, "b"}, {linktype.RAW, "a"}, {linktype.NULL, "b"}, {linktype.RAW, "b"}}
	results := []result{{opt: p, unopt: q}, {opt: p, unopt: p}, {optError: "x", unoptError: "y"}, {opt: p, unopt: q}, {optError: "x", unopt: q}}
	want := []entry{
		{Filter: "a", LinkTypes: []string{"RAW"}, Error: "x", Uerror: "y"},
		{Filter: "b", LinkTypes: []string{"NULL", "PPP"}, Opt: p, Unopt: q},
		{Filter: "b", LinkTypes: []string{"EN10MB"}, Opt: p},
		{Filter: "b", LinkTypes: []string{"RAW"}, Error: "x", Unopt: q},
	}
	h := header{Libpcap: "1", Tcpdump: "2", Snaplen: 3, System: "plan9/386"}
	name := filepath.Join(t.TempDir(), "r.jsonl.gz")
	var first []byte
	for range 2 {
		if err := writeRecording(name, h, group(work, results)); err != nil {
			t.Fatal(err)
		}
		head, entries, err := readRecording(name)
		if err != nil || head != h || !reflect.DeepEqual(entries, want) {
			t.Errorf("%v\n%v\nwant\n%v", err, entries, want)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !slices.Equal(b, first) {
			t.Error("another order of work gives another file")
		}
		first = b
		slices.Reverse(work)
		slices.Reverse(results)
	}
}

// TestMain lets the test binary stand in for tcpdump, so that the recorder is
// tested where there is none.
func TestMain(m *testing.M) {
	if os.Getenv("RECORD_TEST_TCPDUMP") == "" {
		os.Exit(m.Run())
	}
	os.Exit(standIn(os.Args[1:]))
}

func standIn(args []string) int {
	line := strings.Join(args, " ")
	switch {
	case line == "--version":
		os.Stderr.WriteString("tcpdump version 4.0.1\nlibpcap version 1.2.3 (with TPACKET_V3)\n")
	case !strings.HasPrefix(line, "-y RAW "):
		os.Stderr.WriteString("tcpdump: invalid data link type " + args[1] + "\n")
		return 1
	case strings.HasSuffix(line, "-- never"):
		if !slices.Contains(args, "-O") {
			os.Stderr.WriteString("tcpdump: expression rejects all packets\n")
			return 1
		}
		os.Stdout.WriteString("1\n6 0 0 0\n")
	case strings.HasSuffix(line, "-- wrong"):
		os.Stderr.WriteString("tcpdump: WARNING: something else\ntcpdump: can't parse filter expression: syntax error\n")
		return 1
	case strings.HasSuffix(line, "-- broken"):
		os.Stdout.WriteString("no program\n")
	default:
		os.Stdout.WriteString("1\n6 0 0 262144\n")
	}
	return 0
}

func TestRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("RECORD_TEST_TCPDUMP", "1")
	dir := t.TempDir()
	list := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "filters.txt"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	list("@ *\nip\nnever\nwrong\n")
	types := []linktype.Type{linktype.EN10MB, linktype.RAW}
	if _, err := run(context.Background(), dir, self, types, 2); err != nil {
		t.Fatal(err)
	}
	h, entries, err := readRecording(filepath.Join(dir, "libpcap-1.2.3.jsonl.gz"))
	want := []entry{
		{Filter: "ip", LinkTypes: []string{"RAW"}, Opt: instructions{{Op: 6, K: 262144}}},
		{Filter: "never", LinkTypes: []string{"RAW"}, Error: "expression rejects all packets", Unopt: instructions{{Op: 6}}},
		{Filter: "wrong", LinkTypes: []string{"RAW"}, Error: "can't parse filter expression: syntax error"},
	}
	if err != nil || h.Tcpdump != "4.0.1" || !reflect.DeepEqual(entries, want) {
		t.Errorf("%v, %v\n%v\nwant\n%v", err, h, entries, want)
	}
	for text, says := range map[string]string{"@ *\nip\nbroken\n": "not a program", "@ PPP\nip\n": "does not know link-layer type PPP"} {
		list(text)
		if _, err := run(context.Background(), dir, self, types, 2); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := run(context.Background(), dir, filepath.Join(dir, "none"), types, 2); err == nil {
		t.Error("a tcpdump that does not exist records something")
	}
}

// The installed tcpdump, where it is the one recorded, still says the same of a
// sample of the recording.
func TestRecordingIsReproducible(t *testing.T) {
	h, entries := recording(t)
	skip := func(why string) {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1:", why)
		}
		t.Skip(why)
	}
	if _, err := exec.LookPath("tcpdump"); err != nil {
		skip("no tcpdump to record again: " + err.Error())
	}
	d := &tcpdump{program: "tcpdump"}
	now, err := d.identify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if now != h {
		t.Skipf("another tcpdump is installed: %+v, recorded is %+v", now, h)
	}
	for i := 0; i < len(entries); i += len(entries) / 40 {
		e := entries[i]
		l, err := linktype.Parse(e.LinkTypes[len(e.LinkTypes)-1])
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.compile(context.Background(), task{l, e.Filter})
		if err != nil {
			t.Fatal(err)
		}
		got := newEntry(e.Filter, r)
		got.LinkTypes = e.LinkTypes
		if !reflect.DeepEqual(got, e) {
			t.Errorf("%s %q: now %+v, recorded %+v", l, e.Filter, got, e)
		}
	}
}
