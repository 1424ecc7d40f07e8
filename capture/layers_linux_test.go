package capture_test

import (
	"testing"

	"bpfc"
	"bpfc/capture"
	"bpfc/internal/netns"
	"bpfc/linktype"
	"bpfc/vm"
)

// layerFilters are filters that see through tags, or ask for all in scopes. (What is asked outside of scopes, without seeing through
// tags, is true of a packet without the tag that the kernel took out, as in libpcap.)
var layerFilters = []struct {
	filter  string
	through bool
}{
	{"host 192.0.2.1", true}, {"tcp port 80", true}, {"vlan", true}, {"not vlan", true}, {"vlan 7", true}, {"vlan 7 or vlan 8", true}, {"vlan 7 and udp", true},
	{"udp and vlan 8", true}, {"arp or vlan 7", true}, {"ether proto 0x88b5", true}, {"not ip", true},
	{"vlan 7 { tcp port 80 }", false}, {"vlan { ip or arp }", false}, {"vlan in {1-7} { host in {192.0.2.1, 2001:db8::1} }", false},
	{"not vlan { udp }", false}, {"vlan 7 { ip } or vlan 8 { ip6 }", false}, {"any { udp port 53 }", false}, {"vlan.id in {7-9}", false}, {"vlan.id = 8 and vlan.pcp = 0", false},
}

// Live, where the kernel has taken the tags out of the packets, the same packets are delivered as are found in a file that has them.
func TestLayersLive(t *testing.T) {
	netns.Veth(t)
	samples := traffic(t)
	handles := make([]capture.Handle, len(layerFilters))
	offline := make([]*vm.VM, len(layerFilters))
	for i, f := range layerFilters {
		opts := []bpfc.Option{bpfc.WithLinkType(linktype.EN10MB), bpfc.WithExtensions()}
		if f.through {
			opts = append(opts, bpfc.WithSeeThrough("vlan"))
		}
		file, err := bpfc.Compile(f.filter, opts...)
		if err != nil {
			t.Fatalf("%s: %v", f.filter, err)
		}
		live, err := bpfc.Compile(f.filter, append(opts, bpfc.WithLinuxExtensions())...)
		if err != nil {
			t.Fatalf("%s: %v", f.filter, err)
		}
		if offline[i], err = vm.New(file.Instructions()); err != nil {
			t.Fatal(err)
		}
		if handles[i], err = capture.OpenLive(capture.LiveOptions{Interface: "right", Filter: live.Instructions(), BufferSize: 2 << 20}); err != nil {
			t.Fatalf("%s: %v", f.filter, err)
		}
		defer handles[i].Close()
	}
	s, err := capture.OpenSender("left")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, p := range samples {
		if _, err := s.Send(p.wire); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range layerFilters {
		var want [][]byte
		for _, p := range samples {
			if offline[i].Run(p.wire, uint32(len(p.wire))) != 0 {
				want = append(want, p.wire)
			}
		}
		if len(want) == 0 || len(want) == len(samples) {
			t.Errorf("%s: %d of %d packets, which shows nothing", f.filter, len(want), len(samples))
		}
		compare(t, f.filter, delivered(t, handles[i], len(want)), want)
	}
}
