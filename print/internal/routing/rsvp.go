package routing

import (
	"math"

	"bpfc/print/internal/dissect"
)

var rsvpNames = Names{1: "Path", 2: "Resv", 3: "PathErr", 4: "ResvErr", 5: "PathTear", 6: "ResvTear", 7: "ResvConf", 12: "Bundle", 13: "ACK", 14: "Hello (Old)", 15: "SummaryRefresh", 20: "Hello"}

// rsvpObject is a class of objects: its name, and its types with their values.
type rsvpObject struct {
	name  string
	types Values
}

const rsvpIndent = "\n\t    "

// rsvpForm makes a printer of a form on a line of its own.
func rsvpForm(form string, tables ...any) dissect.Printer {
	return dissect.Form(rsvpIndent+form, tables...)
}

// Types that several classes have.
var (
	rsvpAddresses = Values{1: {"IPv4", 0, nil}, 2: {"IPv6", 0, nil}}
	rsvpServices  = Values{1: {"obsolete", 0, nil}, 2: {"IntServ", 0, nil}}
	rsvpOne       = Values{1: {"1", 0, nil}}
	rsvpTunnel    = rsvpForm("IPv4 Tunnel EndPoint: %4a, Tunnel ID: 0x%4[16-31]x, Extended Tunnel ID: %4a")
	rsvpInstances = rsvpForm("Source Instance: 0x%4x, Destination Instance: 0x%4x")
	rsvpSenders   = Values{
		1: {"IPv4", 8, rsvpForm("Source Address: %4a, Source Port: %4[16-31]d")}, 2: {"IPv6", 20, rsvpForm("Source Address: %16a, Source Port: %4[16-31]d")}, 3: {"IPv6 Flow-label", 0, nil},
		7: {"Tunnel IPv4", 8, rsvpForm("IPv4 Tunnel Sender Address: %4a, LSP-ID: 0x%4[16-31]x")}, 12: {"IPv4 P2MP LSP Tunnel", 0, nil}, 13: {"IPv6 P2MP LSP Tunnel", 0, nil},
	}
	rsvpRoutes       = Values{1: {"IPv4", 0, rsvpRoute}}
	rsvpStyles       = Names{17: "Wildcard Filter", 10: "Fixed Filter", 18: "Shared Explicit"}.Or("Unknown")
	rsvpCapabilities = Flags{{4, "RecoveryPath Transmit Enabled"}, {2, "RecoveryPath Desired"}, {1, "RecoveryPath Srefresh Capable"}}
)

