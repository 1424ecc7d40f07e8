package routing

import (
	"math"

	"bpfc/print/internal/dissect"
)

var rsvpNames = Names{1: "Path", 2: "Resv", 3: "PathErr", 4: "ResvErr", 5: "PathTear", 6: "ResvTear", 7: "ResvConf", 12: "Bundle", 13: "ACK", 14: "Hello (Old)", 15: "SummaryRefresh", 20: "Hello"}

// rsvpObject is a class of objects: its name, the names of its types, and how a value of a type is printed. What no function
// prints is shown in hexadecimal.
type rsvpObject struct {
	name  string
	types Names
	print func(d *Context, c *Cursor, kind int) bool // false: nothing is known of the type
}

// Types that several classes have.
var (
	rsvpAddresses = Names{1: "IPv4", 2: "IPv6"}
	rsvpTunnels   = Names{1: "IPv4", 2: "IPv6", 3: "IPv6 Flow-label", 7: "Tunnel IPv4", 12: "IPv4 P2MP LSP Tunnel", 13: "IPv6 P2MP LSP Tunnel"}
)

// rsvpObjects are the classes of RFC 2205, 2961, 3209, 3473 and others.
var rsvpObjects = map[int]rsvpObject{
	1:   {"Session", Names{1: "IPv4", 2: "IPv6", 7: "Tunnel IPv4", 11: "UNI IPv4", 13: "IPv4 P2MP LSP Tunnel", 14: "IPv6 P2MP LSP Tunnel"}, rsvpSession},
	3:   {"RSVP Hop", rsvpAddresses, rsvpHop},
	4:   {"Integrity", Names{1: "1"}, nil},
	5:   {"Time Values", Names{1: "1"}, rsvpTimes},
	6:   {"Error Spec", Names{1: "IPv4", 2: "IPv6", 3: "IPv4 plus opt. TLVs", 4: "IPv6 plus opt. TLVs"}, nil},
	7:   {"Scope", rsvpAddresses, nil},
	8:   {"Style", Names{1: "1"}, rsvpStyle},
	9:   {"Flowspec", Names{1: "obsolete", 2: "IntServ"}, nil},
	10:  {"FilterSpec", rsvpTunnels, rsvpSender},
	11:  {"Sender Template", rsvpTunnels, rsvpSender},
	12:  {"Sender TSpec", Names{1: "obsolete", 2: "IntServ"}, nil},
	13:  {"Adspec", Names{1: "obsolete", 2: "IntServ"}, nil},
	14:  {"Policy Data", nil, nil},
	15:  {"Resv Confirm", rsvpAddresses, nil},
	16:  {"Label", Names{1: "Label", 2: "Generalized Label", 3: "Waveband Switching"}, rsvpLabel},
	19:  {"Label Request", Names{1: "without label range", 2: "with ATM label range", 3: "with FR label range", 4: "Generalized Label"}, rsvpLabelRequest},
	20:  {"ERO", Names{1: "IPv4"}, rsvpRoute},
	21:  {"RRO", Names{1: "IPv4"}, rsvpRoute},
	22:  {"Hello", Names{1: "Hello Request", 2: "Hello Ack"}, rsvpHello},
	23:  {"Message ID", Names{1: "1"}, nil},
	24:  {"Message ID Ack", Names{1: "Message id ack", 2: "Message id nack"}, nil},
	25:  {"Message ID List", Names{1: "1"}, nil},
	34:  {"Recovery Label", nil, nil},
	35:  {"Upstream Label", nil, nil},
	36:  {"Label Set", nil, nil},
	37:  {"Protection", nil, nil},
	63:  {"Detour", Names{7: "Tunnel IPv4"}, nil},
	129: {"Suggested Label", nil, nil},
	131: {"Restart Capability", rsvpAddresses, rsvpRestart},
	134: {"Capability", Names{1: "1"}, rsvpCapability},
	205: {"Fast Re-Route", nil, nil},
	207: {"Session Attribute", rsvpTunnels, rsvpAttribute},
	229: {"Generalized UNI", Names{1: "1"}, rsvpUNI},
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
	d.Printf("\n\tRSVPv1 %s Message (%d), Flags: [%s], length: %d, ttl: %d, checksum: 0x%04x", rsvpNames.Of(kind, "unknown, type %d"), kind,
		dissect.Pick(v.U8(0)&1 != 0, "Refresh reduction capable", "none"), size, v.U8(4), v.U16(2))
	if size < header {
		d.Print(" (too short)")
		return
	}
	v = v.From(header)
	v.Length = size - header
	for v.Length > 0 && rsvpPrintObject(d, &v) {
	}
}

