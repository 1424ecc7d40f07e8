package print

import (
	"encoding/binary"
	"fmt"
)

// IEEE 802.11, right behind the link-layer header or a header of what the radio measured.

// Frame control.
const (
	wlanManagement = 0 // types
	wlanControl    = 1
	wlanData       = 2

	wlanToDS      = 0x0100
	wlanFromDS    = 0x0200
	wlanProtected = 0x4000

	wlanCFAck  = 1 // bits of the subtype of data frames
	wlanCFPoll = 2
	wlanNoData = 4
	wlanQoS    = 8

	wlanPSPoll = 10 // a subtype of control frames
)

// wlanFrame is what the frame control field says.
type wlanFrame struct{ control, kind, subtype int }

func (f wlanFrame) has(bit int) bool { return f.control&bit != 0 }

// wlanControls are the subtypes of control frames: names and lengths of the header in bytes.
var wlanControls = map[int]struct {
	name string
	size int
}{
	7: {"Control Wrapper", 16}, 8: {"BAR", 20}, 9: {"BA", 10}, wlanPSPoll: {"Power Save-Poll", 16}, 11: {"Request-To-Send", 16}, 12: {"Clear-To-Send", 10}, 13: {"Acknowledgment", 10},
	14: {"CF-End", 16}, 15: {"CF-End+CF-Ack", 16},
}

// size gives the length of the header in bytes; 0 and a text if the frame is of no known kind.
func (f wlanFrame) size() (int, string) {
	switch f.kind {
	case wlanManagement:
		return 24, ""
	case wlanControl:
		if c, ok := wlanControls[f.subtype]; ok {
			return c.size, ""
		}
		return 0, fmt.Sprintf("unknown 802.11 ctrl frame subtype (%d)", f.subtype)
	case wlanData:
		n := 24
		if f.has(wlanToDS) && f.has(wlanFromDS) {
			n += 6
		}
		if f.subtype&wlanQoS != 0 {
			n += 2
		}
		return n, ""
	}
	return 0, fmt.Sprintf("unknown 802.11 frame type (%d)", f.kind)
}

// wlan prints a frame without anything before it.
func (d *dissector) wlan(v view) { d.wlanFrame(v, false, 0) }

// wlanFrame prints a frame, whose header may be padded to whole words and which may end with a checksum of so many bytes.
func (d *dissector) wlanFrame(v view, pad bool, checksum int) {
	d.proto = "802.11"
	if v.length < checksum {
		d.header(len(v.b))
		d.mark()
		return
	}
	all := len(v.b)
	v = v.limit(v.length - checksum)
	if len(v.b) < 2 {
		d.header(all)
		d.mark()
		return
	}
	control := v.le16(0)
	f := wlanFrame{control, control >> 2 & 3, control >> 4 & 15}
	size, unknown := f.size()
	if size == 0 {
		d.print(unknown)
		return
	}
	if pad {
		size = (size + 3) &^ 3
	}
	if len(v.b) < size {
		d.header(size)
		d.mark()
		return
	}
	if d.LinkHeader {
		d.wlanHeader(v, f)
	}
	payload := v.from(size)
	switch f.kind {
	case wlanManagement:
		d.wlanManagement(f, v.bytes(10, 6), payload)
	case wlanControl:
		d.wlanControl(f, v)
	case wlanData:
		d.wlanData(f, v, payload, size)
		return
	}
	d.header(size)
}

// wlanAddresses gives the sender and the receiver of a data frame.
func (f wlanFrame) addresses(v view) addresses {
	first, second, third := v.bytes(4, 6), v.bytes(10, 6), v.bytes(16, 6)
	switch {
	case f.has(wlanToDS) && f.has(wlanFromDS):
		return addresses{src: v.bytes(24, 6), dst: third}
	case f.has(wlanToDS):
		return addresses{src: second, dst: third}
	case f.has(wlanFromDS):
		return addresses{src: third, dst: first}
	}
	return addresses{src: second, dst: first}
}

