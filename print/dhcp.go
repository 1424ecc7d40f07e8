package print

// dhcpForm says how the value of a DHCP option is written (RFC 2132).
type dhcpForm byte

const (
	dhcpDots    dhcpForm = iota // bytes in decimal; one to four of them as a number of their size
	dhcpText                    // in quotes
	dhcpAddress                 // addresses
	dhcpNumber                  // numbers of four bytes
	dhcpShort                   // numbers of two bytes
	dhcpByte                    // numbers of one byte
	dhcpTruth                   // Y or N
	dhcpPairs                   // of addresses
	dhcpSpecial                 // each in its own way
)

var dhcpForms = map[int]dhcpForm{1: dhcpAddress, 2: dhcpNumber, 3: dhcpAddress, 4: dhcpAddress, 5: dhcpAddress, 6: dhcpAddress, 7: dhcpAddress, 9: dhcpAddress, 12: dhcpText, 13: dhcpShort, 15: dhcpText,
	16: dhcpAddress, 17: dhcpText, 23: dhcpByte, 26: dhcpShort, 28: dhcpAddress, 31: dhcpTruth, 33: dhcpPairs, 40: dhcpText, 41: dhcpAddress, 42: dhcpAddress, 44: dhcpAddress, 47: dhcpText,
	50: dhcpAddress, 51: dhcpNumber, 53: dhcpSpecial, 54: dhcpAddress, 55: dhcpSpecial, 56: dhcpText, 57: dhcpShort, 58: dhcpNumber, 59: dhcpNumber, 60: dhcpText, 61: dhcpSpecial,
	66: dhcpText, 67: dhcpText, 91: dhcpNumber, 92: dhcpAddress, 101: dhcpText, 116: dhcpTruth, 121: dhcpSpecial, 150: dhcpAddress, 161: dhcpText, 249: dhcpSpecial}

// Options of a form of their own.
const (
	dhcpMessageType = 53
	dhcpParameters  = 55
	dhcpClient      = 61
	dhcpRoutes      = 121
	dhcpRoutesOld   = 249
)

// dhcpOptions prints options, as many to a line as their values need.
func (d *dissector) dhcpOptions(c *cursor) {
	const pad, end = 0, 255
	for c.left() > 0 && c.has(1) {
		kind := c.u8()
		if kind == pad && d.Verbose < 3 {
			continue
		}
		size := 0
		if kind != pad && kind != end {
			size = c.u8()
		}
		name := dhcpOptionNames.of(kind, "Unknown")
		if kind == end {
			name = "END"
		}
		if kind == end && d.Verbose < 3 {
			return
		}
		d.printf("\n\t    %s (%d), length %d", name, kind, size)
		if kind == end {
			return
		}
		if !c.has(size) {
			panic(truncated{})
		}
		if size == 0 {
			continue
		}
		d.print(": ")
		if !d.dhcpOption(kind, c.take(size)) {
			return
		}
	}
}

// dhcpOption prints a value; false if it ends the line.
func (d *dissector) dhcpOption(kind int, v view) bool {
	c := v.cursor(0)
	separated := func(size int, f func()) {
		for first := true; c.left() >= size; first = false {
			d.onlyIf(!first, ",")
			f()
		}
		if c.left() > 0 { // a piece
			d.bytesInDecimal(c)
		}
	}
	form, known := dhcpForms[kind]
	if !known {
		form = dhcpDots
	}
	switch form {
	case dhcpText:
		d.print("\"")
		d.text(v.b)
		d.print("\"")
	case dhcpAddress:
		separated(4, func() { d.print(d.ip4(c.bytes(4))) })
	case dhcpNumber:
		separated(4, func() { d.printf("%d", c.u32()) })
	case dhcpShort:
		separated(2, func() { d.printf("%d", c.u16()) })
	case dhcpByte:
		separated(1, func() { d.printf("%d", c.u8()) })
	case dhcpTruth:
		separated(1, func() {
			switch n := c.u8(); n {
			case 0:
				d.print("N")
			case 1:
				d.print("Y")
			default:
				d.printf("%d?", n)
			}
		})
	case dhcpPairs:
		separated(8, func() { d.printf("(%s:%s)", d.ip4(c.bytes(4)), d.ip4(c.bytes(4))) })
	case dhcpSpecial:
		d.dhcpSpecial(kind, c)
	default:
		switch v.length {
		case 1:
			d.printf("%d", c.u8())
		case 2:
			d.printf("%d", c.u16())
		case 4:
			d.printf("%d", c.u32())
		default:
			d.bytesInDecimal(c)
		}
	}
	return true
}

func (d *dissector) bytesInDecimal(c *cursor) {
	for first := true; c.left() > 0; first = false {
		d.printf("%s%d", mark(!first, "."), c.u8())
	}
}

func (d *dissector) dhcpSpecial(kind int, c *cursor) {
	switch kind {
	case dhcpMessageType:
		n := c.u8()
		d.print(dhcpMessages.of(n, "Unknown (%d)"))
	case dhcpParameters:
		for i := 0; c.left() > 0; i++ {
			n := c.u8()
			separator := ", "
			if i%4 == 0 {
				separator = "\n\t      "
			}
			d.printf("%s%s (%d)", separator, dhcpOptionNames.of(n, "Unknown"), n)
		}
	case dhcpClient:
		hardware := c.u8()
		switch {
		case hardware == 0: // not an address but a text
			d.print("\"")
			d.text(c.rest().b)
			d.print("\"")
		case c.left() == 6 && hardware == 1:
			d.printf("ether %s", mac(c.bytes(6)))
		default:
			name := NamesT{1: "ether"}.of(hardware, "hardware-type %d")
			d.printf("%s", name)
			for i := 0; c.left() > 0; i++ {
				d.printf("%s%02x", map[bool]string{true: " ", false: ":"}[i == 0], c.u8())
			}
		}
	case dhcpRoutes, dhcpRoutesOld:
		for first := true; c.left() > 0; first = false {
			bits := c.u8()
			n := (bits + 7) / 8
			d.onlyIf(!first, ",")
			if bits > 32 {
				d.printf("bad width %d", bits)
				return
			}
			if c.left() < n+4 {
				d.print("truncated")
				return
			}
			var network [4]byte
			copy(network[:], c.bytes(n))
			d.print("(")
			if bits == 0 {
				d.print("default")
			} else {
				d.printf("%d.%d.%d.%d/%d", network[0], network[1], network[2], network[3], bits)
			}
			d.printf(":%s)", d.ip4(c.bytes(4)))
		}
	}
}
