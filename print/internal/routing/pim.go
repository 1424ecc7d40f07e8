package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	pimTypes = Names{pimHello: "Hello", pimRegister: "Register", pimRegisterStop: "Register Stop", pimJoinPrune: "Join / Prune", pimBootstrap: "Bootstrap", pimAssert: "Assert", pimGraft: "Graft",
		pimGraftAck: "Graft Acknowledgement", pimCandidate: "Candidate RP Advertisement", pimRefresh: "Prune Refresh", 10: "DF Election", 11: "ECMP Redirect", 12: "PIM Flooding Mechanism"}
	pimOptions = Names{1: "Hold Time", 2: "LAN Prune Delay", 18: "DR Priority (Old)", 19: "DR Priority", 20: "Generation ID", 21: "State Refresh Capability", 22: "Bi-Directional Capability",
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

// PIM prints Protocol Independent Multicast (RFC 7761).
func PIM(d *Context, v View) {
	h := d.IP
	d.Proto = "pim"
	first := v.U8(0)
	d.StopIf(first>>4 != 2, "PIMv%d, length %d", first>>4, v.Length)
	kind := first & 15
	d.Printf("PIMv2")
	d.StopIf(d.Verbose == 0, ", %s, length %d", pimTypes.Of(kind, "Unknown-Type"), v.Length)
	d.Printf(", length %d\n\t%s", v.Length, pimTypes.Of(kind, "Unknown-Type"))
	d.Proto = "pimv2"
	addresses := v.U8(1)
	if kind == pimHello || kind == pimBootstrap {
		addresses = 0
	}
	d.If(addresses != 0, ", RFC2117-encoding")
	if sum := v.U16(2); sum == 0 {
		d.Print(", cksum 0x0000 (unverified)")
	} else {
		d.Printf(", cksum 0x%04x (%s)", sum, pimChecksum(d, v, h, kind))
	}
	c := dissect.NewView(v.Data[:min(len(v.Data), max(v.Length, 0))], v.Length).Cursor(4)
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
			d.Printf(" TUNR %d", c.U16())
		}
	}
}

