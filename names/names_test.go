package names

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

var files = map[string]string{
	"hosts": "# comment\n127.0.0.1 localhost LoopBack # local\n::1 localhost\n10.0.0.2 two\n10.0.0.1 two\n" +
		"::ffff:1.2.3.4 mapped\nfe80::1%lo0 zoned\nnonsense name\n10.0.0.9\n\n\x00\xff garbage\n",
	"services":  "http 80/tcp www # web\nhttp 80/udp\ndomain\t53/TCP\nbroken 99999/tcp\nworse 5\nHTTP-Upper 8080/tcp\nsip 5060/sctp\n",
	"protocols": "ip 0 IP\ntcp\t6\tTCP # t\nbig 256\nnone\n",
	"networks":  "ten 10\nlan 192.168.1.0 home\nbad 1.2.3.4.5\nbad2 300\n",
	"ethers":    "aa:0:4:00:14:0e Printer\n1:2:3 short\n001:2:3:4:5:6 long\naa:bb:cc:dd:ee:gg hex\n",
}

func testDir(t *testing.T) Resolver {
	t.Helper()
	path := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Dir(path)
}

// ask1 asks for a name of a kind and gives the answer in printed form.
func ask1(r Resolver, kind, name string) (string, error) {
	ctx := context.Background()
	var answer any
	var err error
	switch kind {
	case KindHost:
		answer, err = r.Host(ctx, name)
	case KindPort:
		answer, err = r.Port(ctx, name)
	case KindProtocol:
		answer, err = r.Protocol(ctx, name)
	case KindNetwork:
		answer, err = r.Network(ctx, name)
	case KindEther:
		answer, err = r.Ether(ctx, name)
	}
	return fmt.Sprintf("%v", answer), err
}

