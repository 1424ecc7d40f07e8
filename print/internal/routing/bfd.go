package routing

import "fmt"

var (
	bfdFlags0      = Flags{{0x80, "I Hear You"}, {0x40, "Demand"}, {0x20, "Poll"}, {0x10, "Final"}, {0x08, "Control Plane Independent"}, {0x04, "Authentication Present"}, {0x02, "Reserved"}, {0x01, "Reserved"}}
	bfdFlags1      = Flags{{0x20, "Poll"}, {0x10, "Final"}, {0x08, "Control Plane Independent"}, {0x04, "Authentication Present"}, {0x02, "Demand"}, {0x01, "Multipoint"}}
	bfdStates      = [4]string{"AdminDown", "Down", "Init", "Up"}
	bfdDiagnostics = Names{0: "No Diagnostic", 1: "Control Detection Time Expired", 2: "Echo Function Failed", 3: "Neighbor Signaled Session Down", 4: "Forwarding Plane Reset",
		5: "Path Down", 6: "Concatenated Path Down", 7: "Administratively Down", 8: "Reverse Concatenated Path Down"}
	bfdSecrets = Names{bfdPassword: "Simple Password", bfdMD5: "Keyed MD5", bfdMD5Meticulous: "Meticulous Keyed MD5", bfdSHA1: "Keyed SHA1", bfdSHA1Meticulous: "Meticulous Keyed SHA1"}
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

func BFDControl(d *Context, v View) { bfd(d, v, "Control") }

func BFDMultihop(d *Context, v View) { bfd(d, v, "Multihop") }

func BFDLag(d *Context, v View) { bfd(d, v, "Lag") }

func BFDEcho(d *Context, v View) {
	d.Proto = "bfd"
	d.Printf("BFD, Echo, length: %d", v.Length)
	if d.Verbose > 0 && v.Length > 0 {
		d.RawLines(v)
	}
}

// bfd prints Bidirectional Forwarding Detection (RFC 5880), as spoken on a port of that name.
func bfd(d *Context, v View, port string) {
	d.Proto = "bfd"
	v.Need(bfdHeader)
	version, diagnostic, bits := v.U8(0)>>5, v.U8(0)&31, v.U8(1)
	what := ""
	switch version {
	case 0:
		what = fmt.Sprintf("Control, Flags: [%s]", bfdFlags0.Of(bits, ", "))
	case 1:
		what = fmt.Sprintf("%s, State %s, Flags: [%s]", port, bfdStates[bits>>6], bfdFlags1.Of(bits&0x3f, ", "))
	default:
		d.Printf("BFDv%d, Control, length: %d", version, v.Length)
		if d.Verbose > 0 {
			d.Unknown(v, "\n\t", v.Length)
		}
		return
	}
	if d.Verbose == 0 {
		d.Printf("BFDv%d, %s, length: %d", version, what, v.Length)
		return
	}
	d.Printf("BFDv%d, length: %d\n\t%s, Diagnostic: %s (0x%02x)", version, v.Length, what, bfdDiagnostics.Of(diagnostic, "unknown"), diagnostic)
	d.Printf("\n\tDetection Timer Multiplier: %d (%d ms Detection time), BFD Length: %d", v.U8(2), uint32(v.U8(2))*v.U32(12)/1000, v.U8(3))
	d.Printf("\n\tMy Discriminator: 0x%08x, Your Discriminator: 0x%08x", v.U32(4), v.U32(8))
	d.Printf("\n\t  Desired min Tx Interval:    %4d ms", v.U32(12)/1000)
	d.Printf("\n\t  Required min Rx Interval:   %4d ms", v.U32(16)/1000)
	d.Printf("\n\t  Required min Echo Interval: %4d ms", v.U32(20)/1000)
	if bits&bfdAuthentication != 0 {
		bfdSecret(d, v.Cursor(bfdHeader))
	}
}

func bfdSecret(d *Context, c *Cursor) {
	c.View.Need(c.At + 4)
	kind, size := c.U8(), c.U8()
	d.Printf("\n\tAuthentication: %s (%d), length: %d", bfdSecrets.Of(kind, "Unknown"), kind, size)
	d.Printf("\n\t  Auth Key ID: %d", c.U8())
	digest, name := 0, ""
	switch kind {
	case bfdPassword:
		d.StopIf(size < 4 || size > 19, "[invalid length %d]", size)
		d.Print(", Password: ")
		d.Counted(c, size-3)
		return
	case bfdMD5, bfdMD5Meticulous:
		digest, name = 16, "Digest"
	case bfdSHA1, bfdSHA1Meticulous:
		digest, name = 20, "Hash"
	default:
		return
	}
	d.StopIf(size != 8+digest, "[invalid length %d]", size)
	c.At++ // reserved
	d.Printf(", Sequence Number: 0x%08x", c.U32())
	d.Printf("\n\t  %s: %x", name, c.Bytes(digest))
}
