package api

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/explain/lint"
	"bpfc/web/rpc"
)

// practical are the filters of testdata/practical.txt.
func practical(t testing.TB) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	if len(list) < 318 {
		t.Fatalf("only %d filters", len(list))
	}
	return list
}

// command builds the command bpfc.
func command(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "bpfc.exe")
	build := exec.Command("go", "build", "-o", out, "./cmd/bpfc")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	return out
}

// call asks the service, as the page does: parameters and answer go through JSON.
func call[R any](t testing.TB, s rpc.Service, method string, params any) R {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	answer, ok := s.Call(context.Background(), method, &rpc.Call{Params: text})
	if !ok {
		t.Fatalf("%s: %s", method, answer)
	}
	var r R
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatalf("%s: %v in %.200s", method, err, answer)
	}
	return r
}

func ethernet(expr string) map[string]any {
	return map[string]any{"source": Source{Expr: expr, Link: "EN10MB", Optimize: true, SeeThrough: []string{}}}
}

// The page and the command agree: they give the same bytecode, words and warnings.
func TestSameAsCommand(t *testing.T) {
	list, bpfc, s := practical(t), command(t), New()
	programs := compiled(t, bpfc, list)
	for n, expr := range list {
		c := call[Compiled](t, s, "compile", ethernet(expr))
		if c.Error != nil {
			t.Errorf("%s: %v", expr, c.Error)
			continue
		}
		if len(c.Instructions) != len(programs[n]) {
			t.Errorf("%s: %d instructions; the command makes %d", expr, len(c.Instructions), len(programs[n]))
			continue
		}
		for pc, in := range c.Instructions {
			want := programs[n][pc]
			jt, jf := 0, 0
			if in.JT != nil {
				jt, jf = *in.JT-pc-1, *in.JF-pc-1
			}
			if got := [4]uint32{uint32(in.Code), uint32(jt), uint32(jf), in.K}; got != want {
				t.Errorf("%s: instruction %d is %v; the command has %v", expr, pc, got, want)
			}
		}
		e := call[Explained](t, s, "explain", ethernet(expr))
		text := e.Text
		for _, w := range call[Warnings](t, s, "warnings", ethernet(expr)).Warnings {
			told := lint.Warning{Name: w.Name, Msg: w.Message, Pos: w.Start, End: w.End, Advice: w.Advice, Suggestion: w.Suggestion, Relation: w.Relation}
			text += "\nwarning: " + told.Text(expr) + "\n"
		}
		want, err := exec.Command(bpfc, "explain", "--etc", "etc", expr).Output()
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		if text != string(want) {
			t.Errorf("%s: the page says\n%s\nand the command\n%s", expr, text, want)
		}
	}
}

// compiled has the command compile a list of filters.
func compiled(t *testing.T, bpfc string, list []string) (programs [][][4]uint32) {
	t.Helper()
	var in bytes.Buffer
	for _, expr := range list {
		if err := json.NewEncoder(&in).Encode(map[string]string{"filter": expr}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bpfc, "compile", "--jsonl", "--etc", "etc")
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var answer struct {
			Insns [][4]uint32 `json:"insns"`
			Error string      `json:"error"`
		}
		if err := json.Unmarshal(line, &answer); err != nil || answer.Error != "" {
			t.Fatalf("%s: %v", line, err)
		}
		programs = append(programs, answer.Insns)
	}
	return programs
}

// Every format but eBPF is what the command writes.
func TestFormats(t *testing.T) {
	bpfc, s := command(t), New()
	for _, expr := range []string{"tcp port 80", "vlan 5 and not host 10.0.0.1", "ip6 protochain 6"} {
		for name := range writers {
			f := call[Formatted](t, s, "format", map[string]any{"source": ethernet(expr)["source"], "format": name})
			want, err := exec.Command(bpfc, "compile", "--etc", "etc", "-f", name, expr).Output()
			if (f.Error != nil) != (err != nil) {
				t.Errorf("%s as %s: %v; the command: %v", expr, name, f.Error, err)
				continue
			}
			if name != "raw" && err == nil && f.Text != string(want) {
				t.Errorf("%s as %s:\n%s\nand the command\n%s", expr, name, f.Text, want)
			}
		}
	}
}

func callOf(t testing.TB, params any) *rpc.Call {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return &rpc.Call{Params: text}
}

func rawCall(params string) *rpc.Call { return &rpc.Call{Params: []byte(params)} }
