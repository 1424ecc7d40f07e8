package print

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Names is a [Resolver] that reads the names of hosts and ports from files (hosts(5), services(5)) and asks the system for
// other hosts. What the system says comes from a cache; what is not in it is looked up beside, at most a few at a time and
// each under a time limit, so that a capture never waits longer than the caller allows. Lookups that are not answered are
// bounded all together, too: once they have cost Host a few seconds, it waits no more and gives a name only once it is known;
// and after many in a row only one a second is tried, until one is answered.
//
// The exported fields are to be set before the first use. Host and Port are safe for concurrent use.
type Names struct {
	// Short has host names cut at their first dot, as tcpdump's -N.
	Short bool
	// Local, if valid, is the network outside which IPv4 addresses stay numbers, as with tcpdump's -f.
	Local netip.Prefix

	lookup func(ctx context.Context, address string) ([]string, error) // nil: the files are all
	limit  time.Duration                                               // for one lookup
	wait   time.Duration                                               // how long Host may wait for one
	slots  chan struct{}                                               // lookups under way
	ports  map[portName]string
	hosts  map[netip.Addr]string

	mu       sync.Mutex
	cache    map[netip.Addr]*hostName
	patience time.Duration // that may still be lost with lookups that are not answered; at 0 for good, Host waits no more
	failures int           // lookups in a row that were not answered
	tried    time.Time     // when the last lookup began
	gaveUp   bool
}

type portName struct {
	port  uint16
	proto string
}

// hostName is a cache entry; name and answered are to be read after done is closed.
type hostName struct {
	done     chan struct{}
	name     string
	answered bool // that there is no name is an answer, too
}

const (
	maxLookups   = 8
	maxHostNames = 1 << 16
	// maxPatience is how much waiting for nothing is borne. Waiting that was answered pays it back, so that a few dead
	// ends among many names do not end the patience.
	maxPatience = 2 * time.Second
	// After maxFailures lookups in a row without an answer there is one in each retryAfter.
	maxFailures = 32
	retryAfter  = time.Second
)

// NewNames makes a resolver. Each lookup of a host ends after limit; Host
// waits for it up to wait, 0 for not at all (a live capture), and gives ""
// meanwhile. With a directory, hosts and ports are read from its files "hosts"
// and "services" and nothing is asked; "" is /etc and the system's resolver.
func NewNames(directory string, limit, wait time.Duration) *Names {
	n := &Names{lookup: net.DefaultResolver.LookupAddr, limit: limit, wait: wait, slots: make(chan struct{}, maxLookups), cache: map[netip.Addr]*hostName{}, patience: maxPatience}
	if directory != "" {
		n.lookup = nil
	}
	directory = cmp.Or(directory, "/etc")
	n.ports = readServices(filepath.Join(directory, "services"))
	n.hosts = readHosts(filepath.Join(directory, "hosts"))
	return n
}

// readHosts reads lines of "address name …" (hosts(5)).
func readHosts(path string) map[netip.Addr]string {
	return readNames(path, func(words []string) (netip.Addr, string, error) {
		a, err := netip.ParseAddr(words[0])
		return a, cleanName(words[1]), err
	})
}

// readServices reads lines of "name port/protocol" (services(5)).
func readServices(path string) map[portName]string {
	return readNames(path, func(words []string) (portName, string, error) {
		number, proto, _ := strings.Cut(words[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		return portName{uint16(port), proto}, words[0], err
	})
}

// readNames reads a file of two words and more a line, and comments. Of the names of one key the first counts. A file that is not there has
// none.
func readNames[K comparable](path string, entry func(words []string) (K, string, error)) map[K]string {
	names := map[K]string{}
	f, err := os.Open(path)
	if err != nil {
		return names
	}
	defer func() { _ = f.Close() }() // only read from
	for lines := bufio.NewScanner(f); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if words := strings.Fields(text); len(words) >= 2 {
			if key, name, err := entry(words); err == nil && name != "" && names[key] == "" {
				names[key] = name
			}
		}
	}
	return names
}

// Port gives the name of a port, "" if it has none.
func (n *Names) Port(port uint16, proto string) string { return n.ports[portName{port, proto}] }

// Host gives the name of a host as far as it is known in time, "" otherwise.
func (n *Names) Host(a netip.Addr) string {
	if n.Local.IsValid() && a.Is4() && !n.Local.Contains(a) {
		return ""
	}
	name := n.hosts[a]
	if name == "" && n.lookup != nil {
		name = n.ask(a)
	}
	if n.Short {
		name, _, _ = strings.Cut(name, ".")
	}
	return name
}

// GaveUp tells whether lookups were not answered for so long, or so often, that Host has not always waited for them, or
// not always begun one.
func (n *Names) GaveUp() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.gaveUp
}

// ask looks a host up, or waits for the lookup under way.
func (n *Names) ask(a netip.Addr) string {
	entry, wait := n.entry(a)
	if entry == nil {
		return ""
	}
	select {
	case <-entry.done:
		return entry.name
	default:
	}
	if wait <= 0 {
		return ""
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	began := time.Now()
	select {
	case <-entry.done:
		n.waited(time.Since(began), entry.answered)
		return entry.name
	case <-timer.C:
		n.waited(time.Since(began), false)
		return ""
	}
}

// waited notes that time was spent waiting.
func (n *Names) waited(d time.Duration, answered bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.patience <= 0 {
		return
	}
	if !answered {
		d = -d
	}
	n.patience = min(n.patience+d, maxPatience)
	n.gaveUp = n.gaveUp || n.patience <= 0
}

// entry gives the cache entry of an address, and how long to wait for it. It starts the lookup if it is new; nil if there
// is to be none now.
func (n *Names) entry(a netip.Addr) (*hostName, time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	wait := n.wait
	if n.patience <= 0 {
		wait = 0
	}
	if e := n.cache[a]; e != nil {
		return e, wait
	}
	if n.failures >= maxFailures {
		n.gaveUp = true
		if time.Since(n.tried) < retryAfter {
			return nil, 0
		}
		wait = 0
	}
	select {
	case n.slots <- struct{}{}:
	default:
		return nil, 0
	}
	if len(n.cache) >= maxHostNames {
		clear(n.cache)
	}
	e := &hostName{done: make(chan struct{})}
	n.cache[a], n.tried = e, time.Now()
	go n.resolve(a, e)
	return e, wait
}

func (n *Names) resolve(a netip.Addr, e *hostName) {
	defer func() { close(e.done); <-n.slots }()
	ctx, cancel := context.WithTimeout(context.Background(), n.limit)
	defer cancel()
	names, err := n.lookup(ctx, a.String())
	var none *net.DNSError
	e.answered = err == nil || errors.As(err, &none) && none.IsNotFound
	if err == nil && len(names) > 0 {
		e.name = cleanName(strings.TrimSuffix(names[0], "."))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failures++; e.answered {
		n.failures = 0
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