// rsvpObjects are the classes of RFC 2205, 2961, 3209, 3473 and others.
var rsvpObjects = map[int]rsvpObject{
	1: {"Session", Values{1: {"IPv4", 8, rsvpForm("IPv4 DestAddress: %4a, Protocol ID: 0x%1x|" + rsvpIndent + "Flags: [0x%1x], DestPort %2d")}, 2: {"IPv6", 20, rsvpForm("IPv6 DestAddress: %16a, Protocol ID: 0x%1x|" + rsvpIndent + "Flags: [0x%1x], DestPort %2d")},
		7: {"Tunnel IPv4", 12, rsvpTunnel}, 11: {"UNI IPv4", 12, rsvpTunnel}, 13: {"IPv4 P2MP LSP Tunnel", 0, nil}, 14: {"IPv6 P2MP LSP Tunnel", 0, nil}}},
	3: {"RSVP Hop", Values{1: {"IPv4", 8, rsvpForm("Previous/Next Interface: %4a, Logical Interface Handle: 0x%4x|%p", rsvpBytes)}, 2: {"IPv6", 20, rsvpForm("Previous/Next Interface: %16a, Logical Interface Handle: 0x%4x|%p", rsvpBytes)}}},
	4: {"Integrity", rsvpOne}, 5: {"Time Values", Values{1: {"1", 4, rsvpForm("Refresh Period: %4dms")}}},
	6: {"Error Spec", Values{1: {"IPv4", 0, nil}, 2: {"IPv6", 0, nil}, 3: {"IPv4 plus opt. TLVs", 0, nil}, 4: {"IPv6 plus opt. TLVs", 0, nil}}}, 7: {"Scope", rsvpAddresses},
	8: {"Style", Values{1: {"1", 4, rsvpForm("Reservation Style: %3@1n, Flags: [0x%1x]", rsvpStyles)}}}, 9: {"Flowspec", rsvpServices}, 10: {"FilterSpec", rsvpSenders}, 11: {"Sender Template", rsvpSenders},
	12: {"Sender TSpec", rsvpServices}, 13: {"Adspec", rsvpServices}, 14: {"Policy Data", nil}, 15: {"Confirm", rsvpAddresses},
	16: {"Label", Values{1: {"Label", 4, dissect.Every(4, "", rsvpForm("Label: %4d"))}, 2: {"Generalized Label", 0, nil}, 3: {"Waveband Switching", 0, nil}}},
	19: {"Label Request", Values{1: {"without label range", 4, rsvpForm("L3 Protocol ID: %4[16-31]n", dissect.EtherTypes.Or("Unknown protocol (0x%04x)"))}, 2: {"with ATM label range", 0, nil}, 3: {"with FR label range", 0, nil}, 4: {"Generalized Label", 0, nil}}},
	20: {"ERO", rsvpRoutes}, 21: {"RRO", rsvpRoutes}, 22: {"Hello", Values{1: {"Hello Request", 8, rsvpInstances}, 2: {"Hello Ack", 8, rsvpInstances}}},
	23: {"Message ID", rsvpOne}, 24: {"Message ID Ack", Values{1: {"Message id ack", 0, nil}, 2: {"Message id nack", 0, nil}}}, 25: {"Message ID List", rsvpOne},
	34: {"Recovery Label", nil}, 35: {"Upstream Label", nil}, 36: {"Label Set", nil}, 50: {"Sub-LSP to LSP", nil}, 66: {"Class Type", nil}, 125: {"Class Type (old)", nil}, 130: {"Acceptable Label Set", nil}, 195: {"Notify Request", nil}, 204: {"Properties", nil}, 230: {"Call-ID", nil}, 196: {"Administrative Status", nil}, 236: {"Call Capability", nil}, 37: {"Protection", nil}, 63: {"Detour", Values{7: {"Tunnel IPv4", 0, nil}}}, 129: {"Suggested Label", nil},
	131: {"Restart Capability", Values{1: {"IPv4", 8, rsvpForm("Restart  Time: %4dms, Recovery Time: %4dms")}, 2: {"IPv6", 0, nil}}}, 134: {"Capability", Values{1: {"1", 4, rsvpCapability}}}, 205: {"Fast Re-Route", nil},
	207: {"Session Attribute", Values{1: {"IPv4", 0, nil}, 2: {"IPv6", 0, nil}, 3: {"IPv6 Flow-label", 0, nil}, 7: {"Tunnel IPv4", 4, rsvpAttribute}, 12: {"IPv4 P2MP LSP Tunnel", 0, nil}, 13: {"IPv6 P2MP LSP Tunnel", 0, nil}}},
	229: {"Generalized UNI", Values{1: {"1", 0, rsvpUNI.Print}}},
}

// RSVP prints the Resource Reservation Protocol (RFC 2205), with -v the objects.
func RSVP(d *Context, v View) {
	const header = 8
	d.Proto = "rsvp"
	d.CutIf(len(v.Data) < header)
	if version := v.U8(0) >> 4; version != 1 {
		d.Printf("ERROR: RSVP version %d packet not supported", version)
		return
	}
	kind := v.U8(1)
	if d.Verbose == 0 {
		d.Printf("RSVPv1 %s Message, length: %d", rsvpNames.Of(kind, "unknown (%d)"), v.Length)
		return
	}
	size := v.U16(6)
	d.Printf("\n\tRSVPv1 %s Message (%d), Flags: [%s], length: %d, ttl: %d, checksum: 0x%04x", rsvpNames.Of(kind, "unknown, type: %d"), kind,
		dissect.Pick(v.U8(0)&1 != 0, "Refresh reduction capable", "none"), size, v.U8(4), v.U16(2))
	d.LeaveIf(size < header, "ERROR: common header too short %d < %d", size, header)
	v = v.From(header)
	v.Length = size - header
	if _, known := rsvpNames[kind]; !known {
		d.HexBytes("\n\t    ", v, v.Length)
		return
	}
	for v.Length > 0 && d.Try(func() { rsvpPrintObject(d, &v) }) {
	}
}

