package application

import "bpfc/print/internal/dissect"

// The Lightweight Access Point Protocol (RFC 5412).

var (
	lwappFlags    = Flags{{0x04, "Control Bit"}, {0x01, "Fragment"}, {0x02, "Last Fragment"}}
	lwappMessages = Names{1: "Discovery req", 2: "Discovery resp", 3: "Join req", 4: "Join resp", 5: "Handoff req", 6: "Handoff resp", 7: "Handoff ack", 10: "Config req", 11: "Config resp", 12: "Update req", 13: "Update resp"}
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
	lwappHead(d, v, v.Length, " ")
	if d.Verbose > 0 {
		d.Unknown(v.From(lwappHeader), "\n\t", v.U16(2)-lwappHeader)
	}
}

// lwappHead prints the header; with -v there are spaces before numbers where it carries data.
func lwappHead(d *Context, v View, length int, space string) {
	v.Need(lwappHeader)
	bits := v.U8(0)
	d.Printf("LWAPPv%d, %s frame, ", bits>>6, dissect.Pick(bits&4 != 0, "Control", "Data"))
	if d.Verbose == 0 {
		d.Printf("Flags [%s], length %d", lwappFlags.Of(bits&7, ", "), length)
		return
	}
	d.Printf("Radio-id %s%d, Flags [%s], Frag-id %s%d, length %d", space, bits>>3&7, lwappFlags.Of(bits&7, ", "), space, v.U8(1), v.U16(2))
}

func lwappControl(d *Context, v View, length int, point []byte) {
	const header = 8
	lwappHead(d, v, length, "")
	if d.Verbose == 0 {
		return
	}
	d.PrintfIf(point != nil, "\n\tAP identity: %s", d.MAC(point))
	for c := v.Cursor(lwappHeader); c.Left() > 0; {
		c.View.Need(c.At + header)
		kind, number, size := c.U8(), c.U8(), c.U16()
		d.StopIf(size+4 > c.Left(), "\n\t  Msg goes past end of PDU")
		d.Printf("\n\t  Msg type: %s (%d), Seqnum: %d, Msg len: %d, Session: 0x%08x", lwappMessages.Of(kind, "Unknown"), kind, number, size, c.U32())
		c.View.Need(c.At + size)
		if d.Verbose > 1 {
			d.Unknown(c.Rest(), "\n\t", size)
		}
		c.At += size
	}
}
