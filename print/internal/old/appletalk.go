package old

import "bpfc/print/internal/dissect"

// ddpNode is a node of a network, which may be all of them.
var ddpNode = Names{255: ""}.Or(".%d")

const ddpEIGRP = 88

var ddpTypes = Names{1: "rtmp", 4: "echo", 5: "rtmpReq", 22: "IP", 23: "ARP", 75: "KLAP"}

// AppleTalk prints a packet of the Datagram Delivery Protocol: addresses, and the type of what it carries.
func AppleTalk(d *Context, v View) {
	d.Proto = "ddp"
	d.If(d.Verbose > 0, "et1 ")
	d.If(!d.LinkHeader, "AT ")
	ddp(d, v, " ")
}

// KIP prints such a packet behind a header of LocalTalk in UDP, as Kinetics' gateways sent it.
func KIP(d *Context, v View) { ddp(d, v.From(3), "") }

func ddp(d *Context, v View, before string) {
	const header = 13
	d.Proto = "ddp"
	d.LeaveIf(v.Length < header, " [|ddp %d]", v.Length)
	v.Need(header)
	d.Form(v.Cursor(0), "%2@6d%1@9n.%1@11d > %2@4d%1@8n.%1@10d: ", ddpNode, ddpNode)
	kind, payload := v.U8(12), v.From(header)
	if kind == ddpEIGRP && d.Next(dissect.ByIP, dissect.ProtoEIGRP, payload) {
		return
	}
	d.Printf("%sat-%s %d", before, ddpTypes.Of(kind, "#%d"), payload.Length)
}
