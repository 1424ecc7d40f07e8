package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/asm"
)

// programFile writes the program of a filter to a file in the form given.
func programFile(t *testing.T, form, expr string) string {
	t.Helper()
	got := exec(t, "", "compile", "-y", "EN10MB", "-s", "262144", "-f", form, expr)
	if got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	return write(t, "program", got.stdout)
}

// Every command that takes a filter takes a program in its place, and refuses to take both.
func TestBytecodeEverywhere(t *testing.T) {
	program := programFile(t, "ddd", "udp port 53")
	takes := 0
	for _, cmd := range newRoot(nil).Commands() {
		if cmd.Flags().Lookup("filter-file") == nil {
			continue
		}
		if cmd.Name() == "explain" || cmd.Name() == "lint" { // are about words, which a program has none of
			if got := exec(t, "", cmd.Name(), "--bytecode", program); got.status != exitUsage || !strings.Contains(got.stderr, "--bytecode") {
				t.Errorf("%+v", got)
			}
			continue
		}
		takes++
		args := []string{cmd.Name(), "--bytecode", program}
		if cmd.Flags().Lookup("read") != nil {
			args = append(args, "-r", packetsFile)
		}
		switch cmd.Name() {
		case "compile":
			args = append(args, "--stats")
		case "filter":
			args = append(args, "--count")
		case "send":
			args = append(args, "--dry-run", "--top-speed", "--cut", "skip")
		case "bench":
			args = append(args, "--rounds", "1", "--duration", "1us", "--engine", "interp")
		case "fuzz":
			args = append(args, "--count", "100")
		}
		if got := exec(t, "", args...); got.status != exitOK || got.stdout == "" {
			t.Errorf("%q: %+v", args, got)
		}
		for _, more := range [][]string{{"tcp"}, {"-F", program}, {"-O"}, {"--netmask", "/8"}, {"--allow-reject-all"}} {
			if got := exec(t, "", append(args, more...)...); got.status != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, "--bytecode") {
				t.Errorf("%q with %q: %+v", args, more, got)
			}
		}
	}
	if takes < 9 {
		t.Errorf("only %d commands take a filter", takes)
	}
}

// The program judges as the filter does, in every form, from a file and from standard input.
func TestBytecodeVerdicts(t *testing.T) {
	const looping = "udp port 53 or ip6 protochain 17"
	for _, form := range asm.FormatNames() {
		expr := looping
		if form == "xt_bpf" || form == "tc" { // which hold what the kernel takes
			expr = "udp port 53"
		}
		want := exec(t, "", "verdicts", "-r", packetsFile, "-s", "262144", expr)
		program := programFile(t, form, expr)
		got := exec(t, "", "verdicts", "-r", packetsFile, "--bytecode", program)
		if got.status != exitOK || got.stdout != want.stdout {
			t.Errorf("%s: %+v", form, got.stderr)
		}
		text, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		got = exec(t, string(text), "verdicts", "-r", packetsFile, "--bytecode", "-")
		if got.status != exitOK || got.stdout != want.stdout {
			t.Errorf("%s from standard input: %+v", form, got.stderr)
		}
	}
	want := exec(t, "", "verdicts", "-r", packetsFile, "-s", "262144", looping)
	program := programFile(t, "json", looping)
	filtered := filepath.Join(t.TempDir(), "out.pcap")
	if got := exec(t, "", "filter", "-r", packetsFile, "-w", filtered, "--bytecode", program); got.status != exitOK {
		t.Fatalf("%+v", got)
	}
	count := exec(t, "", "filter", "-r", filtered, "--count")
	if n := strings.Count(want.stdout, "262144\n"); n == 0 || count.stdout != fmt.Sprintln(n) {
		t.Errorf("%d match, %+v", n, count)
	}
	if got := exec(t, "", "verify", "-r", packetsFile, "--bytecode", program); got.status != exitOK || !strings.Contains(got.stdout, "no two disagree") {
		t.Errorf("%+v", got)
	}
}

func TestBytecodeErrors(t *testing.T) {
	program := programFile(t, "ddd", "udp")
	for _, c := range []struct {
		text string
		args string
		says string
	}{
		{"", "compile --bytecode -", "the text is empty"},
		{"2\n40 0 0 12\n", "compile --bytecode -", "not in the form ddd: line 1, column 1: the count says 2"},
		{"(000) ldh [12]\n(001) ret 5", "compile --bytecode -", "not in the form d: line 2, column 11"},
		{"1\n6 0 0", "verdicts -r x --bytecode -", "line 2, column 6"},
		{"tcp port 80", "compile --bytecode -", `line 1, column 1: "tcp"`},
		{"2\n255 0 0 0\n6 0 0 1\n", "compile --bytecode -", "instruction 0 {0xff"},
		{"2\n21 9 0 0\n6 0 0 1\n", "filter --count -r x --bytecode -", "jumps to 10"},
		{"1\n40 0 0 12\n", "compile --bytecode -", "ret"},
		{"\x7fELF\x02", "compile --bytecode -", "object file"},
		{"1\n6 0 0 1\n", "verdicts -r - --bytecode -", "only one of them"},
		{"", "verdicts -r " + packetsFile + " -s 96 --bytecode " + program, "-s is for compiling"},
		{"", "verdicts -r " + packetsFile + " -y RAW --bytecode " + program, "-y is for compiling"},
		{"", "capture -r " + packetsFile + " -y RAW --bytecode " + program, "-y is for compiling"},
		{"", "stats -r " + packetsFile + " -y RAW --bytecode " + program, "-y is for compiling"},
		{"", "filter --count -r " + packetsFile + " --etc /etc --bytecode " + program, "--etc is for compiling"},
		{"", "send --dry-run --ip src=1.1.1.1,dst=1.1.1.2 --bytecode " + program, "give -r"},
		{"", "bench -r " + packetsFile + " --filters x --bytecode " + program, "give one of them"},
		{"", "compile --dump-passes --bytecode " + program, "--dump-passes is for compiling"},
		{"", "compile --jsonl --bytecode " + program, "jsonl"},
		{"", "compile --bytecode=", "the value is empty"},
	} {
		got := exec(t, c.text, strings.Fields(c.args)...)
		if got.status != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%q on %q: %+v", c.args, c.text, got)
		}
	}
	if got := exec(t, "", "compile", "--bytecode", "/nosuchfile"); got.status != exitRun {
		t.Errorf("%+v", got)
	}
}

// What only Linux knows of a packet is not in a file: that is said where a program loads it.
func TestBytecodeAncillaryNote(t *testing.T) {
	program := write(t, "program", "ld #vlan_avail\nret a\n")
	got := exec(t, "", "filter", "-r", packetsFile, "--count", "--bytecode", program)
	if got.status != exitOK || got.stdout != "0\n" || !strings.Contains(got.stderr, "note: instruction 0 loads Linux's VLAN tag presence") {
		t.Errorf("%+v", got)
	}
	if got := exec(t, "", "compile", "--bytecode", program); got.status != exitOK || got.stderr != "" {
		t.Errorf("%+v", got)
	}
}

func TestBytecodeStats(t *testing.T) {
	got := exec(t, "3\n40 0 0 12\n21 0 0 2048\n22 0 0 0\n", "compile", "--bytecode", "-", "--stats", "-r", packetsFile)
	want := "                       as given\ninstructions           3\nlongest path           3\nexpected path          3.0\n"
	if got.status != exitOK || !strings.HasPrefix(got.stdout, want) || !strings.Contains(got.stdout, "executed a packet      ") {
		t.Errorf("%+v", got)
	}
}
