package application

import "bpfc/print/internal/dissect"

// The Redis Serialization Protocol.

// RESP prints the values of a segment.
func RESP(d *Context, v View) {
	d.Proto = "resp"
	d.Print(": RESP")
	c := v.Cursor(0)
	for c.At < c.Length {
		d.CutIf(!respValue(d, c))
	}
}

// respValue prints a value; false if it goes on in another segment.
func respValue(d *Context, c *Cursor) bool {
	if c.Left() < 1 {
		return false
	}
	switch c.View.U8(c.At) {
	case '+', '-', ':':
		c.At++
		start := c.At
		return line(c) && respText(d, c, start, c.At-2)
	case '$':
		c.At++
		return respString(d, c)
	case '*':
		c.At++
		return respArray(d, c)
	}
	return d.Try(func() { respInline(d, c) })
}

// line moves behind the next line end; false if there is none.
func line(c *Cursor) bool {
	for ; c.Left() >= 2; c.At++ {
		if c.View.U16(c.At) == '\r'<<8|'\n' {
			c.At += 2
			return true
		}
	}
	return false
}

func respText(d *Context, c *Cursor, from, to int) bool {
	d.Print(` "`)
	d.Text(c.Data[from:to])
	d.Print(`"`)
	return true
}

// respLength is a length, or one of these.
const (
	respNull     = -1
	respCut      = -2
	respTooLarge = -3
	respNegative = -4
	respInvalid  = -5
)

func respString(d *Context, c *Cursor) bool {
	n := respLength(c)
	switch {
	case n == respCut:
		return false
	case n < 0:
		respOdd(d, n)
		return true
	case n == 0:
		d.Print(" empty")
	case c.Left() < n:
		return false
	default:
		c.Rest().Need(n)
		respText(d, c, c.At, c.At+n)
		c.At += n
	}
	return line(c)
}

func respArray(d *Context, c *Cursor) bool {
	n := respLength(c)
	switch {
	case n == respCut:
		return false
	case n < 0:
		respOdd(d, n)
	case n == 0:
		d.Print(" empty")
	}
	ok := true
	for i := 0; i < n && ok; i++ {
		ok = d.Depth < dissect.MaxDepth
		d.Within(func() { ok = ok && respValue(d, c) })
	}
	return ok
}

func respOdd(d *Context, n int) {
	d.Print(Names{respNull: " null", respTooLarge: " length too large", respNegative: " length negative and not -1", respInvalid: " invalid"}[n])
}

// respLength reads a decimal number and a line end.
func respLength(c *Cursor) int {
	const most = 1<<31 - 1
	if c.Left() == 0 {
		return respCut
	}
	negative := c.View.U8(c.At) == '-'
	if negative {
		c.At++
	}
	n, digits := int64(0), false
	for ; ; c.At++ {
		if c.Left() == 0 {
			return respCut
		}
		b := c.View.U8(c.At)
		if b < '0' || b > '9' {
			break
		}
		n, digits = min(n*10+int64(b-'0'), most+1), true
	}
	for _, want := range []int{'\r', '\n'} {
		if c.Left() == 0 {
			return respCut
		}
		if got := c.U8(); !digits || got != want {
			return respInvalid
		}
	}
	switch {
	case negative && n != 1:
		return respNegative
	case negative:
		return respNull
	case n > most:
		return respTooLarge
	}
	return int(n)
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
