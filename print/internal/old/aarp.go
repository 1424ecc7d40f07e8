package old

import (
	"fmt"
)

// AARP prints AppleTalk's address resolution.
func AARP(d *Context, v View) {
	const size = 28
	d.Proto = "aarp"
	d.Print("aarp ")
	d.CutIf(v.Length < size || len(v.Data) < size)
	hardware, protocol, op := v.U16(0), v.U16(2), v.U16(6)
	node := func(at int) string { return fmt.Sprintf("%d.%d", v.U16(at+1), v.U8(at+3)) }
	if hardware == 1 && protocol == 0x809b && v.U8(4) == 6 && v.U8(5) == 4 {
		switch op {
		case 1:
			d.Printf("who-has %s tell %s", node(24), node(14))
			return
		case 2:
			d.Printf("reply %s is-at %s", node(14), d.MAC(v.Bytes(8, 6)))
			return
		case 3:
			d.Printf("probe %s tell %s", node(14), node(24))
			return
		}
	}
	d.Printf("len %d op %d htype %d ptype 0x%x halen %d palen %d", v.Length, op, hardware, protocol, v.U8(4), v.U8(5))
}
