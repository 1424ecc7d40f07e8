package old

import "bpfc/print/internal/dissect"

const ddpEIGRP = 88

var ddpTypes = Names{1: "rtmp", 4: "echo", 5: "rtmpReq", 22: "IP", 23: "ARP", 75: "KLAP"}

// AppleTalk prints a packet of the Datagram Delivery Protocol: addresses, and the type of what it carries.
func AppleTalk(d *Context, v View) {
	const header = 13
	d.Proto = "ddp"
	d.If(d.Verbose > 0, "et1 ")
	d.If(!d.LinkHeader, "AT ")
	d.LeaveIf(v.Length < header, " [|ddp %d]", v.Length)
	v.Need(header)
	d.Form(v.Cursor(0), "%2@6d.%1@9d.%1@11d > %2@4d.%1@8d.%1@10d: ")
	kind, payload := v.U8(12), v.From(header)
	if kind == ddpEIGRP && d.Next(dissect.ByIP, dissect.ProtoEIGRP, payload) {
		return
	}
	d.Printf(" at-%s %d", ddpTypes.Of(kind, "#%d"), payload.Length)
}
