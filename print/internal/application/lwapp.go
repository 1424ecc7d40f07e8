package application

import "bpfc/print/internal/dissect"

var lwappFlags = Flags{{0x04, "Control Bit"}, {0x01, "Fragment"}, {0x02, "Last Fragment"}}

// LWAPPToController prints what an access point says to its controller: behind its address.
func LWAPPToController(d *Context, v View) {
	const address = 6
	d.Proto = "lwapp"
	v.Need(address)
	lwappFrame(d, v.From(address), v.Length)
}

// LWAPP prints what a controller says, and data.
func LWAPP(d *Context, v View) { lwappFrame(d, v, v.Length) }

// lwappFrame prints the head of the Lightweight Access Point Protocol (RFC 5412).
func lwappFrame(d *Context, v View, length int) {
	d.Proto = "lwapp"
	v.Need(6)
	bits := v.U8(0)
	d.Printf("LWAPPv%d, %s frame, Flags [%s], length %d", bits>>6, dissect.Pick(bits&4 != 0, "Control", "Data"), lwappFlags.Of(bits&7, ", "), length)
}
