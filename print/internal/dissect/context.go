package dissect

import (
	"cmp"
	"fmt"
	"time"
)

// Settings are how packets are printed.
type Settings struct {
	LinkHeader    bool // -e
	Quiet         bool // -q
	Verbose       int  // number of -v
	ShowUnknown   bool // bytes that nothing is known of are shown where no dump of the packet does it
	AbsoluteSeq   bool // -S
	Location      *time.Location
	Resolver      resolver
	InterfaceName func(index int) string

	OneLineIP       bool // -g
	ASDot           bool // -b
	IgnoreChecksums bool // -K
	RawHandles      bool // -u
	Mesh            bool // -H
	OldIPsec        bool // -R
	Forced          Forced
	TCPSecret       string // -M
	// Decrypt gives what an ESP packet to an address holds behind its header, with padding and trailer: nil without a key. -E
	Decrypt func(spi uint32, to, packet []byte) []byte
}

// Remembered gives what the dissectors of a printer remember in a variable of a type, which begins with its zero value.
func Remembered[T any](d *Context) *T {
	key := (*T)(nil)
	m, ok := d.Memory[key]
	if !ok {
		m = new(T)
		d.Memory[key] = m
	}
	return m.(*T)
}

// Context prints packets, one after the other.
type Context struct {
	Out []byte
	Settings
	Registry *Registry
	Layers   *[]Layer    // what headers say is put here, too; nil if it is not wanted
	Memory   map[any]any // what dissectors remember of packets before, by type
	headers  [4]IPHeader // room for those of most packets
	cursor   Cursor      // the same
	forms    map[string]*parsed
	Packet
}

// Packet is what is known of the packet that is printed. It begins with its zero value.
type Packet struct {
	Proto       string // the protocol being read, for "[|proto]"
	LinkSize    int    // bytes of link-layer header
	LeftOut     int    // of these, what a dump without link-layer header leaves out
	Depth       int    // of packets inside packets
	Source      []byte // the innermost IP source address
	Destination []byte
	Src, Dst    int       // the innermost ports
	IP          *IPHeader // the innermost IP header
	Stations    Stations  // of the innermost frame
	Number      int       // by which the dissector was found, or the type of the value that is printed
	list        *List     // in which that value is
	headersUsed int
	leaving     bool // a dissector, for who called it
	cursorUsed  bool
}

// Layer is a header of a packet, by what it says.
type Layer struct {
	Protocol string
	Fields   []Field // in the order of the header, as far as that makes sense
}

// Field is a value in a header: a number, a text, a bool or a list of texts.
type Field struct {
	Name  string
	Value any
}

// maxLayers bounds what is kept of one packet.
const maxLayers = 64

// Layer notes a header: names and values by turns. It is called where the header is whole.
func (d *Context) Layer(protocol string, namesAndValues ...any) {
	if d.Layers == nil || len(*d.Layers) >= maxLayers {
		return
	}
	layer := Layer{Protocol: protocol}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		layer.Fields = append(layer.Fields, Field{namesAndValues[i].(string), namesAndValues[i+1]})
	}
	*d.Layers = append(*d.Layers, layer)
}

// MaxDepth bounds packets inside packets (tunnels).
const MaxDepth = 32

// Run dissects a packet and puts the mark where it was cut.
func (d *Context) Run(f Dissector, v View) {
	defer func() {
		switch r := recover().(type) {
		case nil, Ended, left:
			d.LeftOut = d.LinkSize
		case Truncated:
			// Like tcpdump, a dump of such a packet shows the link-layer header,
			// but for protocols that look before they read.
			d.Printf(" [|%s]", d.Proto)
			if careful[d.Proto] && !r.Whole {
				d.LeftOut = d.LinkSize
			}
		default:
			panic(r)
		}
	}()
	f(d, v)
}

var careful = map[string]bool{"ip": true, "ip6": true, "sctp": true, "udp": true}

// Mark puts the mark for a cut packet; the line goes on.
func (d *Context) Mark() { d.Printf(" [|%s]", d.Proto) }

// Invalid puts the mark for what makes no sense.
func (d *Context) Invalid() { d.Print(" (invalid)") }

// Cut puts the mark for a cut packet and ends the line; the dump is as for a
// whole packet.
func (d *Context) Cut() {
	d.Printf(" [|%s]", d.Proto)
	panic(Ended{})
}

// CutIf does so if a condition holds.
func (d *Context) CutIf(cut bool) {
	if cut {
		d.Cut()
	}
}

// TruncateIf ends the line as reading past the captured bytes does, if a condition holds.
func TruncateIf(cut bool) {
	if cut {
		panic(Truncated{})
	}
}

// StopIf prints and ends the line, if a condition holds.
func (d *Context) StopIf(stop bool, format string, args ...any) {
	if stop {
		d.Printf(format, args...)
		panic(Ended{})
	}
}