// rsvpPrintObject prints the object that a view begins with, and moves the view behind it; rejected if nothing can follow.
func rsvpPrintObject(d *Context, v *View) {
	const header = 4
	d.CutIf(len(v.Data) < header)
	size, class, kind := v.U16(0), v.U8(2), v.U8(3)
	d.RejectIf(size%4 != 0, "\n\t  ERROR: object header size %d not a multiple of 4", size)
	d.RejectIf(size < header, "\n\t  ERROR: object header too short %d < %d", size, header)
	o, known := rsvpObjects[class]
	if !known {
		o.name = "Unknown"
	}
	d.Printf("\n\t  %s Object (%d) Flags: [%s", o.name, class, dissect.Pick(class&0x80 != 0, "ignore", "reject"))
	d.If(class > 128, dissect.Pick(class&0x40 != 0, " and forward", " silently"))
	d.Printf(" if unknown], Class-Type: %s (%d), length: %d", o.types.Name(kind, "Unknown"), kind, size)
	d.RejectIf(v.Length < size, "\n\t  ERROR: object goes past end of objects TLV")
	d.CutIf(len(v.Data) < size)
	object := dissect.NewView(v.From(header).Data[:size-header], size-header)
	row := o.types[kind]
	printed := row.Print != nil && object.Length >= row.Least && d.Try(func() { row.Print(d, object.Cursor(0)) })
	if !printed || d.Verbose > 1 {
		d.HexBytes("\n\t    ", object, object.Length)
	}
	*v = v.From(size)
}

// rsvpBytes prints what is left, if anything.
func rsvpBytes(d *Context, c *Cursor) {
	if c.Left() > 0 {
		d.HexBytes(rsvpIndent, c.Rest(), c.Left())
	}
}

// rsvpRoute prints the hops of a route: addresses, and labels that were recorded.
func rsvpRoute(d *Context, c *Cursor) {
	const address, label = 1, 3
	names := Names{address: "IPv4 prefix", 2: "IPv6 prefix", label: "Label", 32: "Autonomous system number"}.Or("Unknown Subobj")
	for c.Left() >= 4 {
		first, size := c.View.U8(c.At), c.View.U8(c.At+1)
		d.Form(c, rsvpIndent+"Subobject Type: %1[1-7]n, length %1d", names)
		if size == 0 {
			d.Print(rsvpIndent + "ERROR: zero length ERO subtype")
			return
		}
		if size < 4 || size-2 > c.Left() {
			d.Print(rsvpIndent + "ERROR: ERO subobject length > object length")
			return
		}
		if first&0x7f == address && size == 8 {
			bits := c.View.U8(c.At + 4)
			d.StopIf(bits != 32, " ERROR: Prefix length %d != 32 (invalid)", bits)
			d.Printf(", %s", dissect.Pick(first&0x80 != 0, "Loose", "Strict"))
			d.Form(c, ", %4a/%1d|, Flags: [%1n]", Flags{{1, "Local protection available"}, {2, "Local protection in use"}})
			continue
		}
		c.Bytes(size - 2)
	}
}

func rsvpCapability(d *Context, c *Cursor) {
	bits := c.U32()
	d.PrintfIf(bits&^7 != 0, rsvpIndent+"[reserved=0x%08x must be zero]", bits&^7)
	d.Printf(rsvpIndent+"Flags: [%s]", rsvpCapabilities.Of(int(bits&math.MaxInt32), ", "))
}

// rsvpUNI are subobjects, of which none is taken apart.
var rsvpUNI = List{Head: 4, Whole: true, Least: 4, Read: func(c *Cursor) (kind, size int) { size = c.U16(); return c.U16(), size },
	Title: func(d *Context, kind int, _ string, size int) {
		names := Names{1: "IPv4 TNA", 2: "IPv6 TNA", 3: "NSAP TNA", 4: "Diversity", 5: "Egress label", 6: "Service level"}
		d.Printf(rsvpIndent+"Subobject Type: %s (%d), AF: %s (%d), length: %d", names.Of(kind>>8, "Unknown"), kind>>8, dissect.AddressFamilies.Of(kind&0xff, "Unknown"), kind&0xff, size)
	},
	Ends: func(d *Context, _ dissect.Fault) { d.StopIf(true, " (invalid)") }}

func rsvpAttribute(d *Context, c *Cursor) {
	setup, holding, bits, size := c.U8(), c.U8(), c.U8(), c.U8()
	dissect.RejectIf(size > c.Left())
	d.Print(rsvpIndent + "Session Name: ")
	d.Print(dissect.Dotted(c.Bytes(size)))
	d.Printf(rsvpIndent+"Setup Priority: %d, Holding Priority: %d, Flags: [%s] (%#x)", setup, holding,
		Flags{{1, "Local Protection"}, {2, "Label Recording"}, {4, "SE Style"}, {8, "Bandwidth protection"}, {16, "Node protection"}}.Of(bits, ", "), bits)
}
