package old

import "cmp"

// AARP prints AppleTalk's address resolution.
func AARP(d *Context, v View) {
	const size = 28
	d.Proto = "aarp"
	d.Print("aarp ")
	d.CutIf(v.Length < size || len(v.Data) < size)
	form := ""
	if v.U32(0) == 0x0001809b && v.U16(4) == 0x0604 { // Ethernet and AppleTalk
		form = Names{1: "who-has %2@25d.%1@27d tell %2@15d.%1@17d", 2: "reply %2@15d.%1@17d is-at %6@8m", 3: "probe %2@15d.%1@17d tell %2@25d.%1@27d"}[v.U16(6)]
	}
	d.Form(v.Cursor(0), cmp.Or(form, "len %L op %2@6d htype %2@0d ptype %2@2n halen %1@4d palen %1@5d"), Names{0: "0"}.Or("0x%x"))
}
