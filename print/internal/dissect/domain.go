package dissect

// DomainReader walks the names of DNS (RFC 1035) in a message. Where a method gives an offset, cutOff says that the message
// ends early or makes no sense.
type DomainReader struct {
	D *Context
	V View
}

const CutOff = -1

func (r *DomainReader) Has(at, n int) bool { return at >= 0 && at+n <= len(r.V.Data) }

// SkipName gives the offset behind a name.
func (r *DomainReader) SkipName(at int) int {
	for r.Has(at, 1) {
		n := r.V.U8(at)
		at++
		switch {
		case n == 0:
			return at
		case n&0xc0 == 0xc0:
			return at + 1
		case n&0xc0 == 0x40:
			if size := r.bitLabel(at - 1); size != CutOff {
				at += size
				continue
			}
			return CutOff
		case n&0xc0 != 0:
			return CutOff
		}
		at += n
	}
	return CutOff
}

// bitLabel gives the size of a label of bits (RFC 2673), that is of what follows its first byte.
func (r *DomainReader) bitLabel(at int) int {
	if r.V.U8(at) != 0x41 || !r.Has(at+1, 1) {
		return CutOff
	}
	bits := r.V.U8(at + 1)
	if bits == 0 {
		bits = 256
	}
	return (bits+7)/8 + 1
}

// labelSize is the size of what follows the first byte of a label, or of a pointer the byte itself; it says what is wrong.
func (r *DomainReader) labelSize(at int) int {
	if !r.Has(at, 1) {
		return CutOff
	}
	switch n := r.V.U8(at); n & 0xc0 {
	case 0x40:
		if n != 0x41 {
			r.D.Printf("<ELT %d>", n&0x3f)
			return CutOff
		}
		return r.bitLabel(at)
	case 0x80:
		r.D.Print("<BAD LABEL TYPE>")
		return CutOff
	default:
		return n
	}
}

const maxNameLength = 255

// Name prints the name at an offset, following pointers, which must lead back, and gives the offset behind it.
func (r *DomainReader) Name(at int) (after int) {
	d, limit, pointed := r.D, at, false
	size := r.labelSize(at)
	if size == CutOff {
		return CutOff
	}
	if r.V.U8(at) == 0 {
		d.Print(".")
		return at + 1
	}
	for length := 0; ; {
		n := r.V.U8(at)
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
			if !r.Has(at, 2) {
				return r.endOfName(at+1, after)
			}
			to := r.V.U16(at) & 0x3fff
			if to >= limit {
				d.Print("<BAD PTR>")
				return CutOff
			}
			limit, at = to, to
		} else {
			if at+1 >= len(r.V.Data) {
				return at + 1 + size
			}
			if !r.label(at+1, n, size, length) {
				return CutOff
			}
			length += size
			d.If(length <= maxNameLength, ".")
			length++
			at += 1 + size
		}
		if size = r.labelSize(at); size == CutOff {
			return CutOff
		}
	}
}

// endOfName is where a name is cut in a pointer: at the very end of the packet that passes for the end of the name.
func (r *DomainReader) endOfName(at, after int) int {
	if at >= len(r.V.Data) {
		return after
	}
	return CutOff
}

// label prints a label after length characters of the name; false if it is cut.
func (r *DomainReader) label(at, kind, size, length int) bool {
	if kind&0xc0 == 0x40 {
		return r.bits(at)
	}
	b := r.V.Data[at:min(at+size, len(r.V.Data))]
	r.D.Text(b[:max(min(len(b), maxNameLength-length), 0)])
	return len(b) == size
}

// bits prints a label of bits in hexadecimal.
func (r *DomainReader) bits(at int) bool {
	n := r.V.U8(at)
	if n == 0 {
		n = 256
	}
	r.D.Print(`\[x`)
	left := n
	for at++; left > 7; at++ {
		r.D.Printf("%02x", r.V.U8(at))
		left -= 8
	}
	if left > 4 {
		r.D.Printf("%02x", r.V.U8(at)&(0xff<<(8-left)))
	} else if left > 0 {
		r.D.Printf("%x", r.V.U8(at)>>4&(0xf<<(4-left))&0xf)
	}
	r.D.Printf("/%d]", n)
	return true
}
