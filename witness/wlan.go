package witness

import "encoding/binary"

// What stands before an 802.11 header.
var (
	avs = over("AVS", "80211001 00000040"+zeros(56), wlan, field{name: "magic number", off: 0, size: 4, role: fixed},
		field{name: "header length", off: 4, size: 4, role: fixed})
	// A Prism header, or what is told from it by its magic number.
	prism = &kind{name: "Prism", head: "44000000 90000000" + zeros(136), carries: wlan,
		fields: []field{{name: "message code", off: 0, size: 4, role: shape}}}
	avsForPrism = &kind{name: "AVS", head: avs.head, carries: wlan,
		fields: []field{{name: "magic number", off: 0, size: 4, role: shape}, {name: "header length", off: 4, size: 4, role: fixed}}}
	// Room for a time stamp and flags is there, whatever is said to be present.
	radiotap = over("radiotap", "0000 1400 00000000"+zeros(12), wlan, field{name: "radiotap version", off: 0, size: 1, role: fixed},
		field{name: "header length", off: 2, size: 2, role: fixed}, field{name: "present", off: 4, size: 4, role: shape, likely: []uint32{0, 0x02000000, 0x03000000, 0x02000080, 0x03000080}},
		field{name: "flags", off: 8, size: 1, role: shape, likely: []uint32{0, 0x20}}, field{name: "flags", off: 16, size: 1, role: shape, likely: []uint32{0, 0x20}})
)

func prismForm(_ *stack, _ int, b []byte) *kind {
	if len(b) >= 4 && binary.BigEndian.Uint32(b)&0xfffff000 == 0x80211000 {
		return avsForPrism
	}
	return prism
}

// wlanShape is what the first bytes of an 802.11 header, and the flags of a radiotap header before it, say of its length
// and of what follows.
type wlanShape struct {
	size int // bytes
	what byte
}

const (
	wlanData       = 'd'
	wlanNull       = 'n' // a data frame without data
	wlanManagement = 'm'
	wlanControl    = 'c'
)

// The kinds of 802.11 header. wlan is that of data frames with three addresses.
var (
	wlan      = new(kind)
	wlanKinds = map[wlanShape]*kind{{24, wlanData}: wlan}
)

func initWLAN() {
	prism.form, avsForPrism.form = prismForm, prismForm
	*wlan = wlanKind(24, wlanData)
	for _, size := range []int{26, 28, 30, 32} { // QoS, with padding, four addresses
		wlanKinds[wlanShape{size, wlanData}] = new(wlanKind(size, wlanData))
	}
	for _, size := range []int{24, 26, 28, 30, 32} {
		wlanKinds[wlanShape{size, wlanNull}] = new(wlanKind(size, wlanNull))
	}
	wlanKinds[wlanShape{24, wlanManagement}] = new(wlanKind(24, wlanManagement))
	for _, size := range []int{10, 16} {
		wlanKinds[wlanShape{size, wlanControl}] = new(wlanKind(size, wlanControl))
	}
}

func wlanKind(size int, what byte) kind {
	const head = "0800 0000 020000000001 020000000002 020000000003 0000 020000000004 0000"
	k := kind{name: "802.11", form: wlanForm, fields: []field{
		{name: "frame type", off: 0, size: 1, role: shape, likely: []uint32{0x08, 0x88, 0x80, 0xb4, 0xd4}}, {name: "frame flags", off: 1, size: 1, role: shape},
		{name: "address 1", off: 4, size: 6},
	}}
	if size >= 16 {
		k.fields = append(k.fields, field{name: "address 2", off: 10, size: 6})
	}
	if size >= 24 {
		k.fields = append(k.fields, field{name: "address 3", off: 16, size: 6})
	}
	if size >= 30 {
		k.fields = append(k.fields, field{name: "address 4", off: 24, size: 6})
	}
	b := hexBytes(head)[:min(size, 24)]
	if size >= 24 {
		b = append(b, make([]byte, size-24)...)
	}
	k.start = b
	switch what {
	case wlanData:
		k.carries = llc
	case wlanManagement:
		k.data = make([]byte, 16) // time stamp, interval, capabilities, no name, no rates
	}
	return k
}

// wlanForm is which kind of 802.11 header one is, by its first bytes and the radiotap header before it.
func wlanForm(s *stack, i int, b []byte) *kind {
	if len(b) < 2 {
		return wlan
	}
	const typeMask, data, control, subtype, cts, ack = 0x0c, 0x08, 0x04, 0xf0, 0xc0, 0xd0
	shape := wlanShape{24, wlanManagement}
	switch {
	case b[0]&typeMask == control:
		shape = wlanShape{16, wlanControl}
		if b[0]&subtype == cts || b[0]&subtype == ack {
			shape.size = 10
		}
	case b[0]&typeMask == data:
		shape.what = wlanData
		if b[0]&0x40 != 0 {
			shape.what = wlanNull
		}
		if b[1]&3 == 3 { // to and from a distribution system
			shape.size += 6
		}
		if b[0]&0x80 != 0 { // QoS
			shape.size += 2
		}
		if i > 0 && s.layers[i-1].kind == radiotap && radiotapPads(s.layers[i-1].b) {
			shape.size = (shape.size + 3) &^ 3
		}
	}
	return wlanKinds[shape]
}

// radiotapPads tells whether a radiotap header says that the 802.11 header is padded.
func radiotapPads(b []byte) bool {
	const timeStamp, flags, more, padded = 1, 2, 0x80, 0x20
	at := 8
	if b[4]&timeStamp != 0 {
		at = 16
	}
	return b[4]&flags != 0 && b[7]&more == 0 && b[at]&padded != 0
}
