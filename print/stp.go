package print

import "fmt"

// Spanning tree protocols (IEEE 802.1D, 802.1Q, 802.1aq).

var (
	stpFlags     = FlagsT{{0x01, "Topology change"}, {0x02, "Proposal"}, {0x10, "Learn"}, {0x20, "Forward"}, {0x40, "Agreement"}, {0x80, "Topology change ACK"}}
	stpProtocols = NamesT{0: "802.1d", stpRapid: "802.1w", stpMultiple: "802.1s", stpShortest: "802.1aq"}
	stpTypes     = NamesT{stpConfig: "Config", stpRapidConfig: "Rapid STP", 0x80: "Topology Change"}
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

// stp prints a message of a spanning tree protocol.
func (d *dissector) stp(v view) {
	d.proto = "stp"
	if v.length < 4 {
		d.invalid()
		return
	}
	if v.u16(0) != 0 {
		d.printf("unknown STP version, length %d", v.length)
		return
	}
	version := v.u8(2)
	d.printf("STP %s", stpProtocols.of(version, "Unknown STP protocol (0x%02x)"))
	if stpProtocols[version] == "" {
		return
	}
	kind := v.u8(3)
	d.printf(", %s", stpTypes.of(kind, "Unknown BPDU Type (0x%02x)"))
	fits := true
	switch {
	case kind == stpConfig:
		if fits = v.length >= stpSize-1; fits {
			d.stpConfiguration(v)
		}
	case kind == stpRapidConfig && version == stpRapid:
		if fits = v.length >= stpSize; fits {
			d.stpConfiguration(v)
		}
	case kind == stpRapidConfig && version >= stpMultiple:
		fits = d.stpMultiple(v, version)
	}
	if !fits {
		d.invalid()
	}
}

// bridgeID writes a priority and an address.
func (v view) bridgeID(at int) string {
	return fmt.Sprintf("%04x.%s", v.u16(at), mac(v.bytes(at+2, 6)))
}

func (d *dissector) stpConfiguration(v view) {
	bits := v.u8(4)
	d.printf(", Flags [%s]", stpFlags.of(bits, ", "))
	d.printf(", bridge-id %s.%04x, length %d", v.bridgeID(17), v.u16(25), v.length)
	if d.Verbose == 0 {
		return
	}
	d.stpTimes(v)
	d.printf("\n\troot-id %s, root-pathcost %d", v.bridgeID(5), v.u32(13))
	if v.u8(2) == stpRapid {
		d.printf(", port-role %s", stpRoles[bits>>2&3])
	}
}

func (d *dissector) stpTimes(v view) {
	seconds := func(at int) float64 { return float64(v.u16(at)) / 256 }
	d.printf("\n\tmessage-age %.2fs, max-age %.2fs, hello-time %.2fs, forwarding-delay %.2fs", seconds(27), seconds(29), seconds(31), seconds(33))
}

// stpMultiple prints a message about several trees; false if it makes no sense.
func (d *dissector) stpMultiple(v view, version int) bool {
	if v.length < stpMultipleSize || v.u8(35) != 0 {
		return false
	}
	size := v.u16(stpLength3) + 2
	if v.length < stpSize+size {
		return false
	}
	bits := v.u8(4)
	d.printf(", CIST Flags [%s], length %d", stpFlags.of(bits, ", "), v.length)
	if d.Verbose > 0 {
		d.stpTrees(v, bits, size-2)
	}
	if version != stpShortest {
		return true
	}
	const least = 87
	at := stpLength3 + size
	if shortest := v.u16(at) + 2; v.length < stpSize+size+shortest || shortest < least {
		return false
	}
	if d.Verbose > 0 {
		d.stpAgreement(newView(v.b, v.length), at)
	}
	return true
}

func (d *dissector) stpTrees(v view, bits, size int) {
	d.printf("\n\tport-role %s, ", stpRoles[bits>>2&3])
	d.printf("CIST root-id %s, CIST ext-pathcost %d", v.bridgeID(5), v.u32(13))
	d.printf("\n\tCIST regional-root-id %s, ", v.bridgeID(17))
	d.printf("CIST port-id %04x,", v.u16(25))
	d.stpTimes(v)
	d.printf("\n\tv3len %d, ", v.u16(stpLength3))
	d.print("MCID Name ")
	d.padded(v.cursor(39), 32)
	d.printf(", rev %d,\n\t\tdigest %x, ", v.u16(71), v.bytes(73, 16))
	d.printf("CIST int-root-pathcost %d,", v.u32(89))
	d.printf("\n\tCIST bridge-id %s, ", v.bridgeID(93))
	d.printf("CIST remaining-hops %d", v.u8(101))
	const common = 64
	for at, left := stpMultipleSize, size-common; left >= stpInstance; at, left = at+stpInstance, left-stpInstance {
		d.printf("\n\tMSTI %d, Flags [%s], port-role %s", v.u16(at+1)&0xfff, stpFlags.of(v.u8(at), ", "), stpRoles[v.u8(at)>>2&3])
		d.printf("\n\t\tMSTI regional-root-id %s, pathcost %d", v.bridgeID(at+1), v.u32(at+9))
		d.printf("\n\t\tMSTI bridge-prio %d, port-prio %d, hops %d", v.u8(at+13)>>4, v.u8(at+14)>>4, v.u8(at+15))
	}
}

// stpAgreement prints what bridges of shortest paths agree on.
func (d *dissector) stpAgreement(v view, at int) {
	d.printf("\n\tv4len %d, ", v.u16(at))
	d.print("AUXMCID Name ")
	d.padded(v.cursor(at+3), 32)
	d.printf(", Rev %d,\n\t\tdigest %x", v.u16(at+35), v.bytes(at+37, 16))
	bits, format, convention := v.u8(at+53), v.u8(at+55), v.u8(at+56)
	d.printf("\n\tAgreement num %d, Discarded Agreement num %d, Agreement valid-flag %d,\n\tRestricted role-flag: %d, ", bits>>6, bits>>4&3, bits>>3&1, bits>>2&1)
	d.printf("Format id %d cap %d, Convention id %d cap %d,\n\tEdge count %d, ", format>>4, format, convention>>4, convention, v.u16(at+57))
	d.printf("Agreement digest %x", v.bytes(at+67, 20))
}
