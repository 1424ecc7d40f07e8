package link

import "bpfc/print/internal/dissect"

// Frame relay (ITU-T Q.922, RFC 2427), one of a bundle of links (FRF.16) or alone.

const frExtended, frCR, frSDLC = 0x01, 0x02, 0x02000000 // the first one is in the last byte of an address

var frFlags = Flags{{frCR, "C!"}, {0x0200, "DE"}, {0x0400, "BECN"}, {0x0800, "FECN"}, {frSDLC, "sdlcore"}}

// frAddress is a header: its size in bytes, 0 if it is cut and less than none if it makes no sense.
type frAddress struct{ size, circuit, flags int }

func readFRAddress(v View) (a frAddress) {
	has := func(n int) bool { return min(len(v.Data), v.Length) >= n }
	switch {
	case !has(1):
		return a
	case v.U8(0)&frExtended != 0:
		return frAddress{size: -1}
	case !has(2):
		return a
	}
	a = frAddress{2, v.U8(0)&0xfc<<2 | v.U8(1)>>4, v.U8(0)&frCR | v.U8(1)&0x0e<<8}
	if v.U8(1)&frExtended != 0 {
		return a
	}
	if !has(3) {
		return frAddress{}
	}
	at := 2
	if v.U8(2)&frExtended == 0 {
		a.circuit = a.circuit<<7 | v.U8(2)>>1
		at++
	}
	if !has(at + 1) {
		return frAddress{}
	}
	last := v.U8(at)
	if last&frExtended == 0 {
		return frAddress{size: -1}
	}
	return frAddress{at + 1, a.circuit<<6 | last>>2, a.flags | dissect.Pick(last&2 != 0, frSDLC, 0)}
}

// FrameRelayLink prints a frame of the link-layer type FRELAY.
func FrameRelayLink(d *Context, v View) {
	const least = 4
	d.Proto = "fr"
	cutHeader(d, v, least)
	FrameRelay(d, v)
}

func frHeader(d *Context, a frAddress, size, length, kind int) {
	switch {
	case d.Quiet:
		d.Printf("Q.922, DLCI %d", a.circuit)
	case kind > 0xff:
		d.Printf("Q.922, hdr-len %d, DLCI %d, Flags [%s], cisco-ethertype %s (0x%04x)", size, a.circuit, frFlags.Of(a.flags, ", "), dissect.EtherTypes.Of(kind, "unknown"), kind)
	default:
		d.Printf("Q.922, hdr-len %d, DLCI %d, Flags [%s], NLPID %s (0x%02x)", size, a.circuit, frFlags.Of(a.flags, ", "), frNLPIDs.Of(kind, "unknown"), kind)
	}
	d.Printf(", length %d: ", length)
}

// Numbers of network layer protocols that have meanings of their own here.
const frQ933, frSNAP, frMFR = 0x08, 0x80, 0xb1

// FrameRelay prints a frame: of an ethertype, as Cisco's routers write it, or of a network layer protocol.
func FrameRelay(d *Context, v View) {
	d.Proto = "fr"
	a := readFRAddress(v)
	d.LeaveIf(a.size < 0, "Q.922, invalid address")
	short := func(n int) bool { return min(len(v.Data), v.Length) < n }
	d.MarkIf(a.size == 0 || short(a.size+1))
	first := v.U8(a.size)
	cisco := first != llcUI && a.circuit != 0
	if cisco && !short(a.size+2) {
		kind, payload := v.U16(a.size), v.From(a.size+2)
		if d.LinkHeader {
			frHeader(d, a, a.size, v.Length, kind)
		}
		before := d.LinkSize
		d.Header(a.size + 2)
		d.Stations = dissect.Stations{}
		if d.Next(dissect.ByEtherType, kind, payload) {
			return
		}
		d.LinkSize = before
	}
	d.PrintfIf(cisco, "UI %02x! ", first)
	d.MarkIf(short(a.size + 2))
	size := a.size + 2
	if v.U8(a.size+1) == 0 { // a byte of padding
		d.If(a.size != 3, "Pad! ")
		size++
	} else {
		d.If(a.size == 3, "No pad! ")
	}
	d.MarkIf(short(size))
	kind, payload := v.U8(size-1), v.From(size)
	if d.LinkHeader {
		frHeader(d, a, a.size, v.Length, kind)
	}
	d.Header(size)
	switch kind {
	case 0xcc:
		d.Next(dissect.ByEtherType, dissect.TypeIP, payload)
	case 0x8e:
		d.Next(dissect.ByEtherType, dissect.TypeIPv6, payload)
	case dissect.NLPIDCLNP, dissect.NLPIDESIS, dissect.NLPIDISIS:
		d.Next(dissect.ByName, dissect.NameISO, v.From(size-1))
	case frSNAP:
		if !snap(d, payload, dissect.Stations{}) {
			if !d.LinkHeader {
				frHeader(d, a, size, v.Length, kind)
			}
			d.HexLines(v)
		}
	case 0xcf:
		d.Within(func() { PPP(d, payload) })
	case frQ933:
		q933(d, payload)
	case frMFR:
		frf15(d, payload)
	default:
		if !d.LinkHeader {
			frHeader(d, a, a.size, v.Length, kind)
		}
		if !d.Quiet || d.LinkHeader {
			d.BytesBelow(payload)
			payload.NeedAll()
		}
	}
}