// wlanData prints the payload of a data frame: LLC, or nothing that can be read.
func (d *dissector) wlanData(f wlanFrame, v, payload view, size int) {
	d.header(size)
	switch {
	case f.subtype&wlanNoData != 0:
	case f.has(wlanProtected):
		d.print("Data")
		d.wep(payload)
	default:
		d.llcOrBytes(payload, f.addresses(v))
	}
}

// wep prints the initialization vector of WEP.
func (d *dissector) wep(v view) {
	if len(v.b) < 4 {
		d.mark()
		return
	}
	iv := binary.LittleEndian.Uint32(v.b)
	d.printf(" IV:%3x Pad %x KeyID %x", iv&0xffffff, iv>>24&0x3f, iv>>30)
}

// wlanControl prints a control frame; with -e its addresses have been printed.
func (d *dissector) wlanControl(f wlanFrame, v view) {
	d.print(wlanControls[f.subtype].name)
	receiver, sender := func() string { return mac(v.bytes(4, 6)) }, func() string { return mac(v.bytes(10, 6)) }
	switch {
	case f.subtype == wlanPSPoll:
		d.printf(" AID(%x)", v.le16(2))
	case d.LinkHeader || f.subtype == 7:
	case f.subtype == 8:
		d.printf(" RA:%s TA:%s CTL(%x) SEQ(%d) ", receiver(), sender(), v.le16(16), v.le16(18))
	case f.subtype == 11:
		d.printf(" TA:%s ", sender())
	default:
		d.printf(" RA:%s ", receiver())
	}
}

// wlanHeader prints the header for -e.
func (d *dissector) wlanHeader(v view, f wlanFrame) {
	if d.Verbose > 0 {
		for _, bit := range (FlagsT{{0x2000, "More Data "}, {0x0400, "More Fragments "}, {0x1000, "Pwr Mgmt "}, {0x0800, "Retry "}, {0x8000, "Strictly Ordered "}, {wlanProtected, "Protected "}}) {
			d.onlyIf(f.has(bit.bit), bit.name)
		}
		if f.kind != wlanControl || f.subtype != wlanPSPoll {
			d.printf("%dus ", v.le16(2))
		}
	}
	address := func(n int) string { return mac(v.bytes([...]int{4, 10, 16, 24}[n], 6)) }
	switch f.kind {
	case wlanManagement:
		d.printf("BSSID:%s DA:%s SA:%s ", address(2), address(0), address(1))
	case wlanControl:
		switch f.subtype {
		case 7:
		case 8:
			d.printf(" RA:%s TA:%s CTL(%x) SEQ(%d) ", address(0), address(1), v.le16(16), v.le16(18))
		case wlanPSPoll:
			d.printf("BSSID:%s TA:%s ", address(0), address(1))
		case 11:
			d.printf("RA:%s TA:%s ", address(0), address(1))
		case 14, 15:
			d.printf("RA:%s BSSID:%s ", address(0), address(1))
		default:
			d.printf("RA:%s ", address(0))
		}
	case wlanData:
		if f.subtype&(wlanCFAck|wlanCFPoll|wlanQoS) != 0 {
			d.printf("CF %s%s ", [4]string{"", "Ack", "Poll", "Ack/Poll"}[f.subtype&3], mark(f.subtype&wlanQoS != 0, "+QoS"))
		}
		switch {
		case f.has(wlanToDS) && f.has(wlanFromDS):
			d.printf("RA:%s TA:%s DA:%s SA:%s ", address(0), address(1), address(2), address(3))
		case f.has(wlanToDS):
			d.printf("BSSID:%s SA:%s DA:%s ", address(0), address(1), address(2))
		case f.has(wlanFromDS):
			d.printf("DA:%s BSSID:%s SA:%s ", address(0), address(1), address(2))
		default:
			d.printf("DA:%s SA:%s BSSID:%s ", address(0), address(1), address(2))
		}
	}
}
