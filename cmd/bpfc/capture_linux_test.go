package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bpfc/internal/netns"
)

// chatter sends datagrams to this host until the test ends.
func chatter(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("udp4", address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		defer conn.Close()
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				_, _ = conn.Write([]byte("hello")) // nobody listens: every other one is refused
			}
		}
	}()
}

func TestCaptureLive(t *testing.T) {
	netns.Enter(t)
	chatter(t, "127.0.0.1:45677")
	got := exec(t, "", "capture", "-i", "lo", "-n", "-t", "-c", "3", "udp", "dst", "port", "45677")
	if got.status != exitOK || strings.Count(got.stdout, "> 127.0.0.1.45677: UDP, length 5\n") != 3 ||
		!strings.Contains(got.stderr, "listening on lo, link-type EN10MB") || !strings.Contains(got.stderr, "3 packets captured") || !strings.Contains(got.stderr, "0 packets dropped") {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"a.pcap", "a.pcapng"} {
		file := filepath.Join(t.TempDir(), name)
		got = exec(t, "", "capture", "-i", "any", "-w", file, "-c", "2", "udp dst port 45677")
		if got.status != exitOK {
			t.Fatalf("%+v", got)
		}
		got = exec(t, "", "capture", "-r", file, "-n", "-t", "udp")
		if got.status != exitOK || strings.Count(got.stdout, "lo    In  IP 127.0.0.1.") != 2 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got = exec(t, "", "stats", "-i", "lo", "-c", "4", "--json", "udp dst port 45677")
	if got.status != exitOK || !strings.Contains(got.stdout, `"packets":4`) || !strings.Contains(got.stdout, `"name":"127.0.0.1"`) {
		t.Errorf("%+v", got)
	}
}

// With -f, addresses of IPv4 outside the interface's network are numbers.
func TestFieldForeignAddressesAsNumbers(t *testing.T) {
	netns.Enter(t)
	netns.IP(t, "address add 192.0.2.7/32 dev lo")
	chatter(t, "192.0.2.7:45678")
	chatter(t, "127.0.0.1:45678")
	hosts := "127.0.0.1 near.example\n192.0.2.7 far.example\n"
	etc := filepath.Dir(write(t, "hosts", hosts))
	for flags, want := range map[string]string{"-q": "far.example.", "-N": "far.", "-f": "192.0.2.7."} {
		got := exec(t, "", "capture", "-i", "lo", "--etc", etc, flags, "-c", "1", "udp and dst host 192.0.2.7 and dst port 45678")
		if got.status != exitOK || !strings.Contains(got.stdout, " > "+want+"45678: ") {
			t.Errorf("%s: %+v", flags, got)
		}
	}
	got := exec(t, "", "capture", "-i", "lo", "--etc", etc, "-f", "-c", "1", "udp and dst host 127.0.0.1 and dst port 45678")
	if got.status != exitOK || !strings.Contains(got.stdout, " > near.example.45678: ") {
		t.Errorf("an address of the network: %+v", got)
	}
}

// --duration ends a capture by the clock, in order, also where packets keep coming.
func TestFieldCaptureDuration(t *testing.T) {
	netns.Enter(t)
	chatter(t, "127.0.0.1:45678")
	began := time.Now()
	got := exec(t, "", "capture", "-i", "lo", "--json", "-n", "--duration", "300ms", "udp", "dst", "port", "45678")
	if took := time.Since(began); got.status != exitOK || took < 300*time.Millisecond || took > 20*time.Second || !strings.Contains(got.stderr, "packets captured") {
		t.Errorf("after %v: %+v", took, got)
	}
	if list := objects(t, got.stdout); len(list) == 0 || list[0]["interface"] != "lo" {
		t.Errorf("packets: %v", list)
	}
}
