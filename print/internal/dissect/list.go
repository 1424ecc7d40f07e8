package dissect

import "math"

// Value is a row of a table of values: its name, how many bytes it has at least (or, as a negative number, exactly; Nothing for none),
// and what prints it; nil for what has no form of its own.
type Value = struct {
	Name  string
	Least int
	Print Printer
}

// Nothing says that a value has no bytes.
const Nothing = math.MinInt

// Values are values by their types.
type Values map[int]Value

// Name gives the name of a type, or a text for those that have none, a format of the number if it has a verb.
func (values Values) Name(n int, format string) string {
	if v, ok := values[n]; ok {
		return v.Name
	}
	return Names(nil).Of(n, format)
}

// Silent prints nothing of a value.
func Silent(*Context, *Cursor) {}

// List says how values follow each other, each behind a head of its type and its length, and how they are printed: title, value, the
// bytes of the value with -vv. The printer of a value finds the type in d.Number. What a list leaves out, its zero value says.
type List struct {
	Head   int                              // bytes of a head, of which one half is the type, the other the length
	Read   func(c *Cursor) (kind, size int) // reads a head that is not so
	Whole  bool                             // the length counts the head, too
	Align  int                              // heads and values together are filled up to a multiple of so many bytes
	Alone  Names                            // types that are one byte without a length, and what is printed of them
	Values Values
	Other  string // the name of a type that is not among the values; a format of the type if it has a verb
	Title  Title
	Last   func(kind, size int) bool // whether the list ends behind the title
	Least  int                       // a rest of fewer bytes is left alone
	When   When                      // the title is printed

	Ends     func(d *Context, f Fault)   // what is done where the rest is shorter than a head or a value, before the list ends; nil: as Cut
	Cut      func(d *Context, f Fault)   // the same where not all of that is captured; nil: as where any field is read that is not
	Loose    bool                        // a value need not be captured, and its printer may read on behind it
	Partly   bool                        // the same, but the line ends behind what is not all captured
	Open     bool                        // a head or a value may end behind the list
	Strict   bool                        // a value that is too short ends the list
	Short    func(d *Context, f Fault)   // what is done where a value has not the bytes that its row wants, in place of printing it
	Rejected func(d *Context, c *Cursor) // the same where its printer rejects it; nil: that is left to who called
	Unknown  Printer                     // prints what has no form of its own; nil: as bytes
	Bytes    string                      // what lines of such bytes begin with; they are not printed if it is empty
	More     string                      // the same of the bytes of each value, with -vv
	Skip     int                         // how many bytes at the beginning of a value these lines leave out
	Before   string                      // is printed before each value that fits
	Done     string                      // is printed behind each value
}

// Fault is what does not fit in a list.
type Fault struct {
	Rest     View   // from the head on if that does not fit, otherwise from the value on
	Size     int    // of the value, which may be less than 0 where the length counts the head; of a head, HeadMissing
	Relation string // how the size is to Least, where it should be another: < or !=
	Least    int
}

// When is when a title is printed: always, where the value fits into the list, or where it is also captured.
type When int

const (
	Always When = iota
	IfFits
	IfCaptured
)

// HeadMissing is the size of a fault where a head does not fit.
const HeadMissing = -1 << 31

// Title prints what stands before a value.
type Title func(d *Context, kind int, name string, size int)

// Titled makes a title of a format of the name, the type and the length of a value.
func Titled(format string) Title {
	return func(d *Context, kind int, name string, size int) { d.Printf(format, name, kind, size) }
}

// Marked ends a list with the mark for a cut packet; the line goes on. CutThere ends the line with it, and InvalidThere with the mark for
// what makes no sense.
func Marked(d *Context, _ Fault)       { d.Mark() }
func CutThere(d *Context, _ Fault)     { d.Cut() }
func InvalidThere(d *Context, f Fault) { d.InvalidRestIf(true, f.Rest) }

// InvalidHere puts the mark for what makes no sense, and ends the line if what is left is not captured.
func InvalidHere(d *Context, f Fault) { d.InvalidRest(f.Rest) }

// Prints makes what is done about a fault of a text that is printed.
func Prints(text string) func(*Context, Fault) { return func(d *Context, _ Fault) { d.Print(text) } }

// Rejects makes the end of a list that prints a text and rejects what the list is part of.
func Rejects(text string) func(*Context, Fault) {
	return func(d *Context, _ Fault) { d.RejectIf(true, "%s", text) }
}

