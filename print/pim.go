package print

import "fmt"

var (
	pimTypes = NamesT{pimHello: "Hello", pimRegister: "Register", pimRegisterStop: "Register Stop", pimJoinPrune: "Join / Prune", pimBootstrap: "Bootstrap", pimAssert: "Assert", pimGraft: "Graft",
		pimGraftAck: "Graft Acknowledgement", pimCandidate: "Candidate RP Advertisement", pimRefresh: "Prune Refresh", 10: "DF Election", 11: "ECMP Redirect", 12: "PIM Flooding Mechanism"}
	pimOptions = NamesT{1: "Hold Time", 2: "LAN Prune Delay", 18: "DR Priority (Old)", 19: "DR Priority", 20: "Generation ID", 21: "State Refresh Capability", 22: "Bi-Directional Capability",
		24: "Address List", 65001: "Address List (Old)"}
)

const (
	pimHello        = 0
	pimRegister     = 1
	pimRegisterStop = 2
	pimJoinPrune    = 3
	pimBootstrap    = 4
	pimAssert       = 5
	pimGraft        = 6
	pimGraftAck     = 7
	pimCandidate    = 8
	pimRefresh      = 9
)

// pim prints Protocol Independent Multicast (RFC 7761).
func (d *dissector) pim(v view) {
	h := d.ip
	d.proto = "pim"
	first := v.u8(0)
	if first>>4 != 2 {
		d.printf("PIMv%d, length %d", first>>4, v.length)
		return
	}
	kind := first & 15
	d.printf("PIMv2")
	if d.Verbose == 0 {
		d.printf(", %s, length %d", pimTypes.of(kind, "Unknown-Type"), v.length)
		return
	}
	d.printf(", length %d\n\t%s", v.length, pimTypes.of(kind, "Unknown-Type"))
	d.proto = "pimv2"
	addresses := v.u8(1)
	if kind == pimHello || kind == pimBootstrap {
		addresses = 0
	}
	d.onlyIf(addresses != 0, ", RFC2117-encoding")
	if sum := v.u16(2); sum == 0 {
		d.print(", cksum 0x0000 (unverified)")
	} else {
		d.printf(", cksum 0x%04x (%s)", sum, d.pimChecksum(v, h, kind))
	}
	c := newView(v.b[:min(len(v.b), max(v.length, 0))], v.length).cursor(4)
	p := pimReader{d, c, addresses}
	switch kind {
	case pimHello:
		p.hello()
	case pimRegister:
		p.register()
	case pimRegisterStop:
		p.part(" group=", pimGroup, " source=", pimUnicast)
	case pimJoinPrune, pimGraft, pimGraftAck:
		p.joinPrune(kind)
	case pimBootstrap:
		p.bootstrap()
	case pimAssert:
		p.assert()
	case pimCandidate:
		p.candidate()
	case pimRefresh:
		if p.part(" src=", pimUnicast, " grp=", pimGroup, " forwarder=", pimUnicast) {
			d.printf(" TUNR %d", c.u16())
		}
	}
}

// pimChecksum tells whether the checksum is right, of a register without the packet in it.
func (d *dissector) pimChecksum(v view, h *ipHeader, kind int) string {
	n := v.length
	if kind == pimRegister {
		n = min(n, 8)
	}
	if len(v.b) < n {
		return "unverified"
	}
	sum := uint32(0)
	if h.version == 6 {
		sum = h.pseudoHeader(protoPIM, n)
	}
	if checksum(sum, v.b[:n]) == 0 {
		return "correct"
	}
	if kind == pimRegister { // some count the packet
		if len(v.b) < v.length {
			return "unverified"
		}
		if h.version == 6 {
			sum = h.pseudoHeader(protoPIM, v.length)
		}
		if checksum(sum, v.b[:v.length]) == 0 {
			return "correct"
		}
	}
	return "incorrect"
}

type pimAddress int

const (
	pimUnicast pimAddress = iota
	pimGroup
	pimSource
)

// pimReader reads what addresses are in, which have a size in bytes if they are of the older encoding.
type pimReader struct {
	*dissector
	*cursor
	size int
}

