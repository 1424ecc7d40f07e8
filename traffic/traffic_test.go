package traffic

import (
	"bytes"
	"strings"
	"testing"

	"bpfc/capture"
	"bpfc/craft"
	"bpfc/linktype"
)

// The course over time stays bounded, and loses no packet when intervals are joined.
func TestCourse(t *testing.T) {
	table := New()
	for i := range 20_000 {
		table.Add(&capture.Packet{WireLen: 1, Timestamp: int64(i) * 7e9}, linktype.EN10MB)
	}
	sum := uint64(0)
	for _, a := range table.course {
		sum += a.Packets
	}
	if len(table.course) > maxSeconds || sum != 20_000 {
		t.Errorf("%d intervals with %d packets", len(table.course), sum)
	}
}

// The table is no wider than the terminal, however narrow that is, and names stay apart from numbers.
func TestNarrow(t *testing.T) {
	table := New()
	six := append([]byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x86\xdd\x60\x00\x00\x00\x00\x00\x3b\x40"), bytes.Repeat([]byte{0x20, 0x01, 0xad, 0xb8}, 8)...)
	for i := range 100 {
		table.Add(&capture.Packet{Data: six, WireLen: uint32(54 + i), Timestamp: int64(i) * 1e9}, linktype.EN10MB)
	}
	for _, columns := range []int{200, 80, 60, 34} {
		var out strings.Builder
		if err := table.Write(&out, 10, columns); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > columns {
				t.Errorf("%d of %d columns: %s", n, columns, line)
			}
		}
		if !strings.Contains(out.String(), "2001:") || !strings.Contains(out.String(), " 100 ") {
			t.Error(out.String())
		}
	}
}

// described makes a packet of a link-layer type from a description.
func described(t *testing.T, link linktype.Type, layers map[string]string) *capture.Packet {
	t.Helper()
	data, err := (&craft.Description{Layers: layers}).Packet(link)
	if err != nil {
		t.Fatal(err)
	}
	return &capture.Packet{Data: data, WireLen: uint32(len(data))}
}

// Protocols, hosts, ports and conversations are named as people name them, whoever sends.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		link                         linktype.Type
		layers                       map[string]string
		protocol, port, conversation string
	}{
		{linktype.EN10MB, map[string]string{"ip": "src=10.0.0.2,dst=10.0.0.1", "tcp": "sport=40000,dport=443"}, "TCP", "443 TCP HTTPS", "10.0.0.1:443 ↔ 10.0.0.2:40000 TCP"},
		{linktype.EN10MB, map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2", "tcp": "sport=443,dport=80"}, "TCP", "80 TCP HTTP", "10.0.0.1:443 ↔ 10.0.0.2:80 TCP"},
		{linktype.RAW, map[string]string{"ip": "src=::1,dst=::2", "udp": "sport=5353,dport=53000"}, "UDP", "5353 UDP mDNS", "[::1]:5353 ↔ [::2]:53000 UDP"},
		{linktype.EN10MB, map[string]string{"vlan": "id=3", "ip": "src=::2,dst=::1", "icmp": ""}, "ICMPv6", "", "::1 ↔ ::2 ICMPv6"},
		{linktype.RAW, map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2,proto=89"}, "OSPF", "", "10.0.0.1 ↔ 10.0.0.2 OSPF"},
		{linktype.RAW, map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2,proto=200"}, "IP protocol 200", "", "10.0.0.1 ↔ 10.0.0.2 IP protocol 200"},
		{linktype.EN10MB, map[string]string{"arp": ""}, "ARP", "", ""},
		{linktype.EN10MB, map[string]string{"eth": "type=0x88cc"}, "LLDP", "", ""},
		{linktype.EN10MB, map[string]string{"eth": "type=0x1234"}, "EtherType 0x1234", "", ""},
		{linktype.EN10MB, map[string]string{"payload": "no type"}, "LLC (STP, CDP …)", "", ""},
	} {
		table := New()
		table.Add(described(t, tt.link, tt.layers), tt.link)
		for what, want := range map[What]string{Protocols: tt.protocol, Ports: tt.port, Conversations: tt.conversation} {
			got := ""
			if list := table.Top(what, ByBytes, 9); len(list) == 1 {
				got = list[0].Name
			}
			if got != want {
				t.Errorf("%v: %q, want %q", tt.layers, got, want)
			}
		}
	}
}

// What is recent is what came between the last two marks, and lists can be in its order.
func TestRecent(t *testing.T) {
	table, link := New(), linktype.RAW
	add := func(host string, n int) {
		for range n {
			table.Add(described(t, link, map[string]string{"ip": "src=" + host + ",dst=" + host, "udp": ""}), link)
		}
	}
	add("10.0.0.1", 5)
	table.Mark()
	add("10.0.0.2", 2)
	table.Mark()
	add("10.0.0.3", 1)
	if got := table.Recent(); got != (Amount{2, 56}) || table.Packets != 8 {
		t.Errorf("%+v of %+v", got, table.Amount)
	}
	for by, want := range map[Order]string{ByBytes: "10.0.0.1", ByPackets: "10.0.0.1", ByRecent: "10.0.0.2", ByName: "10.0.0.1"} {
		if list := table.Top(Hosts, by, 2); len(list) != 2 || list[0].Name != want {
			t.Errorf("%d: %v", by, list)
		}
	}
}

// What there are too many of is counted together.
func TestBounded(t *testing.T) {
	var c counters[int]
	for i := range most + 3 {
		c.add(i, 1)
	}
	if len(c.by) != most || c.others.Packets != 3 {
		t.Errorf("%d and %d", len(c.by), c.others.Packets)
	}
}
