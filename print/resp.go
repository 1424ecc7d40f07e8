package print

// The Redis Serialization Protocol.

// resp prints the values of a segment.
func (d *dissector) resp(v view) {
	d.proto = "resp"
	d.print(": RESP")
	c := v.cursor(0)
	for c.at < c.length {
		if !d.respValue(c) {
			d.mark()
			return
		}
	}
}

// left is how many bytes there should still be.
func (c *cursor) left() int { return c.length - c.at }

// respValue prints a value; false if it goes on in another segment.
func (d *dissector) respValue(c *cursor) bool {
	if c.left() < 1 {
		return false
	}
	switch c.view.u8(c.at) {
	case '+', '-', ':':
		c.at++
		start := c.at
		return c.line() && d.respText(c, start, c.at-2)
	case '$':
		c.at++
		return d.respString(c)
	case '*':
		c.at++
		return d.respArray(c)
	}
	return d.respInline(c)
}

// line moves behind the next line end; false if there is none.
func (c *cursor) line() bool {
	for ; c.left() >= 2; c.at++ {
		if c.view.u16(c.at) == '\r'<<8|'\n' {
			c.at += 2
			return true
		}
	}
	return false
}

func (d *dissector) respText(c *cursor, from, to int) bool {
	d.print(` "`)
	d.text(c.b[from:to])
	d.print(`"`)
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

func (d *dissector) respString(c *cursor) bool {
	n := c.respLength()
	switch {
	case n == respCut:
		return false
	case n < 0:
		d.respOdd(n)
		return true
	case n == 0:
		d.print(" empty")
	case c.left() < n:
		return false
	default:
		c.rest().need(n)
		d.respText(c, c.at, c.at+n)
		c.at += n
	}
	return c.line()
}

func (d *dissector) respArray(c *cursor) bool {
	n := c.respLength()
	switch {
	case n == respCut:
		return false
	case n < 0:
		d.respOdd(n)
	case n == 0:
		d.print(" empty")
	}
	ok := true
	for i := 0; i < n && ok; i++ {
		ok = d.depth < maxDepth
		d.within(func() { ok = ok && d.respValue(c) })
	}
	return ok
}

func (d *dissector) respOdd(n int) {
	d.print(NamesT{respNull: " null", respTooLarge: " length too large", respNegative: " length negative and not -1", respInvalid: " invalid"}[n])
}

// respLength reads a decimal number and a line end.
func (c *cursor) respLength() int {
	const most = 1<<31 - 1
	if c.left() == 0 {
		return respCut
	}
	negative := c.view.u8(c.at) == '-'
	if negative {
		c.at++
	}
	n, digits := int64(0), false
	for ; ; c.at++ {
		if c.left() == 0 {
			return respCut
		}
		b := c.view.u8(c.at)
		if b < '0' || b > '9' {
			break
		}
		n, digits = min(n*10+int64(b-'0'), most+1), true
	}
	for _, want := range []int{'\r', '\n'} {
		if c.left() == 0 {
			return respCut
		}
		if got := c.u8(); !digits || got != want {
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
func (d *dissector) respInline(c *cursor) bool {
	if isLineEnd(c.view.u8(c.at)) {
		c.skipLineEnds()
	}
	if c.left() == 0 {
		return false
	}
	start := c.at
	for ; ; c.at++ {
		if c.left() == 0 {
			return false
		}
		if isLineEnd(c.view.u8(c.at)) {
			break
		}
	}
	d.respText(c, start, c.at)
	c.skipLineEnds()
	return true
}

func isLineEnd(b int) bool { return b == '\r' || b == '\n' }

func (c *cursor) skipLineEnds() {
	for c.left() > 0 && c.has(1) && isLineEnd(c.view.u8(c.at)) {
		c.at++
	}
}
