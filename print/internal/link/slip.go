package link

import "bpfc/print/internal/dissect"

// slipLines are what is remembered of lines whose headers are compressed: the last connection, and the bytes of its last segment, which is
// kept for each direction.
type slipLines struct {
	connection int
	size       [2][256]int
}

// Bits of a compressed header (RFC 1144, 3.2.2).
const (
	slipU, slipW, slipA, slipS, slipI, slipC = 0x01, 0x02, 0x04, 0x08, 0x20, 0x40

	slipEcho = slipS | slipW | slipU         // both sides' numbers go on by the size of the last segment
	slipData = slipS | slipA | slipW | slipU // only the sender's does
)

// slipHead prints which way a packet went, and how its header was compressed.
func slipHead(d *Context, v View) {
	const addresses = 9 // where the number of the connection is, in an IP header
	way := v.U8(0)
	if way > 1 {
		d.Printf("Invalid direction %d ", way)
	} else {
		d.Print([2]string{"I ", "O "}[way])
	}
	lines, c := dissect.Remembered[slipLines](d), v.Cursor(1)
	switch kind := v.U8(1); {
	case kind&0xf0 == 0x40:
		d.Printf("ip %d: ", v.Length)
	case kind&0xf0 == 0x70:
		lines.connection = v.U8(1 + addresses)
		d.Printf("utcp %d: ", lines.connection)
		if way < 2 {
			lines.size[way][lines.connection] = slipHeaders(v.From(slipHeader))
		}
	case way > 1:
	case kind&0x80 != 0:
		slipCompressed(d, c, lines, &lines.size[way], v.From(slipHeader))
	default:
		d.Printf("slip-%d!: ", kind)
	}
}

// slipCompressed prints what changed in a header.
func slipCompressed(d *Context, c *Cursor, lines *slipLines, sizes *[256]int, payload View) {
	bits := c.U8()
	if bits&slipC != 0 {
		lines.connection = c.U8()
		d.Printf("ctcp %d", lines.connection)
	} else {
		d.Print("ctcp *")
	}
	c.Bytes(2) // TCP's checksum
	size := &sizes[lines.connection]
	switch bits & slipData {
	case slipEcho:
		d.Printf(" *SA+%d", *size)
	case slipData:
		d.Printf(" *S+%d", *size)
	default:
		for _, f := range []struct {
			bit  int
			name string
		}{{slipU, " U=%d"}, {slipW, ""}, {slipA, " A+%d"}, {slipS, " S+%d"}} {
			switch {
			case bits&f.bit == 0:
			case f.bit == slipW:
				n := int16(slipChange(c))
				d.Printf(dissect.Pick(n >= 0, " W+%d", " W%d"), int(n))
			default:
				d.Printf(f.name, slipChange(c))
			}
		}
	}
	if bits&slipI != 0 {
		d.Printf(" I+%d", slipChange(c))
	}
	*size = payload.Length - slipHeaders(payload)
	d.Printf(" %d (%d): ", uint32(*size), c.At-2)
}

// slipChange reads a number of one byte, or of two behind a zero.
func slipChange(c *Cursor) int {
	if n := c.U8(); n != 0 {
		return n
	}
	return c.U16()
}

// slipHeaders gives the bytes of the headers of IP and TCP.
func slipHeaders(v View) int {
	const offset, least = 12, 20
	ip := v.U8(0) & 15 * 4
	v.Need(ip + least)
	return ip + v.U8(ip+offset)>>4*4
}
