package application

import "bpfc/print/internal/dissect"

// The Redis Serialization Protocol.

// RESP prints the values of a segment.
func RESP(d *Context, v View) {
	d.Proto = "resp"
	d.Print(": RESP")
	c := v.Cursor(0)
	for c.At < c.Length {
		d.CutIf(!d.Try(func() { respValue(d, c) }))
	}
}

// respValue prints a value; rejected if it goes on in another segment.
func respValue(d *Context, c *Cursor) {
	dissect.RejectIf(c.Left() < 1)
	switch c.View.U8(c.At) {
	case '+', '-', ':':
		c.At++
		start := c.At
		line(c)
		respText(d, c, start, c.At-2)
	case '$':
		c.At++
		respString(d, c)
	case '*':
		c.At++
		respArray(d, c)
	default:
		respInline(d, c)
	}
}

// line moves behind the next line end; rejected if there is none.
func line(c *Cursor) {
	for ; c.Left() >= 2; c.At++ {
		if c.View.U16(c.At) == '\r'<<8|'\n' {
			c.At += 2
			return
		}
	}
	dissect.Reject()
}

func respText(d *Context, c *Cursor, from, to int) {
	d.Print(` "`)
	d.Text(c.Data[from:to])
	d.Print(`"`)
}

func respString(d *Context, c *Cursor) {
	n, odd := respLength(c)
	if odd != "" {
		d.Print(odd)
		return
	}
	if d.If(n == 0, " empty"); n > 0 {
		dissect.RejectIf(c.Left() < n)
		c.Rest().Need(n)
		respText(d, c, c.At, c.At+n)
		c.At += n
	}
	line(c)
}

func respArray(d *Context, c *Cursor) {
	n, odd := respLength(c)
	d.Print(odd)
	d.If(n == 0 && odd == "", " empty")
	for range n {
		deep := d.Depth == dissect.MaxDepth
		d.Within(func() { respValue(d, c) })
		dissect.RejectIf(deep)
	}
}

// respLength reads a decimal number and a line end, and says what is odd about it if it is no length.
func respLength(c *Cursor) (length int, odd string) {
	const most = 1<<31 - 1
	next := func() int {
		dissect.RejectIf(c.Left() == 0)
		return c.View.U8(c.At)
	}
	negative := next() == '-'
	if negative {
		c.At++
	}
	n, digits := int64(0), false
	for ; next() >= '0' && next() <= '9'; c.At++ {
		n, digits = min(n*10+int64(next()-'0'), most+1), true
	}
	for _, want := range []int{'\r', '\n'} {
		got := next()
		if c.At++; !digits || got != want {
			return 0, " invalid"
		}
	}
	switch {
	case negative && n != 1:
		return 0, " length negative and not -1"
	case negative:
		return 0, " null"
	case n > most:
		return 0, " length too large"
	}
	return int(n), ""
}

// respInline prints a command that is a line of text.
func respInline(d *Context, c *Cursor) {
	if isLineEnd(c.View.U8(c.At)) {
		skipLineEnds(c)
	}
	dissect.RejectIf(c.Left() == 0)
	start := c.At
	for ; ; c.At++ {
		dissect.RejectIf(c.Left() == 0)
		if isLineEnd(c.View.U8(c.At)) {
			break
		}
	}
	respText(d, c, start, c.At)
	skipLineEnds(c)
}

func isLineEnd(b int) bool { return b == '\r' || b == '\n' }

func skipLineEnds(c *Cursor) {
	for c.Left() > 0 && c.Has(1) && isLineEnd(c.View.U8(c.At)) {
		c.At++
	}
}