// left ends a dissector, and who called it goes on.
type left struct{}

// LeaveIf prints and ends the dissector, if a condition holds; who called it goes on. It is for packets that are wrong: what ends most
// packets of a protocol returns, which takes less time.
func (d *Context) LeaveIf(leave bool, format string, args ...any) {
	if leave {
		d.Printf(format, args...)
		d.leaving = true
		panic(left{})
	}
}

// MarkIf puts the mark for a cut packet and ends the dissector, if a condition holds.
func (d *Context) MarkIf(cut bool) { d.LeaveIf(cut, " [|%s]", d.Proto) }

// RefuseIf prints what makes no sense, with the mark for that, and ends the dissector, if a condition holds; it ends the line if what is left
// is not captured.
func (d *Context) RefuseIf(bad bool, v View, format string, args ...any) {
	if bad {
		d.Printf(format, args...)
		d.InvalidRest(v)
		d.LeaveIf(true, "")
	}
}

// goOn is deferred where a dissector is called at a depth of packets inside packets, so that it can be left.
func (d *Context) goOn(depth int) {
	if d.leaving {
		d.leaving, d.Depth = false, depth
		_ = recover()
	}
}

// InvalidRestIf does as InvalidRest and ends the line, if a condition holds.
func (d *Context) InvalidRestIf(invalid bool, v View) {
	if invalid {
		d.InvalidRest(v)
		panic(Ended{})
	}
}

// Rejected ends what Try runs: it makes no sense, or is cut where the dissector says so itself.
type Rejected struct{}

// Reject ends what Try runs.
func Reject() { panic(Rejected{}) }

// RejectIf does so if a condition holds.
func RejectIf(bad bool) {
	if bad {
		Reject()
	}
}

// RejectIf prints and ends what Try runs, if a condition holds.
func (d *Context) RejectIf(bad bool, format string, args ...any) {
	if bad {
		d.Printf(format, args...)
		Reject()
	}
}

// Try runs a part of a dissector; false if it was rejected.
func (d *Context) Try(f func()) (ok bool) {
	depth := d.Depth
	defer func() {
		if !ok {
			if r := recover(); r != (any)(Rejected{}) {
				panic(r)
			}
			d.Depth = depth
		}
	}()
	f()
	return true
}

// Within runs a dissector for a packet inside this one.
func (d *Context) Within(f func()) {
	if d.Depth == MaxDepth {
		d.Print(" [packets inside packets, too deep]")
		return
	}
	defer d.goOn(d.Depth)
	d.Depth++
	f()
	d.Depth--
}

func (d *Context) Printf(format string, args ...any) { d.Out = appendFormat(d.Out, format, args) }

func (d *Context) Print(s string) { d.Out = append(d.Out, s...) }

// If prints a text if a condition holds.
func (d *Context) If(set bool, s string) { d.Print(If(set, s)) }

// PrintfIf prints if a condition holds; the arguments are computed in any case.
func (d *Context) PrintfIf(set bool, format string, args ...any) {
	if set {
		d.Printf(format, args...)
	}
}

// Text appends bytes of the packet: characters as they are, others escaped as
// tcpdump does (M- for the eighth bit, ^ for control characters).
func (d *Context) Text(b []byte) {
	for _, c := range b {
		if c >= 0x80 {
			d.Print("M-")
			c &= 0x7f
		}
		if c < 0x20 || c == 0x7f {
			d.Out = append(d.Out, '^')
			c ^= 0x40
		}
		d.Out = append(d.Out, c)
	}
}

// If gives a text if a condition holds.
func If(set bool, s string) string { return Pick(set, s, "") }

// Pick gives one of two values, the first if a condition holds.
func Pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// RelativeTime writes seconds as weeks, days, hours …
func RelativeTime(seconds uint32) string {
	s := ""
	for i, size := range [...]uint32{31536000, 604800, 86400, 3600, 60, 1} {
		if n := seconds / size; n > 0 {
			s += fmt.Sprintf("%d%c", n, "ywdhms"[i])
			seconds %= size
		}
	}
	return cmp.Or(s, "0s")
}

// Header counts bytes of link-layer header, of the outermost packet only.
func (d *Context) Header(n int) {
	if d.Depth == 0 {
		d.LinkSize += n
	}
}

// HeaderAtOnce counts bytes of link-layer header that a dump leaves out even if the packet is cut behind them.
func (d *Context) HeaderAtOnce(n int) {
	d.Header(n)
	if d.Depth == 0 {
		d.LeftOut += n
	}
}

// TooShort says that a length does not fit.
func (d *Context) TooShort(name string, n int, relation string, limit int) {
	d.Printf(" [%s %d %s %d] (invalid)", name, n, relation, limit)
}

// InvalidRest puts the mark for what makes no sense, and ends the line if what is left is not captured.
func (d *Context) InvalidRest(v View) {
	d.Invalid()
	v.NeedAll()
}
