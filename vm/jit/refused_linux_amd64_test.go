package jit

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A system that does not let memory become executable gets the interpreter, and
// is told why. The kernel can be asked to be such a system for one process
// (PR_SET_MDWE, Linux 6.3), so the test runs itself in another. The code in question
// is the same on all architectures; a test under an emulator could not start itself.
func TestRefusedBySystem(t *testing.T) {
	const marker = "BPFC_TEST_REFUSED"
	if os.Getenv(marker) == "" {
		needNative(t)
		cmd := exec.Command(os.Args[0], "-test.run=^TestRefusedBySystem$", "-test.v")
		cmd.Env = append(os.Environ(), marker+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		if strings.Contains(string(out), "SKIPPED") {
			skipped(t, string(out))
		}
		return
	}
	const refuseExecGain = 1 // PR_MDWE_REFUSE_EXEC_GAIN of linux/prctl.h
	if err := unix.Prctl(unix.PR_SET_MDWE, refuseExecGain, 0, 0, 0); err != nil {
		t.Skipf("SKIPPED: PR_SET_MDWE: %v", err)
	}
	m := mustNew(t, program{{Op: 0x30}, {Op: 0x16}})
	if m.Engine() != "interp" || m.Fallback() == nil || !strings.Contains(m.Fallback().Error(), "does not allow") {
		t.Errorf("%s, %v", m.Engine(), m.Fallback())
	}
	if got := m.Match([]byte{7}, 1); got != 7 {
		t.Errorf("got %d", got)
	}
}

func skipped(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("BPFC_REQUIRE_ALL=1, but %s", why)
	}
	t.Skip(why)
}
