package link

import "bpfc/print/internal/dissect"

// The log of BSD's packet filter.

var (
	pflogReasons = Names{0: "0(match)", 1: "1(bad-offset)", 2: "2(fragment)", 3: "3(short)", 4: "4(normalize)", 5: "5(memory)", 6: "6(bad-timestamp)", 7: "7(congestion)",
		8: "8(ip-option)", 9: "9(proto-cksum)", 10: "10(state-mismatch)", 11: "11(state-insert)", 12: "12(state-limit)", 13: "13(src-limit)", 14: "14(synproxy)"}
	pflogActions    = Names{0: "pass", 1: "block", 2: "scrub", 3: "noscrub", 4: "nat", 5: "nonat", 6: "binat", 7: "nobinat", 8: "rdr", 9: "nordr", 10: "synproxy-drop"}
	pflogDirections = Names{0: "in/out", 1: "in", 2: "out"}
)

// PFLog prints the header of a logged packet, and the packet.
func PFLog(d *Context, v View) {
	const least, fields = 45, 64 // bytes of the shortest header, and those that are read even so
	d.Proto = "pflog"
	size := v.U8(0)
	if size < least {
		d.Print("[pflog: invalid header length!]")
		d.Header(size)
		return
	}
	size = (size + 3) &^ 3
	if len(v.Data) < max(size, fields) {
		d.Mark()
		d.Header(size)
		return
	}
	d.Header(size)
	if d.LinkHeader {
		pflogHeader(d, v)
	}
	payload := v.From(size)
	switch v.U8(1) {
	case familyIPv4:
		d.Next(dissect.ByEtherType, dissect.TypeIP, payload)
	case familyIPv6BSD, familyIPv6Free, familyIPv6Apple:
		d.Next(dissect.ByEtherType, dissect.TypeIPv6, payload)
	default:
		if !d.LinkHeader {
			pflogHeader(d, v)
		}
		d.HexLines(payload)
	}
}

func pflogHeader(d *Context, v View) {
	const none = 1<<32 - 1
	rule, sub := v.U32(36), v.U32(40)
	if sub == none {
		d.Printf("rule %d/", rule)
	} else {
		d.Printf("rule %d.", rule)
		d.Padded(v.Cursor(20), 16)
		d.Printf(".%d/", sub)
	}
	d.Printf("%s: %s %s on ", pflogReasons.Of(v.U8(3), "unkn(%d)"), pflogActions.Of(v.U8(2), "unkn(%d)"), pflogDirections.Of(v.U8(60), "unkn(%d)"))
	d.Padded(v.Cursor(4), 16)
	d.Print(": ")
}
