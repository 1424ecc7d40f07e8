package codegen

import (
	"encoding/binary"
	"math/bits"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// EtherTypes (IEEE registration authority; libpcap's ethertype.h).
const (
	etherIP       = 0x0800
	etherARP      = 0x0806
	etherTEB      = 0x6558
	etherRARP     = 0x8035
	etherAtalk    = 0x809b
	etherAARP     = 0x80f3
	etherVLAN     = 0x8100
	etherIPX      = 0x8137
	etherIPv6     = 0x86dd
	etherMPLS     = 0x8847
	etherPPPoED   = 0x8863
	etherPPPoES   = 0x8864
	etherQinQ     = 0x88a8
	etherOldQinQ  = 0x9100
	etherLoopback = 0x9000
	etherLLDP     = 0x88cc
	etherSlow     = 0x8809
	etherNS       = 0x0600
	etherDECnet   = 0x6003
	etherLAT      = 0x6004
	etherMOPDL    = 0x6001
	etherMOPRC    = 0x6002
	etherSCA      = 0x6007
	maxFrameLen   = 1500 // up to here a type field is an 802.3 length
)

// LLC service access points (libpcap's llc.h).
const (
	sapIP      = 0x06
	sapSTP     = 0x42
	sapSNAP    = 0xaa
	sapIPX     = 0xe0
	sapNetBEUI = 0xf0
	sapISO     = 0xfe
)

// PPP protocol numbers (IANA; libpcap's ppp.h).
const (
	pppIP     = 0x0021
	pppNS     = 0x0025
	pppDECnet = 0x0027
	pppApple  = 0x0029
	pppIPX    = 0x002b
	pppVJC    = 0x002d
	pppVJNC   = 0x002f
	pppBridge = 0x0031
	pppOSI    = 0x0023
	pppIPv6   = 0x0057
	pppMPLS   = 0x0281
)

// pppNumbers maps EtherTypes and service access points to PPP protocols.
var pppNumbers = map[uint32]uint32{
	etherIP: pppIP, etherIPv6: pppIPv6, etherDECnet: pppDECnet, etherAtalk: pppApple, etherNS: pppNS,
	sapISO: pppOSI, sapSTP: pppBridge, sapIPX: pppIPX,
}

// arcnetCodes maps EtherTypes to ARCnet system codes (RFC 1201).
var arcnetCodes = map[uint32]uint32{
	etherIP: 212, etherARP: 213, etherRARP: 214, etherAtalk: 221, etherIPv6: 0xc4,
}

// etherTypes are the protocols that an EtherType tells.
var etherTypes = map[ast.Proto]uint32{
	ast.IP: etherIP, ast.ARP: etherARP, ast.RARP: etherRARP, ast.Atalk: etherAtalk, ast.AARP: etherAARP,
	ast.Decnet: etherDECnet, ast.Sca: etherSCA, ast.Lat: etherLAT, ast.Mopdl: etherMOPDL, ast.Moprc: etherMOPRC,
	ast.IP6: etherIPv6,
}

// saps are the protocols that an LLC service access point tells.
var saps = map[ast.Proto]uint32{
	ast.ISO: sapISO, ast.STP: sapSTP, ast.IPX: sapIPX, ast.Netbeui: sapNetBEUI,
}

// carries tests whether the link-layer header says that it carries a protocol,
// given as an EtherType, or as a service access point if it is 1500 or less.
func (g *generator) carries(p uint32) *cond {
	if g.mplsDepth > 0 {
		return g.mplsCarries(p)
	}
	if g.typ != nil {
		return g.opts.Layers.hooks.carries(g, p)
	}
	if f := carriers[g.layout.Protocol]; f != nil {
		return f(g, p)
	}
	g.fail(diag.Unsupported, "the protocol cannot be told on link-layer type %s: its headers are not known", describe(g.layout.Type))
	return g.hint("test bytes with link[offset:size] instead")
}

// carriers has the test for each way in which a header tells its protocol. It
// is filled by init because the functions use it in turn.
var carriers = map[linktype.ProtocolField]func(g *generator, p uint32) *cond{}

func init() {
	for k, f := range map[linktype.ProtocolField]func(g *generator, p uint32) *cond{
		linktype.EtherType:       (*generator).etherTypeIs,
		linktype.EthernetField:   (*generator).ethernetCarries,
		linktype.LLCHeader:       (*generator).llcCarries,
		linktype.WLANFrame:       (*generator).wlanCarries,
		linktype.SunATMHeader:    (*generator).sunATMCarries,
		linktype.CookedField:     (*generator).cookedCarries,
		linktype.VersionNibble:   (*generator).nibbleCarries,
		linktype.OnlyIPv4:        func(_ *generator, p uint32) *cond { return constant(p == etherIP) },
		linktype.OnlyIPv6:        func(_ *generator, p uint32) *cond { return constant(p == etherIPv6) },
		linktype.LocalTalkHeader: func(_ *generator, p uint32) *cond { return constant(p == etherAtalk) },
		linktype.PPPField:        (*generator).pppCarries,
		linktype.PPPBSDOSField:   (*generator).pppBSDOSCarries,
		linktype.HDLCField:       (*generator).hdlcCarries,
		linktype.LoopbackFamily:  (*generator).loopbackCarries,
		linktype.PFLogFamily:     (*generator).pflogCarries,
		linktype.ARCnetField:     (*generator).arcnetCarries,
		linktype.FrameRelayNLPID: (*generator).frameRelayCarries,
		linktype.JuniperMagic:    func(g *generator, _ uint32) *cond { return g.masked(fromLink, 0, 4, 0x4d474300, 0xffffff00) },
		linktype.IPNetFamily:     (*generator).ipnetCarries,
	} {
		carriers[k] = f
	}
}

func constant(b bool) *cond {
	if b {
		return condTrue
	}
	return condFalse
}

func (g *generator) etherTypeIs(p uint32) *cond {
	if !g.atMost("EtherType", p, 0xffff) {
		return condFalse
	}
	return g.is(fromProtocol, 0, 2, p)
}

// ethernetCarries is the test for headers with an EtherType or, where that is
// at most 1500, a length with an LLC header behind it.
func (g *generator) ethernetCarries(p uint32) *cond {
	lane := condTrue
	if !g.encapsulated {
		lane = g.encapsulationCheck()
	}
	return g.and(lane, g.ethernetField(p))
}

func (g *generator) ethernetField(p uint32) *cond {
	length := func() *cond {
		return g.not(g.compare(ir.Gt, g.load(fromProtocol, 0, 2), g.graph.Const(maxFrameLen)))
	}
	switch p {
	case sapISO, sapIP, sapNetBEUI:
		return g.and(length(), g.is(fromLLC, 0, 2, p<<8|p))
	case sapIPX:
		// EtherType, Novell's 802.3 without LLC, LLC, and SNAP.
		llc := g.or(g.is(fromLLC, 0, 1, sapIPX), g.is(fromLLC, 0, 2, 0xffff))
		return g.or(g.is(fromProtocol, 0, 2, etherIPX), g.and(length(), g.or(g.snap(0, etherIPX), llc)))
	case etherAtalk:
		return g.or(g.is(fromProtocol, 0, 2, p), g.and(length(), g.snap(0x080007, p)))
	case etherAARP:
		return g.or(g.is(fromProtocol, 0, 2, p), g.and(length(), g.snap(0, p)))
	}
	if p > maxFrameLen {
		return g.etherTypeIs(p)
	}
	if !g.atMost("LLC service access point", p, 0xff) {
		return condFalse
	}
	if g.typ != nil {
		return g.and(length(), g.is(fromLLC, 0, 1, p))
	}
	return g.and(length(), g.is(fromProtocol, 2, 1, p))
}

// snap tests for LLC and SNAP headers with an organization code and protocol.
func (g *generator) snap(organization, p uint32) *cond {
	return g.bytesAre(fromLLC, 0, []byte{sapSNAP, sapSNAP, 3,
		byte(organization >> 16), byte(organization >> 8), byte(organization), byte(p >> 8), byte(p)})
}

// llcCarries is the test for headers that always have LLC behind them.
func (g *generator) llcCarries(p uint32) *cond {
	switch p {
	case sapIP, sapISO, sapNetBEUI:
		return g.is(fromLLC, 0, 2, p<<8|p)
	case sapIPX:
		return g.is(fromLLC, 0, 1, sapIPX)
	case etherAtalk:
		return g.snap(0x080007, etherAtalk)
	}
	if p <= maxFrameLen {
		if !g.atMost("LLC service access point", p, 0xff) {
			return condFalse
		}
		return g.is(fromLLC, 0, 1, p)
	}
	if !g.atMost("EtherType", p, 0xffff) {
		return condFalse
	}
	return g.is(fromLLC, 6, 2, p) // SNAP is taken for granted
}

func (g *generator) wlanCarries(p uint32) *cond {
	data := g.wlanData()
	return g.and(data, g.llcCarries(p))
}

func (g *generator) sunATMCarries(p uint32) *cond {
	llc := g.atmProtocol(atmLLC)
	return g.and(llc, g.llcCarries(p))
}

// cookedCarries is the test for the protocol field of Linux cooked captures:
// an EtherType, 1 for Novell's 802.3, 4 for LLC.
func (g *generator) cookedCarries(p uint32) *cond {
	const novell, llc = 1, 4
	isLLC := func() *cond { return g.is(fromProtocol, 0, 2, llc) }
	switch p {
	case sapISO, sapIP, sapNetBEUI:
		return g.and(isLLC(), g.is(fromLLC, 0, 2, p<<8|p))
	case sapIPX:
		inLLC := g.or(g.is(fromLLC, 0, 1, sapIPX), g.snap(0, etherIPX))
		return g.anyOf(g.is(fromProtocol, 0, 2, etherIPX), g.is(fromProtocol, 0, 2, novell), g.and(isLLC(), inLLC))
	case etherAtalk:
		return g.or(g.is(fromProtocol, 0, 2, p), g.and(isLLC(), g.snap(0x080007, p)))
	case etherAARP:
		return g.or(g.is(fromProtocol, 0, 2, p), g.and(isLLC(), g.snap(0, p)))
	}
	if p > maxFrameLen {
		return g.etherTypeIs(p)
	}
	if !g.atMost("LLC service access point", p, 0xff) {
		return condFalse
	}
	return g.and(isLLC(), g.is(fromLink, g.payload.k, 1, p))
}

func (g *generator) ipVersion(from base, v uint32) *cond {
	return g.masked(from, 0, 1, v<<4, 0xf0)
}

func (g *generator) nibbleCarries(p uint32) *cond {
	switch p {
	case etherIP:
		return g.ipVersion(fromLink, 4)
	case etherIPv6:
		return g.ipVersion(fromLink, 6)
	}
	return condFalse
}

func (g *generator) pppNumber(p uint32) (uint32, bool) {
	if n, ok := pppNumbers[p]; ok {
		return n, true
	}
	return p, g.atMost("PPP protocol", p, 0xffff)
}

func (g *generator) pppCarries(p uint32) *cond {
	n, ok := g.pppNumber(p)
	if !ok {
		return condFalse
	}
	return g.is(fromProtocol, 0, 2, n)
}

func (g *generator) pppBSDOSCarries(p uint32) *cond {
	if p != etherIP {
		return g.pppCarries(p)
	}
	return g.anyOf(g.is(fromProtocol, 0, 2, pppIP), g.is(fromProtocol, 0, 2, pppVJC), g.is(fromProtocol, 0, 2, pppVJNC))
}

func (g *generator) hdlcCarries(p uint32) *cond {
	if !g.atMost("HDLC protocol", p, 0xffff) {
		return condFalse
	}
	if p == sapISO {
		p = sapISO<<8 | sapISO
	}
	return g.is(fromProtocol, 0, 2, p)
}

// Values of AF_INET6 on the systems that write BSD loopback headers: macOS;
// NetBSD, OpenBSD and Npcap; FreeBSD.
var bsdInet6 = [...]uint32{30, 24, 28}

const afInet = 2 // the same on all systems

// loopbackCarries is the test for the address family of BSD loopback headers.
func (g *generator) loopbackCarries(p uint32) *cond {
	switch p {
	case etherIP:
		return g.family(afInet)
	case etherIPv6:
		if g.opts.Savefile == NotSavefile {
			return g.family(systemInet6())
		}
		c := condFalse
		for _, af := range bsdInet6 {
			c = g.or(c, g.family(af))
		}
		return c
	}
	return condFalse
}

// family tests the 32-bit address family: in network byte order for LOOP, in
// that of the capturing machine for NULL and ENC. A file may come from either
// kind of machine, so both orders count there.
func (g *generator) family(af uint32) *cond {
	if g.layout.Type == linktype.LOOP {
		return g.is(fromLink, 0, 4, af)
	}
	little := bits.ReverseBytes32(af)
	if g.opts.Savefile != NotSavefile {
		return g.or(g.is(fromLink, 0, 4, little), g.is(fromLink, 0, 4, af))
	}
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // this machine is big-endian
		return g.is(fromLink, 0, 4, af)
	}
	return g.is(fromLink, 0, 4, little)
}