// address prints an address; false if it is cut or makes no sense.
func (p pimReader) encoded(kind pimAddress) bool {
	size := p.size
	if size == 0 {
		p.view.bytes(p.at, 2)
		size = map[int]int{1: 4, 2: 16}[p.view.u8(p.at)]
		if size == 0 || p.view.u8(p.at+1) != 0 {
			return false
		}
		p.at += 2
	} else if size != 4 && size != 16 {
		return false
	}
	bits, length := 0, 8*size
	if kind != pimUnicast {
		if !p.has(size + 2) {
			p.cut()
		}
		bits, length = p.cursor.u8(), p.cursor.u8()
	}
	if !p.has(size) {
		p.cut()
	}
	p.print(p.dissector.address(p.cursor.bytes(size)))
	if length != 8*size {
		p.printf("/%d", length)
	}
	switch {
	case bits == 0:
	case kind == pimGroup:
		p.printf("(0x%02x)", bits)
	default:
		p.printf("(%s%s%s", mark(bits&4 != 0, "S"), mark(bits&2 != 0, "W"), mark(bits&1 != 0, "R"))
		if bits&0xf8 != 0 {
			p.printf("+0x%02x", bits&0xf8)
		}
		p.print(")")
	}
	return true
}

// part prints addresses, each behind a text; false if one is missing.
func (p pimReader) part(list ...any) bool {
	for i := 0; i < len(list); i += 2 {
		if p.left() <= 0 {
			return false
		}
		p.print(list[i].(string))
		if !p.encoded(list[i+1].(pimAddress)) {
			p.print("...")
			return false
		}
	}
	return true
}

func (p pimReader) hello() {
	for p.left() > 0 {
		kind, size := p.cursor.u16(), p.cursor.u16()
		p.printf("\n\t  %s Option (%d), length %d, Value: ", pimOptions.of(kind, "Unknown"), kind, size)
		if !p.has(size) {
			p.cut()
		}
		value := newView(p.cursor.bytes(size), size)
		p.option(kind, value)
		if p.Verbose > 1 {
			p.unknown(value, "\n\t    ", size)
		}
	}
}

func (p pimReader) option(kind int, v view) {
	wrong := func(want int) bool {
		if v.length != want {
			p.printf("[option length %d != %d] (invalid)", v.length, want)
			panic(ended{})
		}
		return false
	}
	switch kind {
	case 1:
		if !wrong(2) {
			p.print(relativeTime(uint32(v.u16(0))))
		}
	case 2:
		if !wrong(4) {
			p.printf("\n\t    T-bit=%d, LAN delay %dms, Override interval %dms", v.u16(0)>>15, v.u16(0)&0x7fff, v.u16(2))
		}
	case 18, 19:
		switch v.length {
		case 0:
			p.print("Bi-Directional Capability (Old)")
		case 4:
			p.printf("%d", v.u32(0))
		default:
			wrong(4)
		}
	case 20:
		if !wrong(4) {
			p.printf("0x%08x", v.u32(0))
		}
	case 21:
		if wrong(4) {
			return
		}
		p.printf("v%d", v.u8(0))
		if v.u8(1) != 0 {
			p.printf(", interval %s", relativeTime(uint32(v.u8(1))))
		}
		if v.u16(2) != 0 {
			p.printf(" ?0x%04x?", v.u16(2))
		}
	case 22:
	case 24, 65001:
		if p.Verbose <= 1 {
			return
		}
		list := pimReader{p.dissector, v.cursor(0), p.size}
		for list.left() > 0 {
			p.print("\n\t    ")
			if !list.encoded(pimUnicast) {
				p.print("...")
				return
			}
		}
	default:
		if p.Verbose <= 1 {
			p.unknown(v, "\n\t    ", v.length)
		}
	}
}

