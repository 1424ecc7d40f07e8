package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// The management frames of IEEE 802.11.

var wlanManagements = Names{0: "Assoc Request", 1: "Assoc Response", 2: "ReAssoc Request", 3: "ReAssoc Response", 4: "Probe Request", 5: "Probe Response", 8: "Beacon", 9: "ATIM",
	10: "Disassociation", 11: "Authentication", 12: "DeAuthentication", 13: "Action"}

// printWLANManagement prints a management frame; a cut one with the mark at its end.
func printWLANManagement(d *Context, f wlanFrame, sender []byte, v View) {
	d.Print(wlanManagements.Of(f.subtype, "Unhandled Management subtype(%x)"))
	if f.has(wlanProtected) {
		wep(d, v)
		return
	}
	d.PrintfIf(!wlanBody(d, f.subtype, sender, v), " [|%s]", d.Proto)
}

// wlanBody prints what a management frame says; false if it is cut.
func wlanBody(d *Context, subtype int, sender []byte, v View) bool {
	fixed := map[int]int{0: 4, 1: 6, 2: 10, 3: 6, 5: 12, 8: 12, 10: 2, 11: 6, 12: 2, 13: 2}[subtype]
	if len(v.Data) < fixed || v.Length < fixed {
		return false
	}
	var e wlanElements
	whole := true
	switch subtype {
	case 0, 1, 2, 3, 4, 5, 8, 11:
		e, whole = readElements(v.From(fixed))
	}
	switch subtype {
	case 0, 4:
		wlanNetwork(d, e)
	case 1, 3:
		d.Printf(" AID(%x) :%s: %s", v.LE16(4)&0x3fff, dissect.If(v.LE16(0)&wlanPrivacy != 0, " PRIVACY "), wlanStatus(v.LE16(2)))
	case 2:
		wlanSSID(d, e)
		d.Printf(" AP : %s", d.MAC(v.Bytes(4, 6)))
	case 5:
		wlanNetwork(d, e)
		wlanChannel(d, e, v.LE16(10))
	case 8:
		wlanNetwork(d, e)
		d.Printf(" %s", dissect.Pick(v.LE16(10)&1 != 0, "ESS", "IBSS"))
		wlanChannel(d, e, v.LE16(10))
	case 11:
		wlanAuthentication(d, v.LE16(0), v.LE16(2), v.LE16(4))
	case 10, 12, 13:
		d.If(subtype != 10 && !d.LinkHeader, " ("+d.MAC(sender)+")")
		d.Printf(": %s", dissect.Pick(subtype == 13, wlanAction(v.U8(0), v.U8(1)), wlanReason(v.LE16(0))))
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
func readElements(v View) (e wlanElements, whole bool) {
	const (
		ssid, rates, channel, timing, challenge    = 0, 1, 3, 5, 16
		maxSSID, maxRates, maxTiming, maxChallenge = 32, 16, 254, 253
	)
	e.channel = -1
	for v.Length > 0 {
		if len(v.Data) < 2 || v.Length < 2 {
			return e, false
		}
		kind, size := v.U8(0), v.U8(1)
		v = v.From(2)
		if len(v.Data) < size || v.Length < size {
			return e, false
		}
		value := v.Bytes(0, size)
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
		v = v.From(size)
	}
	return e, true
}

func wlanSSID(d *Context, e wlanElements) {
	if e.ssid != nil {
		d.Form(dissect.NewView(e.ssid, len(e.ssid)).Cursor(0), " (%*z)")
	}
}

// wlanNetwork prints the name of a network and the rates it is spoken at.
func wlanNetwork(d *Context, e wlanElements) {
	wlanSSID(d, e)
	for i, r := range e.rates {
		d.Printf("%s%2.1f%s", dissect.Pick(i == 0, " [", " "), float64(r&0x7f)/2, dissect.If(r&0x80 != 0, "*"))
	}
	d.If(e.rates != nil, " Mbit]")
}

func wlanChannel(d *Context, e wlanElements, capabilities int) {
	d.PrintfIf(e.channel >= 0, " CH: %d", e.channel)
	d.If(capabilities&wlanPrivacy != 0, ", PRIVACY")
}

func wlanAuthentication(d *Context, algorithm, number, status int) {
	const sharedKey = 1
	name := Names{0: "Open System", sharedKey: "Shared Key", 2: "EAP"}.Of(algorithm, "Reserved")
	text := dissect.If(number%2 == 1, wlanStatus(status)) // an answer
	challenged := algorithm == sharedKey && (number == 2 || number == 3)
	d.Printf(" (%s)-%x%s %s", name, number, dissect.Pick(challenged, " [Challenge Text]", ":"), text)
}

// wlanActions are the names of actions by their category.
var wlanActions = map[int]struct {
	name    string
	actions Names
}{
	0: {"Spectrum Management ", nil}, 1: {"QoS ", nil}, 2: {"DLS ", nil}, 127: {"Vendor ", nil},
	3: {"BA ", Names{0: "ADDBA Request", 1: "ADDBA Response", 2: "DELBA"}},
	7: {"HT ", Names{0: "TxChWidth", 1: "MIMOPwrSave"}},
	13: {"MeshAction ", Names{0: "MeshLink", 1: "HWMP", 2: "Gate Announcement", 3: "Congestion Control", 4: "MCCA Setup Request", 5: "MCCA Setup Reply",
		6: "MCCA Advertisement Request", 7: "MCCA Advertisement", 8: "MCCA Teardown", 9: "TBTT Adjustment Request", 10: "TBTT Adjustment Response"}},
	14: {"MultiohopAction ", Names{0: "Proxy Update", 1: "Proxy Update Confirmation"}},
	15: {"SelfprotectAction ", Names{1: "Peering Open", 2: "Peering Confirm", 3: "Peering Close", 4: "Group Key Inform", 5: "Group Key Acknowledge"}},
}

func wlanAction(category, action int) string {
	c, ok := wlanActions[category]
	if !ok {
		c.name = fmt.Sprintf("Reserved(%d) ", category)
	}
	return c.name + c.actions.Of(action, "Act#%d")
}
