package bpfc_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bpfc"
	"bpfc/names"
	"bpfc/scan"
	"bpfc/vm"
)

// withLengths fills in the lengths of a packet built by a layerBuilder, which tshark goes by.
func withLengths(data []byte, f *layerFrame) {
	put := func(at, n int) { binary.BigEndian.PutUint16(data[at:], uint16(n)) }
	for ; f != nil; f = f.inner {
		if f.pppoe != 0 {
			end := f.ends[len(f.vlans)]
			put(end-4, len(data)-end+2)
		}
		if f.v6 {
			put(f.start+4, len(data)-f.start-40)
		} else {
			put(f.start+2, len(data)-f.start)
		}
		if f.l4 == 17 && !f.later {
			put(f.l4at+4, len(data)-f.l4at)
		}
		if f.tunnel == "gtp" {
			put(f.l4end+2, len(data)-f.l4end-8)
		}
	}
}

func onAnotherPort(f *layerFrame) bool {
	return f != nil && (strings.Contains(f.tunnel, "port") || onAnotherPort(f.inner))
}

// pcapFile is a capture file of Ethernet packets.
func pcapFile(packets [][]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	for _, p := range packets {
		b = append(b, make([]byte, 8)...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// tsharkFields are what tshark finds in a capture file: of each packet, the values of each field, in all layers.
func tsharkFields(t *testing.T, file string, fields ...string) (list [][]string) {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal("BPFC_REQUIRE_ALL=1, but there is no tshark")
		}
		t.Skip("SKIPPED: there is no tshark")
	}
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "separator=;", "-E", "aggregator=,", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
		// What a source port stands for is not to hide the tunnel.
		"--disable-protocol", "dns", "--disable-protocol", "quic"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		list = append(list, strings.Split(strings.TrimSuffix(line, "\n"), ";"))
	}
	return list
}

