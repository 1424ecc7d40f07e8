package link

import "bpfc/print/internal/dissect"

// IEEE 802.11, right behind the link-layer header or a header of what the radio measured.

// Frame control.
const (
	wlanManagement, wlanControl, wlanData      = 0, 1, 2 // types
	wlanToDS, wlanFromDS, wlanProtected        = 0x0100, 0x0200, 0x4000
	wlanCFAck, wlanCFPoll, wlanNoData, wlanQoS = 1, 2, 4, 8 // bits of the subtype of data frames
	wlanPSPoll                                 = 10         // a subtype of control frames
)

// wlanFrame is what the frame control field says.
type wlanFrame struct{ control, kind, subtype int }

func (f wlanFrame) has(bit int) bool { return f.control&bit != 0 }

// wlanControls are the subtypes of control frames: names, lengths of the header in bytes, and what is printed of it before the name with
// -e, and behind it.
var wlanControls = map[int]struct {
	name          string
	size          int
	before, after string
}{
	7: {"Control Wrapper", 16, "", ""}, 8: {"BAR", 20, " RA:%6@4m TA:%6@10m CTL(%2@16lh) SEQ(%2@18ld) ", " RA:%6@4m TA:%6@10m CTL(%2@16lh) SEQ(%2@18ld) "}, 9: {"BA", 10, "RA:%6@4m ", " RA:%6@4m "},
	wlanPSPoll: {"Power Save-Poll", 16, "BSSID:%6@4m TA:%6@10m ", " AID(%2@2lh)"}, 11: {"Request-To-Send", 16, "RA:%6@4m TA:%6@10m ", " TA:%6@10m "}, 12: {"Clear-To-Send", 10, "RA:%6@4m ", " RA:%6@4m "},
	13: {"Acknowledgment", 10, "RA:%6@4m ", " RA:%6@4m "}, 14: {"CF-End", 16, "RA:%6@4m BSSID:%6@10m ", " RA:%6@4m "}, 15: {"CF-End+CF-Ack", 16, "RA:%6@4m BSSID:%6@10m ", " RA:%6@4m "},
}

// wlanDataAddresses are the addresses of data frames, by the bits for the direction.
var wlanDataAddresses = map[int]string{0: "DA:%6@4m SA:%6@10m BSSID:%6@16m ", wlanToDS: "BSSID:%6@4m SA:%6@10m DA:%6@16m ", wlanFromDS: "DA:%6@4m BSSID:%6@10m SA:%6@16m ",
	wlanToDS | wlanFromDS: "RA:%6@4m TA:%6@10m DA:%6@16m SA:%6@24m "}

// size gives the length of the header in bytes; the dissector ends with a text if the frame is of no known kind.
func (f wlanFrame) size(d *Context) int {
	size := map[int]int{wlanManagement: 24, wlanControl: wlanControls[f.subtype].size, wlanData: 24}[f.kind]
	d.LeaveIf(size == 0 && f.kind == wlanControl, "unknown 802.11 ctrl frame subtype (%d)", f.subtype)
	d.LeaveIf(size == 0, "unknown 802.11 frame type (%d)", f.kind)
	if f.kind == wlanData {
		size += dissect.Pick(f.has(wlanToDS) && f.has(wlanFromDS), 6, 0) + dissect.Pick(f.subtype&wlanQoS != 0, 2, 0)
	}
	return size
}

// WLAN prints a frame without anything before it.
func WLAN(d *Context, v View) { printWLANFrame(d, v, false, 0) }