// rsvpPrintObject prints the object that a view begins with, and moves the view behind it; false if nothing can follow.
func rsvpPrintObject(d *Context, v *View) bool {
	const header = 4
	d.CutIf(len(v.Data) < header)
	size, class, kind := v.U16(0), v.U8(2), v.U8(3)
	if size%4 != 0 {
		d.Printf("\n\t  ERROR: object header size %d not a multiple of 4", size)
		return false
	}
	if size < header {
		d.Printf("\n\t  ERROR: object header too short %d < %d", size, header)
		return false
	}
	o, known := rsvpObjects[class]
	if !known {
		o.name = "Unknown"
	}
	d.Printf("\n\t  %s Object (%d) Flags: [%s", o.name, class, dissect.Pick(class&0x80 != 0, "ignore", "reject"))
	if class > 128 {
		d.Print(dissect.Pick(class&0x40 != 0, " and forward", " silently"))
	}
	d.Printf(" if unknown], Class-Type: %s (%d), length: %d", o.types.Of(kind, "Unknown"), kind, size)
	if v.Length < size {
		d.Print("\n\t  ERROR: object goes past end of objects TLV")
		return false
	}
	d.CutIf(len(v.Data) < size)
	object := dissect.NewView(v.From(header).Data[:size-header], size-header)
	known = o.print != nil && o.print(d, object.Cursor(0), kind)
	if !known || d.Verbose > 1 {
		d.HexBytes("\n\t    ", object, object.Length)
	}
	*v = v.From(size)
	return true
}

const rsvpIndent = "\n\t    "

func rsvpSession(d *Context, c *Cursor, kind int) bool {
	switch {
	case kind == 1 && c.Length >= 8:
		d.Printf(rsvpIndent+"IPv4 DestAddress: %s, Protocol ID: 0x%02x", d.IP4(c.Bytes(4)), c.U8())
		d.Printf(rsvpIndent+"Flags: [0x%02x], DestPort %d", c.U8(), c.U16())
	case kind == 2 && c.Length >= 20:
		d.Printf(rsvpIndent+"IPv6 DestAddress: %s, Protocol ID: 0x%02x", d.IP6(c.Bytes(16)), c.U8())
		d.Printf(rsvpIndent+"Flags: [0x%02x], DestPort %d", c.U8(), c.U16())
	case (kind == 7 || kind == 11) && c.Length >= 12:
		end, tunnel := d.IP4(c.Bytes(4)), c.U32()&0xffff
		d.Printf(rsvpIndent+"IPv4 Tunnel EndPoint: %s, Tunnel ID: 0x%04x, Extended Tunnel ID: %s", end, tunnel, d.IP4(c.Bytes(4)))
	default:
		return false
	}
	return true
}

func rsvpHop(d *Context, c *Cursor, kind int) bool {
	size := map[int]int{1: 4, 2: 16}[kind]
	if size == 0 || c.Length < size+4 {
		return false
	}
	d.Printf(rsvpIndent+"Previous/Next Interface: %s, Logical Interface Handle: 0x%08x", d.Address(c.Bytes(size)), c.U32())
	if c.Left() > 0 {
		d.HexBytes(rsvpIndent, c.Rest(), c.Left())
	}
	return true
}

func rsvpTimes(d *Context, c *Cursor, kind int) bool {
	if kind != 1 || c.Length < 4 {
		return false
	}
	d.Printf(rsvpIndent+"Refresh Period: %dms", c.U32())
	return true
}

func rsvpStyle(d *Context, c *Cursor, kind int) bool {
	if kind != 1 || c.Length < 4 {
		return false
	}
	bits := c.U8()
	d.Printf(rsvpIndent+"Reservation Style: %s, Flags: [0x%02x]", Names{17: "Wildcard Filter", 10: "Fixed Filter", 18: "Shared Explicit"}.Of(c.U24(), "Unknown"), bits)
	return true
}

// rsvpSender prints who sends, of a template or a filter.
func rsvpSender(d *Context, c *Cursor, kind int) bool {
	switch {
	case kind == 1 && c.Length >= 8:
		d.Printf(rsvpIndent+"Source Address: %s, Source Port: %d", d.IP4(c.Bytes(4)), c.U32()&0xffff)
	case kind == 2 && c.Length >= 20:
		d.Printf(rsvpIndent+"Source Address: %s, Source Port: %d", d.IP6(c.Bytes(16)), c.U32()&0xffff)
	case kind == 7 && c.Length >= 8:
		d.Printf(rsvpIndent+"IPv4 Tunnel Sender Address: %s, LSP-ID: 0x%04x", d.IP4(c.Bytes(4)), c.U32()&0xffff)
	default:
		return false
	}
	return true
}

func rsvpLabel(d *Context, c *Cursor, kind int) bool {
	if kind != 1 || c.Length < 4 {
		return false
	}
	for c.Left() >= 4 {
		d.Printf(rsvpIndent+"Label: %d", c.U32())
	}
	return true
}

