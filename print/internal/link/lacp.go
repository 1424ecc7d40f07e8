package link

import "bpfc/print/internal/dissect"

var (
	lacpNames  = Names{0: "Terminator", lacpActor: "Actor Information", lacpPartner: "Partner Information", lacpCollector: "Collector Information"}
	markNames  = Names{0: "Terminator", markRequest: "Marker Information", markResponse: "Marker Response Information"}
	lacpStates = Flags{{1, "Activity"}, {2, "Timeout"}, {4, "Aggregation"}, {8, "Synchronization"}, {16, "Collecting"}, {32, "Distributing"}, {64, "Default"}, {128, "Expired"}}
)

const (
	slowLACP      = 1
	slowMarker    = 2
	slowOAM       = 3
	lacpActor     = 1
	lacpPartner   = 2
	lacpCollector = 3
	markRequest   = 1
	markResponse  = 2
)

// Slow prints the slow protocols of IEEE 802.3.
func Slow(d *Context, v View) {
	d.Proto = "slow"
	d.InvalidRestIf(v.Length < 1, v)
	kind := v.U8(0)
	switch kind {
	case slowLACP, slowMarker:
		d.InvalidRestIf(v.Length < 2, v)
		name := Names{slowLACP: "LACP", slowMarker: "MARKER"}[kind]
		if version := v.U8(1); version != 1 {
			d.Printf("%s version %d packet not supported", name, version)
			return
		}
		d.Printf("%sv1, length %d", name, v.Length)
		if d.Verbose > 0 {
			lacp(d, v.Cursor(2), kind)
		}
		return
	case slowOAM:
		d.Printf("OAM, length %d", v.Length)
	default:
		d.Printf("unknown (%d), length %d", kind, v.Length)
		if d.Verbose == 1 || kind == 10 {
			d.Unknown(v, "\n\t", v.Length)
		}
	}
	if d.Verbose > 1 {
		d.Unknown(v, "\n\t", v.Length)
	}
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
		want := 0
		switch {
		case protocol == slowLACP:
			want = map[int]int{lacpActor: 20, lacpPartner: 20, lacpCollector: 16}[kind]
		default:
			want = map[int]int{markRequest: 16, markResponse: 16}[kind]
		}
		if size < 2 || size > c.Length-start || want != 0 && size != want {
			d.If(want != 0 && size != want, " (wrong length)")
			d.InvalidRest(c.Rest())
			return
		}
		value := dissect.NewView(c.Bytes(size-2), size-2).Cursor(0)
		switch {
		case want == 20:
			priority, system, key, portPriority, port := value.U16(), value.Bytes(6), value.U16(), value.U16(), value.U16()
			d.Printf("\n\t  System %s, System Priority %d, Key %d, Port %d, Port Priority %d", d.MAC(system), priority, key, port, portPriority)
			d.Printf("\n\t  State Flags [%s]", lacpStates.Of(value.U8(), ", "))
		case protocol == slowLACP && want == 16:
			d.Printf("\n\t  Max Delay %d", value.U16())
		case want == 16:
			port, system := value.U16(), value.Bytes(6)
			d.Printf("\n\t  Request System %s, Request Port %d, Request Transaction ID 0x%08x", d.MAC(system), port, value.U32())
		case d.Verbose <= 1:
			d.Unknown(value.View, "\n\t  ", value.Length)
		}
		if d.Verbose > 1 {
			d.Unknown(value.View, "\n\t  ", value.Length)
		}
	}
}
