package application

import "bpfc/print/internal/dissect"

var (
	vqpMessages = Names{1: "Request, Join Port", 2: "Response, VLAN", 3: "Request, Reconfirm", 4: "Response, Reconfirm"}
	vqpErrors   = Names{0: "No error", 3: "Access denied", 4: "Shutdown port", 5: "Wrong VTP domain"}
)

// vqpRows are the objects: their names, how many bytes they need, and how they are printed.
var vqpRows = map[uint32]struct {
	name  string
	least int
	print func(d *Context, v View)
}{
	0xc01: {"Client IP Address", 4, func(d *Context, v View) { d.Printf("%s (0x%08x)", d.IP4(v.Bytes(0, 4)), v.U32(0)) }},
	0xc02: {"Port Name", 0, vqpText}, 0xc03: {"VLAN Name", 0, vqpText}, 0xc04: {"VTP Domain", 0, vqpText}, 0xc05: {"Ethernet Packet", 0, vqpText},
	0xc06: {"MAC Null", 6, vqpMAC}, 0xc08: {"MAC Address", 6, vqpMAC},
}

func vqpText(d *Context, v View) { d.Counted(v.Cursor(0), v.Length) }

func vqpMAC(d *Context, v View) { d.Print(d.MAC(v.Bytes(0, 6))) }

// VQP prints Cisco's VLAN Query Protocol, with -v its objects.
func VQP(d *Context, v View) {
	const header = 8
	d.Proto = "vqp"
	d.CutIf(v.Length < header)
	v.Need(header)
	version, kind, fault, items := v.U8(0), v.U8(1), v.U8(2), v.U8(3)
	d.StopIf(version != 1, "VQP version %d packet not supported", version)
	d.LeaveIf(d.Verbose == 0, "VQPv%d %s Message, error-code %s (%d), length %d", version, vqpMessages.Of(kind, "unknown (%d)"), vqpErrors.Of(fault, "unknown"), fault, v.Length)
	d.Printf("\n\tVQPv%d, %s Message, error-code %s (%d), seq 0x%08x, items %d, length %d", version, vqpMessages.Of(kind, "unknown (%d)"), vqpErrors.Of(fault, "unknown"), fault, v.U32(4), items, v.Length)
	for c := v.Cursor(header); items > 0 && c.Left() > 0; items-- {
		c.View.Need(c.At + 6)
		kind, size := c.U32(), c.U16()
		row, known := vqpRows[kind]
		d.Printf("\n\t  %s Object (0x%08x), length %d, value: ", dissect.Pick(known, row.name, "Unknown"), kind, size)
		value := c.Take(size)
		switch {
		case size == 0:
		case size < row.least:
			d.Invalid()
			return
		case known:
			row.print(d, value)
		case d.Verbose <= 1:
			d.Unknown(value, "\n\t    ", size)
		}
	}
}
