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
	aligned := dissect.Pick(size < least, size, (size+3)&^3)
	if size < least || len(v.Data) < max(aligned, fields) {
		d.Header(aligned)
	}
	d.LeaveIf(size < least, "[pflog: invalid header length!]")
	d.MarkIf(len(v.Data) < max(aligned, fields))
	headed(d, v, aligned, func() { pflogHeader(d, v) }, func(payload View) bool { return d.Next(dissect.ByEtherType, familyTypes[v.U8(1)], payload) })
}

func pflogHeader(d *Context, v View) {
	const none = 1<<32 - 1
	d.Form(v.Cursor(0), "rule %4@36d"+dissect.Pick(v.U32(40) == none, "/", ".%16@20z.%4@40d/")+"%1@3n: %1@2n %1@60n on %16@4z: ", pflogReasons.Or("unkn(%d)"), pflogActions.Or("unkn(%d)"), pflogDirections.Or("unkn(%d)"))
}
