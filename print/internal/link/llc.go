package link

import "bpfc/print/internal/dissect"

// llcSAPs are service access points, llcCommands what unnumbered frames are for.
var (
	llcSAPs = Names{0x00: "Null", 0xff: "Global", 0x02: "802.1B I", 0x03: "802.1B G", 0x04: "SNA", 0x06: "IP", 0x0e: "ProWay NM", 0x42: "STP", 0x4e: "RS511",
		0x7e: "ISO8208", 0x8e: "ProWay", 0xaa: "SNAP", 0xe0: "IPX", 0xf0: "NetBeui", 0xfe: "OSI"}
	llcCommands    = Names{0x03: "ui", 0x0f: "dm", 0x43: "disc", 0x63: "ua", 0x6f: "sabme", 0x87: "frmr", 0xaf: "xid", 0xe3: "test"}
	llcSupervisory = [4]string{"Receiver Ready", "Receiver not Ready", "Reject", "?"}
)

const (
	sapGroup, sapAnswer    = 0x01, 0x01 // bits of the destination, and of the source: a response
	llcUI, llcXID, sapSNAP = 3, 0xaf, 0xaa
)

// llc prints what follows an 802.3 length: LLC (IEEE 802.2) with or without SNAP. False if what that carries is unknown.
func llc(d *Context, v View, a dissect.Stations) bool {
	d.Proto = "llc"
	size := 3
	if min(len(v.Data), v.Length) >= 3 && v.U8(2)&3 != 3 {
		size = 4
	}
	if min(len(v.Data), v.Length) < size {
		d.Mark()
		d.BytesBelow(dissect.NewView(v.Data, len(v.Data)))
		d.Header(min(len(v.Data), v.Length))
		return true
	}
	dsap, ssap, control := v.U8(0), v.U8(1), v.U8(2)
	if dsap == 0xff && ssap == 0xff { // not LLC at all but IPX right behind the length
		d.If(d.LinkHeader, "IPX 802.3: ")
		d.Next(dissect.ByName, dissect.NameIPX, v)
		return true
	}
	if size == 4 {
		control |= v.U8(3) << 8
	}
	to, from := dsap&^sapGroup, ssap&^sapAnswer
	if d.LinkHeader {
		d.Printf("LLC, dsap %s (0x%02x) %s, ssap %s (0x%02x) %s, ctrl ", llcSAPs.Of(to, "Unknown"), to, [2]string{"Individual", "Group"}[dsap&1],
			llcSAPs.Of(from, "Unknown"), from, [2]string{"Command", "Response"}[ssap&1])
		d.Printf(Names{3: "0x%02x: ", 4: "0x%04x: "}[size], control)
	}
	payload := v.From(size)
	d.Header(size)
	if from == to && control == llcUI {
		if from == sapSNAP {
			d.Header(5)
			return snap(d, payload, a)
		}
		if d.Next(dissect.BySAP, from, payload) {
			return true
		}
	}
	if !d.LinkHeader {
		llcAddresses(d, a, from, to)
	}
	return llcControl(d, payload, control, size, ssap&sapAnswer != 0)
}

// llcAddresses prints hardware addresses and service access points of a frame.
func llcAddresses(d *Context, a dissect.Stations, from, to int) {
	if from == to {
		printPrint(a, d, " ")
		d.Printf("%s ", llcSAPs.Of(to, "Unknown DSAP 0x%02x"))
		return
	}
	source, destination := llcSAPs.Of(from, "Unknown SSAP 0x%02x"), llcSAPs.Of(to, "Unknown DSAP 0x%02x")
	if a.Src != nil {
		source, destination = d.MAC(a.Src)+" "+source, d.MAC(a.Dst)+" "+destination
	}
	d.Printf("%s > %s ", source, destination)
}

// llcControl prints what kind of frame the control field of size-2 bytes makes it; false if a payload is left to be printed.
func llcControl(d *Context, v View, control, size int, answer bool) bool {
	poll := control&dissect.Pick(size == 3, 0x10, 0x100) != 0
	bits := dissect.Pick(answer, dissect.Pick(poll, "Final", "Response"), dissect.Pick(poll, "Poll", "Command"))
	switch {
	case size == 3:
		command := control &^ 0x10
		d.Printf("Unnumbered, %s, Flags [%s], length %d", llcCommands.Of(command, "%02x"), bits, v.Length+size)
		if command == llcXID {
			return d.Try(func() { printLLCXID(d, v) })
		}
		return false
	case control&3 == 1:
		d.Printf("Supervisory, %s, rcv seq %d, Flags [%s], length %d", llcSupervisory[control>>2&3], control>>9&0x7f, bits, v.Length+size)
		return true
	}
	d.Printf("Information, send seq %d, rcv seq %d, Flags [%s], length %d", control>>1&0x7f, control>>9&0x7f, bits, v.Length+size)
	return false
}