// printWLANFrame prints a frame, whose header may be padded to whole words and which may end with a checksum of so many bytes.
func printWLANFrame(d *Context, v View, pad bool, checksum int) {
	d.Proto = "802.11"
	all := len(v.Data)
	v = v.Limit(v.Length - checksum) // nothing, if that is less than none
	cutAs(d, v, 2, all)
	control := v.LE16(0)
	f := wlanFrame{control, control >> 2 & 3, control >> 4 & 15}
	size := f.size(d)
	if pad {
		size = (size + 3) &^ 3
	}
	cutAs(d, v, size, size)
	mesh := 0
	if d.Mesh && f.kind == wlanData && f.subtype&wlanQoS != 0 {
		cutAs(d, v, size+1, size)
		mesh = meshSize(v.U8(size))
		cutAs(d, v, size+mesh, size+mesh)
	}
	if d.LinkHeader {
		wlanHeader(d, v, f)
		if mesh > 0 {
			meshHeader(d, v.From(size))
		}
	}
	size += mesh
	payload := v.From(size)
	switch f.kind {
	case wlanManagement:
		printWLANManagement(d, f, v.Bytes(10, 6), payload)
	case wlanControl:
		printWLANControl(d, f, v)
	case wlanData:
		printWLANData(d, f, v, payload, size)
		return
	}
	d.Header(size)
}

// meshSize gives the length of the mesh header of a draft of IEEE 802.11s, in bytes, by its first byte; 0 if it is none.
func meshSize(first int) int { return dissect.Pick(first&^3 != 0, 0, 6*(1+first&3)) }

// meshHeader prints such a header.
func meshHeader(d *Context, v View) {
	more := v.U8(0) & 3
	d.Printf("MeshData (AE %d TTL %d seq %d", more, v.U8(1), v.LE32(2))
	for i := range more {
		d.Printf(" A%d:%s", 4+i, d.MAC(v.Bytes(6*(i+1), 6)))
	}
	d.Print(") ")
}

// wlanAddresses gives the sender and the receiver of a data frame.
func (f wlanFrame) addresses(v View) dissect.Stations {
	at := map[int][2]int{0: {10, 4}, wlanToDS: {10, 16}, wlanFromDS: {16, 4}, wlanToDS | wlanFromDS: {24, 16}}[f.control&(wlanToDS|wlanFromDS)] // where they are
	return dissect.Stations{Src: v.Bytes(at[0], 6), Dst: v.Bytes(at[1], 6)}
}

// printWLANData prints the payload of a data frame: LLC, or nothing that can be read.
func printWLANData(d *Context, f wlanFrame, v, payload View, size int) {
	d.Header(size)
	switch {
	case f.subtype&wlanNoData != 0:
	case f.has(wlanProtected):
		d.Print("Data")
		wep(d, payload)
	default:
		llcOrBytes(d, payload, f.addresses(v))
	}
}

// wep prints the initialization vector of WEP.
func wep(d *Context, v View) {
	if len(v.Data) < 4 {
		d.Mark()
		return
	}
	iv := v.LE32(0)
	d.Printf(" IV:%3x Pad %x KeyID %x", iv&0xffffff, iv>>24&0x3f, iv>>30)
}

// printWLANControl prints a control frame; with -e its addresses have been printed.
func printWLANControl(d *Context, f wlanFrame, v View) {
	d.Print(wlanControls[f.subtype].name)
	if f.subtype == wlanPSPoll || !d.LinkHeader {
		d.Form(v.Cursor(0), wlanControls[f.subtype].after)
	}
}

// wlanHeader prints the header for -e.
func wlanHeader(d *Context, v View, f wlanFrame) {
	if d.Verbose > 0 {
		d.Print(Flags{{0x2000, "More Data "}, {0x0400, "More Fragments "}, {0x1000, "Pwr Mgmt "}, {0x0800, "Retry "}, {0x8000, "Strictly Ordered "}, {wlanProtected, "Protected "}}.Letters(f.control))
		if f.kind != wlanControl || f.subtype != wlanPSPoll {
			d.Printf("%dus ", v.LE16(2))
		}
	}
	switch f.kind {
	case wlanManagement:
		d.Form(v.Cursor(0), "BSSID:%6@16m DA:%6@4m SA:%6@10m ")
	case wlanControl:
		d.Form(v.Cursor(0), wlanControls[f.subtype].before)
	case wlanData:
		if f.subtype&(wlanCFAck|wlanCFPoll|wlanQoS) != 0 {
			d.Printf("CF %s%s ", [4]string{"", "Ack", "Poll", "Ack/Poll"}[f.subtype&3], dissect.If(f.subtype&wlanQoS != 0, "+QoS"))
		}
		d.Form(v.Cursor(0), wlanDataAddresses[f.control&(wlanToDS|wlanFromDS)])
	}
}
