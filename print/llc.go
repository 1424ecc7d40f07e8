package print

// llcSAPs are service access points, llcCommands what unnumbered frames are for.
var (
	llcSAPs = NamesT{0x00: "Null", 0xff: "Global", 0x02: "802.1B I", 0x03: "802.1B G", 0x04: "SNA", 0x06: "IP", 0x0e: "ProWay NM", 0x42: "STP", 0x4e: "RS511",
		0x7e: "ISO8208", 0x8e: "ProWay", 0xaa: "SNAP", 0xbc: "VINES", 0xe0: "IPX", 0xf0: "NetBeui", 0xfe: "OSI"}
	llcCommands    = NamesT{0x03: "ui", 0x0f: "dm", 0x43: "disc", 0x63: "ua", 0x6f: "sabme", 0x87: "frmr", 0xaf: "xid", 0xe3: "test"}
	llcSupervisory = [4]string{"Receiver Ready", "Receiver not Ready", "Reject", "?"}
)

const (
	sapGroup  = 0x01 // of the destination
	sapAnswer = 0x01 // of the source: a response
	llcUI     = 3
	sapSNAP   = 0xaa
	llcXID    = 0xaf
)

// llc prints what follows an 802.3 length: LLC (IEEE 802.2) with or without SNAP. False if what that carries is unknown.
func (d *dissector) llc(v view, a addresses) bool {
	d.proto = "llc"
	size := 3
	if min(len(v.b), v.length) >= 3 && v.u8(2)&3 != 3 {
		size = 4
	}
	if min(len(v.b), v.length) < size {
		d.mark()
		d.bytesBelow(newView(v.b, len(v.b)))
		d.header(min(len(v.b), v.length))
		return true
	}
	dsap, ssap, control := v.u8(0), v.u8(1), v.u8(2)
	if dsap == 0xff && ssap == 0xff { // not LLC at all but IPX right behind the length
		d.onlyIf(d.LinkHeader, "IPX 802.3: ")
		d.next(byName, nameIPX, v)
		return true
	}
	if size == 4 {
		control |= v.u8(3) << 8
	}
	to, from := dsap&^sapGroup, ssap&^sapAnswer
	if d.LinkHeader {
		d.printf("LLC, dsap %s (0x%02x) %s, ssap %s (0x%02x) %s, ctrl ", llcSAPs.of(to, "Unknown"), to, [2]string{"Individual", "Group"}[dsap&1],
			llcSAPs.of(from, "Unknown"), from, [2]string{"Command", "Response"}[ssap&1])
		d.printf(NamesT{3: "0x%02x: ", 4: "0x%04x: "}[size], control)
	}
	payload := v.from(size)
	d.header(size)
	if from == to && control == llcUI {
		if from == sapSNAP {
			d.header(5)
			return d.snap(payload, a)
		}
		if d.next(bySAP, from, payload) {
			return true
		}
	}
	if !d.LinkHeader {
		d.llcAddresses(a, from, to)
	}
	return d.llcControl(payload, control, size, ssap&sapAnswer != 0)
}

// llcAddresses prints hardware addresses and service access points of a frame.
func (d *dissector) llcAddresses(a addresses, from, to int) {
	if from == to {
		a.print(d, " ")
		d.printf("%s ", llcSAPs.of(to, "Unknown DSAP 0x%02x"))
		return
	}
	source, destination := llcSAPs.of(from, "Unknown SSAP 0x%02x"), llcSAPs.of(to, "Unknown DSAP 0x%02x")
	if a.src != nil {
		source, destination = mac(a.src)+" "+source, mac(a.dst)+" "+destination
	}
	d.printf("%s > %s ", source, destination)
}

