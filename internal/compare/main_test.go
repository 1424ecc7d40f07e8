package main

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1, but tcpdump is not installed")
		}
		t.Skip("SKIPPED: tcpdump is not installed")
	}
	var out bytes.Buffer
	c := comparison{tcpdump: "tcpdump", verbose: true, out: &out}
	if err := c.run("../../testdata/practical.txt", "../../testdata/packets.pcap"); err != nil {
		t.Fatal(err)
	}
	if len(c.sizes) < 100 || len(c.executed) != len(c.sizes) || strings.Count(out.String(), "\n") != len(c.sizes)+2 {
		t.Errorf("%d filters, %d measured:\n%s", len(c.sizes), len(c.executed), out.String())
	}
	// On every filter that people use the two come out about alike; a mean beyond these bounds is a fault in the measuring.
	if m := c.executed.mean(); m < 0.3 || m > 1.1 {
		t.Errorf("mean of executed instructions %.3f", m)
	}
}

func TestRatios(t *testing.T) {
	r := ratios{0.5, 2, 1}
	if m := r.mean(); math.Abs(m-1) > 1e-9 || r.over() != 1 {
		t.Errorf("mean %v, over %d", m, r.over())
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range [][2]string{{"/nosuchfile", ""}, {"../../testdata/practical.txt", "/nosuchfile"}, {"main.go", ""}, {"../../testdata/packets.pcap", ""}} {
		c := comparison{tcpdump: "/nosuchtcpdump", out: &bytes.Buffer{}}
		if err := c.run(tt[0], tt[1]); err == nil {
			t.Errorf("%q: no error", tt)
		}
	}
}
