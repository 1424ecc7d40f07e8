package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// buildBpfc gives a bpfc to compare with tcpdump, which must be there.
func buildBpfc(t *testing.T) (program string) {
	t.Helper()
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1, but tcpdump is not installed")
		}
		t.Skip("SKIPPED: tcpdump is not installed")
	}
	program = filepath.Join(t.TempDir(), "bpfc")
	if out, err := exec.Command("go", "build", "-ldflags=-w", "-o", program, "../../cmd/bpfc").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// Of packets that are not what their headers say, nearly all are printed as tcpdump prints them.
func TestForeign(t *testing.T) {
	const least = 0.985 // with -vv, of what is the same; DCCP's options and some others are not
	program, file := buildBpfc(t), filepath.Join(t.TempDir(), "foreign.pcap")
	if err := writeForeign("../../testdata/packets.pcap", file, 8, 1); err != nil {
		t.Fatal(err)
	}
	c := comparison{bpfc: program, tcpdump: "tcpdump", out: io.Discard}
	of, err := classify(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range []string{"-n", "-n -vv"} {
		theirs, err := c.print(trace{file, of}, flags, c.tcpdump)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := c.print(trace{file, of}, flags, c.bpfc, "capture")
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for i := range ours {
			if ours[i] == theirs[i] {
				same++
			}
		}
		t.Logf("%s: %d of %d packets are the same", flags, same, len(ours))
		if float64(same) < least*float64(len(ours)) {
			t.Errorf("%s: %d of %d packets are the same", flags, same, len(ours))
		}
	}
}

func TestCompareWithTcpdump(t *testing.T) {
	program := buildBpfc(t)
	var out bytes.Buffer
	c := comparison{file: "../../testdata/packets.pcap", bpfc: program, tcpdump: "tcpdump", out: &out}
	sets := []string{"-n", "-n -v", "-n -vv", "-n -x", "-n -X", "-n -A", "-n -xx", "-n -XX", "-n -AA", "-n -v -x", "-n -q", "-n -e"}
	if err := c.run(sets); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(sets)+1 {
		t.Fatal(out.String())
	}
	for _, line := range lines[1:] {
		for _, field := range strings.Fields(line) {
			if strings.HasSuffix(field, "%") && field != "100.00%" {
				t.Errorf("lines or dumps differ: %s", line)
				break
			}
		}
	}
}

// A file that one of the programs cannot read is named, and the others are compared.
func TestLeftOut(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile("../../testdata/packets.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"good.pcap": good, "bad.pcap": good[:100], "none.pcap": []byte("no capture")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	echo := filepath.Join(dir, "echo") // prints the same for any file, and fails for none
	var text strings.Builder
	for i := range packetsIn(t, filepath.Join(dir, "good.pcap")) {
		fmt.Fprintf(&text, "%5d  packet\n", i+1)
	}
	if err := os.WriteFile(echo, []byte("#!/bin/sh\ncat <<'END'\n"+text.String()+"END\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := comparison{file: dir, bpfc: echo, tcpdump: echo, out: &out}
	if err := c.run([]string{"-n"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100.00%", "left out: 2 of the files", "bad.pcap: ", "none.pcap: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, &out)
		}
	}
}

func packetsIn(t *testing.T, file string) int {
	t.Helper()
	of, err := classify(file)
	if err != nil {
		t.Fatal(err)
	}
	return len(of)
}

func TestSplit(t *testing.T) {
	got := split("    1  a\n\tb\n    2  c\n    2  of c\n    3  d\n")
	if want := []string{"a\n\tb\n", "c\n    2  of c\n", "d\n"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := split(""); got != nil {
		t.Errorf("%q", got)
	}
}

func TestKindOf(t *testing.T) {
	if got, want := kindOf("a 12 UDP, length 5\n", "a 12 NTPv4, Client\n"), `" UDP, length #\n" for " NTPv#, Client\n"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
