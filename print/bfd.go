package print

import "fmt"

var (
	bfdFlags0      = FlagsT{{0x80, "I Hear You"}, {0x40, "Demand"}, {0x20, "Poll"}, {0x10, "Final"}, {0x08, "Control Plane Independent"}, {0x04, "Authentication Present"}, {0x02, "Reserved"}, {0x01, "Reserved"}}
	bfdFlags1      = FlagsT{{0x20, "Poll"}, {0x10, "Final"}, {0x08, "Control Plane Independent"}, {0x04, "Authentication Present"}, {0x02, "Demand"}, {0x01, "Reserved"}}
	bfdStates      = [4]string{"AdminDown", "Down", "Init", "Up"}
	bfdDiagnostics = NamesT{0: "No Diagnostic", 1: "Control Detection Time Expired", 2: "Echo Function Failed", 3: "Neighbor Signaled Session Down", 4: "Forwarding Plane Reset",
		5: "Path Down", 6: "Concatenated Path Down", 7: "Administratively Down", 8: "Reverse Concatenated Path Down"}
	bfdSecrets = NamesT{bfdPassword: "Simple Password", bfdMD5: "Keyed MD5", bfdMD5Meticulous: "Meticulous Keyed MD5", bfdSHA1: "Keyed SHA1", bfdSHA1Meticulous: "Meticulous Keyed SHA1"}
)

const (
	bfdPassword       = 1
	bfdMD5            = 2
	bfdMD5Meticulous  = 3
	bfdSHA1           = 4
	bfdSHA1Meticulous = 5
	bfdHeader         = 24   // bytes
	bfdAuthentication = 0x04 // flag of both versions
)

func (d *dissector) bfdControl(v view)  { d.bfd(v, "Control") }
func (d *dissector) bfdMultihop(v view) { d.bfd(v, "Multihop") }
func (d *dissector) bfdLag(v view)      { d.bfd(v, "Lag") }

func (d *dissector) bfdEcho(v view) {
	d.proto = "bfd"
	d.printf("BFD, Echo, length: %d", v.length)
}

// bfd prints Bidirectional Forwarding Detection (RFC 5880), as spoken on a port of that name.
func (d *dissector) bfd(v view, port string) {
	d.proto = "bfd"
	v.need(bfdHeader)
	version, diagnostic, bits := v.u8(0)>>5, v.u8(0)&31, v.u8(1)
	what := ""
	switch version {
	case 0:
		what = fmt.Sprintf("Control, Flags: [%s]", bfdFlags0.of(bits, ", "))
	case 1:
		what = fmt.Sprintf("%s, State %s, Flags: [%s]", port, bfdStates[bits>>6], bfdFlags1.of(bits&0x3f, ", "))
	default:
		d.printf("BFDv%d, Control, length: %d", version, v.length)
		if d.Verbose > 0 {
			d.unknown(v, "\n\t", v.length)
		}
		return
	}
	if d.Verbose == 0 {
		d.printf("BFDv%d, %s, length: %d", version, what, v.length)
		return
	}
	d.printf("BFDv%d, length: %d\n\t%s, Diagnostic: %s (0x%02x)", version, v.length, what, bfdDiagnostics.of(diagnostic, "unknown"), diagnostic)
	d.printf("\n\tDetection Timer Multiplier: %d (%d ms Detection time), BFD Length: %d", v.u8(2), uint32(v.u8(2))*v.u32(12)/1000, v.u8(3))
	d.printf("\n\tMy Discriminator: 0x%08x, Your Discriminator: 0x%08x", v.u32(4), v.u32(8))
	d.printf("\n\t  Desired min Tx Interval:    %4d ms", v.u32(12)/1000)
	d.printf("\n\t  Required min Rx Interval:   %4d ms", v.u32(16)/1000)
	d.printf("\n\t  Required min Echo Interval: %4d ms", v.u32(20)/1000)
	if bits&bfdAuthentication != 0 {
		d.bfdSecret(v.cursor(bfdHeader))
	}
}

func (d *dissector) bfdSecret(c *cursor) {
	c.view.need(c.at + 4)
	kind, size := c.u8(), c.u8()
	d.printf("\n\tAuthentication: %s (%d), length: %d", bfdSecrets.of(kind, "Unknown"), kind, size)
	d.printf("\n\t  Auth Key ID: %d", c.u8())
	digest, name := 0, ""
	switch kind {
	case bfdPassword:
		if size < 4 || size > 19 {
			d.printf("[invalid length %d]", size)
			return
		}
		d.print(", Password: ")
		d.counted(c, size-3)
		return
	case bfdMD5, bfdMD5Meticulous:
		digest, name = 16, "Digest"
	case bfdSHA1, bfdSHA1Meticulous:
		digest, name = 20, "Hash"
	default:
		return
	}
	if size != 8+digest {
		d.printf("[invalid length %d]", size)
		return
	}
	c.at++ // reserved
	d.printf(", Sequence Number: 0x%08x", c.u32())
	d.printf("\n\t  %s: %x", name, c.bytes(digest))
}
