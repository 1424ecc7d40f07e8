package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A short run: nothing is unaccounted for. Which of the two is faster is not for a test to say.
func TestFlood(t *testing.T) {
	needs(t, os.Geteuid() == 0, "root, to make network namespaces")
	for _, program := range []string{"ip", "tcpdump", "setpriv"} {
		_, err := exec.LookPath(program)
		needs(t, err == nil, program)
	}
	program := filepath.Join(t.TempDir(), "bpfc")
	if out, err := exec.Command("go", "build", "-ldflags=-w", "-o", program, "../../cmd/bpfc").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := namespace(); err != nil {
		needs(t, false, err.Error())
	}
	var out bytes.Buffer
	f := flood{bpfc: program, tcpdump: "tcpdump", packets: 50_000, slow: 5_000, rate: 20_000, names: "flood,filter,slow,hosts", out: &out}
	streams, err := f.streams()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		ours, theirs, err := f.round(t.TempDir(), s)
		if err != nil {
			t.Fatal(err)
		}
		f.show(s, ours, theirs)
		if err := s.account(ours); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	if strings.Count(out.String(), "tcpdump") != 3 || strings.Count(out.String(), "in user space") != 1 {
		t.Error(out.String())
	}
}

func needs(t *testing.T, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s, and BPFC_REQUIRE_ALL=1 forbids to skip", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}