// printLLCXID prints an exchange of identification; rejected if it is in a format of somebody's own.
func printLLCXID(d *Context, v View) {
	switch {
	case v.Length == 0:
	case len(v.Data) < 1:
		d.Mark()
	case v.Data[0] != 0x81:
		dissect.Reject()
	case min(len(v.Data), v.Length) < 3:
		d.Mark()
		d.BytesBelow(dissect.NewView(v.Data, len(v.Data)))
	default:
		d.Printf(": %02x %02x", v.Data[1], v.Data[2])
	}
}

const typeAppleTalk = 0x809b

const ouiEthernet, ouiCisco, ouiCisco90, ouiBridged, ouiAppleTalk = 0x000000, 0x00000c, 0x0000f8, 0x0080c2, 0x080007

var ouiNames = Names{ouiEthernet: "Ethernet", ouiCisco: "Cisco", 0x000142: "Cisco", ouiCisco90: "Cisco bridged", ouiBridged: "Ethernet bridged", ouiAppleTalk: "Appletalk"}

// snapTypes are the names of types of organizations.
var snapTypes = map[int]Names{ouiEthernet: dissect.EtherTypes, ouiCisco90: dissect.EtherTypes, ouiAppleTalk: dissect.EtherTypes,
	ouiCisco:   {0x2000: "CDP", 0x010b: "PVST", 0x010c: "VLAN Bridge", 0x0111: "UDLD", 0x2003: "VTP", 0x2004: "DTP", 0x0102: "DRIP", 0x0104: "PAgP"},
	ouiBridged: {1: "Ethernet + FCS", 7: "Ethernet w/o FCS", 3: "Token Ring + FCS", 9: "Token Ring w/o FCS", 4: "FDDI + FCS", 10: "FDDI w/o FCS", 5: "802.6 + FCS", 11: "802.6 w/o FCS", 14: "BPDU"}}

// snap prints SNAP (IEEE 802): an organization and a type of its own. False if these are unknown.
func snap(d *Context, v View, a dissect.Stations) bool {
	d.Proto = "snap"
	if len(v.Data) < 5 || v.Length < 5 {
		d.Mark()
		return true
	}
	oui, kind := v.U24(0), v.U16(3)
	v = v.From(5)
	name := snapTypes[oui].Of(kind, "Unknown")
	d.PrintfIf(d.LinkHeader, "oui %s (0x%06x), %s %s (0x%04x), length %d: ", ouiNames.Of(oui, "Unknown"), oui, dissect.Pick(oui == ouiEthernet, "ethertype", "pid"), name, kind, v.Length)
	d.Stations = a
	if t, ok := snapTables[oui]; ok && d.Next(t, kind, v) || oui == ouiAppleTalk && kind == typeAppleTalk && d.Next(dissect.ByEtherType, kind, v) {
		return true
	}
	if !d.LinkHeader {
		printPrint(a, d, " ")
		if oui == ouiEthernet {
			d.Printf("SNAP, ethertype %s (0x%04x), length %d: ", name, kind, v.Length)
		} else {
			d.Printf("SNAP, oui %s (0x%06x), pid %s (0x%04x), length %d: ", ouiNames.Of(oui, "Unknown"), oui, name, kind, v.Length)
		}
	}
	return false
}

// snapTables are the tables of the types of organizations.
var snapTables = map[int]dissect.Table{ouiEthernet: dissect.ByEtherType, ouiCisco90: dissect.ByEtherType, ouiCisco: dissect.ByCisco, ouiBridged: dissect.ByBridged}

// Bridged prints a frame of Ethernet that was bridged over another network (RFC 2427, 2684).
func Bridged(d *Context, v View) {
	const pad = 2
	d.CutIf(len(v.Data) < pad)
	d.Within(func() { Ethernet(d, v.From(pad)) })
}
