package examples

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bpfc/capture"
	"bpfc/internal/netns"
)

func TestUDPSocket(t *testing.T) {
	if got := run(t, "udpsocket"); got != "yes\nyet\n" {
		t.Errorf("%q", got)
	}
}

// talk sends datagrams to a port of this host until the function returned is called.
func talk(t *testing.T, port string) (end func()) {
	t.Helper()
	conn, err := net.Dial("udp4", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				conn.Close()
				return
			case <-time.After(10 * time.Millisecond):
				_, _ = conn.Write([]byte("hello")) // nobody listens: every other one is refused
			}
		}
	}()
	return func() { close(done) }
}

func TestLive(t *testing.T) {
	netns.Enter(t)
	defer talk(t, "45454")()
	if got := run(t, "live", "lo", "2", "udp", "port", "45454"); strings.Count(got, "> 127.0.0.1.45454: UDP, length 5\n") != 2 {
		t.Errorf("live: %q", got)
	}
	file := filepath.Join(t.TempDir(), "saved.pcap")
	run(t, "save", "lo", "3", file, "udp port 45454")
	r, err := capture.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for {
		if _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("save: %d packets", n)
	}
	got := strings.Fields(run(t, "exchange", "lo", "udp port 45454", "tcp port 45454"))
	if len(got) != 2 || got[0] == "0" || got[1] != "0" {
		t.Errorf("exchange: %q", got)
	}
}

func TestSend(t *testing.T) {
	netns.Enter(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	listener := exec.CommandContext(ctx, filepath.Join(programs, "live"), "lo", "1", "udp port 9 and src host 192.0.2.1")
	listener.Stdout = &out
	stderr, err := listener.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(stderr).ReadString('\n'); !strings.Contains(line, "listening") {
		t.Fatal(line)
	}
	run(t, "send", "lo", "hello")
	if err := listener.Wait(); err != nil || !strings.Contains(out.String(), "192.0.2.1.1024 > 192.0.2.2.9: UDP, length 5") {
		t.Errorf("%v: %q", err, out.String())
	}
}
