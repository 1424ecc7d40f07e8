package prove_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/prove"
)

// recorded is a line of a file of recorded cases: a filter, what it was compiled for, and
// libpcap's program with and without its optimizer as [[code, jt, jf, k], …], or "same".
type recorded struct {
	DLT     string `json:"dlt"`
	Expr    string `json:"expr"`
	Netmask string `json:"netmask"`
	Ext     bool   `json:"ext"`
	SF      string `json:"sf"`
	Opt     any    `json:"opt"`
	Unopt   any    `json:"unopt"`
}

// TestRecorded compares what the compiler makes with recorded programs of libpcap: the
// files *.jsonl.gz of the directory BPFC_RECORDED that hold them, names being resolved with
// its folder etc. z3 judges every 20th pair, and with BPFC_LONG=1 all.
func TestRecorded(t *testing.T) {
	dir := os.Getenv("BPFC_RECORDED")
	if dir == "" {
		fmt.Fprintln(os.Stderr, "NOT RUN: prove.TestRecorded: BPFC_RECORDED names no directory of recorded programs of libpcap")
		t.Skip("BPFC_RECORDED names no directory of recorded programs of libpcap")
	}
	j := newJudge(t)
	var times []time.Duration
	for i, p := range recordedPairs(t, dir) {
		start := time.Now()
		a, b := lift(t, p.ours), lift(t, p.theirs)
		answer := prove.Compare(context.Background(), a, b, prove.Options{})
		times = append(times, time.Since(start))
		check(t, p.name, a, b, answer)
		if battery.Long() || i%20 == 0 || answer.Relation == prove.Undecided {
			j.note(p.name, p.ours, p.theirs, answer)
		} else {
			j.relations[answer.Relation.String()]++
		}
	}
	slices.Sort(times)
	at := func(q float64) time.Duration { return times[int(q*float64(len(times)-1))] }
	t.Logf("%d pairs: median %v, 99 %% within %v, the longest %v", len(times), at(.5), at(.99), at(1))
	if 200*j.relations["undecided"] > len(times) {
		t.Errorf("answers: %v", j.relations)
	}
	j.z3()
}

// recordedPair is our program and one of libpcap's for the same filter.
type recordedPair struct {
	name         string
	ours, theirs []bpf.RawInstruction
}

func recordedPairs(t *testing.T, dir string) (pairs []recordedPair) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded programs in %s: %v", dir, err)
	}
	resolver := names.Dir(filepath.Join(dir, "etc"))
	for _, name := range files {
		for _, c := range readRecorded(t, name) {
			ours := compileRecorded(t, c, resolver)
			for _, kind := range []any{c.Opt, c.Unopt} {
				if theirs := recordedProgram(kind); ours != nil && theirs != nil {
					pairs = append(pairs, recordedPair{c.DLT + " " + c.Expr, ours, theirs})
				}
			}
		}
	}
	return pairs
}

func readRecorded(t *testing.T, name string) (list []recorded) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func compileRecorded(t *testing.T, c recorded, resolver names.Resolver) []bpf.RawInstruction {
	t.Helper()
	if c.Opt == nil || c.DLT == "" {
		return nil // libpcap refused, or a case of another kind
	}
	link, err := linktype.Parse(c.DLT)
	if err != nil {
		t.Fatal(err)
	}
	opts := []bpfc.Option{bpfc.WithLinkType(link), bpfc.WithNames(resolver), bpfc.WithAllowRejectAll()}
	if c.Ext {
		opts = append(opts, bpfc.WithLinuxExtensions())
	}
	if m, err := netip.ParseAddr(c.Netmask); err == nil {
		b := m.As4()
		opts = append(opts, bpfc.WithNetmask(binary.BigEndian.Uint32(b[:])))
	}
	switch c.SF {
	case "unswapped":
		opts = append(opts, bpfc.WithSavefile(bpfc.SavefileUnswapped))
	case "swapped":
		opts = append(opts, bpfc.WithSavefile(bpfc.SavefileSwapped))
	}
	p, err := bpfc.Compile(c.Expr, opts...)
	if err != nil {
		t.Errorf("%s %s: %v", c.DLT, c.Expr, err)
		return nil
	}
	return p.Instructions()
}

// recordedProgram reads a program; nil is none.
func recordedProgram(rows any) (code []bpf.RawInstruction) {
	list, _ := rows.([]any)
	for _, r := range list {
		n, _ := r.([]any)
		if len(n) != 4 {
			return nil
		}
		at := func(i int) uint32 { f, _ := n[i].(float64); return uint32(f) }
		code = append(code, bpf.RawInstruction{Op: uint16(at(0)), Jt: uint8(at(1)), Jf: uint8(at(2)), K: at(3)})
	}
	return code
}