// llcControl prints what kind of frame the control field of size-2 bytes makes it; false if a payload is left to be printed.
func (d *dissector) llcControl(v view, control, size int, answer bool) bool {
	poll := control&0x100 != 0
	if size == 3 {
		poll = control&0x10 != 0
	}
	bits := map[bool]map[bool]string{false: {false: "Command", true: "Poll"}, true: {false: "Response", true: "Final"}}[answer][poll]
	switch {
	case size == 3:
		command := control &^ 0x10
		d.printf("Unnumbered, %s, Flags [%s], length %d", llcCommands.of(command, "%02x"), bits, v.length+size)
		if command == llcXID {
			return d.llcXID(v)
		}
		return false
	case control&3 == 1:
		d.printf("Supervisory, %s, rcv seq %d, Flags [%s], length %d", llcSupervisory[control>>2&3], control>>9&0x7f, bits, v.length+size)
		return true
	}
	d.printf("Information, send seq %d, rcv seq %d, Flags [%s], length %d", control>>1&0x7f, control>>9&0x7f, bits, v.length+size)
	return false
}

// llcXID prints an exchange of identification; false if it is in a format of somebody's own.
func (d *dissector) llcXID(v view) bool {
	switch {
	case v.length == 0:
		return true
	case len(v.b) < 1:
		d.mark()
		return true
	case v.b[0] != 0x81:
		return false
	case min(len(v.b), v.length) < 3:
		d.mark()
		d.bytesBelow(newView(v.b, len(v.b)))
	default:
		d.printf(": %02x %02x", v.b[1], v.b[2])
	}
	return true
}

const (
	ouiEthernet  = 0x000000
	ouiCisco90   = 0x0000f8
	ouiBridged   = 0x0080c2
	ouiAppleTalk = 0x080007
)

var ouiNames = NamesT{ouiEthernet: "Ethernet", ouiCisco: "Cisco", 0x000142: "Cisco", ouiCisco90: "Cisco bridged", ouiBridged: "Ethernet bridged", ouiAppleTalk: "Appletalk"}

var (
	ciscoTypes   = NamesT{0x2000: "CDP", 0x010b: "PVST", 0x010c: "VLAN Bridge", 0x0111: "UDLD", 0x2003: "VTP", 0x2004: "DTP", 0x0102: "DRIP", 0x0104: "PAgP"}
	bridgedTypes = NamesT{1: "Ethernet + FCS", 7: "Ethernet w/o FCS", 3: "802.5 + FCS", 9: "802.5 w/o FCS", 4: "FDDI + FCS", 10: "FDDI w/o FCS", 5: "802.4 + FCS",
		11: "802.4 w/o FCS", 14: "BPDU"}
)

// snap prints SNAP (IEEE 802): an organization and a type of its own. False if these are unknown.
func (d *dissector) snap(v view, a addresses) bool {
	d.proto = "snap"
	if len(v.b) < 5 || v.length < 5 {
		d.mark()
		return true
	}
	oui, kind := v.u24(0), v.u16(3)
	v = v.from(5)
	names, word := NamesT{}, "pid"
	switch oui {
	case ouiEthernet:
		names, word = etherTypes, "ethertype"
	case ouiCisco90, ouiAppleTalk:
		names = etherTypes
	case ouiCisco:
		names = ciscoTypes
	case ouiBridged:
		names = bridgedTypes
	}
	name := names.of(kind, "Unknown")
	if d.LinkHeader {
		d.printf("oui %s (0x%06x), %s %s (0x%04x), length %d: ", ouiNames.of(oui, "Unknown"), oui, word, name, kind, v.length)
	}
	d.stations = a
	if t, ok := snapTables[oui]; ok && d.next(t, kind, v) {
		return true
	}
	if !d.LinkHeader {
		a.print(d, " ")
		if oui == ouiEthernet {
			d.printf("SNAP, ethertype %s (0x%04x), length %d: ", name, kind, v.length)
		} else {
			d.printf("SNAP, oui %s (0x%06x), pid %s (0x%04x), length %d: ", ouiNames.of(oui, "Unknown"), oui, name, kind, v.length)
		}
	}
	return false
}

// snapTables are the tables of the types of organizations.
var snapTables = map[int]table{ouiEthernet: byEtherType, ouiCisco90: byEtherType, ouiCisco: byCisco, ouiBridged: byBridged}

// bridged prints a frame of Ethernet that was bridged over another network (RFC 2427, 2684).
func (d *dissector) bridged(v view) {
	const pad = 2
	if len(v.b) < pad {
		d.mark()
		return
	}
	d.within(func() { d.ethernet(v.from(pad)) })
}

const ouiCisco = 0x00000c