// pimChecksum tells whether the checksum is right, of a register without the packet in it.
func pimChecksum(d *Context, v View, h *dissect.IPHeader, kind int) string {
	n := v.Length
	if kind == pimRegister {
		n = min(n, 8)
	}
	if len(v.Data) < n {
		return "unverified"
	}
	sum := uint32(0)
	if h.Version == 6 {
		sum = h.PseudoHeader(dissect.ProtoPIM, n)
	}
	if dissect.Checksum(sum, v.Data[:n]) == 0 {
		return "correct"
	}
	if kind == pimRegister { // some count the packet
		if len(v.Data) < v.Length {
			return "unverified"
		}
		if h.Version == 6 {
			sum = h.PseudoHeader(dissect.ProtoPIM, v.Length)
		}
		if dissect.Checksum(sum, v.Data[:v.Length]) == 0 {
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
	*Context
	*Cursor
	size int
}

// address prints an address; false if it is cut or makes no sense.
func (p pimReader) encoded(kind pimAddress) bool {
	size := p.size
	if size == 0 {
		p.View.Bytes(p.At, 2)
		size = map[int]int{1: 4, 2: 16}[p.View.U8(p.At)]
		if size == 0 || p.View.U8(p.At+1) != 0 {
			return false
		}
		p.At += 2
	} else if size != 4 && size != 16 {
		return false
	}
	bits, length := 0, 8*size
	if kind != pimUnicast {
		p.CutIf(!p.Has(size + 2))
		bits, length = p.Cursor.U8(), p.Cursor.U8()
	}
	p.CutIf(!p.Has(size))
	p.Print(p.Context.Address(p.Cursor.Bytes(size)))
	p.PrintfIf(length != 8*size, "/%d", length)
	switch {
	case bits == 0:
	case kind == pimGroup:
		p.Printf("(0x%02x)", bits)
	default:
		p.Printf("(%s%s%s", dissect.If(bits&4 != 0, "S"), dissect.If(bits&2 != 0, "W"), dissect.If(bits&1 != 0, "R"))
		p.PrintfIf(bits&0xf8 != 0, "+0x%02x", bits&0xf8)
		p.Print(")")
	}
	return true
}

// part prints addresses, each behind a text; false if one is missing.
func (p pimReader) part(list ...any) bool {
	for i := 0; i < len(list); i += 2 {
		if p.Left() <= 0 {
			return false
		}
		p.Print(list[i].(string))
		if !p.encoded(list[i+1].(pimAddress)) {
			p.Print("...")
			return false
		}
	}
	return true
}

func (p pimReader) hello() {
	for p.Left() > 0 {
		kind, size := p.Cursor.U16(), p.Cursor.U16()
		p.Printf("\n\t  %s Option (%d), length %d, Value: ", pimOptions.Of(kind, "Unknown"), kind, size)
		p.CutIf(!p.Has(size))
		value := dissect.NewView(p.Cursor.Bytes(size), size)
		p.option(kind, value)
		if p.Verbose > 1 {
			p.Unknown(value, "\n\t    ", size)
		}
	}
}

func (p pimReader) option(kind int, v View) {
	wrong := func(want int) bool {
		if v.Length != want {
			p.Printf("[option length %d != %d] (invalid)", v.Length, want)
			panic(dissect.Ended{})
		}
		return false
	}
	switch kind {
	case 1:
		if !wrong(2) {
			p.Print(dissect.RelativeTime(uint32(v.U16(0))))
		}
	case 2:
		if !wrong(4) {
			p.Printf("\n\t    T-bit=%d, LAN delay %dms, Override interval %dms", v.U16(0)>>15, v.U16(0)&0x7fff, v.U16(2))
		}
	case 18, 19:
		switch v.Length {
		case 0:
			p.Print("Bi-Directional Capability (Old)")
		case 4:
			p.Printf("%d", v.U32(0))
		default:
			wrong(4)
		}
	case 20:
		if !wrong(4) {
			p.Printf("0x%08x", v.U32(0))
		}
	case 21:
		if wrong(4) {
			return
		}
		p.Printf("v%d", v.U8(0))
		if v.U8(1) != 0 {
			p.Printf(", interval %s", dissect.RelativeTime(uint32(v.U8(1))))
		}
		if v.U16(2) != 0 {
			p.Printf(" ?0x%04x?", v.U16(2))
		}
	case 22:
	case 24, 65001:
		if p.Verbose <= 1 {
			return
		}
		list := pimReader{p.Context, v.Cursor(0), p.size}
		for list.Left() > 0 {
			p.Print("\n\t    ")
			if !list.encoded(pimUnicast) {
				p.Print("...")
				return
			}
		}
	default:
		if p.Verbose <= 1 {
			p.Unknown(v, "\n\t    ", v.Length)
		}
	}
}

func (p pimReader) register() {
	p.CutIf(len(p.View.Data) < 8)
	bits := p.Cursor.U32()
	p.Printf(", Flags [ %s ]\n\t", registerFlag(bits))
	inner := p.Rest()
	if inner.Length == 0 {
		return
	}
	switch version := inner.U8(0) >> 4; version {
	case 0:
		p.Printf("IP-Null-header %s > %s", p.IP4(inner.Bytes(12, 4)), p.IP4(inner.Bytes(16, 4)))
	case 4:
		p.Within(func() { p.Next(dissect.ByEtherType, dissect.TypeIP, inner) })
	case 6:
		p.Within(func() { p.Next(dissect.ByEtherType, dissect.TypeIPv6, inner) })
	default:
		p.Printf("IP ver %d", version)
	}
}

func (p pimReader) joinPrune(kind int) {
	if kind != pimGraftAck && !p.part(", upstream-neighbor: ", pimUnicast) {
		return
	}
	if p.Left() < 4 {
		return
	}
	p.At++
	groups, hold := p.Cursor.U8(), p.Cursor.U16()
	p.Printf("\n\t  %d group(s)", groups)
	if kind != pimGraftAck {
		p.Print(", holdtime: ")
		if hold == 0xffff {
			p.Print("infinite")
		} else {
			p.Print(dissect.RelativeTime(uint32(hold)))
		}
	}
	for i := range groups {
		if p.Left() <= 0 {
			return
		}
		p.Printf("\n\t    group #%d: ", i+1)
		p.StopIf(!p.encoded(pimGroup) || p.Left() < 4, "...)")
		joined, pruned := p.Cursor.U16(), p.Cursor.U16()
		p.Printf(", joined sources: %d, pruned sources: %d", joined, pruned)
		for _, list := range []struct {
			name string
			n    int
		}{{"joined", joined}, {"pruned", pruned}} {
			for j := range list.n {
				p.Printf("\n\t      %s source #%d: ", list.name, j+1)
				p.StopIf(!p.encoded(pimSource), "...)")
			}
		}
	}
}

func (p pimReader) bootstrap() {
	if p.Left() < 2 {
		return
	}
	p.Printf(" tag=%x", p.Cursor.U16())
	if p.Left() < 1 {
		return
	}
	p.Printf(" hashmlen=%d", p.Cursor.U8())
	if p.Left() < 1 {
		return
	}
	p.Printf(" BSRprio=%d", p.Cursor.U8())
	if !p.part(" BSR=", pimUnicast) {
		return
	}
	for i := 0; p.Left() > 0; i++ {
		p.Printf(" (group%d: ", i)
		p.StopIf(!p.encoded(pimGroup) || p.Left() < 1, "...)")
		p.Printf(" RPcnt=%d", p.Cursor.U8())
		p.StopIf(p.Left() < 1, "...)")
		n := p.Cursor.U8()
		p.Printf(" FRPcnt=%d", n)
		p.At += 2
		for j := 0; j < n && p.Left() > 0; j++ {
			p.Printf(" RP%d=", j)
			p.StopIf(!p.encoded(pimUnicast) || p.Left() < 2, "...)")
			p.Printf(",holdtime=%s", dissect.RelativeTime(uint32(p.Cursor.U16())))
			p.StopIf(p.Left() < 1, "...)")
			p.Printf(",prio=%d", p.Cursor.U8())
			p.At++
		}
		p.Print(")")
	}
}

func (p pimReader) assert() {
	if !p.part(" group=", pimGroup, " src=", pimUnicast) || p.Left() < 8 {
		return
	}
	p.CutIf(!p.Has(8))
	preference := p.Cursor.U32()
	p.Printf("%s pref=%d metric=%d", dissect.If(preference&0x80000000 != 0, " RPT"), preference&0x7fffffff, p.Cursor.U32())
}

func (p pimReader) candidate() {
	if p.Left() < 4 {
		return
	}
	n := p.Cursor.U8()
	p.Printf(" prefix-cnt=%d", n)
	p.Printf(" prio=%d", p.Cursor.U8())
	p.Printf(" holdtime=%s", dissect.RelativeTime(uint32(p.Cursor.U16())))
	if !p.part(" RP=", pimUnicast) {
		return
	}
	for i := 0; i < n && p.Left() > 0; i++ {
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