func (p pimReader) register() {
	if len(p.view.b) < 8 {
		p.cut()
	}
	bits := p.cursor.u32()
	p.printf(", Flags [ %s ]\n\t", registerFlag(bits))
	inner := p.rest()
	if inner.length == 0 {
		return
	}
	switch version := inner.u8(0) >> 4; version {
	case 0:
		p.printf("IP-Null-header %s > %s", p.ip4(inner.bytes(12, 4)), p.ip4(inner.bytes(16, 4)))
	case 4:
		p.within(func() { p.next(byEtherType, typeIP, inner) })
	case 6:
		p.within(func() { p.next(byEtherType, typeIPv6, inner) })
	default:
		p.printf("IP ver %d", version)
	}
}

func (p pimReader) joinPrune(kind int) {
	if kind != pimGraftAck && !p.part(", upstream-neighbor: ", pimUnicast) {
		return
	}
	if p.left() < 4 {
		return
	}
	p.at++
	groups, hold := p.cursor.u8(), p.cursor.u16()
	p.printf("\n\t  %d group(s)", groups)
	if kind != pimGraftAck {
		p.print(", holdtime: ")
		if hold == 0xffff {
			p.print("infinite")
		} else {
			p.print(relativeTime(uint32(hold)))
		}
	}
	for i := range groups {
		if p.left() <= 0 {
			return
		}
		p.printf("\n\t    group #%d: ", i+1)
		if !p.encoded(pimGroup) || p.left() < 4 {
			p.print("...)")
			return
		}
		joined, pruned := p.cursor.u16(), p.cursor.u16()
		p.printf(", joined sources: %d, pruned sources: %d", joined, pruned)
		for _, list := range []struct {
			name string
			n    int
		}{{"joined", joined}, {"pruned", pruned}} {
			for j := range list.n {
				p.printf("\n\t      %s source #%d: ", list.name, j+1)
				if !p.encoded(pimSource) {
					p.print("...)")
					return
				}
			}
		}
	}
}

func (p pimReader) bootstrap() {
	if p.left() < 2 {
		return
	}
	p.printf(" tag=%x", p.cursor.u16())
	if p.left() < 1 {
		return
	}
	p.printf(" hashmlen=%d", p.cursor.u8())
	if p.left() < 1 {
		return
	}
	p.printf(" BSRprio=%d", p.cursor.u8())
	if !p.part(" BSR=", pimUnicast) {
		return
	}
	for i := 0; p.left() > 0; i++ {
		p.printf(" (group%d: ", i)
		if !p.encoded(pimGroup) || p.left() < 1 {
			p.print("...)")
			return
		}
		p.printf(" RPcnt=%d", p.cursor.u8())
		if p.left() < 1 {
			p.print("...)")
			return
		}
		n := p.cursor.u8()
		p.printf(" FRPcnt=%d", n)
		p.at += 2
		for j := 0; j < n && p.left() > 0; j++ {
			p.printf(" RP%d=", j)
			if !p.encoded(pimUnicast) || p.left() < 2 {
				p.print("...)")
				return
			}
			p.printf(",holdtime=%s", relativeTime(uint32(p.cursor.u16())))
			if p.left() < 1 {
				p.print("...)")
				return
			}
			p.printf(",prio=%d", p.cursor.u8())
			p.at++
		}
		p.print(")")
	}
}

func (p pimReader) assert() {
	if !p.part(" group=", pimGroup, " src=", pimUnicast) || p.left() < 8 {
		return
	}
	if !p.has(8) {
		p.cut()
	}
	preference := p.cursor.u32()
	p.printf("%s pref=%d metric=%d", mark(preference&0x80000000 != 0, " RPT"), preference&0x7fffffff, p.cursor.u32())
}

func (p pimReader) candidate() {
	if p.left() < 4 {
		return
	}
	n := p.cursor.u8()
	p.printf(" prefix-cnt=%d", n)
	p.printf(" prio=%d", p.cursor.u8())
	p.printf(" holdtime=%s", relativeTime(uint32(p.cursor.u16())))
	if !p.part(" RP=", pimUnicast) {
		return
	}
	for i := 0; i < n && p.left() > 0; i++ {
		if !p.part(fmt.Sprintf(" Group%d=", i), pimGroup) {
			return
		}
	}
}

func registerFlag(bits uint32) string {
	switch bits {
	case 1 << 31:
		return "Border"
	case 1 << 30:
		return "Null"
	}
	return "none"
}
