package link

import "bpfc/print/internal/dissect"

var (
	lacpNames  = Names{0: "Terminator", lacpActor: "Actor Information", lacpPartner: "Partner Information", lacpCollector: "Collector Information"}
	markNames  = Names{0: "Terminator", markRequest: "Marker Information", markResponse: "Marker Response Information"}
	lacpStates = Flags{{1, "Activity"}, {2, "Timeout"}, {4, "Aggregation"}, {8, "Synchronization"}, {16, "Collecting"}, {32, "Distributing"}, {64, "Default"}, {128, "Expired"}}
)

const (
	slowLACP, slowMarker, slowOAM         = 1, 2, 3
	lacpActor, lacpPartner, lacpCollector = 1, 2, 3
	markRequest, markResponse             = 1, 2
)

// Slow prints the slow protocols of IEEE 802.3.
func Slow(d *Context, v View) {
	d.Proto = "slow"
	slowShort(d, v, 1)
	kind := v.U8(0)
	switch kind {
	case slowLACP, slowMarker:
		slowShort(d, v, 2)
		name := Names{slowLACP: "LACP", slowMarker: "MARKER"}[kind]
		d.LeaveIf(v.U8(1) != 1, "%s version %d packet not supported", name, v.U8(1))
		d.Printf("%sv1, length %d", name, v.Length)
		if d.Verbose > 0 {
			lacp(d, v.Cursor(2), kind)
		}
		return
	case slowOAM:
		d.Printf("OAM, length %d", v.Length)
		if d.Verbose > 0 {
			slowOAMBody(d, v)
		}
		return
	default:
		d.Printf("unknown (%d), length %d", kind, v.Length)
		if d.Verbose <= 1 {
			d.Unknown(v, "\n\t", v.Length)
		}
	}
	if d.Verbose > 1 {
		d.Unknown(v, "\n\t", v.Length)
	}
}

// slowShort ends the line where there are fewer bytes than it takes.
func slowShort(d *Context, v View, least int) {
	d.StopIf(v.Length < least, "%s", dissect.Pick(d.Verbose > 0, "\n\t\t packet is too short", " (packet is too short)"))
}

// lacp prints the fields of link aggregation.
func lacp(d *Context, c *Cursor, protocol int) {
	names := map[int]Names{slowLACP: lacpNames, slowMarker: markNames}[protocol]
	for c.Left() > 0 {
		d.InvalidRestIf(c.Left() < 2, c.Rest())
		start := c.At
		kind, size := c.U8(), c.U8()
		d.Printf("\n\t%s TLV (0x%02x), length %d", names.Of(kind, "Unknown"), kind, size)
		if kind == 0 { // what follows is reserved
			return
		}
		want := map[[2]int]int{{slowLACP, lacpActor}: 20, {slowLACP, lacpPartner}: 20, {slowLACP, lacpCollector}: 16, {slowMarker, markRequest}: 16, {slowMarker, markResponse}: 16}[[2]int{protocol, kind}]
		d.LeaveIf(size < 2, "\n\t    ERROR: illegal length - should be >= 2")
		d.RefuseIf(size > c.Length-start, c.Rest(), "")
		value := c.Take(size - 2).Cursor(0)
		switch {
		case want != 0 && size != want:
			d.Printf("\n\t    ERROR: illegal length - should be %d", want)
			continue
		case want == 20:
			d.Form(value, "\n\t  System %6@2m, System Priority %2@0d, Key %2@8d, Port %2@12d, Port Priority %2@10d\n\t  State Flags [%1@14n]", lacpStates)
		case protocol == slowLACP && want == 16:
			d.Form(value, "\n\t  Max Delay %2d")
		case want == 16:
			d.Form(value, "\n\t  Request System %6@2m, Request Port %2@0d, Request Transaction ID 0x%4@8x")
		case d.Verbose <= 1:
			d.Unknown(value.View, "\n\t  ", value.Length)
		}
		if d.Verbose > 1 {
			d.Unknown(value.View, "\n\t  ", value.Length)
		}
	}
}
