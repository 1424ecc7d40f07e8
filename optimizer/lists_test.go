package optimizer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc/internal/battery"
	"bpfc/optimizer"
)

// shortLists makes the optimizer treat lists of a few members as it does long
// ones.
var shortLists = optimizer.Options{LongList: 1}

// The number of random lists that are proved, and that are run on packets.
const (
	provedLists = 58 // two of each kind
	randomLists = 400
)

// listMembers make members of lists from few addresses and ports, so that
// members repeat, share words, and lie in each other's networks.
var listMembers = map[string]func(r *rand.Rand) string{
	"host":     func(r *rand.Rand) string { return "host " + smallIPv4(r) },
	"net":      func(r *rand.Rand) string { return smallNet(r) },
	"src host": func(r *rand.Rand) string { return "src host " + smallIPv4(r) },
	"ip6 host": func(r *rand.Rand) string { return "ip6 host " + smallIPv6(r) },
	"ip6 src":  func(r *rand.Rand) string { return "ip6 src host " + smallIPv6(r) },
	"ip6 net":  func(r *rand.Rand) string { return smallNet6(r) },
	"port":     func(r *rand.Rand) string { return fmt.Sprintf("port %d", 80+r.IntN(4)) },
	"pair":     func(r *rand.Rand) string { return fmt.Sprintf("(host %s and port %d)", smallIPv4(r), 80+r.IntN(4)) },
	"tcp pair": func(r *rand.Rand) string { return fmt.Sprintf("(host %s and tcp port %d)", smallIPv4(r), 80+r.IntN(4)) },
	"udp pair": func(r *rand.Rand) string {
		return fmt.Sprintf("(host %s and udp dst port %d)", smallIPv4(r), 80+r.IntN(4))
	},
	"net pair": func(r *rand.Rand) string { return fmt.Sprintf("(%s and port %d)", smallNet(r), 80+r.IntN(4)) },
	"src pair": func(r *rand.Rand) string { return fmt.Sprintf("(src host %s and port %d)", smallIPv4(r), 80+r.IntN(4)) },
	"dst pair": func(r *rand.Rand) string { return fmt.Sprintf("(dst host %s and port %d)", smallIPv4(r), 80+r.IntN(4)) },
	"ip6 pair": func(r *rand.Rand) string { return fmt.Sprintf("(ip6 host %s and port %d)", smallIPv6(r), 80+r.IntN(4)) },
	"two ports": func(r *rand.Rand) string {
		return fmt.Sprintf("(host %s and src port %d and dst port %d)", smallIPv4(r), 80+r.IntN(4), 80+r.IntN(4))
	},
	"byte": func(r *rand.Rand) string { return fmt.Sprintf("(host %s and ip[60] = %d)", smallIPv4(r), r.IntN(3)) },
	"ttl":  func(r *rand.Rand) string { return fmt.Sprintf("(host %s and ip[8] = %d)", smallIPv4(r), r.IntN(2)) },
	"udp dst": func(r *rand.Rand) string {
		return fmt.Sprintf("(host %s and udp dst port %d)", smallIPv4(r), 80+r.IntN(2))
	},
	"udp":   func(r *rand.Rand) string { return fmt.Sprintf("(host %s and udp port %d)", smallIPv4(r), 80+r.IntN(2)) },
	"ether": func(r *rand.Rand) string { return fmt.Sprintf("ether host 02:00:00:00:00:%02x", r.IntN(4)) },
}

func smallIPv4(r *rand.Rand) string { return fmt.Sprintf("10.0.%d.%d", r.IntN(2), 1+r.IntN(5)) }

func smallNet(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return fmt.Sprintf("net 10.0.%d.%d/30", r.IntN(2), 4*r.IntN(3))
	}
	return fmt.Sprintf("net 10.0.%d.0/24", r.IntN(4))
}

func smallIPv6(r *rand.Rand) string {
	return fmt.Sprintf("2001:db8:%d:%d::%d", r.IntN(2), r.IntN(2), 1+r.IntN(3))
}

func smallNet6(r *rand.Rand) string {
	switch r.IntN(3) {
	case 0:
		return fmt.Sprintf("net 2001:db8:%d::/48", r.IntN(3))
	case 1:
		return fmt.Sprintf("net 2001:db%d::/32", 7+r.IntN(3))
	}
	return fmt.Sprintf("net 2001:db8:0:%d::/64", r.IntN(3))
}

