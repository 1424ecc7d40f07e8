package examples

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// start starts an example and waits until it says on its standard error that it is ready. end interrupts it, unless it ends by
// itself, and gives its standard output.
func start(t *testing.T, ready, name string, args ...string) (end func(interrupt bool) string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	var out bytes.Buffer
	c := exec.CommandContext(ctx, filepath.Join(programs, name), args...)
	c.Stdout = &out
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	if line, _ := lines.ReadString('\n'); !strings.Contains(line, ready) {
		t.Fatalf("%s %q: %s", name, args, line)
	}
	return func(interrupt bool) string {
		t.Helper()
		if interrupt {
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		rest, _ := io.ReadAll(lines)
		if err := c.Wait(); err != nil {
			t.Fatalf("%s %q: %v: %s", name, args, err, rest)
		}
		return out.String()
	}
}

// wire enters a namespace in which UDP packets to 192.0.2.2 go from left to right.
func wire(t *testing.T) {
	t.Helper()
	netns.Veth(t)
	netns.IP(t, "addr add 192.0.2.1/24 dev left")
	netns.IP(t, "neigh add 192.0.2.2 dev left lladdr 02:00:00:00:00:02 nud permanent")
}

// send sends UDP packets to ports.
func send(t *testing.T, ports ...int) {
	t.Helper()
	for _, port := range ports {
		conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(make([]byte, 18)) // whether the kernel drops it is for the test to find out
		conn.Close()
	}
}

// arrive tells to which ports the packets went that a function sends and that arrive at the interface right, up to one to port 1.
func arrive(t *testing.T, sends func()) (ports []int) {
	t.Helper()
	r, err := capture.OpenLive(capture.LiveOptions{Interface: "right", Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sends()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		p, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if port := int(binary.BigEndian.Uint16(p.Data[36:])); port == 1 {
			return ports
		} else {
			ports = append(ports, port)
		}
	}
}

func TestXDPDrop(t *testing.T) {
	wire(t)
	end := start(t, "dropping on right", "xdpdrop", "right", "udp", "port", "53")
	if got := arrive(t, func() { send(t, 53, 80, 53, 53, 443, 1) }); !slices.Equal(got, []int{80, 443}) {
		t.Errorf("arrived: %v", got)
	}
	if got := end(true); got != "3 packets dropped\n" {
		t.Errorf("%q", got)
	}
	if got := arrive(t, func() { send(t, 53, 1) }); !slices.Equal(got, []int{53}) {
		t.Errorf("arrived after the end: %v", got)
	}
}

func TestTCEgress(t *testing.T) {
	wire(t)
	end := start(t, "holding back on left", "tcegress", "left", "udp port 53")
	if got := arrive(t, func() { send(t, 53, 80, 53, 443, 1) }); !slices.Equal(got, []int{80, 443}) {
		t.Errorf("arrived: %v", got)
	}
	end(true)
	if got := arrive(t, func() { send(t, 53, 1) }); !slices.Equal(got, []int{53}) {
		t.Errorf("arrived after the end: %v", got)
	}
}

// The tracepoint is that of all namespaces, so the packets are such as nobody else sends.
func TestTracer(t *testing.T) {
	wire(t)
	right, err := net.InterfaceByName("right")
	if err != nil {
		t.Fatal(err)
	}
	end := start(t, "tracing", "tracer", "2", "src host 192.0.2.1 and udp dst port 45453")
	send(t, 45454, 45453, 80, 45453)
	got := strings.Split(strings.TrimSpace(end(false)), "\n")
	for _, line := range got {
		if !strings.HasSuffix(line, fmt.Sprintf(" interface=%d len=46", right.Index)) || !strings.HasPrefix(line, "netif_receive_skb skb=0xff") {
			t.Errorf("%q", line)
		}
	}
	if len(got) != 2 {
		t.Errorf("%d lines", len(got))
	}
}

func TestSend(t *testing.T) {
	netns.Enter(t)
	end := start(t, "listening", "live", "lo", "1", "udp port 9 and src host 192.0.2.1")
	run(t, "send", "lo", "hello")
	if got := end(false); !strings.Contains(got, "192.0.2.1.1024 > 192.0.2.2.9: UDP, length 5") {
		t.Errorf("%q", got)
	}
}
