package print

// mptcp prints a Multipath TCP option of n bytes (RFC 6824, 8684); false if
// its length does not fit.
func (d *dissector) mptcp(v view, n, bits int) bool {
	if n < 3 {
		return false
	}
	names := []string{"capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close", "unknown"}
	kind := min(v.u8(2)>>4, 8)
	v = newView(v.bytes(0, n), n)
	d.printf(" %d %s", n, names[kind])
	switch kind {
	case 0:
		return d.mptcpCapable(v, n, bits)
	case 1:
		return d.mptcpJoin(v, n, bits)
	case 2:
		return d.mptcpDSS(v, n, bits)
	case 3:
		return d.mptcpAddress(v, n)
	case 4:
		if n < 4 {
			return false
		}
		d.print(" id")
		for i := 3; i < n; i++ {
			d.printf(" %d", v.u8(i))
		}
	case 5:
		if n != 3 && n != 4 {
			return false
		}
		d.print(map[bool]string{true: " backup", false: " non-backup"}[v.u8(2)&1 != 0])
		if n == 4 {
			d.printf(" id %d", v.u8(3))
		}
	case 6, 7:
		if n != 12 {
			return false
		}
		d.printf(NamesT{6: " seq %d", 7: " key 0x%x"}[kind], v.u64(4))
	}
	return true
}

func (d *dissector) mptcpCapable(v view, n, bits int) bool {
	syn := bits&tcpSYN != 0
	version := v.u8(2) & 15
	switch {
	case n == 12 && syn, n == 4 && syn && version == 1, (n == 20 || n == 22 || n == 24) && !syn && bits&tcpACK != 0:
	default:
		return false
	}
	d.printf(" v%d", version)
	if v.u8(3)&0x80 != 0 {
		d.print(" csum")
	}
	if n >= 12 {
		d.printf(" {0x%x", v.u64(4))
		if n >= 20 {
			d.printf(",0x%x", v.u64(12))
		}
		d.print("}")
	}
	if n >= 24 {
		d.printf(" len %d", v.u16(20))
		d.printf(", csum 0x%x", v.u16(22))
	}
	return true
}

func (d *dissector) mptcpJoin(v view, n, bits int) bool {
	syn, ack := bits&tcpSYN != 0, bits&tcpACK != 0
	if !(n == 12 && syn) && !(n == 16 && syn && ack) && !(n == 24 && ack) {
		return false
	}
	if n != 24 {
		d.onlyIf(v.u8(2)&1 != 0, " backup")
		d.printf(" id %d", v.u8(3))
	}
	switch n {
	case 12:
		d.printf(" token 0x%x nonce 0x%x", v.u32(4), v.u32(8))
	case 16:
		d.printf(" hmac 0x%x nonce 0x%x", v.u64(4), v.u32(12))
	case 24:
		d.printf(" hmac 0x%x", v.bytes(4, 20))
	}
	return true
}

// mptcpDSS prints a data sequence signal.
func (d *dissector) mptcpDSS(v view, n, bits int) bool {
	if n < 4 || bits&tcpSYN != 0 {
		return false
	}
	which := v.u8(3)
	d.onlyIf(which&0x10 != 0, " fin")
	at := 4
	number := func(wide bool) bool {
		switch {
		case wide && at+8 <= n:
			d.printf("%d", v.u64(at))
			at += 8
		case !wide && at+4 <= n:
			d.printf("%d", v.u32(at))
			at += 4
		default:
			return false
		}
		return true
	}
	if which&1 != 0 {
		d.print(" ack ")
		if !number(which&2 != 0) {
			return false
		}
	}
	if which&4 != 0 {
		d.print(" seq ")
		if !number(which&8 != 0) || at+6 > n {
			return false
		}
		d.printf(" subseq %d len %d", v.u32(at), v.u16(at+4))
		at += 6
		if at+2 <= n {
			d.printf(" csum 0x%x", v.u16(at))
			at += 2
		}
	}
	return at == n
}

func (d *dissector) mptcpAddress(v view, n int) bool {
	low := v.u8(2) & 15
	size, rest := 4, 0
	switch n {
	case 8, 10, 16, 18:
	case 20, 22, 28, 30:
		size = 16
	default:
		return false
	}
	rest = n - 4 - size
	if low == 4 || low == 6 {
		d.printf(" v0-ip%d", low)
	} else {
		d.print(" v1" + mark(low&1 != 0, "-echo"))
	}
	d.printf(" id %d %s", v.u8(3), d.address(v.bytes(4, size)))
	if rest == 2 || rest == 10 {
		d.printf(":%d", v.u16(4+size))
	}
	if rest >= 8 {
		d.printf(" hmac 0x%x", v.u64(n-8))
	}
	return true
}