// Print prints a list, up to the end of what is to be read.
func (l *List) Print(d *Context, c *Cursor) {
	for c.Left() > 0 && c.Left() >= l.Least {
		if len(l.Alone) > 0 && c.Has(1) {
			if text, alone := l.Alone[c.View.U8(c.At)]; alone {
				d.Print(text)
				c.At++
				continue
			}
		}
		if !l.ends(d, c, l.Head, HeadMissing) || !l.captured(d, c, l.Head, HeadMissing) {
			return
		}
		kind, size := l.head(c)
		value := size
		if l.Whole {
			value -= l.Head
		}
		title := func(when When) {
			if when == l.When && l.Title != nil {
				l.Title(d, kind, l.Values.Name(kind, l.Other), size)
			}
		}
		title(Always)
		if l.Last != nil && l.Last(kind, size) {
			return
		}
		if !l.ends(d, c, value, value) {
			return
		}
		title(IfFits)
		d.Print(l.Before)
		if !l.captured(d, c, value, value) {
			return
		}
		title(IfCaptured)
		size = value
		if !l.value(d, kind, l.view(c, size), c.Rest()) {
			return
		}
		d.Print(l.Done)
		if l.Partly {
			c.Bytes(size)
		} else {
			c.At += size
		}
		if l.Align > 0 {
			c.At += -(l.Head + size) & (l.Align - 1)
		}
	}
}

func (l *List) head(c *Cursor) (kind, size int) {
	switch {
	case l.Read != nil:
		return l.Read(c)
	case l.Head == 2:
		return c.U8(), c.U8()
	}
	return c.U16(), c.U16()
}

// ends tells whether n bytes of a head or a value fit into the list, and does what is to be done where they do not.
func (l *List) ends(d *Context, c *Cursor, n, size int) bool {
	if n >= 0 && (n <= c.Left() || l.Open) {
		return true
	}
	return l.stop(d, c, size, Pick(l.Ends == nil, l.Cut, l.Ends))
}

// captured does the same about what is captured.
func (l *List) captured(d *Context, c *Cursor, n, size int) bool {
	return c.Has(n) || (l.Loose || l.Partly) && size != HeadMissing || l.stop(d, c, size, l.Cut)
}

func (l *List) stop(d *Context, c *Cursor, size int, how func(d *Context, f Fault)) bool {
	if how == nil {
		panic(Truncated{})
	}
	how(d, Fault{c.Rest(), size, ">", c.Left()})
	return false
}

func (l *List) view(c *Cursor, size int) View {
	if l.Loose || l.Partly {
		return NewView(c.Rest().Data, size)
	}
	return NewView(c.View.Bytes(c.At, size), size)
}

// Value prints a value of a list whose heads the caller reads; false if it ends the list.
func (l *List) Value(d *Context, kind int, v View) bool { return l.value(d, kind, v, v) }

// value prints a value that something may follow.
func (l *List) value(d *Context, kind int, v, rest View) bool {
	list, number := d.list, d.Number
	d.list, d.Number = l, kind
	defer func() { d.list, d.Number = list, number }()
	row := l.Values[kind]
	if row.Print == nil {
		row.Print = l.Unknown
	}
	c, least, relation := v.Cursor(0), row.Least, "<"
	if least < 0 {
		relation = "!="
		least = Pick(least == Nothing, 0, -least)
	}
	switch {
	case least > 0 && v.Length < least || relation == "!=" && v.Length != least:
		if l.Short != nil {
			l.Short(d, Fault{rest, v.Length, relation, least})
		}
		if l.Strict {
			return false
		}
	case row.Print == nil:
		if l.Bytes != "" && d.Verbose < 2 {
			d.Unknown(v.From(l.Skip), l.Bytes, v.Length-l.Skip)
		}
	case l.Rejected == nil:
		row.Print(d, c)
	case !d.Try(func() { row.Print(d, c) }):
		l.Rejected(d, c)
	}
	if l.More != "" && d.Verbose > 1 {
		d.Unknown(v.From(l.Skip), l.More, v.Length-l.Skip)
	}
	return true
}

// Again prints the list that a value is in once more, inside the value.
func Again(d *Context, c *Cursor) { d.list.Print(d, c) }

// InList gives the list whose value is being printed.
func (d *Context) InList() *List { return d.list }
