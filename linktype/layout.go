package linktype

// NotSet stands for an offset that a link-layer type does not have.
const NotSet = 0xffffffff

// ProtocolField is how a link-layer header tells the protocol that it
// carries. The code generator has one small function for each.
// It is a value, and so safe for concurrent use.
type ProtocolField uint8

// The ways to tell a protocol.
const (
	NoProtocol      ProtocolField = iota // nothing tells it: no test of the protocol is possible
	EtherType                            // a 16-bit EtherType
	EthernetField                        // EtherType or 802.3 length and LLC behind it
	LLCHeader                            // an 802.2 LLC header, with SNAP for EtherTypes
	WLANFrame                            // an LLC header in 802.11 data frames
	SunATMHeader                         // an LLC header in LLC-multiplexed ATM
	CookedField                          // the protocol field of Linux cooked captures
	VersionNibble                        // IP at once: the version in the first nibble
	OnlyIPv4                             // always IPv4
	OnlyIPv6                             // always IPv6
	PPPField                             // a 16-bit PPP protocol number
	PPPBSDOSField                        // the same, with Van Jacobson compression as IP
	HDLCField                            // Cisco HDLC: an EtherType, with its own number for ISO
	LoopbackFamily                       // a 32-bit address family in the byte order of the type
	PFLogFamily                          // an 8-bit address family
	ARCnetField                          // an 8-bit ARCnet system code
	LocalTalkHeader                      // always AppleTalk
	FrameRelayNLPID                      // an NLPID behind a 2-byte address
	JuniperMagic                         // only the magic number can be checked
	IPNetFamily                          // an 8-bit address family of its own numbering
)

// Addresses is what kind of link-layer address a type has.
// It is a value, and so safe for concurrent use.
type Addresses uint8

// The kinds of link-layer address.
const (
	NoAddresses Addresses = iota
	MAC48                 // 48-bit, at Src and Dst
	MAC48WLAN             // 48-bit, at places that depend on the 802.11 frame
	MAC8                  // 8-bit, at Src and Dst
)

// Prefix is what precedes the link-layer header with a length of its own.
// It is a value, and so safe for concurrent use.
type Prefix uint8

// The kinds of prefix.
const (
	NoPrefix       Prefix = iota
	PrismPrefix           // Prism header (144 bytes), or AVS header told by its magic number
	AVSPrefix             // AVS header: 32-bit length at 4
	RadiotapPrefix        // radiotap header: little-endian 16-bit length at 2
	PPIPrefix             // per-packet information header: the same, and the inner type is checked first
)

// Field is a field of a link-layer header, compared after masking.
// It is safe for concurrent use as long as nobody changes it.
type Field struct {
	Off  uint32 // bytes from the link-layer header
	Size uint8  // bytes: 1, 2 or 4; 0 if there is no such field
	Mask uint32 // all ones if nothing is masked
}

// Direction is how a link-layer header tells inbound from outbound packets:
// a masked field equals a value. Where InboundIsNot is set, inbound is
// everything that is not outbound; where OutboundIsNot is, the other way round.
// It is safe for concurrent use as long as nobody changes it.
type Direction struct {
	Out, In       Field
	OutVal, InVal uint32
	OutboundIsNot bool
	InboundIsNot  bool
}

// Known tells whether the direction can be read from the header.
func (d Direction) Known() bool { return d.Out.Size != 0 || d.In.Size != 0 }

// Layout is where things are in the packets of a link-layer type. Offsets are
// in bytes from the start of the packet data, without the variable part that
// a Prefix or Variable adds. NotSet marks what the type does not have.
// It is safe for concurrent use as long as nobody changes it.
type Layout struct {
	Type Type
	// Protocol is how the header tells what it carries, ProtocolOff where.
	Protocol    ProtocolField
	ProtocolOff uint32
	// Header is where the link-layer header starts.
	Header uint32
	// Payload is where the link-layer payload starts (the LLC header, if
	// the type has one).
	Payload uint32
	// Net is how far into the payload the network header starts (behind
	// LLC and SNAP if there is one), NetLLC the same without SNAP.
	Net, NetLLC uint32
	// Prefix is what precedes the link-layer header.
	Prefix Prefix
	// VariablePayload is set where the length of the link-layer header is
	// computed from the packet.
	VariablePayload bool
	// Addresses and where they are, from the link-layer header.
	Addresses Addresses
	Src, Dst  uint32
	// Broadcast is the address of all stations where Addresses is MAC8.
	Broadcast uint32
	// NoMulticast is set where multicast cannot be told although there are
	// addresses.
	NoMulticast bool
	// Direction is how inbound and outbound are told.
	Direction Direction
	// LLC, VLAN and MPLS tell which of these primitives apply.
	LLC, VLAN, MPLS bool
	// SS7 is the offset of the MTP2 length indicator, 0 if there is none.
	SS7 uint32
	// IfIndex is the field that holds the number of the interface.
	IfIndex Field
}

const whole = 0xffffffff

func byteAt(off, mask uint32) Field { return Field{off, 1, mask} }

