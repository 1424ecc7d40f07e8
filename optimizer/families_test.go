package optimizer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc/internal/battery"
)

// familyParts are what the members of list families are made of: with a value of their
// own, by number, or with one that all share.
var familyParts = []struct {
	name   string
	own    func(r *rand.Rand) string
	shared string
}{
	{"src host", func(r *rand.Rand) string { return "src host " + anyIPv4(r) }, "src host 10.1.2.3"},
	{"dst host", func(r *rand.Rand) string { return "dst host " + anyIPv4(r) }, "dst host 10.1.2.3"},
	{"host", func(r *rand.Rand) string { return "host " + anyIPv4(r) }, "host 10.1.2.3"},
	{"src net", func(r *rand.Rand) string {
		return fmt.Sprintf("src net %d.%d.%d.0/24", 1+r.IntN(223), r.IntN(256), r.IntN(256))
	}, "src net 10.1.0.0/16"},
	{"ip6 dst", func(r *rand.Rand) string { return "ip6 dst host " + anyIPv6(r) }, "ip6 dst host 2001:db8::1"},
	{"ether src", func(r *rand.Rand) string {
		return fmt.Sprintf("ether src 02:00:%02x:%02x:%02x:%02x", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	}, "ether src 02:00:00:00:00:01"},
	{"dst port", func(r *rand.Rand) string { return fmt.Sprintf("dst port %d", r.IntN(65536)) }, "dst port 80"},
	{"tcp port", func(r *rand.Rand) string { return fmt.Sprintf("tcp port %d", r.IntN(65536)) }, "tcp port 80"},
	{"tcp flags", func(r *rand.Rand) string { return fmt.Sprintf("tcp[13] & %d != 0", 1+r.IntN(63)) }, "tcp"},
}

func anyIPv4(r *rand.Rand) string {
	v := r.Uint32()
	return fmt.Sprintf("%d.%d.%d.%d", v>>24, v>>16&255, v>>8&255, v&255)
}

func anyIPv6(r *rand.Rand) string {
	return fmt.Sprintf("2001:db8:%x:%x::%x", r.IntN(65536), r.IntN(65536), r.IntN(65536))
}

// growing are the families whose programs grow faster than their lists, and why.
var growing = map[string]string{
	"tcp port and dst port":      "a port of either side is looked for in the order of the members, as one that is cut off rejects",
	"host and src host":          "an address of either side is looked for in the order of the members",
	"host and src net":           "an address of either side is looked for in the order of the members",
	"host and dst host":          "an address of either side is looked for in the order of the members",
	"tcp flags and host, shared": "as long as the list of the flags is short it is one search, here it is not",
}

// mostGrowth is how many times as many instructions a member of a long list may take
// as one of a short list.
const mostGrowth = 1.15

// TestListFamilies compiles lists whose members are two parts each, of which the second
// has a value of its own or one that all share, and looks how many instructions a member
// takes in a short and in a long list.
func TestListFamilies(t *testing.T) {
	var list []family
	for i := range familyParts {
		for j := range familyParts {
			if i == j {
				continue
			}
			list = append(list, family{i, j, false})
			if (i+j)%4 == 0 || battery.Long() {
				list = append(list, family{i, j, true})
			}
		}
	}
	const short = 100
	long := max(4*short, battery.Size(4*short))
	for _, f := range battery.Some(list) {
		_, few := compile(t, f.members(short))
		_, many := compile(t, f.members(long))
		growth := float64(len(many)) / float64(long) / (float64(len(few)) / short)
		t.Logf("%s: %d instructions, %d for %d times as many members (%.2f), at most %d and %d executed",
			f, len(few), len(many), long/short, growth, longest(few), longest(many))
		if growth > mostGrowth && growing[f.String()] == "" {
			t.Errorf("%s: a member takes %.2f times as many instructions in a list %d times as long", f, growth, long/short)
		}
	}
}

// family is lists of members of two of the familyParts.
type family struct {
	first, second int
	shared        bool // all have the same second part
}

func (f family) String() string {
	name := familyParts[f.first].name + " and " + familyParts[f.second].name
	if f.shared {
		name += ", shared"
	}
	return name
}

// members writes a list of n members.
func (f family) members(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), uint64(f.first*100+f.second)))
	terms := make([]string, n)
	for k := range terms {
		second := familyParts[f.second].shared
		if !f.shared {
			second = familyParts[f.second].own(r)
		}
		terms[k] = "(" + familyParts[f.first].own(r) + " and " + second + ")"
	}
	return strings.Join(terms, " or ")
}
