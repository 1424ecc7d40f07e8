package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// Spanning tree protocols (IEEE 802.1D, 802.1Q, 802.1aq).

var (
	stpFlags     = Flags{{0x01, "Topology change"}, {0x02, "Proposal"}, {0x10, "Learn"}, {0x20, "Forward"}, {0x40, "Agreement"}, {0x80, "Topology change ACK"}}
	stpProtocols = Names{0: "802.1d", stpRapid: "802.1w", stpMultiple: "802.1s", stpShortest: "802.1aq"}
	stpTypes     = Names{stpConfig: "Config", stpRapidConfig: "Rapid STP", 0x80: "Topology Change"}
	stpRoles     = [4]string{"Unknown", "Alternate", "Root", "Designated"}
)

// Versions and types of messages.
const (
	stpRapid, stpMultiple, stpShortest = 2, 3, 4
	stpConfig, stpRapidConfig          = 0, 2
)

// Sizes and offsets of messages, in bytes.
const (
	stpSize         = 36 // of a message of the rapid protocol; the first has one less
	stpMultipleSize = 102
	stpLength3      = 36 // where the length of the part of version 3 is
	stpInstance     = 16 // the size of what is said of a tree
)

// STP prints a message of a spanning tree protocol.
func STP(d *Context, v View) {
	d.Proto = "stp"
	d.StopIf(v.Length < 4, " (invalid)")
	d.StopIf(v.U16(0) != 0, "unknown STP version, length %d", v.Length)
	version := v.U8(2)
	d.Printf("STP %s", stpProtocols.Of(version, "Unknown STP protocol (0x%02x)"))
	d.LeaveIf(stpProtocols[version] == "", "")
	kind := v.U8(3)
	d.Printf(", %s", stpTypes.Of(kind, "Unknown BPDU Type (0x%02x)"))
	least := map[int]int{stpConfig: stpSize - 1, stpRapidConfig: stpSize}[kind]
	switch {
	case kind == stpRapidConfig && version >= stpMultiple:
		d.If(!d.Try(func() { printSTPMultiple(d, v, version) }), " (invalid)")
	case least > 0 && (kind == stpConfig || version == stpRapid):
		d.LeaveIf(v.Length < least, " (invalid)")
		stpConfiguration(d, v)
	}
}

// bridgeID writes a priority and an address, in eight bytes.
func bridgeID(b []byte) string { return fmt.Sprintf("%x.%s", b[:2], dissect.MAC(b[2:])) }

func stpConfiguration(d *Context, v View) {
	d.Form(v.Cursor(0), ", Flags [%1@4n]|, bridge-id %8@17v.%2@25x, length %L", stpFlags, bridgeID)
	if d.Verbose == 0 {
		return
	}
	stpTimes(d, v)
	d.Form(v.Cursor(0), "\n\troot-id %8@5v, root-pathcost %4@13d", bridgeID)
	if v.U8(2) == stpRapid {
		d.Printf(", port-role %s", stpRoles[v.U8(4)>>2&3])
	}
}

func stpTimes(d *Context, v View) {
	seconds := func(at int) float64 { return float64(v.U16(at)) / 256 }
	d.Printf("\n\tmessage-age %.2fs, max-age %.2fs, hello-time %.2fs, forwarding-delay %.2fs", seconds(27), seconds(29), seconds(31), seconds(33))
}

// printSTPMultiple prints a message about several trees; rejected if it makes no sense.
func printSTPMultiple(d *Context, v View, version int) {
	dissect.RejectIf(v.Length < stpMultipleSize || v.U8(35) != 0)
	size := v.U16(stpLength3) + 2
	dissect.RejectIf(v.Length < stpSize+size)
	bits := v.U8(4)
	d.Printf(", CIST Flags [%s], length %d", stpFlags.Of(bits, ", "), v.Length)
	if d.Verbose > 0 {
		stpTrees(d, v, size-2)
	}
	if version != stpShortest {
		return
	}
	const least = 87
	at := stpLength3 + size
	shortest := v.U16(at) + 2
	dissect.RejectIf(v.Length < stpSize+size+shortest || shortest < least)
	if d.Verbose > 0 {
		stpAgreement(d, v, at)
	}
}

func stpTrees(d *Context, v View, size int) {
	d.Form(v.Cursor(0), "\n\tport-role %1@4[4-5]n, |CIST root-id %8@5v, CIST ext-pathcost %4@13d|\n\tCIST regional-root-id %8@17v, |CIST port-id %2@25x,", stpRole, bridgeID, bridgeID)
	stpTimes(d, v)
	d.Form(v.Cursor(0), "\n\tv3len %2@36d, |MCID Name %32@39z|, rev %2@71d,\n\t\tdigest %16@73b, |CIST int-root-pathcost %4@89d,|\n\tCIST bridge-id %8@93v, |CIST remaining-hops %1@101d", bridgeID)
	const common = 64
	for at, left := stpMultipleSize, size-common; left >= stpInstance; at, left = at+stpInstance, left-stpInstance {
		d.Form(v.Cursor(at), "\n\tMSTI %2@1[4-15]d, Flags [%1@0n], port-role %=[4-5]n|\n\t\tMSTI regional-root-id %8@1v, pathcost %4@9d|\n\t\tMSTI bridge-prio %1@13[0-3]d, port-prio %1@14[0-3]d, hops %1@15d", stpFlags, stpRole, bridgeID)
	}
}

func stpRole(n int) string { return stpRoles[n] }

// stpAgreement prints what bridges of shortest paths agree on.
func stpAgreement(d *Context, v View, at int) {
	d.Form(v.Cursor(at), "\n\tv4len %2@0d, |AUXMCID Name %32@3z|, Rev %2@35d,\n\t\tdigest %16@37b|"+
		"\n\tAgreement num %1@53[0-1]d, Discarded Agreement num %=[2-3]d, Agreement valid-flag %=[4]d,\n\tRestricted role-flag: %=[5]d, |"+
		"Format id %1@55[0-3]d cap %=d, Convention id %1@56[0-3]d cap %=d,\n\tEdge count %2@57d, |Agreement digest %20@67b")
}
