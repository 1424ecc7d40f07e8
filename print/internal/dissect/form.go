package dissect

import (
	"math"
	"strconv"
	"strings"
)

// Printer prints what it reads from a cursor: the value of a row, mostly.
type Printer = func(d *Context, c *Cursor)

// Form makes a printer of a form; see [Context.Form].
func Form(form string, tables ...any) Printer {
	return func(d *Context, c *Cursor) { d.Form(c, form, tables...) }
}

// Form prints a text in which places stand for fields, which are read from front to back. A place is a percent sign, the size of
// the field and a letter. The size is in bytes; * is all that is left, and = is the number before once more. Behind it, [2-5] or
// [2] takes some bits of a number, counted from 0, the first one sent; @7 takes the field 7 bytes behind where the form begins, and
// reads on where it was.
//
//	%2d     a number, in network byte order                     %4a %16a  an address of IP
//	%2i     the same with a sign                                %6m       a hardware address
//	%2x     in hexadecimal, with all its digits                 %8b       bytes in hexadecimal
//	%2h %2o in hexadecimal or octal, with as few as it has      %8v       bytes as the next table writes them
//	%2n     by its name: see below                              %8s %8z   text, and text up to the first zero
//	%2_     passed over                                         %4f       bytes a second (a floating point number) as megabits
//	%p      the next table prints from here on                  %2ld      a number with the last byte first, in any of its forms
//	%%      a percent sign
//
// Tables are taken in the order of the places that want one. A number's is [Names], [Flags] (joined by commas), a pair of texts
// (for 0, and for all else), or a function func(int) string, with the context before it or without; that of bytes is such a function
// of them, and that of %p is a [Printer].
//
// What a bar (|) ends is printed as a whole: nothing of it where a field in it was not captured, which ends the line. Of text, what there
// is of it is printed before that.
func (d *Context) Form(c *Cursor, form string, tables ...any) {
	f := former{d: d, c: c, start: c.At, tables: tables}
	for form != "" {
		group, rest, _ := strings.Cut(form, "|")
		next, placed := needs(group)
		if next > 0 {
			c.View.Need(c.At + next)
		}
		if placed > 0 {
			c.View.Need(f.start + placed)
		}
		f.group(group)
		form = rest
	}
}

// former prints a form.
type former struct {
	d      *Context
	c      *Cursor
	start  int // where it begins
	tables []any
	last   uint64 // the last number
	bytes  int    // how many it had
}

// place is where a field goes: what is between a percent sign and a letter, and that.
type place struct {
	size        int // bytes
	at          int // from the beginning of the form on, if it is not less than 0
	rest, again bool
	little      bool // the last byte first
	first, last int  // bits, if last is not less than 0
	letter      byte
}

// parsePlace reads a place behind its percent sign.
func parsePlace(s string) (p place, rest string) {
	p.last, p.at = -1, -1
	bits, number, ranged := false, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' && bits:
			number = 10*number + int(c-'0')
		case c >= '0' && c <= '9' && p.at >= 0:
			p.at = 10*p.at + int(c-'0')
		case c >= '0' && c <= '9':
			p.size = 10*p.size + int(c-'0')
		case c == '*':
			p.rest = true
		case c == '=':
			p.again = true
		case c == 'l':
			p.little = true
		case c == '@':
			p.at = 0
		case c == '[':
			bits = true
		case c == '-' && bits:
			p.first, number, ranged = number, 0, true
		case c == ']' && bits:
			bits, p.last = false, number
			if !ranged {
				p.first = number
			}
		default:
			p.letter = c
			return p, s[i+1:]
		}
	}
	return p, ""
}

// needs gives how many bytes a group needs up to its first text, or to what the next table prints, from where it begins, and how
// many from where the form begins, for the fields that say where they are.
func needs(group string) (next, placed int) {
	for {
		_, rest, more := strings.Cut(group, "%")
		if !more {
			return next, placed
		}
		var p place
		p, group = parsePlace(rest)
		switch {
		case p.letter == 's' || p.letter == 'z' || p.letter == 'p' || p.rest:
			return next, placed
		case p.at >= 0:
			placed = max(placed, p.at+p.size)
		default:
			next += p.size
		}
	}
}

