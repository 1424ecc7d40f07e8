package print

// domainReader walks the names of DNS (RFC 1035) in a message. Where a method gives an offset, cutOff says that the message
// ends early or makes no sense.
type domainReader struct {
	d *dissector
	v view
}

const cutOff = -1

func (r *domainReader) has(at, n int) bool { return at >= 0 && at+n <= len(r.v.b) }

// skipName gives the offset behind a name.
func (r *domainReader) skipName(at int) int {
	for r.has(at, 1) {
		n := r.v.u8(at)
		at++
		switch {
		case n == 0:
			return at
		case n&0xc0 == 0xc0:
			return at + 1
		case n&0xc0 == 0x40:
			if size := r.bitLabel(at - 1); size != cutOff {
				at += size
				continue
			}
			return cutOff
		case n&0xc0 != 0:
			return cutOff
		}
		at += n
	}
	return cutOff
}

// bitLabel gives the size of a label of bits (RFC 2673), that is of what follows its first byte.
func (r *domainReader) bitLabel(at int) int {
	if r.v.u8(at) != 0x41 || !r.has(at+1, 1) {
		return cutOff
	}
	bits := r.v.u8(at + 1)
	if bits == 0 {
		bits = 256
	}
	return (bits+7)/8 + 1
}

// labelSize is the size of what follows the first byte of a label, or of a pointer the byte itself; it says what is wrong.
func (r *domainReader) labelSize(at int) int {
	if !r.has(at, 1) {
		return cutOff
	}
	switch n := r.v.u8(at); n & 0xc0 {
	case 0x40:
		if n != 0x41 {
			r.d.printf("<ELT %d>", n&0x3f)
			return cutOff
		}
		return r.bitLabel(at)
	case 0x80:
		r.d.print("<BAD LABEL TYPE>")
		return cutOff
	default:
		return n
	}
}

const maxNameLength = 255

// name prints the name at an offset, following pointers, which must lead back, and gives the offset behind it.
func (r *domainReader) name(at int) (after int) {
	d, limit, pointed := r.d, at, false
	size := r.labelSize(at)
	if size == cutOff {
		return cutOff
	}
	if r.v.u8(at) == 0 {
		d.print(".")
		return at + 1
	}
	for length := 0; ; {
		n := r.v.u8(at)
		if n == 0 {
			if !pointed {
				after = at + 1
			}
			d.onlyIf(length > maxNameLength, "<DOMAIN NAME TOO LONG>")
			return after
		}
		if n&0xc0 == 0xc0 {
			if !pointed {
				after, pointed = at+2, true
			}
			if !r.has(at, 2) {
				return r.endOfName(at+1, after)
			}
			to := r.v.u16(at) & 0x3fff
			if to >= limit {
				d.print("<BAD PTR>")
				return cutOff
			}
			limit, at = to, to
		} else {
			if at+1 >= len(r.v.b) {
				return at + 1 + size
			}
			if !r.label(at+1, n, size, length) {
				return cutOff
			}
			length += size
			d.onlyIf(length <= maxNameLength, ".")
			length++
			at += 1 + size
		}
		if size = r.labelSize(at); size == cutOff {
			return cutOff
		}
	}
}

// endOfName is where a name is cut in a pointer: at the very end of the packet that passes for the end of the name.
func (r *domainReader) endOfName(at, after int) int {
	if at >= len(r.v.b) {
		return after
	}
	return cutOff
}

// label prints a label after length characters of the name; false if it is cut.
func (r *domainReader) label(at, kind, size, length int) bool {
	if kind&0xc0 == 0x40 {
		return r.bits(at)
	}
	b := r.v.b[at:min(at+size, len(r.v.b))]
	r.d.text(b[:max(min(len(b), maxNameLength-length), 0)])
	return len(b) == size
}

// bits prints a label of bits in hexadecimal.
func (r *domainReader) bits(at int) bool {
	n := r.v.u8(at)
	if n == 0 {
		n = 256
	}
	r.d.print(`\[x`)
	left := n
	for at++; left > 7; at++ {
		r.d.printf("%02x", r.v.u8(at))
		left -= 8
	}
	if left > 4 {
		r.d.printf("%02x", r.v.u8(at)&(0xff<<(8-left)))
	} else if left > 0 {
		r.d.printf("%x", r.v.u8(at)>>4&(0xf<<(4-left))&0xf)
	}
	r.d.printf("/%d]", n)
	return true
}
