package dissect

// domain prints a name of DNS (RFC 1035) in a message.
type domain struct {
	d *Context
	v View
}

func (r domain) has(at, n int) bool { return at+n <= len(r.v.Data) }

// Domain prints the name at a cursor, in the message that it reads, and moves behind it. It is rejected where the message ends
// early or the name makes no sense.
func Domain(d *Context, c *Cursor) { c.At = domain{d, c.View}.print(c.At) }

// SkipDomain moves behind a name; false if it is cut.
func SkipDomain(c *Cursor) bool {
	for c.Has(1) {
		switch n := c.U8(); {
		case n == 0:
			return true
		case n&0xc0 == 0xc0:
			c.At++
			return true
		case n == bitLabel && c.Has(1):
			c.At += bitLabelSize(c.View, c.At)
		case n&0xc0 != 0:
			return false
		default:
			c.At += n
		}
	}
	return false
}

// bitLabel is the first byte of a label of bits (RFC 2673).
const bitLabel = 0x41

// bitLabelSize gives how many bytes follow that, the first of which is at an offset.
func bitLabelSize(v View, at int) int { return (bitLabelLength(v, at)+7)/8 + 1 }

func bitLabelLength(v View, at int) int {
	if bits := v.U8(at); bits > 0 {
		return bits
	}
	return 256
}

// labelSize is the size of what follows the first byte of a label, or of a pointer the byte itself; it says what is wrong.
func (r domain) labelSize(at int) int {
	RejectIf(!r.has(at, 1))
	n := r.v.U8(at)
	r.d.RejectIf(n&0xc0 == 0x40 && n != bitLabel, "<ELT %d>", n&0x3f)
	r.d.RejectIf(n&0xc0 == 0x80, "<BAD LABEL TYPE>")
	if n != bitLabel {
		return n
	}
	RejectIf(!r.has(at+1, 1))
	return bitLabelSize(r.v, at+1)
}

const maxNameLength = 255

// print prints the name at an offset, following pointers, which must lead back, and gives the offset behind it.
func (r domain) print(at int) (after int) {
	d, limit, pointed := r.d, at, false
	size := r.labelSize(at)
	if r.v.U8(at) == 0 {
		d.Print(".")
		return at + 1
	}
	for length := 0; ; size = r.labelSize(at) {
		n := r.v.U8(at)
		if n == 0 {
			if !pointed {
				after = at + 1
			}
			d.If(length > maxNameLength, "<DOMAIN NAME TOO LONG>")
			return after
		}
		if n&0xc0 == 0xc0 {
			if !pointed {
				after, pointed = at+2, true
			}
			if !r.has(at, 2) { // at the very end of the packet that passes for the end of the name
				return after
			}
			to := r.v.U16(at) & 0x3fff
			d.RejectIf(to >= limit, "<BAD PTR>")
			limit, at = to, to
			continue
		}
		if at+1 >= len(r.v.Data) {
			return at + 1 + size
		}
		r.label(at+1, n, size, length)
		length += size
		d.If(length <= maxNameLength, ".")
		length++
		at += 1 + size
	}
}

// label prints a label after length characters of the name; rejected if it is cut.
func (r domain) label(at, first, size, length int) {
	if first == bitLabel {
		r.bits(at)
		return
	}
	b := r.v.Data[at:min(at+size, len(r.v.Data))]
	r.d.Text(b[:max(min(len(b), maxNameLength-length), 0)])
	RejectIf(len(b) != size)
}

// bits prints a label of bits in hexadecimal.
func (r domain) bits(at int) {
	n := bitLabelLength(r.v, at)
	r.d.Print(`\[x`)
	left := n
	for at++; left > 7; at++ {
		r.d.Printf("%02x", r.v.U8(at))
		left -= 8
	}
	if left > 4 {
		r.d.Printf("%02x", r.v.U8(at)&(0xff<<(8-left)))
	} else if left > 0 {
		r.d.Printf("%x", r.v.U8(at)>>4&(0xf<<(4-left))&0xf)
	}
	r.d.Printf("/%d]", n)
}