func TestDir(t *testing.T) {
	d := testDir(t)
	tests := []struct{ kind, name, want string }{
		{KindHost, "localhost", "[127.0.0.1 ::1]"},
		{KindHost, "LOCALHOST", "[127.0.0.1 ::1]"},
		{KindHost, "loopback", "[127.0.0.1]"},
		{KindHost, "two", "[10.0.0.2 10.0.0.1]"},
		{KindHost, "mapped", "[1.2.3.4]"},
		{KindHost, "zoned", ""},
		{KindHost, "name", ""},
		{KindPort, "http", "[{80 tcp} {80 udp}]"},
		{KindPort, "www", "[{80 tcp}]"},
		{KindPort, "HTTP", ""},
		{KindPort, "domain", "[{53 tcp}]"},
		{KindPort, "sip", "[{5060 sctp}]"},
		{KindPort, "broken", ""},
		{KindPort, "worse", ""},
		{KindPort, "80/tcp", ""},
		{KindProtocol, "tcp", "6"},
		{KindProtocol, "TCP", "6"},
		{KindProtocol, "Tcp", ""},
		{KindProtocol, "ip", "0"},
		{KindProtocol, "big", ""},
		{KindNetwork, "ten", "167772160"},
		{KindNetwork, "HOME", "3232235776"},
		{KindNetwork, "bad", ""},
		{KindNetwork, "bad2", ""},
		{KindEther, "printer", "[170 0 4 0 20 14]"},
		{KindEther, "short", ""},
		{KindEther, "long", ""},
		{KindEther, "hex", ""},
		{KindEther, "", ""},
	}
	for _, tt := range tests {
		got, err := ask1(d, tt.kind, tt.name)
		if tt.want == "" {
			var missing *NotFoundError
			if !errors.As(err, &missing) || missing.Kind != tt.kind || missing.Name != tt.name {
				t.Errorf("%s %q: %s, %v; want not found", tt.kind, tt.name, got, err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%s %q: %s, %v; want %s", tt.kind, tt.name, got, err, tt.want)
		}
	}
}

func TestDirSuggests(t *testing.T) {
	_, err := testDir(t).Port(context.Background(), "domian")
	var missing *NotFoundError
	if !errors.As(err, &missing) || missing.Suggestion != "domain" || !strings.HasSuffix(missing.Source, "services") {
		t.Errorf("%#v", err)
	}
}

// The caller may sort what it gets: that must not change what the next one gets.
func TestDirGivesCopies(t *testing.T) {
	d := testDir(t)
	a, _ := d.Host(context.Background(), "two")
	a[0] = netip.Addr{}
	b, _ := d.Host(context.Background(), "two")
	if !b[0].IsValid() {
		t.Error("a caller's change shows in the table")
	}
}

func TestDirWithoutFiles(t *testing.T) {
	if _, err := Dir(t.TempDir()).Host(context.Background(), "x"); !IsNotFound(err) {
		t.Error(err)
	}
}

func TestDirHostile(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "hosts"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "services"), []byte("a 1/tcp\n"+strings.Repeat("x", maxLine+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat("m 1\n", 3*maxValues)
	if err := os.WriteFile(filepath.Join(path, "networks"), []byte(many), 0o600); err != nil {
		t.Fatal(err)
	}
	d := Dir(path)
	if _, err := d.Host(context.Background(), "x"); err == nil || IsNotFound(err) || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
	if _, err := d.Port(context.Background(), "a"); err == nil || !strings.Contains(err.Error(), "services:2: line longer than 64 KiB") {
		t.Error(err)
	}
	if n, err := d.Network(context.Background(), "m"); err != nil || n != 1<<24 {
		t.Error(n, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, r := range map[string]Resolver{"dir": testDir(t), "map": Map{}, "first": First(Map{})} {
		if _, err := r.Host(ctx, "localhost"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	d := testDir(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := d.Host(context.Background(), "two"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestMapAndFirst(t *testing.T) {
	one := Map{Hosts: map[string][]netip.Addr{"a": {netip.MustParseAddr("10.0.0.1")}}, Ethers: map[string][6]byte{"e": {1, 2, 3, 4, 5, 6}}}
	two := Map{Hosts: map[string][]netip.Addr{"a": nil}, Ports: map[string][]PortEntry{"p": {{7, "tcp"}}}, Protocols: map[string]int{"q": 9}, Networks: map[string]uint32{"n": 3}}
	r := First(one, two)
	for _, tt := range []struct{ kind, name, want string }{
		{KindHost, "A", "[10.0.0.1]"}, {KindPort, "p", "[{7 tcp}]"}, {KindProtocol, "q", "9"}, {KindNetwork, "N", "3"}, {KindEther, "E", "[1 2 3 4 5 6]"},
	} {
		if got, err := ask1(r, tt.kind, tt.name); err != nil || got != tt.want {
			t.Errorf("%s %s: %s, %v", tt.kind, tt.name, got, err)
		}
	}
	if _, err := r.Port(context.Background(), "P"); !IsNotFound(err) {
		t.Error(err)
	}
	if _, err := First().Host(context.Background(), "x"); !IsNotFound(err) {
		t.Error(err)
	}
}

// slow is a resolver of hosts that answers only when it is told to stop.
type slow struct{}

func (slow) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (slow) LookupPort(context.Context, string, string) (int, error) { return 0, errors.New("none") }

// fixed is a resolver of hosts with one answer.
type fixed struct {
	addrs []netip.Addr
	err   error
	port  int
}

func (f fixed) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return f.addrs, f.err
}

func (f fixed) LookupPort(context.Context, string, string) (int, error) { return f.port, f.err }

func TestSystem(t *testing.T) {
	ctx := context.Background()
	d := testDir(t)
	s := &system{files: d, resolver: slow{}, limit: 10 * time.Millisecond}
	if _, err := s.Host(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) || IsNotFound(err) {
		t.Errorf("a slow resolver: %v", err)
	}
	s.resolver = fixed{err: &net.DNSError{IsNotFound: true}}
	var missing *NotFoundError
	if _, err := s.Host(ctx, "localhots"); !errors.As(err, &missing) || missing.Suggestion != "localhost" {
		t.Errorf("an unknown host: %v", err)
	}
	s.resolver = fixed{addrs: []netip.Addr{netip.MustParseAddr("::ffff:1.2.3.4"), netip.MustParseAddr("fe80::1%eth0")}, port: 99}
	got, err := s.Host(ctx, "x")
	if want := []netip.Addr{netip.MustParseAddr("1.2.3.4"), netip.MustParseAddr("fe80::1")}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, tt := range []struct{ kind, name, want string }{
		{KindPort, "domain", "[{53 tcp}]"}, {KindPort, "unlisted", "[{99 tcp} {99 udp}]"},
		{KindProtocol, "tcp", "6"}, {KindProtocol, "sctp", "132"}, {KindNetwork, "ten", "167772160"}, {KindEther, "printer", "[170 0 4 0 20 14]"},
	} {
		if got, err := ask1(s, tt.kind, tt.name); err != nil || got != tt.want {
			t.Errorf("%s %s: %s, %v", tt.kind, tt.name, got, err)
		}
	}
	if _, err := s.Protocol(ctx, "nosuch"); !IsNotFound(err) {
		t.Error(err)
	}
}

func FuzzFiles(f *testing.F) {
	for _, text := range files {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := t.TempDir()
		for name := range files {
			if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d := Dir(path)
		for _, field := range strings.Fields(text)[:min(8, len(strings.Fields(text)))] {
			for _, kind := range []string{KindHost, KindPort, KindProtocol, KindNetwork, KindEther} {
				_, _ = ask1(d, kind, field) // any answer will do that is no panic
			}
		}
	})
}
