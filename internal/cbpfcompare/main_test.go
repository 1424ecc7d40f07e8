package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun compares on a few filters, for a moment: the table has a row for everyone, and nobody's program was refused.
func TestRun(t *testing.T) {
	need := func(ok bool, what string) {
		t.Helper()
		switch {
		case ok:
		case os.Getenv("BPFC_REQUIRE_ALL") == "1":
			t.Fatalf("needs %s, and BPFC_REQUIRE_ALL=1 forbids to skip", what)
		default:
			t.Skipf("SKIPPED: needs %s", what)
		}
	}
	need(os.Geteuid() == 0, "root, to load eBPF programs")
	_, err := exec.LookPath("tcpdump")
	need(err == nil, "tcpdump")
	file := filepath.Join(t.TempDir(), "filters.txt")
	if err := os.WriteFile(file, []byte("# some\ntcp port 80\n\nnot host 10.0.0.1\nip6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := comparison{runs: 10, rounds: 1, verbose: true, out: &out}
	if err := c.run(file, "../../testdata/packets.pcap"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 filters, 12 packets", "tcp port 80\n",
		"bpfc/ebpf, on bpfc's classic programs | 0 |", "| cbpfc, on bpfc's classic programs | 0 |", "| cbpfc, on libpcap's classic programs | 0 |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
