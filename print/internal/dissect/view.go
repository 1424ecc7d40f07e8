package dissect

import "encoding/binary"

// View is a part of a packet: what was captured of it, and how long it is on
// the wire (or as the headers before it claim).
type View struct {
	Data   []byte // captured
	Length int    // claimed, in bytes; may be more or less than len(Data)
}

// Truncated ends a line early: the packet was captured up to here only.
type Truncated struct {
	Whole bool // the dump shows the link-layer header, whatever the protocol
}

// Ended ends a line early where a dissector has said why by itself.
type Ended struct{}

// Need ends the line if fewer than n bytes are captured.
func (v View) Need(n int) {
	if n < 0 || n > len(v.Data) {
		panic(Truncated{})
	}
}

// NeedAll ends the line if not all is captured.
func (v View) NeedAll() { v.Need(max(v.Length, 0)) }

// Bytes gives n bytes at an offset.
func (v View) Bytes(at, n int) []byte {
	if at < 0 || n < 0 || n > len(v.Data)-at {
		panic(Truncated{})
	}
	return v.Data[at : at+n]
}

// U8 and so on read numbers at an offset, in network byte order; LE16 and so on little-endian ones.
func (v View) U8(at int) int      { return int(v.Bytes(at, 1)[0]) }
func (v View) U16(at int) int     { return int(binary.BigEndian.Uint16(v.Bytes(at, 2))) }
func (v View) U24(at int) int     { return v.U8(at)<<16 | v.U16(at+1) }
func (v View) U32(at int) uint32  { return binary.BigEndian.Uint32(v.Bytes(at, 4)) }
func (v View) U64(at int) uint64  { return binary.BigEndian.Uint64(v.Bytes(at, 8)) }
func (v View) LE16(at int) int    { return int(binary.LittleEndian.Uint16(v.Bytes(at, 2))) }
func (v View) LE32(at int) uint32 { return binary.LittleEndian.Uint32(v.Bytes(at, 4)) }

// From gives what follows the first n bytes; nothing if there are not so many.
func (v View) From(n int) View {
	if n < 0 || n > len(v.Data) {
		return NewView(nil, v.Length-n)
	}
	return NewView(v.Data[n:], v.Length-n)
}

// Limit cuts the claimed length to n, and the captured bytes with it.
func (v View) Limit(n int) View {
	if n < 0 {
		n = 0
	}
	return NewView(v.Data[:min(n, len(v.Data))], n)
}

// NewView makes a view of captured bytes and the length that they should have.
func NewView(captured []byte, length int) View { return View{captured, length} }

// Cursor gives a cursor at an offset.
func (v View) Cursor(at int) *Cursor { return &Cursor{v, at} }

// NewCursor gives a cursor at an offset, the first in each packet without asking for memory; it is valid while that is printed.
func (d *Context) NewCursor(v View, at int) *Cursor {
	c := &d.cursor
	if d.cursorUsed {
		c = new(Cursor)
	}
	d.cursorUsed = true
	*c = Cursor{v, at}
	return c
}

// Cursor reads a view from front to back.
type Cursor struct {
	View
	At int
}

// Bytes reads n bytes.
func (c *Cursor) Bytes(n int) []byte {
	b := c.View.Bytes(c.At, n)
	c.At += n
	return b
}

// U8 and so on read numbers.
func (c *Cursor) U8() int     { return int(c.Bytes(1)[0]) }
func (c *Cursor) U16() int    { return int(binary.BigEndian.Uint16(c.Bytes(2))) }
func (c *Cursor) U24() int    { return c.U8()<<16 | c.U16() }
func (c *Cursor) U32() uint32 { return binary.BigEndian.Uint32(c.Bytes(4)) }
func (c *Cursor) U64() uint64 { return binary.BigEndian.Uint64(c.Bytes(8)) }

// Take reads n bytes as a view of their own.
func (c *Cursor) Take(n int) View { return View{c.Bytes(n), n} }

// Has tells whether the next n bytes are captured.
func (c *Cursor) Has(n int) bool { return n >= 0 && n <= len(c.Data)-c.At }

// Rest gives what has not been read.
func (c *Cursor) Rest() View { return c.From(c.At) }

// Left is how many bytes there should still be.
func (c *Cursor) Left() int { return c.Length - c.At }
