package transport

import "bpfc/print/internal/dissect"

var mptcpNames = []string{"capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close", "unknown"}

// mptcp prints a Multipath TCP option of n bytes (RFC 6824, 8684); rejected if its length does not fit.
func mptcp(d *Context, v View, n, bits int) {
	dissect.RejectIf(n < 3)
	kind := min(v.U8(2)>>4, 8)
	v = dissect.NewView(v.Bytes(0, n), n)
	d.Printf(" %d %s", n, mptcpNames[kind])
	switch kind {
	case 0:
		mptcpCapable(d, v, n, bits)
	case 1:
		mptcpJoin(d, v, n, bits)
	case 2:
		mptcpDSS(d, v, n, bits)
	case 3:
		mptcpAddress(d, v, n)
	case 4:
		dissect.RejectIf(n < 4)
		d.Print(" id")
		dissect.Every(1, "", dissect.Form(" %1d"))(d, v.Cursor(3))
	case 5:
		dissect.RejectIf(n != 3 && n != 4)
		d.Form(v.Cursor(0), dissect.Pick(n == 4, "%1@2[7]n id %1@3d", "%1@2[7]n"), [2]string{" non-backup", " backup"})
	case 6, 7:
		dissect.RejectIf(n != 12)
		d.Form(v.Cursor(4), dissect.Pick(kind == 6, " seq %8d", " key 0x%8h"))
	}
}

func mptcpCapable(d *Context, v View, n, bits int) {
	syn, version := bits&tcpSYN != 0, v.U8(2)&15
	dissect.RejectIf(!(n == 12 && syn || n == 4 && syn && version == 1 || (n == 20 || n == 22 || n == 24) && !syn && bits&tcpACK != 0))
	d.Form(v.Cursor(0), " v%1@2[4-7]d%1@3[0]n", [2]string{"", " csum"})
	if n >= 12 {
		d.Form(v.Cursor(4), dissect.Pick(n >= 20, " {0x%8h,0x%8h}", " {0x%8h}"))
	}
	if n >= 24 {
		d.Form(v.Cursor(20), " len %2d, csum 0x%2h")
	}
}

func mptcpJoin(d *Context, v View, n, bits int) {
	syn, ack := bits&tcpSYN != 0, bits&tcpACK != 0
	dissect.RejectIf(!(n == 12 && syn || n == 16 && syn && ack || n == 24 && ack))
	d.Form(v.Cursor(0), Names{12: "%1@2[7]n id %1@3d token 0x%4@4h nonce 0x%4@8h", 16: "%1@2[7]n id %1@3d hmac 0x%8@4h nonce 0x%4@12h", 24: " hmac 0x%20@4b"}[n], [2]string{"", " backup"})
}

// mptcpDSS prints a data sequence signal.
func mptcpDSS(d *Context, v View, n, bits int) {
	dissect.RejectIf(n < 4 || bits&tcpSYN != 0)
	which, c := v.U8(3), v.Cursor(4)
	d.If(which&0x10 != 0, " fin")
	number := func(before string, there, wide bool) {
		if there {
			d.Print(before)
			dissect.RejectIf(c.Left() < dissect.Pick(wide, 8, 4))
			d.Form(c, dissect.Pick(wide, "%8d", "%4d"))
		}
	}
	number(" ack ", which&1 != 0, which&2 != 0)
	number(" seq ", which&4 != 0, which&8 != 0)
	if which&4 != 0 {
		dissect.RejectIf(c.Left() < 6)
		d.Form(c, dissect.Pick(c.Left() >= 8, " subseq %4d len %2d csum 0x%2h", " subseq %4d len %2d"))
	}
	dissect.RejectIf(c.Left() != 0)
}

func mptcpAddress(d *Context, v View, n int) {
	size, known := map[int]int{8: 4, 10: 4, 16: 4, 18: 4, 20: 16, 22: 16, 28: 16, 30: 16}[n]
	dissect.RejectIf(!known)
	if low := v.U8(2) & 15; low == 4 || low == 6 {
		d.Printf(" v0-ip%d", low)
	} else {
		d.Print(" v1" + dissect.If(low&1 != 0, "-echo"))
	}
	d.Printf(" id %d %s", v.U8(3), d.Address(v.Bytes(4, size)))
	d.Form(v.Cursor(4+size), map[int]string{0: "", 2: ":%2d", 8: " hmac 0x%8h", 10: ":%2d hmac 0x%8h"}[n-4-size])
}
