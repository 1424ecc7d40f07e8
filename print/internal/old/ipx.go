package old

import "bpfc/print/internal/dissect"

const ipxHeader = 30

// IPX prints Novell's IPX, and the services and routes that are announced in it.
func IPX(d *Context, v View) {
	d.Proto = "ipx"
	d.If(!d.LinkHeader, "IPX ")
	d.Form(v.Cursor(0), "%4@18x.%6@22m.%2@28x > |%4@6x.%6@10m.%2@16x: ")
	socket := v.U16(16)
	length := v.U16(2)
	d.StopIf(length < ipxHeader, "[length %d < %d] (invalid)", length, ipxHeader)
	c := dissect.NewView(v.From(ipxHeader).Data, length-ipxHeader).Cursor(0)
	switch socket {
	case 0x0452:
		ipxServices(d, c)
	case 0x0453:
		ipxRoutes(d, c)
	case 0x85be:
		d.Next(dissect.ByIP, dissect.ProtoEIGRP, c.View)
	default:
		d.Printf("ipx-%s %d", Names{0x0451: "ncp", 0x0455: "netbios", 0x0456: "diags", 0x0553: "nwlink-dgm"}.Of(socket, "#%x"), c.Length)
	}
}

// IPXBehindLLC prints IPX behind LLC.
func IPXBehindLLC(d *Context, v View) {
	d.If(d.LinkHeader, "IPX 802.2: ")
	IPX(d, v)
}

// ipxServices prints the Service Advertisement Protocol.
func ipxServices(d *Context, c *Cursor) {
	left := func(n int) bool { return c.Length-c.At >= n }
	command := c.U16()
	d.StopIf(!left(0), " [%s %d %s %d] (invalid)", "length", c.Length, "<", 2)
	switch command {
	case 1, 3:
		d.Printf("ipx-sap-%sreq %04x", dissect.If(command == 3, "nearest-"), c.U16())
	case 2, 4:
		d.Printf("ipx-sap-%sresp", dissect.If(command == 4, "nearest-"))
		for i := 0; i < 8 && left(1); i++ {
			d.StopIf(!left(2), " [%s %d %s %d] (invalid)", "length", c.Length-c.At, "<", 2)
			d.Printf(" %04x '", c.U16())
			d.StopIf(!left(48), "' (invalid)")
			d.Padded(c, 48)
			d.Print("'")
			d.StopIf(!left(10), " [%s %d %s %d] (invalid)", "length", c.Length-c.At, "<", 10)
			d.Form(c, " addr %4x.%6m")
			d.StopIf(!left(4), " [%s %d %s %d] (invalid)", "length", c.Length-c.At, "<", 4)
			c.Bytes(4)
		}
	default:
		d.Printf("ipx-sap-?%x", command)
	}
}

// ipxRoutes prints the Routing Information Protocol of IPX.
func ipxRoutes(d *Context, c *Cursor) {
	command := c.U16()
	most := map[int]int{1: 1, 2: 50}[command]
	d.StopIf(most == 0, "ipx-rip-?%x", command)
	d.Print(Names{1: "ipx-rip-req", 2: "ipx-rip-resp"}[command])
	for i := 0; i < most && c.Length-c.At > 0; i++ {
		d.StopIf(c.Length-c.At < 8, " [%s %d %s %d] (invalid)", "length", c.Length-c.At, "<", 8)
		d.Form(c, " %4x/%2d.%2d")
	}
}
