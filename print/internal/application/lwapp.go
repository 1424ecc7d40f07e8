package application

import "bpfc/print/internal/dissect"

// The Lightweight Access Point Protocol (RFC 5412).

var (
	lwappFlags = Flags{
		{1, "Last Fragment Bit"}, {2, "Fragment Bit"}, {4, "Control Bit"},
	}
	lwappMessages = Names{
		1: "Discovery req", 2: "Discovery resp", 3: "Join req", 4: "Join resp", 5: "Join ack", 6: "Join confirm", 10: "Configure req", 11: "Configure resp", 12: "Update req",
		13: "Update resp", 14: "WTP event req", 15: "WTP event resp", 16: "Change state event req", 17: "Change state event resp", 22: "Echo req", 23: "Echo resp",
		24: "Image data req", 25: "Image data resp", 26: "Channel status req", 27: "Channel status resp", 30: "Key update req", 31: "Key update resp",
		32: "Primary discovery req", 33: "Primary discovery resp", 34: "Data transfer req", 35: "Data transfer resp", 36: "Clear config ind", 37: "Wlan config req",
		38: "Wlan config resp", 39: "Mobile config req", 40: "Mobile config resp",
	}
)

const lwappHeader = 6 // bytes

// LWAPPToController prints what an access point says to its controller: behind its address.
func LWAPPToController(d *Context, v View) {
	const address = 6
	d.Proto = "lwapp_control"
	v.Need(address)
	lwappControl(d, v.From(address), v.Length, v.Bytes(0, address))
}

// LWAPPFromController prints what a controller says.
func LWAPPFromController(d *Context, v View) {
	d.Proto = "lwapp_control"
	lwappControl(d, v, v.Length, nil)
}

// LWAPP prints data, which are frames of 802.11.
func LWAPP(d *Context, v View) {
	d.Proto = "lwapp_data"
	lwappHead(d, v, v.Length, true)
	if d.Verbose > 0 {
		d.Unknown(v.From(lwappHeader), "\n\t", v.U16(2)-lwappHeader)
	}
}

// lwappHead prints the header. Where it carries data, with -v, there are spaces before numbers, and its length must be one of it.
func lwappHead(d *Context, v View, length int, data bool) {
	v.Need(lwappHeader)
	bits := v.U8(0)
	d.StopIf(bits>>6 != 0, "LWAPP version %d packet not supported", bits>>6)
	d.Printf("LWAPPv%d, %s frame, ", bits>>6, dissect.Pick(bits&4 != 0, "Control", "Data"))
	if d.Verbose == 0 {
		d.Printf("Flags [%s], length %d", lwappFlags.Of(bits&7, ", "), length)
		return
	}
	size, space := v.U16(2), dissect.If(data, " ")
	d.Printf("Radio-id %s%d, Flags [%s], ", space, bits>>3&7, lwappFlags.Of(bits&7, ", "))
	d.StopIf(data && size < lwappHeader, "length %d < transport header length", size)
	d.Printf("Frag-id %s%d, length %d", space, v.U8(1), size)
}

func lwappControl(d *Context, v View, length int, point []byte) {
	const header = 8
	lwappHead(d, v, length, false)
	if d.Verbose == 0 {
		return
	}
	d.PrintfIf(point != nil, "\n\tAP identity: %s", d.MAC(point))
	c := v.Cursor(lwappHeader)
	for left := v.U16(2); left > 0; {
		c.View.Need(c.At + header)
		kind, number, size := c.U8(), c.U8(), c.U16()
		d.StopIf(size+header > left, "\n\t  Msg goes past end of PDU")
		d.Printf("\n\t  Msg type: %s (%d), Seqnum: %d, Msg len: %d, Session: 0x%08x", lwappMessages.Of(kind, "Unknown"), kind, number, size, c.U32())
		c.View.Need(c.At + size)
		c.At += size
		left -= size + header
	}
}
