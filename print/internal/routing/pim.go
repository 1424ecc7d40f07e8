package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// pimMessages are the messages: their names and what prints them; where they are rejected they are cut.
var pimMessages = map[int]struct {
	name  string
	print func(p pimReader)
}{
	pimHello: {"Hello", func(p pimReader) { pimOptions.Print(p.Context, p.Cursor) }}, pimRegister: {"Register", pimReader.register}, 2: {"Register Stop", func(p pimReader) { p.part(" group=", pimGroup, " source=", pimUnicast) }},
	3: {"Join / Prune", func(p pimReader) { p.joinPrune(true) }}, pimBootstrap: {"Bootstrap", pimReader.bootstrap}, 5: {"Assert", pimReader.assert}, 6: {"Graft", func(p pimReader) { p.joinPrune(true) }},
	7: {"Graft Acknowledgement", func(p pimReader) { p.joinPrune(false) }}, 8: {"Candidate RP Advertisement", pimReader.candidate}, 9: {"Prune Refresh", pimReader.refresh},
	10: {"DF Election", nil}, 11: {"ECMP Redirect", nil}, 12: {"PIM Flooding Mechanism", nil},
}

const (
	pimHello     = 0
	pimRegister  = 1
	pimBootstrap = 4
)

// pimOptions are the options of a hello.
var pimOptions = List{Head: 4, Open: true, Title: dissect.Titled("\n\t  %s Option (%d), length %d, Value: "), Other: "Unknown", Cut: pimCut, Bytes: "\n\t    ", More: "\n\t    ",
	Short: func(d *Context, f dissect.Fault) {
		d.StopIf(true, "[option length %d != %d] (invalid)", f.Size, f.Least)
	}, Values: Values{
		1: {"Hold Time", -2, dissect.Form("%2n", relativeTime)}, 2: {"LAN Prune Delay", -4, dissect.Form("\n\t    T-bit=%2[0]d, LAN delay %=[1-15]dms, Override interval %2dms")},
		18: {"DR Priority (Old)", 0, pimPriority}, 19: {"DR Priority", 0, pimPriority}, 20: {"Generation ID", -4, dissect.Form("0x%4x")},
		21: {"State Refresh Capability", -4, dissect.Form("v%1d|%1n|%2n", func(n int) string { return dissect.If(n != 0, ", interval "+relativeTime(n)) }, func(n int) string { return dissect.If(n != 0, fmt.Sprintf(" ?0x%04x?", n)) })},
		22: {"Bi-Directional Capability", 0, dissect.Silent}, 24: {"Address List", 0, pimAddresses}, 65001: {"Address List (Old)", 0, pimAddresses},
	}}

// pimCut ends the line where an option is not all captured.
func pimCut(d *Context, f dissect.Fault) {
	dissect.TruncateIf(f.Size == dissect.HeadMissing)
	d.Cut()
}

func pimPriority(d *Context, c *Cursor) {
	switch c.Length {
	case 0:
		d.Print("Bi-Directional Capability (Old)")
	case 4:
		d.Form(c, "%4d")
	default:
		d.StopIf(true, "[option length %d != 4] (invalid)", c.Length)
	}
}

func pimAddresses(d *Context, c *Cursor) {
	list := pimReader{d, c, 0}
	for d.Verbose > 1 && c.Left() > 0 {
		d.Print("\n\t    ")
		if !d.Try(func() { list.encoded(pimUnicast) }) {
			d.Print("...")
			return
		}
	}
}

// PIM prints Protocol Independent Multicast (RFC 7761).
func PIM(d *Context, v View) {
	h := d.IP
	d.Proto = "pim"
	first := v.U8(0)
	d.StopIf(first>>4 != 2, "PIMv%d, length %d", first>>4, v.Length)
	kind := first & 15
	d.Printf("PIMv2")
	message, known := pimMessages[kind]
	if !known {
		message.name = "Unknown-Type"
	}
	if d.Verbose == 0 {
		d.Printf(", %s, length %d", message.name, v.Length)
		return
	}
	d.Printf(", length %d\n\t%s", v.Length, message.name)
	d.Proto = "pimv2"
	addresses := v.U8(1) & 15
	d.If(addresses != 0, ", RFC2117-encoding")
	if sum := v.U16(2); sum == 0 {
		d.Print(", cksum 0x0000 (unverified)")
	} else {
		d.Printf(", cksum 0x%04x (%s)", sum, pimChecksum(v, h, kind))
	}
	c := dissect.NewView(v.Data[:min(len(v.Data), max(v.Length, 0))], v.Length).Cursor(4)
	if message.print != nil {
		d.Try(func() { message.print(pimReader{d, c, addresses}) })
	}
}

