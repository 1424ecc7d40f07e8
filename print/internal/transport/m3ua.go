package transport

// m3uaClasses are the classes of messages, and the messages of each.
var m3uaClasses = map[int]struct {
	name     string
	messages Names
}{
	0: {"Management", Names{0: "Error", 1: "Notify"}},
	1: {"Transfer", Names{1: "Data"}},
	2: {"SS7", Names{1: "Destination Unavailable", 2: "Destination Available", 3: "Destination State Audit", 4: "Signalling Congestion", 5: "Destination User Part Unavailable", 6: "Destination Restricted"}},
	3: {"ASP", Names{1: "Up", 2: "Down", 3: "Heartbeat", 4: "Up Acknowledgement", 5: "Down Acknowledgement", 6: "Heartbeat Acknowledgement"}},
	4: {"ASP", Names{1: "Active", 2: "Inactive", 3: "Active Acknowledgement", 4: "Inactive Acknowledgement"}},
	9: {"Routing Key Management", Names{1: "Registration Request", 2: "Registration Response", 3: "Deregistration Request", 4: "Deregistration Response"}},
}

var m3uaParameters = Names{4: "INFO String", 6: "Routing Context", 7: "Diagnostic Info", 9: "Heartbeat Data", 0x0b: "Traffic Mode Type", 0x0c: "Error Code", 0x0d: "Status", 0x11: "ASP Identifier",
	0x12: "Affected Point Code", 0x13: "Correlation ID", 0x200: "Network Appearance", 0x204: "User/Cause", 0x205: "Congestion Indications", 0x206: "Concerned Destination", 0x207: "Routing Key",
	0x208: "Registration Result", 0x209: "Deregistration Result", 0x20a: "Local Routing Key Identifier", 0x20b: "Destination Point Code", 0x20c: "Service Indicators", 0x20e: "Originating Point Code List",
	0x210: "Protocol Data", 0x212: "Registration Status", 0x213: "Deregistration Status"}

// m3ua prints a message of signalling system 7 over SCTP (RFC 4666).
func m3ua(d *Context, v View) {
	const header = 8
	d.Proto = "m3ua"
	d.InvalidRestIf(v.Length < header, v)
	if v.U8(0) != 1 {
		return
	}
	class, known := m3uaClasses[v.U8(2)]
	if !known {
		d.Printf("\n\t\tUnknown message class %d", v.U8(2))
		return
	}
	d.Printf("\n\t\t%s %s Message", class.name, class.messages.Of(v.U8(3), "Unknown (0x%02x)"))
	if length := v.U32(4); int64(length) < header || int64(length) > int64(v.Length) {
		d.Printf("\n\t\t\t@@@@@@ Corrupted length %d of message @@@@@@", length)
		return
	}
	for c := v.Cursor(header); c.Left() > 0; {
		d.InvalidRestIf(c.Left() < 4, c.Rest())
		kind, size := c.View.U16(c.At), c.View.U16(c.At+2)
		d.Printf("\n\t\t\t%s: ", m3uaParameters.Of(kind, "Unknown Parameter (0x%04x)"))
		d.InvalidRestIf(size < 4, c.Rest())
		padded := (size + 3) &^ 3
		d.CutIf(!c.Has(padded) || c.Left() < padded)
		if name := m3uaParameters[kind]; name == "Routing Context" || name == "Correlation ID" || name == "Network Appearance" {
			d.Printf("0x%08x", c.View.U32(c.At)) // of the parameter's head, as tcpdump
		} else {
			d.Printf("(length %d)", size)
		}
		c.At += padded
	}
}
