package application

import "bpfc/print/internal/dissect"

// wbMessages are the messages of LBL's shared whiteboard (wb) by their types.
var wbMessages = Values{
	0: {"dop", 16, wbOperations},
	1: {"id", 28, wbAnnouncement},
	2: {"rreq", 20, dissect.Form(" please repair %4a %4a:%4d<%4d:%4d>")},
	3: {"rrep", 20, dissect.Form(" for %4a%16@4_%p", wbOperations)},
	5: {"preq", 16, dissect.Form(" need %4@8d/%4a:%4d|%8_")},
	7: {"prep", 4, wbPages},
}

// Whiteboard prints a message of LBL's shared whiteboard.
func Whiteboard(d *Context, v View) {
	const header, kill = 12, 4
	d.Proto = "wb"
	d.StopIf(v.Length < header, " (invalid)")
	kind := v.U8(10)
	d.If(v.U8(11) != 0, "*")
	m, known := wbMessages[kind]
	switch {
	case kind == kill:
		d.Print(" wb-kill")
		return
	case !known:
		d.Printf(" wb-%d! (invalid)", kind)
		return
	}
	d.Printf(" wb-%s:", m.Name)
	body := v.From(header)
	d.StopIf(body.Length < m.Least, " (invalid)")
	m.Print(d, body.Cursor(0))
}

// wbAnnouncement prints who takes part, and what pages there are.
func wbAnnouncement(d *Context, c *Cursor) {
	d.Form(c, " %4@12d/%4@16a:%4@20d (max %4d/%4a:%4d) %12_")
	n := c.U16()
	c.U16() // reserved
	d.StopIf(c.Left() < 8*n, " (invalid)")
	wbSources(d, c, n)
	d.Print(" \"")
	for c.Left() > 0 {
		b := c.Bytes(1)
		if b[0] == 0 {
			break
		}
		d.Text(b)
	}
	d.Print("\"")
}

// wbSources prints sites and how far what they sent has come.
func wbSources(d *Context, c *Cursor, n int) {
	for i := range n {
		d.Printf("%s%s:%d", dissect.Pick(i == 0, "<", ","), d.IP4(c.Bytes(4)), c.U32())
	}
	d.Print(">")
}

// wbPages prints pages.
func wbPages(d *Context, c *Cursor) {
	for n := c.U32(); n > 0; n-- {
		d.Form(c, " %4d/%4a:%4d")
		sources := c.U8() // as tcpdump, of a number of 16 bits the upper half
		c.Bytes(3)
		wbSources(d, c, sources)
	}
}

var wbDrawings = Names{0: "dop-0!", 1: "dop-1!", 2: "RECT", 3: "LINE", 4: "ML", 5: "DEL", 6: "XFORM", 7: "ELL", 8: "CHAR", 9: "STR", 10: "NOP", 11: "PSCODE", 12: "PSCOMP", 13: "REF", wbSkip: "SKIP", wbHole: "HOLE"}

const wbSkip, wbHole = 14, 15

// wbOperations prints a page and the range of operations on it, with -v the operations.
func wbOperations(d *Context, c *Cursor) {
	v := c.Rest()
	first, last := v.U32(8), v.U32(12)
	d.Printf(" %s:%d<%d:%d>", d.IP4(v.Bytes(0, 4)), v.U32(4), first, last)
	if d.Verbose == 0 {
		return
	}
	d.Print(" <")
	v = v.From(16)
	for n := first; n <= last; n++ { // each has 8 bytes, so that what is captured ends it
		kind := v.U8(7)
		d.Print(" " + wbDrawings.Of(kind, "dop-%d!"))
		if kind == wbSkip || kind == wbHole {
			to := v.U32(0)
			d.Printf("%d", to-n+1)
			d.If(n > to || to > last, "[|]")
			if to < n {
				return
			}
			n = to
		}
		v = v.From(8 + (v.U16(4)+3)&^3)
	}
	d.Print(" >")
}