// pimChecksum tells whether the checksum is right, of a register without the packet in it, or, as some count, with it.
func pimChecksum(v View, h *dissect.IPHeader, kind int) string {
	for i, n := range []int{min(v.Length, 8), v.Length} {
		if i == 0 && kind != pimRegister {
			continue
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

// encoded prints an address; rejected if it makes no sense.
func (p pimReader) encoded(kind pimAddress) {
	size := p.size
	if size == 0 {
		p.View.Bytes(p.At, 2)
		size = map[int]int{1: 4, 2: 16}[p.View.U8(p.At)]
		dissect.RejectIf(size == 0 || p.View.U8(p.At+1) != 0)
		p.At += 2
	} else {
		dissect.RejectIf(size != 4 && size != 16)
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
}

// part prints addresses, each behind a text; rejected if one is missing.
func (p pimReader) part(list ...any) {
	for i := 0; i < len(list); i += 2 {
		p.need(1)
		p.Print(list[i].(string))
		p.Context.RejectIf(!p.Try(func() { p.encoded(list[i+1].(pimAddress)) }), "...")
	}
}

// need rejects a message of which there are fewer bytes left.
func (p pimReader) need(n int) { dissect.RejectIf(p.Left() < n) }

// inside prints an address in a list, and ends the line where it makes no sense or fewer bytes follow.
func (p pimReader) inside(kind pimAddress, more int) {
	p.StopIf(!p.Try(func() { p.encoded(kind) }) || p.Left() < more, "...)")
}

func (p pimReader) register() {
	p.CutIf(len(p.View.Data) < 8)
	p.Form(p.Cursor, ", Flags [ %4n ]\n\t", func(bits uint64) string {
		switch bits {
		case 1 << 31:
			return "Border"
		case 1 << 30:
			return "Null"
		}
		return "none"
	})
	inner := p.Rest()
	if inner.Length == 0 {
		return
	}
	switch version := inner.U8(0) >> 4; version {
	case 0:
		p.Form(inner.Cursor(12), "IP-Null-header %4a > %4a")
	case 4:
		p.Within(func() { p.Next(dissect.ByEtherType, dissect.TypeIP, inner) })
	case 6:
		p.Within(func() { p.Next(dissect.ByEtherType, dissect.TypeIPv6, inner) })
	default:
		p.Printf("IP ver %d", version)
	}
}

// joinPrune prints groups with sources; what is acknowledged has no neighbor and no time.
func (p pimReader) joinPrune(asked bool) {
	if asked {
		p.part(", upstream-neighbor: ", pimUnicast)
	}
	p.need(4)
	p.At++
	groups, hold := p.Cursor.U8(), p.Cursor.U16()
	p.Printf("\n\t  %d group(s)", groups)
	p.If(asked, ", holdtime: "+dissect.Pick(hold == 0xffff, "infinite", relativeTime(hold)))
	for i := range groups {
		p.need(1)
		p.Printf("\n\t    group #%d: ", i+1)
		p.inside(pimGroup, 4)
		joined, pruned := p.Cursor.U16(), p.Cursor.U16()
		p.Printf(", joined sources: %d, pruned sources: %d", joined, pruned)
		for j := range joined + pruned {
			p.Print(dissect.Pick(j < joined, fmt.Sprintf("\n\t      joined source #%d: ", j+1), fmt.Sprintf("\n\t      pruned source #%d: ", j-joined+1)))
			p.inside(pimSource, 0)
		}
	}
}

func (p pimReader) bootstrap() {
	p.Form(p.Cursor, "%2! tag=%2h%1! hashmlen=%1d%1! BSRprio=%1d")
	p.part(" BSR=", pimUnicast)
	for i := 0; p.Left() > 0; i++ {
		p.Printf(" (group%d: ", i)
		p.inside(pimGroup, 1)
		p.Printf(" RPcnt=%d", p.Cursor.U8())
		p.StopIf(p.Left() < 1, "...)")
		n := p.Cursor.U8()
		p.Printf(" FRPcnt=%d", n)
		p.At += 2
		for j := 0; j < n && p.Left() > 0; j++ {
			p.Printf(" RP%d=", j)
			p.inside(pimUnicast, 2)
			p.Form(p.Cursor, ",holdtime=%2n", relativeTime)
			p.StopIf(p.Left() < 1, "...)")
			p.Form(p.Cursor, ",prio=%1d")
			p.At++
		}
		p.Print(")")
	}
}

func (p pimReader) assert() {
	p.part(" group=", pimGroup, " src=", pimUnicast)
	p.Form(p.Cursor, "%8!%8~%4[0]?{ RPT} pref=%=[1-31]d metric=%4d")
}

func (p pimReader) candidate() {
	p.need(4)
	n := p.View.U8(p.At)
	p.Form(p.Cursor, " prefix-cnt=%1d| prio=%1d| holdtime=%2n", relativeTime)
	p.part(" RP=", pimUnicast)
	for i := 0; i < n && p.Left() > 0; i++ {
		p.part(fmt.Sprintf(" Group%d=", i), pimGroup)
	}
}

func (p pimReader) refresh() {
	p.part(" src=", pimUnicast, " grp=", pimGroup, " forwarder=", pimUnicast)
	p.Form(p.Cursor, " TUNR %2d")
}
