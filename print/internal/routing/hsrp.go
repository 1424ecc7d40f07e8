package routing

import (
	"bytes"

	"bpfc/print/internal/dissect"
)

// HSRP prints the Hot Standby Router Protocol (RFC 2281).
func HSRP(d *Context, v View) {
	d.Proto = "hsrp"
	version := v.U8(0)
	d.Printf("HSRPv%d", version)
	if version != 0 {
		return
	}
	d.Print("-")
	v.Need(7)
	d.Printf("%s %d: state=%s ", Names{0: "hello", 1: "coup", 2: "resign"}.Of(v.U8(1), "unknown (%d)"), v.Length,
		Names{0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active"}.Of(v.U8(2), "Unknown (%d)"))
	d.Printf("group=%d ", v.U8(6))
	if v.U8(7) != 0 {
		d.Printf("reserved=0x%x ", v.U8(7))
	}
	d.Printf("addr=%s", d.IP4(v.Bytes(16, 4)))
	if d.Verbose > 0 {
		d.Printf(" hellotime=%s holdtime=%s priority=%d", dissect.RelativeTime(uint32(v.U8(3))), dissect.RelativeTime(uint32(v.U8(4))), v.U8(5))
		d.Print(" auth=\"")
		text, _, _ := bytes.Cut(v.Bytes(8, 8), []byte{0})
		d.Text(text)
		d.Print("\"")
	}
}
