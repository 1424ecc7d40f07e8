package print

// The log of BSD's packet filter.

var (
	pflogReasons = NamesT{0: "0(match)", 1: "1(bad-offset)", 2: "2(fragment)", 3: "3(short)", 4: "4(normalize)", 5: "5(memory)", 6: "6(bad-timestamp)", 7: "7(congestion)",
		8: "8(ip-option)", 9: "9(proto-cksum)", 10: "10(state-mismatch)", 11: "11(state-insert)", 12: "12(state-limit)", 13: "13(src-limit)", 14: "14(synproxy)"}
	pflogActions    = NamesT{0: "pass", 1: "block", 2: "scrub", 3: "noscrub", 4: "nat", 5: "nonat", 6: "binat", 7: "nobinat", 8: "rdr", 9: "nordr", 10: "synproxy-drop"}
	pflogDirections = NamesT{0: "in/out", 1: "in", 2: "out"}
)

// pflog prints the header of a logged packet, and the packet.
func (d *dissector) pflog(v view) {
	const least, fields = 45, 64 // bytes of the shortest header, and those that are read even so
	d.proto = "pflog"
	size := v.u8(0)
	if size < least {
		d.print("[pflog: invalid header length!]")
		d.header(size)
		return
	}
	size = (size + 3) &^ 3
	if len(v.b) < max(size, fields) {
		d.mark()
		d.header(size)
		return
	}
	d.header(size)
	if d.LinkHeader {
		d.pflogHeader(v)
	}
	payload := v.from(size)
	switch v.u8(1) {
	case familyIPv4:
		d.next(byEtherType, typeIP, payload)
	case familyIPv6BSD, familyIPv6Free, familyIPv6Apple:
		d.next(byEtherType, typeIPv6, payload)
	default:
		if !d.LinkHeader {
			d.pflogHeader(v)
		}
		d.hexLines(payload)
	}
}

func (d *dissector) pflogHeader(v view) {
	const none = 1<<32 - 1
	rule, sub := v.u32(36), v.u32(40)
	if sub == none {
		d.printf("rule %d/", rule)
	} else {
		d.printf("rule %d.", rule)
		d.padded(v.cursor(20), 16)
		d.printf(".%d/", sub)
	}
	d.printf("%s: %s %s on ", pflogReasons.of(v.u8(3), "unkn(%d)"), pflogActions.of(v.u8(2), "unkn(%d)"), pflogDirections.of(v.u8(60), "unkn(%d)"))
	d.padded(v.cursor(4), 16)
	d.print(": ")
}
