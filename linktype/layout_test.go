package linktype

import "testing"

// Every row must be of a type that has a name, and hang together.
func TestLayouts(t *testing.T) {
	used := map[ProtocolField]bool{}
	for _, l := range layouts {
		typ := l.Type
		if l.Type != typ || !typ.Known() {
			t.Errorf("%s: the row is of %s, known: %v", typ, l.Type, typ.Known())
		}
		used[l.Protocol] = true
		if (l.Addresses == MAC48 || l.Addresses == MAC8) && l.Src == l.Dst {
			t.Errorf("%s: source and destination are both at %d", typ, l.Src)
		}
		if l.Protocol != NoProtocol && l.Protocol != JuniperMagic && l.Payload == NotSet {
			t.Errorf("%s: a protocol is told, but not where its payload is", typ)
		}
		if l.Payload != NotSet && l.Payload < l.Header {
			t.Errorf("%s: the payload starts at %d, before the header at %d", typ, l.Payload, l.Header)
		}
		if l.Protocol == LLCHeader && (l.Net != 8 || l.NetLLC != 3) {
			t.Errorf("%s: LLC with SNAP is 8 bytes and without 3, not %d and %d", typ, l.Net, l.NetLLC)
		}
		if (l.Prefix != NoPrefix || l.Protocol == WLANFrame) && !l.VariablePayload {
			t.Errorf("%s: what comes before the payload varies, but the payload does not", typ)
		}
		if l.VLAN && l.Protocol != EthernetField && l.Protocol != WLANFrame {
			t.Errorf("%s: VLAN tags without EtherTypes", typ)
		}
		d := l.Direction
		if d.Known() && !d.InboundIsNot && (d.In.Size == 0 || d.In == d.Out && d.InVal == d.OutVal) {
			t.Errorf("%s: inbound cannot be told from outbound", typ)
		}
		for _, f := range []Field{d.In, d.Out, l.IfIndex} {
			if f.Size != 0 && (f.Mask == 0 || f.Size != 1 && f.Size != 2 && f.Size != 4) {
				t.Errorf("%s: %+v can be no field", typ, f)
			}
		}
		if d.OutVal&^d.Out.Mask != 0 || d.InVal&^d.In.Mask != 0 {
			t.Errorf("%s: a direction has bits that its mask takes away", typ)
		}
	}
	for f := NoProtocol; f <= IPNetFamily; f++ {
		if !used[f] {
			t.Errorf("no type has protocol field %d", f)
		}
	}
}

// Places that the specifications give.
func TestPlaces(t *testing.T) {
	for _, tt := range []struct {
		typ                    Type
		protocol, payload, net uint32 // net from the payload
		src, dst               uint32
		source                 string
	}{
		{EN10MB, 12, 14, 0, 6, 0, "IEEE 802.3"},
		{IEEE802, 14, 14, 8, 8, 2, "IEEE 802.5: access and frame control, addresses"},
		{FDDI, 13, 13, 8, 7, 1, "ANSI X3T9.5: frame control, addresses"},
		{IP_OVER_FC, 16, 16, 8, 10, 2, "RFC 2625: two 8-byte names of a MAC address each"},
		{DSA_TAG_DSA, 16, 18, 0, 6, 0, "4 bytes of tag behind the addresses"},
		{NETANALYZER, 16, 18, 0, 6, 0, "4 bytes before the Ethernet header"},
		{NETANALYZER_TRANSPARENT, 24, 26, 0, 6, 0, "4 bytes, preamble and start of frame before the Ethernet header"},
		{ARCNET, 2, 6, 0, 0, 1, "RFC 1201"},
		{ARCNET_LINUX, 4, 8, 0, 0, 1, "the same with an offset field"},
		{LINUX_SLL, 14, 16, 0, 0, 0, "pcap-linktype(7)"},
		{LINUX_SLL2, 0, 20, 0, 0, 0, "pcap-linktype(7)"},
		{PPP, 2, 4, 0, 0, 0, "RFC 1662"},
		{PPP_ETHER, 6, 8, 0, 0, 0, "RFC 2516: 6 bytes of header"},
		{C_HDLC, 2, 4, 0, 0, 0, "RFC 1547: address, control"},
		{C_HDLC_WITH_DIR, 3, 5, 0, 0, 0, "the same behind a byte that is 0 in packets received"},
		{NULL, 0, 4, 0, 0, 0, "a 4-byte address family"},
		{ENC, 0, 12, 0, 0, 0, "OpenBSD enc(4): family, SPI, flags"},
		{IPNET, 1, 24, 0, 0, 0, "Solaris dl_ipnetinfo"},
		{APPLE_IP_OVER_IEEE1394, 16, 18, 0, 0, 0, "two 8-byte identifiers"},
		{BACNET_MS_TP, NotSet, NotSet, NotSet, 4, 3, "ANSI/ASHRAE 135: preamble of 2, frame type, destination, source"},
	} {
		l := tt.typ.Layout()
		if l.ProtocolOff != tt.protocol || l.Payload != tt.payload || l.Net != tt.net || l.Src != tt.src || l.Dst != tt.dst {
			t.Errorf("%s (%s): protocol %d, payload %d, network header %d, addresses %d %d; want %d %d %d %d %d", tt.typ, tt.source,
				l.ProtocolOff, l.Payload, l.Net, l.Src, l.Dst, tt.protocol, tt.payload, tt.net, tt.src, tt.dst)
		}
	}
}

// A type without a row has nothing but its bytes, and no one can change a row.
func TestLayoutUnknown(t *testing.T) {
	for _, typ := range []Type{USER0, MTP3, 9999, 65535} {
		want := Layout{Type: typ, ProtocolOff: NotSet, Payload: NotSet, Net: NotSet, NetLLC: NotSet}
		if l := typ.Layout(); l != want {
			t.Errorf("%s: %+v", typ, l)
		}
	}
	l := EN10MB.Layout()
	l.Payload = 99
	if EN10MB.Layout().Payload != 14 {
		t.Error("a caller can change the table")
	}
}
