package lint

import (
	"context"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bpfc/linktype"
	"bpfc/names"
)

// exampleNames are the hosts of the examples.
var exampleNames = names.Map{
	Hosts: map[string][]netip.Addr{
		"one.example":  {netip.MustParseAddr("192.0.2.1")},
		"many.example": {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
		"both.example": {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")},
	},
	Ports:     map[string][]names.PortEntry{"domain": {{Port: 53, Proto: "tcp"}, {Port: 53, Proto: "udp"}}, "http": {{Port: 80, Proto: "tcp"}}, "https": {{Port: 443, Proto: "tcp"}}},
	Protocols: map[string]int{"gre": 47},
}

func check(t *testing.T, e Example) []Warning {
	t.Helper()
	o := Options{LinkType: linktype.EN10MB, SnapLen: e.SnapLen, Names: exampleNames, Time: time.Minute}
	if e.LinkType != "" {
		var err error
		if o.LinkType, err = linktype.Parse(e.LinkType); err != nil {
			t.Fatal(err)
		}
	}
	report, err := Check(context.Background(), e.Filter, o)
	if err != nil || report.Partial != "" {
		t.Fatalf("%s: %v, %s", e.Filter, err, report.Partial)
	}
	return report.Warnings
}

func TestExamples(t *testing.T) {
	for _, l := range Lints() {
		t.Run(l.Name, func(t *testing.T) {
			if len(l.Bad) == 0 || len(l.Good) == 0 {
				t.Error("no example, or no filter that is right")
			}
			for _, e := range l.Bad {
				list := check(t, e)
				i := slices.IndexFunc(list, func(w Warning) bool { return w.Name == l.Name })
				if i < 0 {
					t.Errorf("%s: no warning, but %v", e.Filter, list)
					continue
				}
				w := list[i]
				t.Log(w.Text(e.Filter), w.Relation)
				if w.Suggestion != e.Suggestion {
					t.Errorf("%s: suggests %q, not %q", e.Filter, w.Suggestion, e.Suggestion)
				}
				for _, w := range list {
					if w.Name != l.Name || w.Pos != list[i].Pos {
						t.Errorf("%s: also %s", e.Filter, w.Text(e.Filter))
					}
				}
			}
			for _, e := range l.Good {
				for _, w := range check(t, e) {
					t.Errorf("%s: %s", e.Filter, w.Text(e.Filter))
				}
			}
		})
	}
}

// practicalReasons says why filters of testdata/practical.txt are warned of, by name and filter.
var practicalReasons = []struct{ name, filter, why string }{
	{"flags-equal", "tcp[tcpflags] == tcp-syn", "misses the SYN of a host with ECN"},
	{"flags-equal", "tcp[13] == 18", "misses the answer of a host with ECN to it"},
	{"flags-equal", "tcp[13] = 2 or tcp[13] = 18 or tcp[13] & 4 != 0", "the same, twice"},
	{"moved", "vlan 100 or vlan 200", "matches VLAN 200 inside another tag only"},
	{"moved", "(vlan 100 and host 10.0.0.1) or (vlan and host 10.0.0.2)", "looks for the second host behind two tags"},
	{"and-or", "dst port 135 or dst port 445 or dst port 1433 and tcp[tcpflags] & tcp-syn != 0 and tcp[tcpflags] & tcp-ack = 0 and src net 192.168.0.0/24", "is meant as written, but a reader who knows C takes it for something else"},
}

// Nothing is said of the filters that people really type, but for reasons.
func TestPractical(t *testing.T) {
	text, err := os.ReadFile("../../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		for _, w := range check(t, Example{Filter: line}) {
			counts[w.Name+" "+line]++
		}
	}
	for _, r := range practicalReasons {
		if counts[r.name+" "+r.filter] == 0 {
			t.Errorf("%s: no %s any more", r.filter, r.name)
		}
		delete(counts, r.name+" "+r.filter)
	}
	for found, n := range counts {
		t.Errorf("%d times %s", n, found)
	}
}
