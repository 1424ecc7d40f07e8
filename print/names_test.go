package print

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bpfc/linktype"
)

func TestNames(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hosts"), []byte("10.0.0.1 nic.ddn.mil nic # a host\n10.0.0.1 second\n2001:db8::1 six.example\nbad x\n10.0.0.2 evil\x1b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
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
	for address, want := range map[string]string{"10.0.0.1": "nic.ddn.mil", "2001:db8::1": "six.example", "10.0.0.2": ""} {
		if got := n.Host(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %q in the file", address, got)
		}
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

// Names are cut at the first dot, and foreign addresses of IPv4 stay numbers, as with tcpdump's -N and -f.
func TestNamesShortAndLocal(t *testing.T) {
	n := NewNames(t.TempDir(), time.Second, time.Second)
	n.hosts = map[netip.Addr]string{netip.MustParseAddr("10.0.0.1"): "nic.ddn.mil", netip.MustParseAddr("192.0.2.1"): "away", netip.MustParseAddr("2001:db8::1"): "six.example"}
	n.Short, n.Local = true, netip.MustParsePrefix("10.0.0.0/24")
	for address, want := range map[string]string{"10.0.0.1": "nic", "192.0.2.1": "", "2001:db8::1": "six"} {
		if got := n.Host(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}

// namesOf makes a resolver that asks a function.
func namesOf(lookup func(ctx context.Context, address string) ([]string, error)) *Names {
	n := NewNames("", time.Second, 50*time.Millisecond)
	n.lookup, n.hosts, n.patience = lookup, nil, 100*time.Millisecond
	return n
}

// printMany prints packets between many hosts and gives how long that took.
func printMany(t *testing.T, n *Names) time.Duration {
	t.Helper()
	p := New(Options{Time: NoTime, Resolver: n})
	data := frame(t, query)
	began := time.Now()
	var out []byte
	for i := range 5000 {
		copy(data[26:], []byte{198, 51, byte(i >> 8), byte(i)}) // the source address
		out = p.Append(out[:0], &Packet{LinkType: 1, Data: data, WireLen: uint32(len(data))})
	}
	return time.Since(began)
}

// A server that does not answer, or that fails at once, holds up printing for a moment only, however many hosts there are.
func TestFieldNamesThatAreNotAnswered(t *testing.T) {
	asked := atomic.Int64{}
	for name, lookup := range map[string]func(ctx context.Context, address string) ([]string, error){
		"silent": func(ctx context.Context, address string) ([]string, error) {
			asked.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"failing": func(context.Context, string) ([]string, error) {
			asked.Add(1)
			time.Sleep(time.Millisecond)
			return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
		},
	} {
		asked.Store(0)
		n := namesOf(lookup)
		if d := printMany(t, n); d > 5*time.Second {
			t.Errorf("%s: %v", name, d)
		}
		if !n.GaveUp() {
			t.Errorf("%s: nothing was given up", name)
		}
		if a := asked.Load(); a > 5*maxFailures {
			t.Errorf("%s: %d lookups", name, a)
		}
	}
}

// Answers, be they only that there is no name, are waited for, all of them.
func TestNamesThatAreAnswered(t *testing.T) {
	n := namesOf(func(_ context.Context, address string) ([]string, error) {
		time.Sleep(time.Millisecond)
		if strings.HasSuffix(address, "7") {
			return []string{"seven.example."}, nil
		}
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	})
	n.wait = 10 * time.Second // a busy machine is no server that does not answer
	for i := range 500 {      // much more waiting than there is patience
		want := ""
		if i%10 == 7 {
			want = "seven.example"
		}
		if got := n.Host(netip.AddrFrom4([4]byte{198, 51, byte(i / 200), byte(i % 200)})); got != want {
			t.Fatalf("host %d is %q", i, got)
		}
	}
	if n.GaveUp() {
		t.Error("given up although all was answered")
	}
}

// After many failures names come back with the first answer.
func TestNamesComeBack(t *testing.T) {
	var up atomic.Bool
	n := namesOf(func(context.Context, string) ([]string, error) {
		if up.Load() {
			return []string{"host.example"}, nil
		}
		return nil, errors.New("network is unreachable")
	})
	host := func(i int) string { return n.Host(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})) }
	for i := range 2 * maxFailures {
		host(i)
	}
	up.Store(true)
	n.mu.Lock()
	n.tried = n.tried.Add(-retryAfter) // as if that time had gone by
	n.mu.Unlock()
	for i := 100; host(i) == ""; i++ {
		if i == 250 {
			t.Fatal("no names any more")
		}
		time.Sleep(time.Millisecond)
	}
}

// Where names are wanted, hardware addresses have their maker's and the broadcast has its own, and protocols of IP theirs, as
// tcpdump 4.99.3 prints them.
func TestNamesOfHardware(t *testing.T) {
	frames := []string{
		ethARP + "0001 0800 0604 0002 020000000001 0a000001 ffffffffffff 0a000002",
		"01005e000001 00000c000001 fff0", // no ethertype that is known
		ethIP + "45000018 00012001 406a0000 01010101 02020202 00000000",
	}
	want := map[bool]string{
		false: "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ARP, length 42: Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28\n" +
			"00:00:0c:00:00:01 > 01:00:5e:00:00:01, Unknown Ethertype (0xfff0), length 14: \n" +
			"02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, IPv4, length 38: 1.1.1.1 > 2.2.2.2: ip-proto-106\n",
		true: "02:00:00:00:00:01 (oui Unknown) > Broadcast, ARP, length 42: Reply 10.0.0.1 is-at 02:00:00:00:00:01 (oui Unknown), length 28\n" +
			"00:00:0c:00:00:01 (oui Cisco) > 01:00:5e:00:00:01 (oui Unknown), Unknown Ethertype (0xfff0), length 14: \n" +
			"02:00:00:00:00:01 (oui Unknown) > Broadcast, IPv4, length 38: 1.1.1.1 > 2.2.2.2: qnx\n",
	}
	for named, want := range want {
		o := Options{LinkHeader: true, Quiet: true, Time: NoTime}
		if named {
			o.Resolver = nameless{}
		}
		p, got := New(o), []byte(nil)
		for _, f := range frames {
			data := frame(t, f)
			got = p.Append(got, &Packet{LinkType: linktype.EN10MB, Data: data, WireLen: uint32(len(data))})
		}
		if string(got) != want {
			t.Errorf("names %v:\n%swant\n%s", named, got, want)
		}
	}
}

// nameless is a resolver that knows nothing.
type nameless struct{}

func (nameless) Host(netip.Addr) string     { return "" }
func (nameless) Port(uint16, string) string { return "" }
