package transport

import "bpfc/print/internal/dissect"

// mptcp prints a Multipath TCP option of n bytes (RFC 6824, 8684); false if
// its length does not fit.
func mptcp(d *Context, v View, n, bits int) {
	dissect.RejectIf(n < 3)
	names := []string{"capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close", "unknown"}
	kind := min(v.U8(2)>>4, 8)
	v = dissect.NewView(v.Bytes(0, n), n)
	d.Printf(" %d %s", n, names[kind])
	switch kind {
	case 0:
		dissect.RejectIf(!(mptcpCapable(d, v, n, bits)))
		return
	case 1:
		mptcpJoin(d, v, n, bits)
		return
	case 2:
		mptcpDSS(d, v, n, bits)
		return
	case 3:
		dissect.RejectIf(!(mptcpAddress(d, v, n)))
		return
	case 4:
		dissect.RejectIf(n < 4)
		d.Print(" id")
		for i := 3; i < n; i++ {
			d.Printf(" %d", v.U8(i))
		}
	case 5:
		dissect.RejectIf(n != 3 && n != 4)
		d.Print(dissect.Pick(v.U8(2)&1 != 0, " backup", " non-backup"))
		if n == 4 {
			d.Printf(" id %d", v.U8(3))
		}
	case 6, 7:
		dissect.RejectIf(n != 12)
		d.Printf(Names{6: " seq %d", 7: " key 0x%x"}[kind], v.U64(4))
	}
}

func mptcpCapable(d *Context, v View, n, bits int) bool {
	syn := bits&tcpSYN != 0
	version := v.U8(2) & 15
	switch {
	case n == 12 && syn, n == 4 && syn && version == 1, (n == 20 || n == 22 || n == 24) && !syn && bits&tcpACK != 0:
	default:
		return false
	}
	d.Printf(" v%d", version)
	d.If(v.U8(3)&0x80 != 0, " csum")
	if n >= 12 {
		d.Printf(" {0x%x", v.U64(4))
		if n >= 20 {
			d.Printf(",0x%x", v.U64(12))
		}
		d.Print("}")
	}
	if n >= 24 {
		d.Printf(" len %d", v.U16(20))
		d.Printf(", csum 0x%x", v.U16(22))
	}
	return true
}

func mptcpJoin(d *Context, v View, n, bits int) {
	syn, ack := bits&tcpSYN != 0, bits&tcpACK != 0
	dissect.RejectIf(!(n == 12 && syn) && !(n == 16 && syn && ack) && !(n == 24 && ack))
	if n != 24 {
		d.If(v.U8(2)&1 != 0, " backup")
		d.Printf(" id %d", v.U8(3))
	}
	switch n {
	case 12:
		d.Printf(" token 0x%x nonce 0x%x", v.U32(4), v.U32(8))
	case 16:
		d.Printf(" hmac 0x%x nonce 0x%x", v.U64(4), v.U32(12))
	case 24:
		d.Printf(" hmac 0x%x", v.Bytes(4, 20))
	}
}

// mptcpDSS prints a data sequence signal.
func mptcpDSS(d *Context, v View, n, bits int) {
	dissect.RejectIf(n < 4 || bits&tcpSYN != 0)
	which := v.U8(3)
	d.If(which&0x10 != 0, " fin")
	at := 4
	number := func(wide bool) bool {
		switch {
		case wide && at+8 <= n:
			d.Printf("%d", v.U64(at))
			at += 8
		case !wide && at+4 <= n:
			d.Printf("%d", v.U32(at))
			at += 4
		default:
			return false
		}
		return true
	}
	if which&1 != 0 {
		d.Print(" ack ")
		dissect.RejectIf(!number(which&2 != 0))
	}
	if which&4 != 0 {
		d.Print(" seq ")
		dissect.RejectIf(!number(which&8 != 0) || at+6 > n)
		d.Printf(" subseq %d len %d", v.U32(at), v.U16(at+4))
		at += 6
		if at+2 <= n {
			d.Printf(" csum 0x%x", v.U16(at))
			at += 2
		}
	}
	dissect.RejectIf(!(at == n))
}

func mptcpAddress(d *Context, v View, n int) bool {
	low := v.U8(2) & 15
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
		d.Printf(" v0-ip%d", low)
	} else {
		d.Print(" v1" + dissect.If(low&1 != 0, "-echo"))
	}
	d.Printf(" id %d %s", v.U8(3), d.Address(v.Bytes(4, size)))
	if rest == 2 || rest == 10 {
		d.Printf(":%d", v.U16(4+size))
	}
	if rest >= 8 {
		d.Printf(" hmac 0x%x", v.U64(n-8))
	}
	return true
}
