package dissect

import (
	"bytes"
	"fmt"
	"math"
)

// HardwareName writes an address, of which nothing may be there.
func (d *Context) HardwareName(b []byte) string {
	if len(b) == 0 {
		return "<empty>"
	}
	return d.MAC(b)
}

func AllZero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

func VLANTag(tag int) string {
	return fmt.Sprintf("vlan %d, p %d%s", tag&0xfff, tag>>13, If(tag&0x1000 != 0, ", DEI"))
}

// Padded prints a text in a field of n bytes, up to the first zero.
func (d *Context) Padded(c *Cursor, n int) {
	b := c.Data[min(c.At, len(c.Data)):]
	text, _, ended := bytes.Cut(b[:min(n, len(b))], []byte{0})
	d.Text(text)
	if !ended && len(text) < n {
		panic(Truncated{})
	}
	c.At += n
}

// Counted prints n bytes as text.
func (d *Context) Counted(c *Cursor, n int) {
	b := c.Data[min(c.At, len(c.Data)):]
	d.Text(b[:min(max(n, 0), len(b))])
	if n > len(b) {
		panic(Truncated{})
	}
	c.At += n
}

// Given makes a function that writes an address behind a text, if it is not all zeros.
func Given(before string) func(*Context, []byte) string {
	return func(d *Context, b []byte) string {
		if AllZero(b) {
			return ""
		}
		return before + d.Address(b)
	}
}

// Prefix reads the bytes of an address of some size that its first bits have, and writes them with their number; bits behind
// them are taken for zeros.
func (d *Context) Prefix(c *Cursor, size, bits int) string {
	prefix := make([]byte, size)
	n := copy(prefix, c.Bytes((bits+7)/8))
	if bits%8 != 0 {
		prefix[n-1] &= 0xff << (8 - bits%8)
	}
	return fmt.Sprintf("%s/%d", d.Address(prefix), bits)
}

// Joined writes bytes, each in a format, with a text between them.
func Joined(b []byte, format, between string) (s string) {
	for i, c := range b {
		s += If(i > 0, between) + fmt.Sprintf(format, c)
	}
	return s
}

// Dotted writes bytes as text: others than printable characters as dots.
func Dotted(b []byte) string {
	text := bytes.Clone(b)
	for i, c := range text {
		text[i] = Pick(c >= 0x20 && c < 0x7f, c, '.')
	}
	return string(text)
}

// Ended prints a text that a zero ends, which must be captured.
func (d *Context) Ended(v View, at int) {
	text, _, ok := bytes.Cut(v.From(at).Data, []byte{0})
	d.Text(text)
	if !ok {
		panic(Truncated{})
	}
}

func UpOrDown(up bool) string { return Pick(up, "up", "down") }

// Megabits writes bytes a second, a floating point number, as megabits a second; what is none as C does.
func Megabits(bits uint32) string {
	f := float64(math.Float32frombits(bits))
	switch sign := If(bits>>31 != 0, "-"); {
	case math.IsNaN(f):
		return sign + "nan Mbps"
	case math.IsInf(f, 0):
		return sign + "inf Mbps"
	}
	return fmt.Sprintf("%.3f Mbps", f*8/1000000)
}