func rsvpLabelRequest(d *Context, c *Cursor, kind int) bool {
	if kind != 1 || c.Length < 4 {
		return false
	}
	d.Printf(rsvpIndent+"L3 Protocol ID: %s", dissect.EtherTypes.Of(int(c.U32()&0xffff), "Unknown protocol (0x%04x)"))
	return true
}

// rsvpRoute prints the hops of a route: addresses, and labels that were recorded.
func rsvpRoute(d *Context, c *Cursor, kind int) bool {
	const address, label = 1, 3
	if kind != 1 {
		return false
	}
	for c.Left() >= 4 {
		first, size := c.U8(), c.U8()
		hop := first & 0x7f
		d.Printf(rsvpIndent+"Subobject Type: %s, length %d", Names{address: "IPv4 prefix", 2: "IPv6 prefix", label: "Label", 32: "Autonomous system number"}.Of(hop, "Unknown Subobj"), size)
		if size == 0 {
			d.Print(rsvpIndent + "ERROR: zero length ERO subtype")
			return true
		}
		if size < 4 || size-2 > c.Left() {
			d.Print(rsvpIndent + "ERROR: ERO subobject length > object length")
			return true
		}
		if hop == address && size == 8 {
			ip, bits := d.IP4(c.Bytes(4)), c.U8()
			d.StopIf(bits != 32, " ERROR: Prefix length %d != 32 (invalid)", bits)
			d.Printf(", %s, %s/%d", dissect.Pick(first&0x80 != 0, "Loose", "Strict"), ip, bits)
			d.Printf(", Flags: [%s]", Flags{{1, "Local protection available"}, {2, "Local protection in use"}}.Of(c.U8(), ", "))
			continue
		}
		c.Bytes(size - 2)
	}
	return true
}

func rsvpHello(d *Context, c *Cursor, kind int) bool {
	if kind != 1 && kind != 2 || c.Length < 8 {
		return false
	}
	d.Printf(rsvpIndent+"Source Instance: 0x%08x, Destination Instance: 0x%08x", c.U32(), c.U32())
	return true
}

func rsvpRestart(d *Context, c *Cursor, kind int) bool {
	if kind != 1 || c.Length < 8 {
		return false
	}
	d.Printf(rsvpIndent+"Restart  Time: %dms, Recovery Time: %dms", c.U32(), c.U32())
	return true
}

func rsvpCapability(d *Context, c *Cursor, kind int) bool {
	if kind != 1 || c.Length < 4 {
		return false
	}
	bits := c.U32()
	d.PrintfIf(bits&^7 != 0, rsvpIndent+"[reserved=0x%08x must be zero]", bits&^7)
	d.Printf(rsvpIndent+"Flags: [%s]", Flags{{4, "RecoveryPath Transmit Enabled"}, {2, "RecoveryPath Desired"}, {1, "RecoveryPath Srefresh Capable"}}.Of(int(bits&math.MaxInt32), ", "))
	return true
}

// rsvpUNI says that subobjects are there, of which none is taken apart.
func rsvpUNI(d *Context, c *Cursor, kind int) bool {
	if kind != 1 {
		return false
	}
	for c.Left() >= 4 {
		size, class, family := c.U16(), c.U8(), c.U8()
		d.Printf(rsvpIndent+"Subobject Type: %s (%d), AF: %s (%d), length: %d",
			Names{1: "IPv4 TNA", 2: "IPv6 TNA", 3: "NSAP TNA", 4: "Diversity", 5: "Egress label", 6: "Service level"}.Of(class, "Unknown"), class, dissect.AddressFamilies.Of(family, "Unknown"), family, size)
		d.StopIf(size < 4 || size-4 > c.Left(), " (invalid)")
		c.Bytes(size - 4)
	}
	return true
}

func rsvpAttribute(d *Context, c *Cursor, kind int) bool {
	if kind != 7 || c.Length < 4 {
		return false
	}
	setup, holding, bits, size := c.U8(), c.U8(), c.U8(), c.U8()
	if size > c.Left() {
		return false
	}
	d.Print(rsvpIndent + "Session Name: ")
	for _, b := range c.Bytes(size) {
		d.Print(dissect.Pick(b >= 0x20 && b < 0x7f, string(rune(b)), "."))
	}
	d.Printf(rsvpIndent+"Setup Priority: %d, Holding Priority: %d, Flags: [%s] (%#x)", setup, holding,
		Flags{{1, "Local Protection"}, {2, "Label Recording"}, {4, "SE Style"}, {8, "Bandwidth protection"}, {16, "Node protection"}}.Of(bits, ", "), bits)
	return true
}
