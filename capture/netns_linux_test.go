package capture

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// needs skips a test that this machine cannot run, saying why; with
// BPFC_REQUIRE_ALL=1 it fails instead.
func needs(t testing.TB, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s, and BPFC_REQUIRE_ALL=1 forbids to skip", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}

// namespace puts the test's goroutine into a network namespace of its own, in
// which two veth interfaces, left and right, face each other. The thread ends
// with the test.
func namespace(t testing.TB) {
	t.Helper()
	needs(t, os.Geteuid() == 0, "root, to make network namespaces")
	_, err := exec.LookPath("ip")
	needs(t, err == nil, "the ip program of iproute2")
	runtime.LockOSThread() // never unlocked: Go then ends the thread
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		needs(t, false, "network namespaces: "+err.Error())
	}
	// Quiet: no packets of the system's own. /proc/sys/net shows the
	// namespace of the thread that opens it.
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0); err != nil {
		t.Logf("IPv6 stays on: %v", err)
	}
	ip(t, "link add left type veth peer name right")
	ip(t, "link set lo up")
	ip(t, "link set left up")
	ip(t, "link set right up")
}

func ip(t testing.TB, arguments string) {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput()
	if err != nil {
		t.Fatal(fmt.Errorf("ip %s: %w: %s", arguments, err, out))
	}
}
