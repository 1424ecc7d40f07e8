package fuzz

import (
	"testing"
)

func TestCollect(t *testing.T) {
	c := Collect("host 10.1.2.3 and ether src 00:11:22:33:44:5 or net 192.168 or ip6 host fe80::1:2 or port 0x50 or ether host 0011.2233.4455", ipProgram)
	if len(c.IP4) < 2 || c.IP4[0] != [4]byte{10, 1, 2, 3} {
		t.Errorf("IPv4: %v", c.IP4)
	}
	if len(c.MAC) != 2 || c.MAC[0] != [6]byte{0, 0x11, 0x22, 0x33, 0x44, 5} || c.MAC[1] != [6]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55} {
		t.Errorf("MAC: %x", c.MAC)
	}
	if len(c.IP6) == 0 || c.IP6[0] != [16]byte{0xfe, 0x80, 13: 1, 15: 2} {
		t.Errorf("IPv6: %x", c.IP6)
	}
	has := map[uint32]bool{}
	for _, n := range c.Num {
		has[n] = true
	}
	if !has[0x50] || !has[0x800] {
		t.Errorf("numbers: %v", c.Num)
	}
	if len(c.at) != 1 || c.at[0] != (placed{12, 2, 0x800}) {
		t.Errorf("places: %v", c.at)
	}
}

// Layered packets pass plain filters of every link-layer type far more often than chance would let them.
func TestLayersFit(t *testing.T) {
	l := libpcap(t)
	for _, c := range []struct {
		expr  string
		links []int
		share float64 // at least
	}{
		{"ip", []int{1, 12, 0, 108, 113, 276, 9, 10, 104, 105, 127, 119, 163, 192, 50, 6, 122, 99, 107, 138, 226}, 0.03},
		{"tcp port 80 and host 10.1.2.3", []int{1, 12, 228, 113, 276, 9, 104}, 0.0005},
		{"ip6", []int{1, 12, 0, 108, 113, 276, 9, 104}, 0.01},
		{"arp host 10.1.2.3", []int{1, 113, 276, 10}, 0.004},
		{"vlan and ip", []int{1}, 0.003},
		{"mpls and ip", []int{1, 104}, 0.002},
		{"pppoes and ip6", []int{1}, 0.002},
		{"geneve and ip", []int{1, 113, 12}, 0.0005},
		{"isis or llc", []int{1, 10, 6, 105}, 0.01},
		{"decnet", []int{1, 113}, 0.005},
	} {
		for _, dlt := range c.links {
			prog, err := l.Compile(c.expr, CompileOptions{LinkType: dlt, Snaplen: 262144, Optimize: true})
			if err != nil {
				t.Errorf("%s on %d: %v", c.expr, dlt, err)
				continue
			}
			b := NewBuilder(random(8), dlt)
			b.Use(Collect(c.expr, prog))
			const n = 4000
			hits := 0
			for range n {
				if v, _ := Trace(prog, b.Packet()); v != 0 {
					hits++
				}
			}
			if float64(hits) < c.share*n {
				t.Errorf("%s on %s: %d of %d packets", c.expr, linkOf(dlt).Name, hits, n)
			}
		}
	}
}

func TestMutateKeepsLengthsInOrder(t *testing.T) {
	b := NewBuilder(random(9), 1)
	short, long, changed := 0, 0, 0
	for range 5000 {
		p := b.Packet()
		m := b.Mutate(p)
		if m.WireLen < uint32(len(m.Data)) {
			t.Fatalf("%d captured of %d", len(m.Data), m.WireLen)
		}
		if len(m.Data) > MaxBuilt {
			t.Fatalf("%d bytes", len(m.Data))
		}
		if len(m.Data) < len(p.Data) {
			short++
		} else if string(m.Data) != string(p.Data) {
			changed++
		}
		if m.WireLen > uint32(len(p.Data)) {
			long++
		}
	}
	if short < 500 || long < 100 || changed < 500 {
		t.Errorf("of 5,000: %d cut, %d longer on the wire, %d changed", short, long, changed)
	}
}
