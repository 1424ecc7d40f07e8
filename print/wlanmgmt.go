package print

import (
	"bytes"
	"fmt"
)

// The management frames of IEEE 802.11.

var wlanManagements = NamesT{0: "Assoc Request", 1: "Assoc Response", 2: "ReAssoc Request", 3: "ReAssoc Response", 4: "Probe Request", 5: "Probe Response", 8: "Beacon", 9: "ATIM",
	10: "Disassociation", 11: "Authentication", 12: "DeAuthentication", 13: "Action"}

// wlanManagement prints a management frame; a cut one with the mark at its end.
func (d *dissector) wlanManagement(f wlanFrame, sender []byte, v view) {
	d.print(wlanManagements.of(f.subtype, "Unhandled Management subtype(%x)"))
	if f.has(wlanProtected) {
		d.wep(v)
		return
	}
	if !d.wlanBody(f.subtype, sender, v) {
		d.mark()
	}
}

// wlanBody prints what a management frame says; false if it is cut.
func (d *dissector) wlanBody(subtype int, sender []byte, v view) bool {
	fixed := map[int]int{0: 4, 1: 6, 2: 10, 3: 6, 5: 12, 8: 12, 10: 2, 11: 6, 12: 2, 13: 2}[subtype]
	if len(v.b) < fixed || v.length < fixed {
		return false
	}
	var e wlanElements
	whole := true
	switch subtype {
	case 0, 1, 2, 3, 4, 5, 8, 11:
		e, whole = readElements(v.from(fixed))
	}
	switch subtype {
	case 0, 4:
		d.wlanNetwork(e)
	case 1, 3:
		d.printf(" AID(%x) :%s: %s", v.le16(4)&0x3fff, mark(v.le16(0)&wlanPrivacy != 0, " PRIVACY "), wlanStatus(v.le16(2)))
	case 2:
		d.wlanSSID(e)
		d.printf(" AP : %s", mac(v.bytes(4, 6)))
	case 5:
		d.wlanNetwork(e)
		d.wlanChannel(e, v.le16(10))
	case 8:
		d.wlanNetwork(e)
		d.printf(" %s", map[bool]string{true: "ESS", false: "IBSS"}[v.le16(10)&1 != 0])
		d.wlanChannel(e, v.le16(10))
	case 10:
		d.printf(": %s", wlanReason(v.le16(0)))
	case 11:
		d.wlanAuthentication(v.le16(0), v.le16(2), v.le16(4))
	case 12:
		d.onlyIf(!d.LinkHeader, " ("+mac(sender)+")")
		d.printf(": %s", wlanReason(v.le16(0)))
	case 13:
		d.onlyIf(!d.LinkHeader, " ("+mac(sender)+")")
		d.printf(": %s", wlanAction(v.u8(0), v.u8(1)))
	}
	return whole
}

const wlanPrivacy = 0x0010 // of the capabilities

// wlanElements are the elements of a frame that are printed: of each kind the first.
type wlanElements struct {
	ssid    []byte // nil if there is none
	rates   []byte
	channel int // less than 0 if there is none
}

// readElements reads the elements of a management frame; false if they are cut or longer than they may be.
func readElements(v view) (e wlanElements, whole bool) {
	const (
		ssid, rates, channel, timing, challenge    = 0, 1, 3, 5, 16
		maxSSID, maxRates, maxTiming, maxChallenge = 32, 16, 254, 253
	)
	e.channel = -1
	for v.length > 0 {
		if len(v.b) < 2 || v.length < 2 {
			return e, false
		}
		kind, size := v.u8(0), v.u8(1)
		v = v.from(2)
		if len(v.b) < size || v.length < size {
			return e, false
		}
		value := v.bytes(0, size)
		switch {
		case kind == ssid && size > maxSSID, kind == rates && size > maxRates, kind == timing && size > maxTiming, kind == challenge && size > maxChallenge:
			return e, false
		case kind == ssid && e.ssid == nil:
			e.ssid = append([]byte{}, value...)
		case kind == rates && e.rates == nil && size > 0:
			e.rates = value
		case kind == channel && e.channel < 0 && size == 1:
			e.channel = int(value[0])
		}
		v = v.from(size)
	}
	return e, true
}

func (d *dissector) wlanSSID(e wlanElements) {
	if e.ssid == nil {
		return
	}
	name, _, _ := bytes.Cut(e.ssid, []byte{0})
	d.print(" (")
	d.text(name)
	d.print(")")
}

// wlanNetwork prints the name of a network and the rates it is spoken at.
func (d *dissector) wlanNetwork(e wlanElements) {
	d.wlanSSID(e)
	for i, r := range e.rates {
		d.printf("%s%2.1f%s", map[bool]string{true: " [", false: " "}[i == 0], float64(r&0x7f)/2, mark(r&0x80 != 0, "*"))
	}
	d.onlyIf(e.rates != nil, " Mbit]")
}

func (d *dissector) wlanChannel(e wlanElements, capabilities int) {
	if e.channel >= 0 {
		d.printf(" CH: %d", e.channel)
	}
	d.onlyIf(capabilities&wlanPrivacy != 0, ", PRIVACY")
}

func (d *dissector) wlanAuthentication(algorithm, number, status int) {
	const sharedKey = 1
	name := NamesT{0: "Open System", sharedKey: "Shared Key", 2: "EAP"}.of(algorithm, "Reserved")
	text := mark(number%2 == 1, wlanStatus(status)) // an answer
	if algorithm == sharedKey && (number == 2 || number == 3) {
		d.printf(" (%s)-%x [Challenge Text] %s", name, number, text)
		return
	}
	d.printf(" (%s)-%x: %s", name, number, text)
}

// wlanActions are the names of actions by their category.
var wlanActions = map[int]struct {
	name    string
	actions NamesT
}{
	0: {"Spectrum Management ", nil}, 1: {"QoS ", nil}, 2: {"DLS ", nil}, 127: {"Vendor ", nil},
	3: {"BA ", NamesT{0: "ADDBA Request", 1: "ADDBA Response", 2: "DELBA"}},
	7: {"HT ", NamesT{0: "TxChWidth", 1: "MIMOPwrSave"}},
	13: {"MeshAction ", NamesT{0: "MeshLink", 1: "HWMP", 2: "Gate Announcement", 3: "Congestion Control", 4: "MCCA Setup Request", 5: "MCCA Setup Reply",
		6: "MCCA Advertisement Request", 7: "MCCA Advertisement", 8: "MCCA Teardown", 9: "TBTT Adjustment Request", 10: "TBTT Adjustment Response"}},
	14: {"MultiohopAction ", NamesT{0: "Proxy Update", 1: "Proxy Update Confirmation"}},
	15: {"SelfprotectAction ", NamesT{1: "Peering Open", 2: "Peering Confirm", 3: "Peering Close", 4: "Group Key Inform", 5: "Group Key Acknowledge"}},
}

func wlanAction(category, action int) string {
	c, ok := wlanActions[category]
	if !ok {
		c.name = fmt.Sprintf("Reserved(%d) ", category)
	}
	return c.name + c.actions.of(action, "Act#%d")
}
