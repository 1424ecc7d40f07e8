package capture

import (
	"os"
	"testing"
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
