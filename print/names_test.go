package print

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	dir := t.TempDir()
	text := "# names\nhttp 80/tcp www # web\nhttp 80/udp\nalias 80/tcp\nbad x/tcp\ndomain 53/udp\n"
	if err := os.WriteFile(filepath.Join(dir, "services"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	n := NewNames(dir, time.Second, time.Second)
	if got := n.Port(80, "tcp") + n.Port(53, "udp") + n.Port(53, "tcp"); got != "httpdomain" {
		t.Errorf("ports: %q", got)
	}
	if got := n.Host(netip.MustParseAddr("127.0.0.1")); got != "" {
		t.Errorf("a directory must not ask the network, got %q", got)
	}
	release := make(chan struct{})
	n.lookup = func(ctx context.Context, address string) ([]string, error) {
		switch address {
		case "192.0.2.1":
			return []string{"host.example."}, nil
		case "192.0.2.2":
			return []string{"evil\x1b[2J."}, nil
		}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return []string{"late.example."}, nil
	}
	for address, want := range map[string]string{"192.0.2.1": "host.example", "192.0.2.2": ""} {
		if got := n.Host(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %q", address, got)
		}
	}
	n.wait = 0
	slow := netip.MustParseAddr("192.0.2.3")
	started := time.Now()
	for i := range 100 { // far more than may be under way
		n.Host(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
	}
	if got := n.Host(slow); got != "" || time.Since(started) > 500*time.Millisecond {
		t.Errorf("%q after %v", got, time.Since(started))
	}
	close(release)
	n.wait = time.Second
	for n.Host(slow) == "" {
		if time.Since(started) > 5*time.Second {
			t.Fatal("the name never came")
		}
	}
}
