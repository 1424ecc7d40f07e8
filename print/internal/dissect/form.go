package dissect

import (
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
// the field and a letter. The size is in bytes; * is all that is left, # what the number before says, and = is that number once more.
// Behind it, [2-5] or [2] takes some bits of a number, counted from 0, the first one sent; @7 takes the field 7 bytes behind where the
// form begins, and reads on where it was.
//
//	%2d     a number, in network byte order                     %4a %16a  an address of IP
//	%2i     the same with a sign                                %6m       a hardware address
//	%2x     in hexadecimal, with all its digits                 %8b       bytes in hexadecimal
//	%2h %2o in hexadecimal or octal, with as few as it has      %8v       bytes as the next table writes them
//	%2n     by its name: see below                              %8s %8z   text, and text up to the first zero
//	%4t     seconds as weeks, days, hours …                     %4f       bytes a second (a floating point number) as megabits
//	%2_     passed over                                         %2ld      a number with the last byte first, in any of its forms
//	%p      the next table prints from here on                  %L %r     how many bytes are read as a whole, and how many are left
//	%4!     rejects if fewer bytes are left                     %4~       ends the line with the mark for a cut packet if so
//	%%      a percent sign                                                many bytes are not captured
//
// Some have braces behind them, with a form inside:
//
//	%2?{…}  if the number is not 0         %4>{…}  if so many bytes are left         %2+{…}  with -vv (so many times -v)
//	%2{…}   as many times as the number    %*{…}   as long as something is left
//
// A second pair of braces behind the first three is for what is otherwise. What is done several times is a form of its own each time;
// it ends where nothing was read.
//
// Tables are taken in the order of the places that want one. A number's is [Names], [Flags] (joined by commas), [Values], a pair of
// texts (for 0, and for all else), or a function func(int) string (of more than 31 bits: uint64), with the context before it or without; that of bytes is such a
// function of them, and that of %p is a [Printer].
//
// What a bar (|) ends is printed as a whole: nothing of it where a field in it was not captured, which ends the line. Of text, what there
// is of it is printed before that, and what follows braces that read something, %! or %~ is a whole of its own.
func (d *Context) Form(c *Cursor, form string, tables ...any) {
	f := former{d: d, c: c, start: c.At, tables: tables}
	f.form(d.parsed(form))
}

// mostForms bounds the forms that a context remembers: there are fewer, but for those that are put together with numbers.
const mostForms = 4096

// parsed gives a form as it is read once.
func (d *Context) parsed(form string) *parsed {
	p := d.forms[form]
	if p == nil {
		if d.forms == nil || len(d.forms) >= mostForms {
			d.forms = map[string]*parsed{}
		}
		p = parseForm(form)
		d.forms[form] = p
	}
	return p
}

// parsed is a form as it is printed: groups, of which each is printed as a whole.
type parsed struct {
	groups []group
	wants  int  // tables
	parted bool // it has bars, or takes all that is left
}

type group struct {
	needs  need
	fields []field
}

// need is how many bytes have to be captured for something to be printed: from where the cursor is, and from where the form begins, for
// the fields that say where they are.
type need struct{ next, placed int }

// field is a text and the place behind it, with what is in its braces.
type field struct {
	text string
	place
	inside, otherwise *parsed // nil without braces
	behind            need    // of the rest of the group, which is a whole of its own behind braces, %! and %~
}

// place is where a field goes: what is between a percent sign and a letter, and that.
type place struct {
	size        int // bytes
	at          int // from the beginning of the form on, if it is not less than 0
	rest, again bool
	counted     bool // as many as the number before says
	little      bool // the last byte first
	first, last int  // bits, if last is not less than 0
	letter      byte // 0 behind the last text of a group
}

func parseForm(form string) *parsed {
	p := &parsed{parted: strings.ContainsAny(form, "*|")}
	for form != "" {
		end := closing(form, '|')
		g := group{fields: p.fields(form[:end])}
		g.needs = needs(g.fields)
		p.groups = append(p.groups, g)
		form = form[min(end+1, len(form)):]
	}
	return p
}

// fields reads a group.
func (p *parsed) fields(group string) (fields []field) {
	for more := true; more; {
		var f field
		if f.text, group, more = strings.Cut(group, "%"); more {
			f.place, group = parsePlace(group)
			if f.letter == '{' {
				group = "{" + group
			}
			if strings.HasPrefix(group, "{") {
				f.inside, group = cutBraces(group)
				f.otherwise, group = cutBraces(group)
				p.wants += f.inside.wants + f.otherwise.wants
			}
			if strings.IndexByte("nvp", f.letter) >= 0 {
				p.wants++
			}
		}
		fields = append(fields, f)
	}
	for i := range fields {
		fields[i].behind = needs(fields[i+1:])
	}
	return fields
}

// closing gives where a character stands outside of braces, or the end.
func closing(form string, want byte) int {
	depth := 0
	for i := range len(form) {
		switch c := form[i]; {
		case c == want && depth == 0:
			return i
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
	}
	return len(form)
}

// cutBraces takes a form in braces from the beginning of a text.
func cutBraces(s string) (inside *parsed, rest string) {
	if !strings.HasPrefix(s, "{") {
		return parseForm(""), s
	}
	end := 1 + closing(s[1:], '}')
	return parseForm(s[1:end]), s[end+1:]
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
		case c == '#':
			p.counted = true
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

// needs gives what fields need up to the first text, braces that read something, or what the next table prints.
func needs(fields []field) (n need) {
	for i := range fields {
		switch f := &fields[i]; {
		case f.letter == 0, strings.IndexByte("szp>{!~", f.letter) >= 0, f.rest, f.counted:
			return n
		case strings.IndexByte("Lr+", f.letter) >= 0:
		case f.at >= 0:
			n.placed = max(n.placed, f.at+f.size)
		default:
			n.next += f.size
		}
		if fields[i].inside.reads() || fields[i].otherwise.reads() {
			return n
		}
	}
	return n
}

// reads tells whether a form in braces reads something.
func (p *parsed) reads() bool {
	return p != nil && (p.parted || len(p.groups) > 0 && p.groups[0].needs != need{})
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

func (f *former) form(p *parsed) {
	for i := range p.groups {
		g := &p.groups[i]
		f.need(g.needs)
		for j := range g.fields {
			f.field(&g.fields[j])
		}
	}
}

// need ends the line if what is needed is not captured.
func (f *former) need(n need) {
	if n.next > 0 {
		f.c.View.Need(f.c.At + n.next)
	}
	if n.placed > 0 {
		f.c.View.Need(f.start + n.placed)
	}
}

func (f *former) field(p *field) {
	f.d.Print(p.text)
	switch {
	case p.letter == 0:
	case p.inside != nil:
		f.braces(p)
		f.need(p.behind)
	default:
		f.place(p.place)
		if p.letter == '!' || p.letter == '~' {
			f.need(p.behind)
		}
	}
}

// braces prints what is in the braces behind a place, if and as many times as the place says.
func (f *former) braces(p *field) {
	times := 0
	switch p.letter {
	case '>':
		times = Pick(f.c.Left() >= p.size, 1, 0)
	case '+':
		times = Pick(f.d.Verbose >= p.size, 1, 0)
	case '?':
		times = Pick(f.read(p.place) != 0, 1, 0)
	default:
		times = Pick(p.rest, 0, int(f.read(p.place)))
	}
	tables, start, at := f.tables, f.start, -1
	behind := tables[p.inside.wants:]
	for i := 0; (i < times || p.rest && f.c.Left() > 0) && f.c.At != at; i++ {
		if at, f.tables = f.c.At, tables; p.letter == '{' {
			f.start = at
		}
		f.form(p.inside)
	}
	f.tables, f.start = behind, start
	if times == 0 {
		f.form(p.otherwise)
	}
	f.tables = behind[p.otherwise.wants:]
}

// jump moves to where a place says that its field is, and gives what moves back.
func (f *former) jump(p place) (back func()) {
	if p.at < 0 {
		return func() {}
	}
	at := f.c.At
	f.c.At = f.start + p.at
	return func() { f.c.At = at }
}

func (f *former) place(p place) {
	defer f.jump(p)()
	switch {
	case p.rest:
		p.size = max(f.c.Left(), 0)
	case p.counted:
		p.size = int(f.last)
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
	case 'L':
		d.Printf("%d", c.Length)
	case 'r':
		d.Printf("%d", c.Left())
	case '!':
		RejectIf(c.Left() < p.size)
	case '~':
		d.CutIf(!c.Has(p.size))
	case 'f':
		d.Print(Megabits(c.U32()))
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

// read reads a number, or some bits of it.
func (f *former) read(p place) uint64 {
	defer f.jump(p)()
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
	if p.last < 0 {
		return f.last
	}
	return f.last >> (8*f.bytes - 1 - p.last) & (1<<(p.last-p.first+1) - 1)
}

func (f *former) number(p place) {
	n := f.read(p)
	size, digits := f.bytes, 2*f.bytes
	if p.last >= 0 {
		digits = (p.last - p.first + 4) / 4
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
	case 't':
		d.Print(RelativeTime(uint32(n)))
	case 'n':
		d.Print(nameOf(d, f.table(), n))
	default:
		d.Printf("%%!%c", p.letter) // no such letter
	}
}

// nameOf writes a number as a table has it.
func nameOf(d *Context, table any, value uint64) string {
	n := int(value)
	switch table := table.(type) {
	case Names:
		return table.Of(n, "unknown")
	case Flags:
		return table.Of(n, ", ")
	case Values:
		return table.Name(n, "unknown")
	case [2]string:
		return Pick(n == 0, table[0], table[1])
	case func(int) string:
		return table(n)
	case func(uint64) string:
		return table(value)
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

// ByCode makes a printer of those for the values of the byte at an offset, and of one for all others.
func ByCode(at int, codes map[int]Printer, other Printer) Printer {
	return func(d *Context, c *Cursor) {
		if print, known := codes[c.View.U8(at)]; known {
			print(d, c)
		} else {
			other(d, c)
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