// flagDirection is a direction told by the same field, out or in.
func flagDirection(f Field, out, in uint32) Direction {
	return Direction{Out: f, In: f, OutVal: out, InVal: in}
}

// outgoing is a direction where a packet is inbound unless it is marked as
// sent by this host.
func outgoing(f Field, out uint32) Direction {
	return Direction{Out: f, OutVal: out, InboundIsNot: true}
}

// ethernet is an Ethernet header at off, with tag bytes before the type field.
func ethernet(t Type, off, tag uint32) Layout {
	return Layout{Type: t, Protocol: EthernetField, Header: off, ProtocolOff: off + 12 + tag, Payload: off + 14 + tag,
		NetLLC: 3, Addresses: MAC48, Src: 6, VLAN: true, MPLS: true}
}

// wlan is an 802.11 header behind a prefix.
func wlan(t Type, p Prefix) Layout {
	return Layout{Type: t, Protocol: WLANFrame, ProtocolOff: 24, Prefix: p, VariablePayload: true,
		Net: 8, NetLLC: 3, Addresses: MAC48WLAN, LLC: true, VLAN: p != PPIPrefix}
}

// juniper is a Juniper encapsulation: a magic number and flags, and the
// payload at a fixed place or at none.
func juniper(t Type, protocolOff, payload, net, netLLC uint32) Layout {
	return Layout{Type: t, Protocol: JuniperMagic, ProtocolOff: protocolOff, Payload: payload, Net: net, NetLLC: netLLC,
		Direction: flagDirection(byteAt(3, 1), 0, 1)}
}

// opaqueJuniper is a Juniper encapsulation without a known payload.
func opaqueJuniper(t Type, protocolOff uint32) Layout {
	return juniper(t, protocolOff, NotSet, NotSet, NotSet)
}

func ppp(t Type, off uint32) Layout {
	return Layout{Type: t, Protocol: PPPField, ProtocolOff: off, Payload: off + 2}
}

func ss7(t Type, li uint32) Layout {
	return Layout{Type: t, ProtocolOff: NotSet, Payload: NotSet, Net: NotSet, NetLLC: NotSet, SS7: li}
}

func rawIP(t Type, how ProtocolField, payload uint32) Layout {
	return Layout{Type: t, Protocol: how, ProtocolOff: NotSet, Payload: payload}
}

