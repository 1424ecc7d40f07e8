package linktype_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"bpfc"
	"bpfc/fuzz"
	"bpfc/linktype"
	"bpfc/vm"
)

// machine compiles a filter for files of a link-layer type; nil if it has no such thing.
func machine(t *testing.T, typ linktype.Type, expr string) *vm.VM {
	t.Helper()
	p, err := bpfc.Compile(expr, bpfc.WithLinkType(typ), bpfc.WithSavefile(bpfc.SavefileUnswapped), bpfc.WithAllowRejectAll())
	if err != nil {
		return nil
	}
	m, err := vm.New(p.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a packet is found to carry, and where, is what filters find, on every link-layer type that packets can be made for.
func TestCarriesAsFilters(t *testing.T) {
	for _, link := range fuzz.Links() {
		typ := linktype.Type(link.DLT)
		ip, ip6 := machine(t, typ, "ip"), machine(t, typ, "ip6")
		protocol := typ.Layout().Protocol
		if typ == linktype.SLIP || typ == linktype.SLIP_BSDOS {
			continue // where filters look for the version of IP in the first byte of the link-layer header, as libpcap does
		}
		if ip == nil || ip6 == nil || protocol == linktype.JuniperMagic || protocol == linktype.NoProtocol || protocol == linktype.LocalTalkHeader {
			continue // IP cannot be told
		}
		accepts := func(m *vm.VM, b []byte) bool { return m.Run(b, uint32(len(b))) != 0 }
		builder := fuzz.NewBuilder(rand.New(rand.NewPCG(1, uint64(link.DLT))), link.DLT)
		found := 0
		for range 3000 {
			b := builder.Packet().Data
			etherType, start, ok := typ.Carries(b)
			if start < 0 || start > len(b) {
				t.Fatalf("%v: %x carries something at %d", typ, b, start)
			}
			is4, is6 := ok && etherType == 0x0800, ok && etherType == 0x86dd
			if !is4 && !is6 {
				if len(b) > 60 && (accepts(ip, b) || accepts(ip6, b)) && protocol != linktype.OnlyIPv4 && protocol != linktype.OnlyIPv6 && !takenForGranted(typ, b) {
					t.Fatalf("%v: %x is IP for a filter, and carries %#x %v", typ, b, etherType, ok)
				}
				continue
			}
			if !accepts(ip, b) && !accepts(ip6, b) {
				if behindLLC(typ, b, start) {
					continue // to which filters do not look
				}
				t.Fatalf("%v: %x carries %#x at %d, but is no IP for a filter", typ, b, etherType, start)
			}
			if is4 && start+20 <= len(b) && found%50 == 0 && typ != linktype.FRELAY { // of which filters look for the IP header elsewhere
				same := machine(t, typ, fmt.Sprintf("ip[4:4] = %#x and ip[16:4] = %#x", be32(b[start+4:]), be32(b[start+16:])))
				if !accepts(same, b) {
					t.Fatalf("%v: the IP header of %x is not at %d", typ, b, start)
				}
			}
			found++
			if changed, ok := typ.Carrying(b[:start], 0x86dd); ok && (!accepts(ip6, append(changed, 0x60)) || is4 && protocol != linktype.VersionNibble && accepts(ip, append(changed, 0x60))) {
				t.Fatalf("%v: the header %x, made one of IPv6, is %x", typ, b[:start], changed)
			} else if !ok && protocol != linktype.OnlyIPv4 && !behindLLC(typ, b, start) {
				t.Fatalf("%v: the header %x cannot be made one of IPv6", typ, b[:start])
			}
		}
		if found < 30 {
			t.Errorf("%v: only %d packets of IP", typ, found)
		}
	}
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// behindLLC tells whether an IP packet stands behind an LLC header that filters do not take for one of IP: by its own service
// access point, or on Ethernet and cooked captures at all.
func behindLLC(typ linktype.Type, b []byte, start int) bool {
	p := typ.Layout().Protocol
	return start >= 3 && b[start-3] == 6 && b[start-2] == 6 && b[start-1] == 3 ||
		(p == linktype.EthernetField || p == linktype.CookedField) && start >= 8 && b[start-8] == 0xaa
}

// takenForGranted tells whether filters may find IP where there is none: they do not look whether LLC says that SNAP follows.
func takenForGranted(typ linktype.Type, b []byte) bool {
	switch typ.Layout().Protocol {
	case linktype.LLCHeader, linktype.WLANFrame, linktype.SunATMHeader:
		return true
	case linktype.PPPBSDOSField:
		return b[5] == 0 && (b[6] == 0x2d || b[6] == 0x2f) // compressed headers
	case linktype.PFLogFamily:
		return b[0] == 0 || int(b[0])+3 > len(b) // the header ends before the family, or behind the packet's end
	}
	return false
}

// Bytes that come from anywhere, cut anywhere, are no trouble.
func FuzzCarries(f *testing.F) {
	f.Add(uint16(127), []byte{0, 0, 8, 0, 0, 0, 0, 0, 8, 0})
	f.Add(uint16(119), []byte{0x80, 0x21, 0x10, 1, 0xff, 0xff, 0xff, 0xff, 8, 0})
	f.Add(uint16(163), []byte{0x80, 0x21, 0x10, 1, 0x7f, 0xff, 0xff, 0xff, 8, 0})
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		for n := range len(b) + 1 {
			_, start, ok := linktype.Type(typ).Carries(b[:n])
			if start < 0 || start > n {
				t.Fatalf("%v of %x: %d", typ, b[:n], start)
			}
			if ok {
				linktype.Type(typ).Carrying(b[:start], 0x86dd)
			}
		}
	})
}

func ExampleType_Carries() {
	frame := []byte{0x0f, 0x00, 0x08, 0x00, 0x45} // Cisco HDLC, IPv4
	etherType, start, ok := linktype.C_HDLC.Carries(frame)
	fmt.Printf("%#04x at byte %d: %v\n", etherType, start, ok)
	// Output: 0x0800 at byte 4: true
}
