package routing

import (
	"bytes"

	"bpfc/print/internal/dissect"
)

var (
	hsrpOps    = Names{0: "hello", 1: "coup", 2: "resign"}.Or("unknown (%d)")
	hsrpStates = Names{0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active"}.Or("Unknown (%d)")
)

// HSRP prints the Hot Standby Router Protocol (RFC 2281).
func HSRP(d *Context, v View) {
	d.Proto = "hsrp"
	version := v.U8(0)
	d.Printf("HSRPv%d", version)
	d.LeaveIf(version != 0, "")
	d.Print("-")
	length := func(d *Context, _ *Cursor) { d.Printf(" %d: ", v.Length) }
	d.Form(v.Cursor(0), "%1@1n%pstate=%1@2n |group=%1@6d ", hsrpOps, length, hsrpStates)
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