// What is asked of a packet and of what is in its tunnels is what tshark finds in all of its layers: addresses, ports, tags.
func TestAgainstTshark(t *testing.T) {
	const count = 1500
	var packets [][]byte
	r := rand.New(rand.NewSource(17))
	for len(packets) < count {
		b := &layerBuilder{Rand: r}
		f := b.ethernet(0)
		if onAnotherPort(f) { // which any { } does not look for
			continue
		}
		withLengths(b.data, f)
		packets = append(packets, b.data)
	}
	file := filepath.Join(t.TempDir(), "layers.pcap")
	if err := os.WriteFile(file, pcapFile(packets), 0o600); err != nil {
		t.Fatal(err)
	}
	found := tsharkFields(t, file, "ip.addr", "ipv6.addr", "tcp.port", "udp.port", "vlan.id", "ieee8021ad.id", "ieee8021ad.svid", "ieee8021ad.cvid")
	if len(found) != count {
		t.Fatalf("tshark tells of %d packets, not %d", len(found), count)
	}
	type question struct {
		filter string
		field  int
		value  string
	}
	var questions []question
	for _, a := range layerHosts4 {
		questions = append(questions, question{"any { host " + a + " }", 0, a})
	}
	for _, a := range layerHosts6 {
		questions = append(questions, question{"any { host " + a + " }", 1, a})
	}
	for _, p := range layerPorts {
		n := strconv.Itoa(p)
		questions = append(questions, question{"any { tcp port " + n + " }", 2, n}, question{"any { udp port " + n + " }", 3, n})
	}
	for _, id := range layerIDs {
		n := strconv.Itoa(int(id))
		questions = append(questions, question{"any { vlan " + n + " }", 4, n})
	}
	matched := 0
	for _, q := range questions {
		prog, err := bpfc.Compile(q.filter, bpfc.WithExtensions(), bpfc.WithNames(names.Map{}), bpfc.WithQuickOptimizer())
		if err != nil {
			t.Fatal(err)
		}
		m, err := vm.New(prog.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range packets {
			all := strings.Split(found[i][q.field], ",")
			if q.field == 4 { // type 0x88a8 has fields of its own
				all = strings.Split(strings.Join(found[i][4:], ","), ",")
			}
			want := slices.Contains(all, q.value)
			got := m.Run(p, uint32(len(p))) != 0
			if got {
				matched++
			}
			if got != want {
				t.Errorf("%s: %t of packet %d, tshark %t: %v\n%x", q.filter, got, i+1, want, found[i], p)
			}
		}
	}
	t.Logf("%d questions of %d packets, %d matched", len(questions), count, matched)
	if matched < count {
		t.Errorf("only %d matched", matched)
	}
}

// beyond are what tshark finds a header in and no brace has a name for: quotes in errors of ICMP, and mirrors, samples and tags that
// the extended language does not look into.
var beyond = []string{"icmp:ip", "icmpv6:ipv6", ":erspan", ":avsp", ":cmd", ":macsec", ":nsh", ":sflow"}

// comparable tells whether tshark and bpfc take a packet for the same layers where a field is asked for, by the names that tshark
// has for them and the values that it finds.
func comparable(protocols, field string, values []string) bool {
	switch {
	case slices.ContainsFunc(beyond, func(b string) bool { return strings.Contains(protocols, b) }):
		return false
	case strings.HasSuffix(protocols, ":ip"): // a header that tshark finds wrong
		return false
	case field == "tcp.port" && strings.HasSuffix(protocols, ":tcp") && values[0] == "": // one that is cut
		return false
	}
	return field != "ip.addr" || !strings.HasSuffix(protocols, "arp") // whose addresses "host" asks for, too
}

// The same is asked of captures of real traffic: of testdata, and of the files that BPFC_TSHARK names, separated as in PATH.
// Values are asked for as often as they come up, up to a number of each field.
func TestCapturesAgainstTshark(t *testing.T) {
	const most = 15 // values of each field
	questions := []struct {
		filter string
		fields []string // in which tshark has the values
	}{
		{"any { host %s }", []string{"ip.addr"}},
		{"any { host %s }", []string{"ipv6.addr"}},
		{"any { tcp port %s }", []string{"tcp.port"}},
		{"any { udp port %s }", []string{"udp.port"}},
		{"any { vlan %s }", []string{"vlan.id", "ieee8021ad.id", "ieee8021ad.svid", "ieee8021ad.cvid"}},
	}
	for _, file := range append([]string{"testdata/packets.pcap"}, filepath.SplitList(os.Getenv("BPFC_TSHARK"))...) {
		protocols := tsharkFields(t, file, "frame.protocols")
		left, pairs := 0, 0
		for _, q := range questions {
			found := tsharkFields(t, file, q.fields...)
			counts := map[string]int{}
			for i := range found {
				found[i] = strings.Split(strings.Join(found[i], ","), ",")
				for _, v := range found[i] {
					counts[v]++
				}
			}
			delete(counts, "")
			values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
				return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
			})
			for _, v := range values[:min(most, len(values))] {
				kept := map[int]bool{}
				expr := fmt.Sprintf(q.filter, v)
				for p, err := range scan.Packets(t.Context(), file, expr, bpfc.WithExtensions(), bpfc.WithNames(names.Map{})) {
					if err != nil {
						t.Fatalf("%s: %s: %v", file, expr, err)
					}
					kept[int(p.Number)-1] = true
				}
				for number := range found {
					if !comparable(protocols[number][0], q.fields[0], found[number]) {
						left++
						continue
					}
					pairs++
					if want := slices.Contains(found[number], v); want != kept[number] {
						t.Errorf("%s: %s: %t of packet %d, tshark %t: %s", file, expr, kept[number], number+1, want, protocols[number][0])
					}
				}
			}
		}
		t.Logf("%s: %d pairs, %d left out", file, pairs, left)
		if pairs == 0 {
			t.Errorf("%s: nothing to compare", file)
		}
	}
}
