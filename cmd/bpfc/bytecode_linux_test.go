package main

import (
	"strings"
	"testing"

	"bpfc/internal/netns"
)

// A program runs on a live capture, in the kernel; -y and -s say how to capture.
func TestBytecodeLive(t *testing.T) {
	netns.Enter(t)
	chatter(t, "127.0.0.1:45679")
	program := programFile(t, "raw", "udp dst port 45679")
	got := exec(t, "", "capture", "-i", "lo", "-y", "EN10MB", "-s", "60", "-n", "-c", "2", "--bytecode", program)
	if got.status != exitOK || strings.Count(got.stdout, "> 127.0.0.1.45679: UDP, length 5\n") != 2 ||
		!strings.Contains(got.stderr, "snapshot length 60 bytes") || strings.Contains(got.stderr, "not in the kernel") {
		t.Errorf("%+v", got)
	}
	got = exec(t, "", "stats", "-i", "lo", "-c", "2", "--json", "--bytecode", program)
	if got.status != exitOK || !strings.Contains(got.stdout, `"packets":2`) {
		t.Errorf("%+v", got)
	}
}