func (g *generator) pflogCarries(p uint32) *cond {
	const familyOff = 1
	switch p {
	case etherIP:
		return g.is(fromLink, familyOff, 1, afInet)
	case etherIPv6:
		if g.opts.Savefile == NotSavefile {
			return g.is(fromLink, familyOff, 1, systemInet6())
		}
		c := condFalse
		for _, af := range bsdInet6 {
			c = g.or(c, g.is(fromLink, familyOff, 1, af))
		}
		return c
	}
	return condFalse
}

func (g *generator) arcnetCarries(p uint32) *cond {
	if code, ok := arcnetCodes[p]; ok {
		return g.is(fromProtocol, 0, 1, code)
	}
	return condFalse
}

// Network layer protocol identifiers (ISO 9577).
const (
	nlpidCLNP = 0x81
	nlpidESIS = 0x82
	nlpidISIS = 0x83
	nlpidIP   = 0xcc
	nlpidIPv6 = 0x8e
)

// frameRelayNLPID tests for an unnumbered information frame of a protocol.
func (g *generator) frameRelayNLPID(id uint32) *cond { return g.is(fromLink, 2, 2, 0x0300|id) }

func (g *generator) frameRelayCarries(p uint32) *cond {
	switch p {
	case etherIP:
		return g.frameRelayNLPID(nlpidIP)
	case etherIPv6:
		return g.frameRelayNLPID(nlpidIPv6)
	case sapISO:
		return g.anyOf(g.frameRelayNLPID(nlpidCLNP), g.frameRelayNLPID(nlpidESIS), g.frameRelayNLPID(nlpidISIS))
	}
	return condFalse
}

func (g *generator) ipnetCarries(p uint32) *cond {
	switch p {
	case etherIP:
		return g.is(fromProtocol, 0, 1, 2)
	case etherIPv6:
		return g.is(fromProtocol, 0, 1, 26)
	}
	return condFalse
}