// listKinds are the mixtures of members; most lists are of one kind.
var listKinds = [][]string{
	{"ip6 host"}, {"ip6 host"}, {"ip6 net"}, {"ip6 host", "ip6 net"}, {"ip6 src"}, {"ip6 host", "ip6 src"},
	{"pair"}, {"pair"}, {"tcp pair"}, {"net pair"}, {"net pair", "pair"}, {"tcp pair", "udp pair", "pair"},
	{"src pair"}, {"src pair", "dst pair"}, {"two ports"}, {"byte"}, {"byte", "pair"}, {"ip6 pair"},
	{"host", "pair"}, {"host", "port"}, {"ip6 host", "port"}, {"host", "ip6 host"}, {"net", "ip6 net"},
	{"host", "net"}, {"ether", "pair"}, {"ether", "ip6 host"}, {"host", "ip6 host", "port", "pair", "ip6 pair"},
	{"ttl", "udp dst", "udp"}, {"udp dst", "udp"},
}

// listPlaces are where a list stands in a filter.
var listPlaces = []string{
	"%s", "%s", "%s", "not (%s)", "vlan and (%s)", "(%s) and tcp", "udp or (%s) or icmp",
	"(%s) or ip[70] = 1", "ip6[80] = 1 or (%s)", "(%s) and not port 82", "len > 100 and (%s)",
}

// randomList returns a filter that is, or holds, a list of at least least
// members.
func randomList(seed uint64, least int) string {
	r := rand.New(rand.NewPCG(seed, 11))
	kinds := listKinds[seed%uint64(len(listKinds))]
	terms := make([]string, least+r.IntN(2*least))
	for i := range terms {
		terms[i] = listMembers[kinds[r.IntN(len(kinds))]](r)
	}
	return fmt.Sprintf(listPlaces[r.IntN(len(listPlaces))], strings.Join(terms, " or "))
}

// TestListProof proves with z3 that no pass changes the verdict of a list.
func TestListProof(t *testing.T) {
	t.Parallel()
	p := newProver(t)
	for seed := range uint64(battery.Size(provedLists)) {
		filter := randomList(seed, 3)
		p.add(filter, stagesWith(t, filter, generate(t, "EN10MB", filter), shortLists))
	}
	p.prove()
}

// TestRandomLists runs packets that take paths of random lists at every
// captured length.
func TestRandomLists(t *testing.T) {
	for seed := range uint64(battery.Size(randomLists)) {
		filter := randomList(seed, 5)
		samePackets(t, filter, stagesWith(t, filter, generate(t, "EN10MB", filter), shortLists), 12)
	}
}

// TestFiltersWithShortLists repeats TestSameVerdicts with lists of all lengths
// treated as long.
func TestFiltersWithShortLists(t *testing.T) {
	for _, f := range filters(t) {
		name := f[0] + " " + f[1]
		samePackets(t, name, stagesWith(t, name, generate(t, f[0], f[1]), shortLists), 30)
	}
}

// TestLongListsOfParts compiles long lists whose members begin or end with tests
// of the same values. What they come to without these being made once, and
// negated where no more is to be had, is a chain of hundreds of comparisons.
func TestLongListsOfParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 15))
	port := func() int { return 1 + rng.IntN(65535) }
	longLists(t, []longList{
		{"MAC addresses and other ports", 60, func() string {
			return fmt.Sprintf("(ether host 02:00:00:00:%02x:%02x and not port %d)", rng.IntN(256), rng.IntN(256), port())
		}, 4096, 220},
		{"pairs of ports", 200, func() string { return fmt.Sprintf("(udp src port %d and udp dst port %d)", port(), port()) }, 1700, 320},
		{"pairs of networks, and flags", 200, func() string {
			return fmt.Sprintf("(src net 10.%d.0.0/16 and dst net 10.%d.0.0/16 and tcp[13] & %d != 0)", rng.IntN(256), rng.IntN(256), 1+rng.IntN(63))
		}, 1900, 40},
		{"hosts and ports by turns", 60, func() string { return fmt.Sprintf("host 10.0.0.%d or port %d", rng.IntN(256), port()) }, 650, 50},
		{"IPv6 hosts with ports", 40, func() string {
			return fmt.Sprintf("(host 2001:db8::%x and tcp port %d)", rng.IntN(65536), port())
		}, 1200, 520},
	})
}
