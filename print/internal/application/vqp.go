package application

import "bpfc/print/internal/dissect"

var (
	vqpMessages = Names{1: "Request, Join Port", 2: "Response, VLAN", 3: "Request, Reconfirm", 4: "Response, Reconfirm"}
	vqpErrors   = Names{0: "No error", 3: "Access denied", 4: "Shutdown port", 5: "Wrong VTP domain"}
)

// vqpObjects are the objects.
var vqpObjects = List{Bytes: "\n\t    ", Strict: true, Short: func(d *Context, _ dissect.Fault) { d.Invalid() }, Values: Values{
	0xc01: {"Client IP Address", 4, dissect.Form("%4a (0x%4@0x)")}, 0xc02: {"Port Name", 0, vqpText}, 0xc03: {"VLAN Name", 0, vqpText}, 0xc04: {"VTP Domain", 0, vqpText}, 0xc05: {"Ethernet Packet", 0, vqpText},
	0xc06: {"MAC Null", 6, dissect.Form("%6m")}, 0xc08: {"MAC Address", 6, dissect.Form("%6m")},
}}

var vqpText = dissect.Form("%*s")

// VQP prints Cisco's VLAN Query Protocol, with -v its objects.
func VQP(d *Context, v View) {
	const header = 8
	d.Proto = "vqp"
	d.CutIf(v.Length < header)
	v.Need(header)
	version, kind, fault, items := v.U8(0), v.U8(1), v.U8(2), v.U8(3)
	d.StopIf(version != 1, "VQP version %d packet not supported", version)
	if d.Verbose == 0 {
		d.Printf("VQPv%d %s Message, error-code %s (%d), length %d", version, vqpMessages.Of(kind, "unknown (%d)"), vqpErrors.Of(fault, "unknown"), fault, v.Length)
		return
	}
	d.Printf("\n\tVQPv%d, %s Message, error-code %s (%d), seq 0x%08x, items %d, length %d", version, vqpMessages.Of(kind, "unknown (%d)"), vqpErrors.Of(fault, "unknown"), fault, v.U32(4), items, v.Length)
	for c := v.Cursor(header); items > 0 && c.Left() > 0; items-- {
		c.View.Need(c.At + 6)
		kind, size := int(c.U32()), c.U16()
		d.Printf("\n\t  %s Object (0x%08x), length %d, value: ", vqpObjects.Values.Name(kind, "Unknown"), kind, size)
		if value := c.Take(size); size > 0 && !vqpObjects.Value(d, kind, value) {
			return
		}
	}
}
