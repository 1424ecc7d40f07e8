package application

import "bpfc/print/internal/dissect"

var ahcpTypes = Names{0: "Discover", 1: "Offer", 2: "Request", 3: "Ack", 4: "Nack", 5: "Release"}

// AHCP prints the Ad-Hoc Configuration Protocol, with -v its head.
func AHCP(d *Context, v View) {
	const header, magic = 24, 43
	d.Proto = "ahcp"
	d.Print("AHCP")
	d.InvalidRestIf(v.Length < 2 || v.U8(0) != magic, v)
	version := v.U8(1)
	d.Printf(" Version %d", version)
	if version != 1 || d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.InvalidRestIf(v.Length < header+4, v)
	d.Printf("\n\tHopcount %d, Original Hopcount %d, Nonce 0x%08x, Source Id %s, Destination Id %s", v.U8(2), v.U8(3), v.U32(4), dissect.MAC(v.Bytes(8, 8)), dissect.MAC(v.Bytes(16, 8)))
	d.Printf("\n\t%s, Length %d", ahcpTypes.Of(v.U8(header), "Unknown-%d"), v.U16(header+2))
	v.NeedAll()
}