// layouts has a row for every type of which more is known than that its bytes
// can be looked at. Facts are those of libpcap 1.11.
var layouts = []Layout{
	with(ethernet(EN10MB, 0, 0), func(l *Layout) { l.LLC = true }),
	ethernet(NETANALYZER, 4, 0),
	ethernet(NETANALYZER_TRANSPARENT, 12, 0),
	with(ethernet(DSA_TAG_BRCM, 0, 4), func(l *Layout) {
		l.LLC = true
		l.Direction = flagDirection(byteAt(12, 0xe0), 0x20, 0x00)
	}),
	with(ethernet(DSA_TAG_DSA, 0, 4), func(l *Layout) {
		l.LLC = true
		l.Direction = Direction{Out: byteAt(12, 0xc0), OutVal: 0x40, In: byteAt(12, 0x40), InVal: 0}
	}),

	{Type: IEEE802, Protocol: LLCHeader, ProtocolOff: 14, Payload: 14, Net: 8, NetLLC: 3, Addresses: MAC48, Src: 8, Dst: 2, LLC: true},
	{Type: FDDI, Protocol: LLCHeader, ProtocolOff: 13, Payload: 13, Net: 8, NetLLC: 3, Addresses: MAC48, Src: 7, Dst: 1, LLC: true},
	{Type: IP_OVER_FC, Protocol: LLCHeader, ProtocolOff: 16, Payload: 16, Net: 8, NetLLC: 3, Addresses: MAC48, Src: 10, Dst: 2},
	{Type: ATM_RFC1483, Protocol: LLCHeader, Net: 8, NetLLC: 3, LLC: true},
	{Type: ATM_CLIP, Protocol: LLCHeader, Net: 8, NetLLC: 3},
	{Type: SUNATM, Protocol: SunATMHeader, ProtocolOff: 4, Payload: 4, Net: 8, NetLLC: 3, LLC: true},

	wlan(IEEE802_11, NoPrefix),
	wlan(PRISM_HEADER, PrismPrefix),
	wlan(IEEE802_11_RADIO_AVS, AVSPrefix),
	wlan(IEEE802_11_RADIO, RadiotapPrefix),
	wlan(PPI, PPIPrefix),

	{Type: ARCNET, Protocol: ARCnetField, ProtocolOff: 2, Payload: 6, Addresses: MAC8, Dst: 1},
	{Type: ARCNET_LINUX, Protocol: ARCnetField, ProtocolOff: 4, Payload: 8, Addresses: MAC8, Dst: 1},
	{Type: BACNET_MS_TP, ProtocolOff: NotSet, Payload: NotSet, Net: NotSet, NetLLC: NotSet, Addresses: MAC8, Src: 4, Dst: 3,
		Broadcast: 0xff, NoMulticast: true},
	{Type: LTALK, Protocol: LocalTalkHeader, ProtocolOff: NotSet},

	rawIP(RAW, VersionNibble, 0),
	rawIP(IPV4, OnlyIPv4, 0),
	rawIP(IPV6, OnlyIPv6, 0),
	with(rawIP(SLIP, VersionNibble, 16), func(l *Layout) { l.Direction = flagDirection(byteAt(0, whole), 1, 0) }),
	rawIP(SLIP_BSDOS, VersionNibble, 24),

	{Type: NULL, Protocol: LoopbackFamily, Payload: 4},
	{Type: LOOP, Protocol: LoopbackFamily, Payload: 4},
	{Type: ENC, Protocol: LoopbackFamily, Payload: 12},
	{Type: PFLOG, Protocol: PFLogFamily, VariablePayload: true, Direction: flagDirection(byteAt(60, whole), 2, 1)},
	{Type: IPNET, Protocol: IPNetFamily, ProtocolOff: 1, Payload: 24, NetLLC: NotSet,
		Direction: flagDirection(Field{2, 2, whole}, 1, 2)},

	{Type: LINUX_SLL, Protocol: CookedField, ProtocolOff: 14, Payload: 16, Direction: outgoing(Field{0, 2, whole}, 4)},
	{Type: LINUX_SLL2, Protocol: EtherType, ProtocolOff: 0, Payload: 20, Direction: outgoing(byteAt(10, whole), 4),
		IfIndex: Field{4, 4, whole}},

	with(ppp(PPP, 2), func(l *Layout) { l.MPLS = true }),
	with(ppp(PPP_PPPD, 2), func(l *Layout) { l.Direction = flagDirection(byteAt(0, whole), 1, 0) }),
	ppp(PPP_SERIAL, 2),
	ppp(PPP_ETHER, 6),
	{Type: PPP_BSDOS, Protocol: PPPBSDOSField, ProtocolOff: 5, Payload: 24},
	{Type: C_HDLC, Protocol: HDLCField, ProtocolOff: 2, Payload: 4, MPLS: true},
	{Type: C_HDLC_WITH_DIR, Protocol: HDLCField, ProtocolOff: 3, Payload: 5, MPLS: true,
		Direction: Direction{In: Field{Off: 0, Size: 1, Mask: whole}, OutboundIsNot: true}},
	{Type: FRELAY, Protocol: FrameRelayNLPID, ProtocolOff: NotSet},
	{Type: MFR, ProtocolOff: NotSet, Net: 4},

	{Type: APPLE_IP_OVER_IEEE1394, Protocol: EtherType, ProtocolOff: 16, Payload: 18},
	{Type: SYMANTEC_FIREWALL, Protocol: EtherType, ProtocolOff: 6, Payload: 44},
	{Type: PFSYNC, ProtocolOff: NotSet, Payload: 4},

	juniper(JUNIPER_MFR, 4, 4, 0, NotSet),
	juniper(JUNIPER_MLFR, 4, 4, 0, NotSet),
	juniper(JUNIPER_MLPPP, 4, 4, 0, NotSet),
	juniper(JUNIPER_PPP, 4, 4, 0, NotSet),
	juniper(JUNIPER_CHDLC, 4, 4, 0, NotSet),
	juniper(JUNIPER_FRELAY, 4, 4, 0, NotSet),
	juniper(JUNIPER_ATM1, 4, 4, 0, 10),
	juniper(JUNIPER_ATM2, 8, 8, 0, 10),
	juniper(JUNIPER_PPPOE, 16, 14, 18, 21),
	juniper(JUNIPER_ETHER, 16, 14, 18, 21),
	juniper(JUNIPER_PPPOE_ATM, 4, 6, 0, NotSet),
	juniper(JUNIPER_GGSN, 6, 12, 0, NotSet),
	juniper(JUNIPER_MONITOR, 12, 12, 0, NotSet),
	opaqueJuniper(JUNIPER_ES, 6),
	opaqueJuniper(JUNIPER_SERVICES, 12),
	opaqueJuniper(JUNIPER_VP, 18),
	opaqueJuniper(JUNIPER_ST, 18),
	opaqueJuniper(JUNIPER_ISM, 8),
	opaqueJuniper(JUNIPER_VS, 8),
	opaqueJuniper(JUNIPER_SRX_E2E, 8),
	opaqueJuniper(JUNIPER_FIBRECHANNEL, 8),
	opaqueJuniper(JUNIPER_ATM_CEMIC, 8),

	ss7(MTP2, 2),
	ss7(MTP2_WITH_PHDR, 6),
	ss7(ERF, 22),
}

func with(l Layout, change func(*Layout)) Layout {
	change(&l)
	return l
}

// Layout returns where things are in packets of type t. Of a type without a
// row, only the bytes and the lengths can be tested.
func (t Type) Layout() Layout {
	for i := range layouts {
		if layouts[i].Type == t {
			return layouts[i]
		}
	}
	return Layout{Type: t, ProtocolOff: NotSet, Payload: NotSet, Net: NotSet, NetLLC: NotSet}
}
