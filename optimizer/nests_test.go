package optimizer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc/internal/battery"
)

// randomNests is how many random filters the tests go through.
const randomNests = 2000

// nestMembers make primitives from few offsets, masks and values, so that their
// loads overlap, and their tests repeat and contradict each other.
var nestMembers = []func(r *rand.Rand) string{
	func(r *rand.Rand) string {
		return fmt.Sprintf("ether[%d:%d] & %#x %s %#x", 8+r.IntN(6), 1<<r.IntN(3), nestMasks[r.IntN(len(nestMasks))], nestRelations[r.IntN(len(nestRelations))], r.IntN(4)<<(4*r.IntN(8)))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("ether[%d:%d] = %d", 8+r.IntN(6), 1<<r.IntN(3), r.IntN(2))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("ether[%d] %s %d", 8+2*r.IntN(2), []string{"^ 1 >=", "| 1 <", "<< 1 >", "- 1 <="}[r.IntN(4)], r.IntN(7))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("ip[%d:%d] & 0x%x = 0", r.IntN(24), 1<<r.IntN(3), 1+r.IntN(255))
	},
	func(r *rand.Rand) string { return fmt.Sprintf("tcp[%d] & %d != 0", r.IntN(20), 1+r.IntN(31)) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("%s net 10.%d.0.0/%d", []string{"", "src", "dst"}[r.IntN(3)], r.IntN(3), 16)
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("%s host %s", []string{"", "src", "dst"}[r.IntN(3)], smallIPv4(r))
	},
	func(r *rand.Rand) string { return "ip6 host " + smallIPv6(r) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("%s port %d", []string{"", "src", "dst", "tcp", "udp dst"}[r.IntN(5)], 80+r.IntN(4))
	},
	func(r *rand.Rand) string { return fmt.Sprintf("portrange %d-%d", 79+r.IntN(3), 81+r.IntN(4)) },
	func(r *rand.Rand) string { return fmt.Sprintf("ether src 02:00:00:00:00:%02x", r.IntN(3)) },
	func(r *rand.Rand) string {
		return []string{"ip", "ip6", "arp", "tcp", "udp", "icmp", "ether multicast", "ether broadcast", "ip multicast"}[r.IntN(9)]
	},
	func(r *rand.Rand) string { return fmt.Sprintf("less %d", 40+r.IntN(120)) },
}

var (
	nestMasks     = []uint32{1, 0xf, 0xf0, 0xff, 0x1fff, 0xff00, 0xffff, 0xffff00, 0x1000000, 0xff000000, 0xffffff00}
	nestRelations = []string{"=", "!=", ">", "<", ">=", "<="}
)

// randomNest returns a filter of n primitives.
func randomNest(r *rand.Rand, n int) string {
	if n == 1 {
		p := nestMembers[r.IntN(len(nestMembers))](r)
		if r.IntN(4) == 0 {
			p = "not " + p
		}
		return p
	}
	var parts []string
	for n > 0 {
		k := 1 + r.IntN(max(1, n*2/3))
		parts = append(parts, randomNest(r, k))
		n -= k
	}
	s := "(" + strings.Join(parts, []string{" and ", " or "}[r.IntN(2)]) + ")"
	if r.IntN(5) == 0 {
		s = "not " + s
	}
	return s
}

// TestRandomNests runs packets that take paths of random filters at every captured
// length, through all that the optimizer tried.
func TestRandomNests(t *testing.T) {
	t.Parallel()
	for seed := range uint64(battery.Size(randomNests)) {
		r := rand.New(rand.NewPCG(seed, 29))
		filter := randomNest(r, 2+r.IntN(12))
		samePackets(t, filter, stages(t, filter, generate(t, "EN10MB", filter)), 20)
	}
}
