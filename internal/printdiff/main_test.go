package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCompareWithTcpdump(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1, but tcpdump is not installed")
		}
		t.Skip("SKIPPED: tcpdump is not installed")
	}
	program := filepath.Join(t.TempDir(), "bpfc")
	if out, err := exec.Command("go", "build", "-ldflags=-w", "-o", program, "../../cmd/bpfc").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
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
