package old

import (
	"slices"

	"bpfc/print/internal/dissect"
)

var (
	egpCodes    = Names{0: "request", 1: "confirm", 2: "refuse", 3: "cease", 4: "cease_ack"}
	egpAcquire  = Names{0: "unspecified", 1: "active_mode", 2: "passive_mode"}
	egpRefuse   = Names{0: " unspecified", 3: " insufficient_resources", 4: " administratively_prohibited", 5: " going_down", 6: " parameter_violation", 7: " protocol_violation"}
	egpStates   = Names{0: "state:indeterminate", 1: "state:up", 2: "state:down"}.Or("[status %d]")
	egpProblems = Names{0: "unspecified", 1: "bad_EGP_header_format", 2: "bad_EGP_data_field_format", 3: "reachability_info_unavailable", 4: "excessive_polling_rate", 5: "no_response", 6: "unsupported_version"}
)

// egpMessage prints what there is of each type of message (RFC 904).
var egpMessage = dissect.ByCode(1, map[int]dissect.Printer{
	1: dissect.Form(" update %1@3n %4@12a int %1@10d ext %1@11d%p", egpStates, egpGateways),
	2: dissect.Form(" poll %1@3n net:%4@12a", egpStates),
	3: func(d *Context, c *Cursor) {
		code := c.View.U8(2)
		d.Print(" acquire" + dissect.Pick(code > 4, "", " ") + egpCodes.Of(code, "[code %d]"))
		if code < 2 {
			d.Form(c, " %1@3n hello:%2@10d poll:%2@12d", egpAcquire.Or("[status %d]"))
		} else if code <= 4 {
			d.Form(c, "%1@3n", egpRefuse.Or("[status %d]"))
		}
	},
	5: func(d *Context, c *Cursor) {
		if code := c.View.U8(2); code > 1 {
			d.Printf("[reach code %d]", code)
		} else {
			d.Form(c, dissect.Pick(code == 0, " hello", " i-h-u")+" %1@3n", egpStates)
		}
	},
	8: dissect.Form(" error %1@3n %2@10n", egpStates, egpProblems.Or("[reason %d]")),
}, dissect.Form("[type %1@1d]"))

// EGP prints the Exterior Gateway Protocol.
func EGP(d *Context, v View) {
	const header = 16
	d.Proto = "egp"
	d.CutIf(v.Length < header)
	v.Need(header)
	if d.Verbose == 0 {
		d.Form(v.Cursor(0), "EGPv%1@0d, AS %2@6d, seq %2@8d, length %L")
		return
	}
	d.Printf("EGPv%d, length %d", v.U8(0), v.Length)
	d.LeaveIf(v.U8(0) != 2, "[version %d]", v.U8(0))
	egpMessage(d, v.Cursor(0))
}

// egpGateways prints gateways, and the networks at each distance from them. tcpdump puts the bytes of their addresses together as a
// number and takes that for one in network byte order, so they come out from back to front.
func egpGateways(d *Context, c *Cursor) {
	net, inner := c.View.Bytes(12, 4), c.View.U8(10)
	hosts := 1
	switch class := net[3]; {
	case class < 0x80:
		hosts = 3
	case class < 0xc0:
		hosts = 2
	}
	c.At = 16
	for i := range inner + c.View.U8(11) {
		dissect.TruncateIf(net[3] >= 0xe0 || !c.Has(hosts+1))
		host := slices.Clone(c.Bytes(hosts))
		slices.Reverse(host)
		d.Printf(" %s %s (", dissect.Pick(i < inner, "int", "ext"), d.IP4(append(host, net[hosts:]...)))
		for k := range c.U8() {
			head := c.Bytes(2)
			d.Printf("%sd%d:", dissect.If(k > 0, ", "), head[0])
			for range head[1] {
				egpNetwork(d, c)
			}
		}
		d.Print(")")
	}
}

// egpNetwork prints a network, of whose number there are as many bytes as its class has.
func egpNetwork(d *Context, c *Cursor) {
	size := 3
	switch class := c.View.U8(c.At); {
	case class < 0x80:
		size = 1
	case class < 0xc0:
		size = 2
	}
	number := append(slices.Clone(c.Bytes(size)), 0, 0, 0, 0)[:4]
	slices.Reverse(number)
	d.Printf(" %s", d.IP4(number))
}