func (f *former) group(group string) {
	for {
		text, rest, more := strings.Cut(group, "%")
		f.d.Print(text)
		if !more {
			return
		}
		var p place
		p, group = parsePlace(rest)
		f.place(p)
	}
}

func (f *former) place(p place) {
	if p.at >= 0 {
		defer func(at int) { f.c.At = at }(f.c.At)
		f.c.At = f.start + p.at
	}
	if p.rest {
		p.size = max(f.c.Left(), 0)
	}
	d, c := f.d, f.c
	switch p.letter {
	case '%':
		d.Print("%")
	case '_':
		c.Bytes(p.size)
	case 'a':
		d.Print(d.Address(c.Bytes(p.size)))
	case 'm':
		d.Print(d.MAC(c.Bytes(p.size)))
	case 'b':
		d.Printf("%x", c.Bytes(p.size))
	case 's':
		d.Counted(c, p.size)
	case 'z':
		d.Padded(c, p.size)
	case 'p':
		f.table().(Printer)(d, c)
	case 'f':
		d.Printf("%.3f Mbps", float64(math.Float32frombits(c.U32()))*8/1000000)
	case 'v':
		switch write := f.table().(type) {
		case func([]byte) string:
			d.Print(write(c.Bytes(p.size)))
		case func(*Context, []byte) string:
			d.Print(write(d, c.Bytes(p.size)))
		}
	default:
		f.number(p)
	}
}

// table gives the next table.
func (f *former) table() (t any) {
	t, f.tables = f.tables[0], f.tables[1:]
	return t
}

func (f *former) number(p place) {
	if !p.again {
		f.last, f.bytes = 0, p.size
		for i, b := range f.c.Bytes(p.size) {
			if p.little {
				f.last |= uint64(b) << (8 * i)
			} else {
				f.last = f.last<<8 | uint64(b)
			}
		}
	}
	n, size, digits := f.last, f.bytes, 2*f.bytes
	if p.last >= 0 {
		digits = (p.last - p.first + 4) / 4
		n = n >> (8*size - 1 - p.last) & (1<<(p.last-p.first+1) - 1)
	}
	d := f.d
	switch p.letter {
	case 'd':
		d.Out = strconv.AppendUint(d.Out, n, 10)
	case 'i':
		d.Printf("%d", int64(n<<(64-8*size))>>(64-8*size))
	case 'x':
		for at := digits - 1; at >= 0; at-- {
			d.Out = append(d.Out, "0123456789abcdef"[n>>(4*at)&15])
		}
	case 'h':
		d.Printf("%x", n)
	case 'o':
		d.Printf("%o", n)
	case 'n':
		d.Print(nameOf(d, f.table(), int(n)))
	default:
		d.Printf("%%!%c", p.letter) // no such letter
	}
}

// nameOf writes a number as a table has it.
func nameOf(d *Context, table any, n int) string {
	switch table := table.(type) {
	case Names:
		return table.Of(n, "unknown")
	case Flags:
		return table.Of(n, ", ")
	case [2]string:
		return Pick(n == 0, table[0], table[1])
	case func(int) string:
		return table(n)
	case func(*Context, int) string:
		return table(d, n)
	}
	return "%!n" // no such table
}

// Or makes a function for a form of names, with a text for what has none, which is a format of the number if it has a verb.
func (names Names) Or(format string) func(int) string {
	return func(n int) string { return names.Of(n, format) }
}

// Each makes a printer of all that is left from that of one entry.
func Each(entry Printer) Printer {
	return func(d *Context, c *Cursor) {
		for c.Left() > 0 {
			entry(d, c)
		}
	}
}

// Every makes a printer of entries of so many bytes from that of one, with a text between them. What is left of fewer bytes stays.
func Every(size int, between string, entry Printer) Printer {
	return func(d *Context, c *Cursor) {
		for first := true; c.Left() >= size; first = false {
			d.If(!first, between)
			entry(d, c)
		}
	}
}
