package main

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"bpfc"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/vm"
)

// jsonDiff runs diff --json.
func jsonDiff(t *testing.T, args ...string) (d difference, r result) {
	t.Helper()
	r = exec(t, "", append([]string{"diff", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		t.Fatalf("diff --json %q: %v: %q%s", args, err, r.stdout, r.stderr)
	}
	return d, r
}

// checkSides runs the packets of an answer through the virtual machine: each must tell the filters apart.
func checkSides(t *testing.T, d difference, on linktype.Type, a, b string) {
	t.Helper()
	for _, side := range []struct {
		packet         *onlyPacket
		accept, reject string
	}{{d.OnlyA, a, b}, {d.OnlyB, b, a}} {
		if side.packet == nil {
			continue
		}
		data, err := hex.DecodeString(side.packet.Packet)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			expr string
			want bool
		}{{side.accept, true}, {side.reject, false}} {
			if matches(t, f.expr, on, data, side.packet.WireLen) != f.want {
				t.Errorf("%q and %q: packet %s of %d bytes: %q should say %v", a, b, side.packet.Packet, side.packet.WireLen, f.expr, f.want)
			}
		}
	}
}

// matches runs a filter on a packet in the virtual machine.
func matches(t *testing.T, expr string, on linktype.Type, data []byte, wireLen uint32) bool {
	t.Helper()
	p, err := bpfc.Compile(expr, bpfc.WithLinkType(on), bpfc.WithAllowRejectAll())
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	machine, err := vm.New(p.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	return machine.Run(data, wireLen) != 0
}

func TestDiff(t *testing.T) {
	for _, tt := range []struct {
		args     string // A | B
		relation string
		status   int
	}{
		{"tcp port 80|port 80", "A implies B", 1},
		{"port 80|tcp port 80", "B implies A", 1},
		{"ip|arp", "disjoint", 1},
		{"tcp|ip", "overlap", 1},
		{"tcp or udp|udp or tcp", "equal", 0},
		{"|len >= 0", "equal", 0},
		{"|ip", "B implies A", 1},
		{"not (src net 10 and dst net 10)|not src net 10 or not dst net 10", "equal", 0},
		{"--whole|not (src net 10 and dst net 10)|not src net 10 or not dst net 10", "equal", 0},
		{"ip and arp|tcp and udp", "equal", 0},
		{"ip and arp|ip", "A implies B", 1},
		{"ip|ip and arp", "B implies A", 1},
		{"net 10.1.2.0|net 10.1.2.0/24", "A implies B", 1},
		{"tcp[13] = 2|tcp[13] & 2 != 0", "A implies B", 1},
		{"tcp[13] & 2 = 1|tcp and udp", "equal", 0},
		{"len > 1000|greater 1001", "equal", 0},
		{"vlan and ip or arp|vlan and (ip or arp)", "B implies A", 1},
		{"ip or vlan and ip|ip or (vlan and ip)", "A implies B", 1},
		{"-O|tcp port 80|port 80", "A implies B", 1},
		{"-y|RAW|tcp|ip proto 6 or ip6 proto 6", "equal", 0},
		{"-y|LINUX_SLL|ip|link[14:2] = 0x800", "equal", 0},
		{"--netmask|/24|ip broadcast|ip broadcast", "equal", 0},
		{"--socket|udp|port 53|udp port 53", "B implies A", 1},
		{"--nodes|3|tcp|udp", "undecided", 3},
		{"ip protochain 6|ip protochain 17", "disjoint", 1},
		{"--linux-extensions|vlan|vlan 5", "B implies A", 1},
		{"--linux-extensions|inbound|outbound", "disjoint", 1},
	} {
		args := strings.Split(tt.args, "|")
		d, r := jsonDiff(t, args...)
		if d.Relation != tt.relation || r.status != tt.status || r.stderr != "" {
			t.Errorf("diff %q: %s %s, status %d %s, want %s, %d", args, d.Relation, d.Reason, r.status, r.stderr, tt.relation, tt.status)
		}
		text := exec(t, "", append([]string{"diff"}, args...)...)
		first, _, _ := strings.Cut(text.stdout, "\n")
		if d.Reason == "" && first != tt.relation || d.Reason != "" && first != tt.relation+": "+d.Reason || text.status != tt.status {
			t.Errorf("diff %q: first line %q, status %d", args, first, text.status)
		}
		needA := tt.relation == "B implies A" || tt.relation == "disjoint" || tt.relation == "overlap"
		needB := tt.relation == "A implies B" || tt.relation == "disjoint" || tt.relation == "overlap"
		if (d.OnlyA != nil) != needA || (d.OnlyB != nil) != needB {
			t.Errorf("diff %q: %s with packets %v and %v", args, d.Relation, d.OnlyA, d.OnlyB)
		}
		if len(args) == 2 {
			checkSides(t, d, linktype.EN10MB, args[0], args[1])
		}
	}
}

// A packet that was cut, or captured whole, is told by its lengths; the shortest is shown.
func TestDiffPackets(t *testing.T) {
	d, _ := jsonDiff(t, "len > 1000", "len > 2000")
	if d.OnlyA == nil || d.OnlyA.Packet != "" || d.OnlyA.WireLen <= 1000 || d.OnlyA.WireLen > 2000 {
		t.Errorf("a packet of 1001 to 2000 bytes of which none is looked at: %+v", d.OnlyA)
	}
	r := exec(t, "", "diff", "len > 1000", "len > 2000")
	if !strings.Contains(r.stdout, "only A accepts: 0 bytes captured of 1") {
		t.Errorf("the length on the wire is not said:\n%s", r.stdout)
	}
	r = exec(t, "", "diff", "arp", "arp or tcp port 80")
	for _, part := range []string{"A implies B\nonly B accepts: ", "ethertype IP", "\n  A rejects: \"arp\" is false", "\n  B accepts: \"tcp port 80\" is true"} {
		if !strings.Contains(r.stdout, part) {
			t.Errorf("no %q in\n%s", part, r.stdout)
		}
	}
	if d, _ := jsonDiff(t, "arp", "arp or tcp port 80"); d.OnlyB == nil || len(d.OnlyB.Decided) != 2 || d.OnlyB.Decided[1].Part != "tcp port 80" || *d.OnlyB.Decided[1].Pos != 7 || *d.OnlyB.Decided[1].End != 18 {
		t.Errorf("the part that decided: %+v", d.OnlyB)
	}
	if d, _ := jsonDiff(t, "--linux-extensions", "vlan 5", "vlan 6"); d.OnlyA == nil || d.OnlyA.Ancillary["VLAN tag"]&0xfff != 5 {
		t.Errorf("metadata of a packet is not said: %+v", d.OnlyA)
	}
}

func TestDiffSources(t *testing.T) {
	file := write(t, "f", "# web\ntcp port 80 # plain\n  or tcp port 443\n")
	listing := write(t, "listing", exec(t, "", "compile", "-ddd", "tcp port 80 or 443").stdout)
	for _, args := range [][]string{
		{"@" + file, "tcp port 80 or 443"}, {"bytecode:" + listing, "@" + file}, {"bytecode:" + listing, "bytecode:" + listing},
	} {
		if d, r := jsonDiff(t, args...); d.Relation != "equal" || r.status != 0 {
			t.Errorf("diff %q: %q%s", args, r.stdout, r.stderr)
		}
	}
	r := exec(t, "tcp port 80", "diff", "@-", "tcp port 80")
	if r.stdout != "equal\n" || r.status != 0 {
		t.Errorf("from standard input: %+v", r)
	}
}

// Whatever goes wrong has status 2, and says for which of the two, with a caret under the place.
func TestDiffTrouble(t *testing.T) {
	file := write(t, "f", "# web\ntcp prot 80\n")
	list := write(t, "l", "tcp\n\n# x\nudp prot 3 # y\n")
	for _, tt := range []struct {
		args, stderr string
	}{
		{"diff|tcp prot 80|ip", "A: unknown keyword \"prot\"; did you mean \"port\"?\n  tcp prot 80\n      ^~~~"},
		{"diff|ip|tcp and vlan 5000", "B: "},
		{"diff|ip|@" + file, "tcp prot 80\n      ^~~~"},
		{"diff|ip|@" + file, "B (" + file + ")"},
		{"diff|ip|@/nonexistent/x", "B: "},
		{"diff|bytecode:" + file + "|ip", "A: "},
		{"diff|bytecode:/nonexistent/x|ip", "A: "},
		{"diff|ip", "two filters"},
		{"diff|tcp|port|80", "quote"},
		{"diff|@-|bytecode:-", "standard input"},
		{"diff|--nodes|0|ip|tcp", "budget"},
		{"diff|--time|-1s|ip|tcp", "budget"},
		{"diff|-y|NOSUCH|ip|tcp", "NOSUCH"},
		{"diff|--nosuch|ip|tcp", "nosuch"},
		{"diff|--etc|/nonexistent/x|ip|tcp", "/nonexistent/x"},
		{"diff|--matrix|" + list, "line 4: unknown keyword \"prot\""},
		{"diff|--matrix|/nonexistent/x", "nonexistent"},
		{"diff|--matrix|" + write(t, "e", "# none\n"), "no filter"},
		{"diff|--matrix|" + list + "|tcp", "give one of them"},
	} {
		r := exec(t, "", strings.Split(tt.args, "|")...)
		if r.status != diffTrouble || !strings.Contains(r.stderr, tt.stderr) || r.stdout != "" {
			t.Errorf("%s: status %d, %q, %q; want %q", tt.args, r.status, r.stdout, r.stderr, tt.stderr)
		}
	}
}

func TestDiffMatrix(t *testing.T) {
	list := write(t, "rules", "# a firewall's\ntcp port 80\n\nsrc net 10.0.0.0/9\nsrc net 10.128.0.0/9 # the rest\nsrc net 10.0.0.0/8\ntcp port 80\narp and ip\narp\n")
	r := exec(t, "", "diff", "--matrix", list)
	if r.status != diffDifferent || r.stderr != "" {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
	for _, line := range []string{
		"2: tcp port 80", "  2 and 4 overlap", "  4 and 5 are disjoint", "  4 implies 6", "  6 can never be reached behind 4 and 5", "  2 and 7 are equal",
		"  7 can never be reached behind 2", "  8 can never be reached: no packet matches it", "9: arp",
	} {
		if !strings.Contains("\n"+r.stdout, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, r.stdout)
		}
	}
	r = exec(t, "", "diff", "--json", "--matrix", list)
	var rows []matrixRow
	for line := range strings.Lines(r.stdout) {
		var row matrixRow
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) != 7 || !rows[3].Never || len(rows[3].Behind) != 2 || len(rows[3].Pairs) != 3 || rows[3].Pairs[1].Relation != "A implies B" {
		t.Errorf("JSON: %+v", rows)
	}
	if r := exec(t, "tcp\nudp\n", "diff", "--matrix", "-"); r.status != exitOK {
		t.Errorf("a list of which every filter can be reached: %+v", r)
	}
	if r := exec(t, "tcp\nudp\n", "diff", "--nodes", "3", "--matrix", "-"); r.status != diffUndecided || !strings.Contains(r.stdout, "1 and 2: undecided: ") {
		t.Errorf("without a budget: %+v", r)
	}
}

// Neighbours of the practical filters are decided, and every packet that is shown tells them apart.
func TestDiffPractical(t *testing.T) {
	filters := battery.Some(practical(t))
	for i, a := range filters {
		b := filters[(i+1)%len(filters)]
		d, r := jsonDiff(t, a, b)
		if d.Relation == "undecided" || r.stderr != "" {
			t.Errorf("%q and %q: %s %s %s", a, b, d.Relation, d.Reason, r.stderr)
		}
		if want := map[string]int{"equal": 0, "undecided": 3}; r.status != 1 && want[d.Relation] != r.status {
			t.Errorf("%q and %q: %s with status %d", a, b, d.Relation, r.status)
		}
		checkSides(t, d, linktype.EN10MB, a, b)
	}
}
