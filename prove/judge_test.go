package prove_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/internal/battery"
	"bpfc/prove"
)

// question is what z3 is asked about two programs.
type question struct {
	Name string     `json:"name"`
	A    [][]uint32 `json:"a"`
	B    [][]uint32 `json:"b"`
	Ask  string     `json:"ask"`
}

// judge holds the answers of package prove against z3. A packet that it finds is
// checked by running it; what is left to be judged are claims that there is none.
type judge struct {
	t         *testing.T
	questions []question
	asked     map[string]bool
	relations map[string]int
	bounded   int // pairs with loops, which z3 is not asked about
}

func newJudge(t *testing.T) *judge {
	return &judge{t: t, asked: map[string]bool{}, relations: map[string]int{}}
}

// compare compares two programs and notes what z3 is to be asked.
func (j *judge) compare(name string, a, b []bpf.RawInstruction) prove.Answer {
	j.t.Helper()
	return j.note(name, a, b, prove.Compare(context.Background(), lift(j.t, a), lift(j.t, b), prove.Options{}))
}

func (j *judge) note(name string, a, b []bpf.RawInstruction, answer prove.Answer) prove.Answer {
	j.relations[answer.Relation.String()]++
	claims := map[string]bool{
		"differ": answer.Relation == prove.Equal,
		"only_a": answer.Relation != prove.Equal && answer.OnlyA == nil,
		"only_b": answer.Relation != prove.Equal && answer.OnlyB == nil,
		"both":   answer.Relation == prove.Disjoint, // elsewhere one may just not have been found
	}
	switch {
	case answer.Relation == prove.Undecided:
		j.t.Logf("%s: undecided: %s", name, answer.Reason)
		return answer
	case answer.Bound > 0:
		j.bounded++
		return answer
	}
	for _, ask := range []string{"differ", "only_a", "only_b", "both"} {
		if !claims[ask] {
			continue
		}
		x, y := a, b
		if ask == "only_b" {
			x, y, ask = b, a, "only_a"
		}
		key := fmt.Sprint(x, y, ask)
		if !j.asked[key] {
			j.asked[key] = true
			j.questions = append(j.questions, question{name, rows(x), rows(y), ask})
		}
	}
	return answer
}

// z3 does the judging: there must be no packet where there is said to be none.
func (j *judge) z3() {
	j.t.Helper()
	j.t.Logf("answers: %v; with loops, and not judged: %d", j.relations, j.bounded)
	python := solver(j.t)
	work := 3_000_000
	if battery.Long() {
		work = 30_000_000
	}
	var in bytes.Buffer
	for _, q := range j.questions {
		if err := json.NewEncoder(&in).Encode(q); err != nil {
			j.t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "../optimizer/testdata/prove.py", fmt.Sprint(work), fmt.Sprint(prove.MaxCaptured))
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		j.t.Fatal(err)
	}
	results := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for i := 0; lines.Scan(); i++ {
		var r struct {
			Name, Result, Packet string
			Captured, Wirelen    int
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			j.t.Fatal(err)
		}
		results[r.Result]++
		if r.Result == "differ" {
			j.t.Errorf("%s: asked for %s, z3 has one: %d of %d bytes %s", r.Name, j.questions[i].Ask, r.Captured, r.Wirelen, r.Packet)
		}
	}
	j.t.Logf("claims judged by z3: %v", results)
	if results["equal"]+results["unknown"]+results["differ"] != len(j.questions) {
		j.t.Errorf("%d questions, %v", len(j.questions), results)
	}
	if results["unknown"] > len(j.questions)/10 {
		j.t.Errorf("z3 leaves %d of %d open", results["unknown"], len(j.questions))
	}
}

// solver returns a Python that has z3.
func solver(t *testing.T) string {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import z3").Run() == nil {
			return python
		}
	}
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatal("BPFC_REQUIRE_ALL=1, but there is no python3 with z3 (python3-z3)")
	}
	t.Skip("SKIPPED: no python3 with z3 (python3-z3), so nothing judges the answers")
	return ""
}

