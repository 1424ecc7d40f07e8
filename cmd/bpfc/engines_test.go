package main

import (
	"bytes"
	"strings"
	"testing"

	"bpfc/capture"
	"bpfc/fuzz"
)

func TestVerify(t *testing.T) {
	const file = "../../testdata/packets.pcap"
	cases := []struct {
		args   []string
		status int
		want   []string // in what is printed on either stream
	}{
		{[]string{"-r", file, "tcp or vlan"}, exitOK, []string{"bpfc ", "x/net/bpf", "no two disagree"}},
		{[]string{"-r", file}, exitOK, []string{"no two disagree"}},
		{[]string{"-O", "-r", file, "ip6"}, exitOK, []string{"no two disagree"}},
		{[]string{"-r", file, "ip and"}, exitUsage, []string{"^"}},
		{[]string{"-r", file, "--netmask", "x", "ip broadcast"}, exitUsage, []string{"--netmask"}},
		{[]string{"-r", "no/such/file", "ip"}, exitRun, []string{"no/such/file"}},
		{[]string{"ip"}, exitUsage, []string{"read"}},
	}
	for _, c := range cases {
		got := exec(t, "", append([]string{"verify"}, c.args...)...)
		if got.status != c.status {
			t.Errorf("verify %q: status %d, want %d\n%s%s", c.args, got.status, c.status, got.stdout, got.stderr)
		}
		for _, w := range c.want {
			if !strings.Contains(got.stdout+got.stderr, w) {
				t.Errorf("verify %q: no %q in\n%s%s", c.args, w, got.stdout, got.stderr)
			}
		}
	}
}

// A packet that an engine cannot be given is no disagreement: that it was not run is said.
func TestFieldVerifyLongPackets(t *testing.T) {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{Format: capture.Pcap, LinkType: 1, Snaplen: capture.MaxSnaplen})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{60, 65536, 65537, 262144} {
		if err := w.WritePacket(&capture.Packet{Data: make([]byte, n), WireLen: uint32(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got := exec(t, file.String(), "verify", "-r", "-", "len > 100")
	if got.status != exitOK || !strings.Contains(got.stdout, "no two disagree") {
		t.Errorf("status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
	kernel := fuzz.NewKernel()
	defer kernel.Close()
	if kernel.Available() == nil && !strings.Contains(got.stdout, "not run on 2: longer than the 65536 bytes") {
		t.Errorf("what the kernel was not given is not said:\n%s", got.stdout)
	}
}

func TestVerifyPrintsTheFirstDisagreement(t *testing.T) {
	engines, err := fuzz.NewVerifier("ip", fuzz.Config{Compile: fuzz.Compile, Engines: []fuzz.Engine{fuzz.NewVM(), fuzz.NewXNet()}})
	if err != nil {
		t.Fatal(err)
	}
	v := &verification{engines: engines}
	d := &fuzz.Difference{Kind: fuzz.KindVerdict, Expr: "ip", Packet: &fuzz.Packet{Data: []byte{1, 2}, WireLen: 2},
		Answers: []fuzz.Answer{{Who: "one", Verdict: 5}, {Who: "two"}}}
	for _, c := range []struct {
		number uint64
		want   string
	}{{17, "packet 17"}, {0, "on the filter"}} {
		var out bytes.Buffer
		if err := v.print(&out, &packetDifference{d, c.number}); err != nil {
			t.Fatal(err)
		}
		for _, w := range []string{c.want, "0102", "keeps up to 5 bytes", "rejects"} {
			if !strings.Contains(out.String(), w) {
				t.Errorf("no %q in %s", w, &out)
			}
		}
	}
}

func TestFuzz(t *testing.T) {
	cases := []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--count", "1000", "tcp port 80"}, exitOK, "nothing explains: 0"},
		{[]string{"--count", "500", "-O", "-y", "RAW", "ip6 or len > 5"}, exitOK, "nothing explains: 0"},
		{[]string{"--duration", "50ms", "ip"}, exitOK, "pairs in"},
		{[]string{"--count", "-1"}, exitUsage, "--count"},
		{[]string{"--size", "0"}, exitUsage, "--size"},
		{[]string{"-y", "NOSUCH"}, exitUsage, "NOSUCH"},
		{[]string{"-y", "RAW", "--all-links"}, exitUsage, "all-links"},
		{[]string{"--count", "100", "tcp port"}, exitUsage, "^"},
	}
	for _, c := range cases {
		got := exec(t, "", append([]string{"fuzz"}, c.args...)...)
		if got.status != c.status || !strings.Contains(got.stdout+got.stderr, c.want) {
			t.Errorf("fuzz %q: status %d, want %d and %q\n%s%s", c.args, got.status, c.status, c.want, got.stdout, got.stderr)
		}
	}
}
