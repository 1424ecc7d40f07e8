package print

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Names is a [Resolver] that asks the system for host names and reads port
// names from a services file. Host names come from a cache; what is not in it
// is looked up beside, at most a few at a time and each under a time limit, so
// that the capture never waits longer than the caller allows.
type Names struct {
	lookup func(ctx context.Context, address string) ([]string, error)
	limit  time.Duration // for one lookup
	wait   time.Duration // how long Host may wait for one
	slots  chan struct{} // lookups under way
	ports  map[portName]string

	mu    sync.Mutex
	cache map[netip.Addr]*hostName
}

type portName struct {
	port  uint16
	proto string
}

// hostName is a cache entry; name is to be read after done is closed.
type hostName struct {
	done chan struct{}
	name string
}

const (
	maxLookups   = 8
	maxHostNames = 1 << 16
)

// NewNames makes a resolver. Each lookup of a host ends after limit; Host
// waits for it up to wait, 0 for not at all (a live capture), and gives ""
// meanwhile. With a directory, ports are read from its file "services" and
// hosts are not looked up at all; "" is /etc and the system's resolver.
func NewNames(directory string, limit, wait time.Duration) *Names {
	n := &Names{lookup: net.DefaultResolver.LookupAddr, limit: limit, wait: wait, slots: make(chan struct{}, maxLookups), cache: map[netip.Addr]*hostName{}}
	if directory != "" {
		n.lookup = nil
	} else {
		directory = "/etc"
	}
	n.ports = readServices(filepath.Join(directory, "services"))
	return n
}

// readServices reads lines of "name port/protocol" (services(5)). A file that
// is not there gives no names.
func readServices(path string) map[portName]string {
	ports := map[portName]string{}
	f, err := os.Open(path)
	if err != nil {
		return ports
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		number, proto, _ := strings.Cut(fields[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		key := portName{uint16(port), proto}
		if err == nil && ports[key] == "" {
			ports[key] = fields[0]
		}
	}
	return ports
}

// Port gives the name of a port, "" if it has none.
func (n *Names) Port(port uint16, proto string) string { return n.ports[portName{port, proto}] }

// Host gives the name of a host as far as it is known in time, "" otherwise.
func (n *Names) Host(a netip.Addr) string {
	if n.lookup == nil {
		return ""
	}
	entry := n.entry(a)
	if entry == nil {
		return ""
	}
	select {
	case <-entry.done:
		return entry.name
	default:
	}
	if n.wait <= 0 {
		return ""
	}
	timer := time.NewTimer(n.wait)
	defer timer.Stop()
	select {
	case <-entry.done:
		return entry.name
	case <-timer.C:
		return ""
	}
}

// entry gives the cache entry of an address and starts its lookup if it is
// new; nil while too many lookups are under way.
func (n *Names) entry(a netip.Addr) *hostName {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e := n.cache[a]; e != nil {
		return e
	}
	select {
	case n.slots <- struct{}{}:
	default:
		return nil
	}
	if len(n.cache) >= maxHostNames {
		clear(n.cache)
	}
	e := &hostName{done: make(chan struct{})}
	n.cache[a] = e
	go n.resolve(a, e)
	return e
}

func (n *Names) resolve(a netip.Addr, e *hostName) {
	defer func() { close(e.done); <-n.slots }()
	ctx, cancel := context.WithTimeout(context.Background(), n.limit)
	defer cancel()
	names, err := n.lookup(ctx, a.String())
	if err == nil && len(names) > 0 {
		e.name = cleanName(strings.TrimSuffix(names[0], "."))
	}
}

// cleanName refuses names that could do harm on a terminal; they come from
// whoever owns the address.
func cleanName(s string) string {
	for _, c := range []byte(s) {
		if c <= 0x20 || c >= 0x7f {
			return ""
		}
	}
	return s
}
