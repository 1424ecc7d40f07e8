package bpfc

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"bpfc/internal/battery"
)

// mutations are wrong changes to the optimizer: a file, what stands there once, and what is
// put in its place.
var mutations = []struct{ name, file, from, to string }{
	{"greater is at least", "canon.go", "m.lo = k + 1", "m.lo = k"},
	{"bits that are set are not", "canon.go", "x.bin(ir.And, e, x.g.Const(k)), 0, true", "x.bin(ir.And, e, x.g.Const(k)), 0, false"},
	{"equal is at most", "canon.go", "m.lo, m.hi = k, k\n", "m.lo, m.hi = 0, k\n"},
	{"a bit more may be set", "zeros.go", "x.g.Const(ones&^bit)", "x.g.Const(ones&^bit&^1)"},
	{"more is captured than was loaded", "facts.go", "s.have = max(s.have, nd.end)", "s.have = max(s.have, nd.end+8)"},
	{"where paths meet, the longer load counts", "facts.go", "s.have = min(s.have, t.have)", "s.have = max(s.have, t.have)"},
	{"an interval is one longer", "sweep.go", "to = min(to, uint64(c.in.hi)+1)", "to = min(to, uint64(c.in.hi)+2)"},
	{"a load is needed where one branch needs it", "builder.go", "need := max(nd.end, min(b.need[nd.t], b.need[nd.f]))", "need := max(nd.end, max(b.need[nd.t], b.need[nd.f]))"},
	{"a chain goes on at its first test's end", "fronts.go", "p.nodes[p.last(chain)].f)", "p.nodes[p.last(chain)].t)"},
	{"a search without one bit too many", "masks.go", "b.x.g.Const(-s.grain)", "b.x.g.Const(-s.grain<<1)"},
	{"the last value of an interval is left out", "tree.go", "return t.parts[i+1].lo - 1", "return t.parts[i+1].lo - 2"},
	{"what follows is needed by all that lead to it", "program.go", "need[n] = max(nd.end, min(need[nd.t], need[nd.f]))", "need[n] = max(nd.end, max(need[nd.t], need[nd.f]))"},
}

// TestMutations builds the command with each wrong change, in a copy of the file that the
// build takes in its place, and compiles the practical list with --prove: some filter must
// fail.
func TestMutations(t *testing.T) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("SKIPPED: nothing can be built here")
	}
	requests := practicalRequests(t)
	list := mutations
	if !battery.Long() { // each is a build of the command
		list = list[len(list)-battery.Size(4):]
		t.Logf("%d of %d mutations; with BPFC_LONG=1 all", len(list), len(mutations))
	}
	for _, m := range list {
		t.Run(m.name, func(t *testing.T) {
			bin := buildMutated(t, m.file, m.from, m.to)
			cmd := exec.Command(bin, "compile", "--jsonl", "--prove", "--etc", "testdata/etc")
			cmd.Stdin = strings.NewReader(requests)
			out, _ := cmd.Output() // some may fail to compile
			caught := strings.Count(string(out), "a packet that the filter")
			t.Logf("%d filters of %d fail", caught, strings.Count(string(out), "\n"))
			if caught == 0 {
				t.Errorf("not caught: %.300s", out)
			}
		})
	}
}

func practicalRequests(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if err := json.NewEncoder(&b).Encode(map[string]any{"filter": line, "netmask": "255.255.255.0", "allow_reject_all": true}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// buildMutated builds the command with one change to a file of the optimizer.
func buildMutated(t *testing.T, file, from, to string) (bin string) {
	t.Helper()
	dir := t.TempDir()
	name, err := filepath.Abs(filepath.Join("optimizer", file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), from); n != 1 {
		t.Fatalf("%q stands in %s %d times", from, file, n)
	}
	copied := filepath.Join(dir, file)
	if err := os.WriteFile(copied, []byte(strings.Replace(string(text), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{name: copied}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	bin = filepath.Join(dir, "bpfc.exe")
	build := exec.Command("go", "build", "-overlay", list, "-o", bin, "./cmd/bpfc")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=", "GOARCH=") // for this machine, whatever the test was built for
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}