func lift(t testing.TB, code []bpf.RawInstruction) *prove.Filter {
	t.Helper()
	f, err := prove.FromProgram(code)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func rows(code []bpf.RawInstruction) [][]uint32 {
	list := make([][]uint32, len(code))
	for i, in := range code {
		list[i] = []uint32{uint32(in.Op), uint32(in.Jt), uint32(in.Jf), in.K}
	}
	return list
}

// check holds an answer against itself: packets are what they are said to be, in both
// evaluators, and the relation is what they say.
func check(t testing.TB, name string, a, b *prove.Filter, answer prove.Answer) {
	t.Helper()
	for _, p := range []struct {
		packet *prove.Packet
		a, b   bool
	}{{answer.OnlyA, true, false}, {answer.OnlyB, false, true}, {answer.Both, true, true}} {
		if p.packet != nil && (a.Run(*p.packet) != p.a || b.Run(*p.packet) != p.b) {
			t.Errorf("%s: %v, but on %x of %d bytes a is %v and b is %v", name, answer.Relation, p.packet.Data, p.packet.WireLen, !p.a, !p.b)
		}
		if p.packet != nil && uint64(p.packet.WireLen) < uint64(len(p.packet.Data)) {
			t.Errorf("%s: %d bytes captured of %d", name, len(p.packet.Data), p.packet.WireLen)
		}
	}
	onlyA, onlyB, both := answer.OnlyA != nil, answer.OnlyB != nil, answer.Both != nil
	want := prove.Overlap
	switch {
	case answer.Relation == prove.Undecided:
		return
	case !onlyA && !onlyB:
		want = prove.Equal
	case !onlyA:
		want = prove.AImpliesB
	case !onlyB:
		want = prove.BImpliesA
	case !both:
		want = prove.Disjoint
	}
	if answer.Relation != want {
		t.Errorf("%s: %v, want %v", name, answer.Relation, want)
	}
}

// mutants are programs that are nearly like one: each has one constant, one offset or
// one order of two tests changed.
func mutants(code []bpf.RawInstruction) (list [][]bpf.RawInstruction) {
	with := func(change func(m []bpf.RawInstruction)) {
		m := append([]bpf.RawInstruction(nil), code...)
		change(m)
		if cbpf.Validate(m, cbpf.ModeUserland) == nil {
			list = append(list, m)
		}
	}
	for i, in := range code {
		traits := cbpf.TraitsOf(in.Op)
		switch {
		case traits.Has(cbpf.Branches) && in.Op&cbpf.SrcX == 0:
			with(func(m []bpf.RawInstruction) { m[i].K++ })
			with(func(m []bpf.RawInstruction) { m[i].K ^= 0x10 })
			with(func(m []bpf.RawInstruction) { m[i].Jt, m[i].Jf = m[i].Jf, m[i].Jt })
			with(func(m []bpf.RawInstruction) { m[i].Op ^= cbpf.Equal ^ cbpf.GreaterEqual })
		case traits.Any(cbpf.LoadsPacket):
			with(func(m []bpf.RawInstruction) { m[i].K++ })
			with(func(m []bpf.RawInstruction) { m[i].K += 2 })
		case in.Op&7 == cbpf.ClassAlu && in.Op&cbpf.SrcX == 0 && in.Op != cbpf.NegA:
			with(func(m []bpf.RawInstruction) { m[i].K++ })
			with(func(m []bpf.RawInstruction) { m[i].K ^= 8 })
		}
		if swappable(code, i) {
			with(func(m []bpf.RawInstruction) {
				m[i], m[i+1], m[i+2], m[i+3] = code[i+2], code[i+3], code[i], code[i+1]
				m[i+1].Jf, m[i+3].Jf = code[i+3].Jf+2, code[i+1].Jf-2
			})
		}
	}
	return list
}

// swappable tells whether at i two fields are loaded and tested, one after the other,
// that must both be so.
func swappable(code []bpf.RawInstruction, i int) bool {
	if i+3 >= len(code) {
		return false
	}
	load := func(in bpf.RawInstruction) bool { return in.Op&^cbpf.SizeMask == cbpf.ClassLd|cbpf.ModeAbs }
	first, second := code[i+1], code[i+3]
	return load(code[i]) && load(code[i+2]) && first.Op == cbpf.JeqK && second.Op == cbpf.JeqK &&
		first.Jt == 0 && second.Jt == 0 && first.Jf == second.Jf+2
}