// q933 names signalling (ITU-T Q.933).
func q933(d *Context, v View) {
	d.Proto = "q.933"
	d.Printf("%slength %d", dissect.If(!d.LinkHeader, "Q.933, "), v.Length)
	d.MarkIf(min(len(v.Data), v.Length) < 9)
}

// frNLPIDs are the names of protocols here.
var frNLPIDs = Names{0x00: "NULL", 0x08: "Q.933", 0x80: "SNAP", 0x81: "CLNP", 0x82: "ES-IS", 0x83: "IS-IS", 0x8a: "X25 ES-IS", 0x8e: "IPv6", 0xb0: "CONS", 0xb1: "FRF.15", 0xcc: "IPv4", 0xcf: "PPP"}

// frf15 prints a fragment of a frame (FRF.15).
func frf15(d *Context, v View) {
	d.MarkIf(min(len(v.Data), v.Length) < 2)
	d.Proto = "frf15"
	bits := v.U8(0) & 0xe0
	d.Printf("FRF.15, seq 0x%03x, Flags [%s],%s Fragmentation, length %d", v.U16(0)&0x1fff, mfrFlags.Of(bits, ", "), dissect.Pick(v.U8(0)&1 != 0, "Interface", "End-to-End"), v.Length)
}

var (
	mfrFlags    = Flags{{0x80, "Begin"}, {0x40, "End"}, {0x20, "Control"}}
	mfrMessages = Names{1: "Add Link", 2: "Add Link ACK", 3: "Add Link Reject", 4: "Hello", 5: "Hello ACK", 6: "Remove Link", 7: "Remove Link ACK"}
)

// MFR prints a frame of multilink frame relay (FRF.16): a message between the ends of a bundle, or a fragment.
func MFR(d *Context, v View) {
	const least, control, whole, begin = 4, 0xe0, 0xc0, 0x80
	d.Proto = "mfr"
	d.MarkIf(min(len(v.Data), v.Length) < least)
	kind := v.U8(0) & 0xe0
	if kind == control && v.U8(1) == 0 {
		d.Printf("FRF.16 Control, Flags [%s], %s, length %d", mfrFlags.Of(kind, ", "), mfrMessages.Of(v.U8(2), "Unknown Message (0x%02x)"), v.Length)
		if d.Verbose > 0 {
			mfrElements.Print(d, v.Cursor(3))
		}
		return
	}
	d.Printf("FRF.16 Frag, seq %d, Flags [%s]", v.U8(0)&0x1e<<7|v.U8(1), mfrFlags.Of(kind, ", "))
	if kind == whole || kind == begin {
		d.Print(", ")
		d.Header(2)
		FrameRelay(d, v.From(2))
		return
	}
	d.Unknown(v, "\n\t", v.Length)
}

// mfrElements are the elements of a message.
var mfrElements = List{Head: 2, Whole: true, Least: 3, Title: dissect.Titled("\n\tIE %s (%d), length %d: "), Other: "Unknown", Bytes: "\n\t  ", More: "\n\t  ",
	Ends: func(d *Context, _ dissect.Fault) { d.StopIf(true, "Trailing garbage? (invalid)") },
	Short: func(d *Context, f dissect.Fault) {
		if f.Relation == "!=" {
			d.Printf("[IE data length %d != 4] (invalid)", f.Size)
		} else if d.Verbose <= 1 {
			d.Unknown(f.Rest, "\n\t  ", f.Size)
		}
	},
	Values: Values{1: {"Bundle ID", 0, dissect.Form("%*z")}, 2: {"Link ID", 0, dissect.Form("%*z")}, 3: {"Magic Number", -4, dissect.Form("0x%4x")}, 5: {"Timestamp", 0, nil},
		6: {"Vendor Extension", 0, nil}, 7: {"Cause", 0, nil}}}
