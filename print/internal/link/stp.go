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
	stpRapid       = 2
	stpMultiple    = 3
	stpShortest    = 4
	stpConfig      = 0
	stpRapidConfig = 2
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
	if stpProtocols[version] == "" {
		return
	}
	kind := v.U8(3)
	d.Printf(", %s", stpTypes.Of(kind, "Unknown BPDU Type (0x%02x)"))
	fits := true
	switch {
	case kind == stpConfig:
		if fits = v.Length >= stpSize-1; fits {
			stpConfiguration(d, v)
		}
	case kind == stpRapidConfig && version == stpRapid:
		if fits = v.Length >= stpSize; fits {
			stpConfiguration(d, v)
		}
	case kind == stpRapidConfig && version >= stpMultiple:
		fits = d.Try(func() { printSTPMultiple(d, v, version) })
	}
	d.If(!fits, " (invalid)")
}

// bridgeID writes a priority and an address.
func bridgeID(v View, at int) string {
	return fmt.Sprintf("%04x.%s", v.U16(at), dissect.MAC(v.Bytes(at+2, 6)))
}

func stpConfiguration(d *Context, v View) {
	bits := v.U8(4)
	d.Printf(", Flags [%s]", stpFlags.Of(bits, ", "))
	d.Printf(", bridge-id %s.%04x, length %d", bridgeID(v, 17), v.U16(25), v.Length)
	if d.Verbose == 0 {
		return
	}
	stpTimes(d, v)
	d.Printf("\n\troot-id %s, root-pathcost %d", bridgeID(v, 5), v.U32(13))
	if v.U8(2) == stpRapid {
		d.Printf(", port-role %s", stpRoles[bits>>2&3])
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
		stpTrees(d, v, bits, size-2)
	}
	if version != stpShortest {
		return
	}
	const least = 87
	at := stpLength3 + size
	if shortest := v.U16(at) + 2; v.Length < stpSize+size+shortest || shortest < least {
		dissect.Reject()
	}
	if d.Verbose > 0 {
		stpAgreement(d, dissect.NewView(v.Data, v.Length), at)
	}
}

func stpTrees(d *Context, v View, bits, size int) {
	d.Printf("\n\tport-role %s, ", stpRoles[bits>>2&3])
	d.Printf("CIST root-id %s, CIST ext-pathcost %d", bridgeID(v, 5), v.U32(13))
	d.Printf("\n\tCIST regional-root-id %s, ", bridgeID(v, 17))
	d.Printf("CIST port-id %04x,", v.U16(25))
	stpTimes(d, v)
	d.Printf("\n\tv3len %d, ", v.U16(stpLength3))
	d.Print("MCID Name ")
	d.Padded(v.Cursor(39), 32)
	d.Printf(", rev %d,\n\t\tdigest %x, ", v.U16(71), v.Bytes(73, 16))
	d.Printf("CIST int-root-pathcost %d,", v.U32(89))
	d.Printf("\n\tCIST bridge-id %s, ", bridgeID(v, 93))
	d.Printf("CIST remaining-hops %d", v.U8(101))
	const common = 64
	for at, left := stpMultipleSize, size-common; left >= stpInstance; at, left = at+stpInstance, left-stpInstance {
		d.Printf("\n\tMSTI %d, Flags [%s], port-role %s", v.U16(at+1)&0xfff, stpFlags.Of(v.U8(at), ", "), stpRoles[v.U8(at)>>2&3])
		d.Printf("\n\t\tMSTI regional-root-id %s, pathcost %d", bridgeID(v, at+1), v.U32(at+9))
		d.Printf("\n\t\tMSTI bridge-prio %d, port-prio %d, hops %d", v.U8(at+13)>>4, v.U8(at+14)>>4, v.U8(at+15))
	}
}

// stpAgreement prints what bridges of shortest paths agree on.
func stpAgreement(d *Context, v View, at int) {
	d.Printf("\n\tv4len %d, ", v.U16(at))
	d.Print("AUXMCID Name ")
	d.Padded(v.Cursor(at+3), 32)
	d.Printf(", Rev %d,\n\t\tdigest %x", v.U16(at+35), v.Bytes(at+37, 16))
	bits, format, convention := v.U8(at+53), v.U8(at+55), v.U8(at+56)
	d.Printf("\n\tAgreement num %d, Discarded Agreement num %d, Agreement valid-flag %d,\n\tRestricted role-flag: %d, ", bits>>6, bits>>4&3, bits>>3&1, bits>>2&1)
	d.Printf("Format id %d cap %d, Convention id %d cap %d,\n\tEdge count %d, ", format>>4, format, convention>>4, convention, v.U16(at+57))
	d.Printf("Agreement digest %x", v.Bytes(at+67, 20))
}
