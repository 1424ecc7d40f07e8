package link

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"bpfc/print/internal/dissect"
)

// Personal area networks without wires (IEEE 802.15.4). Information elements and secured frames are told, not taken apart.

const (
	wpanBeacon  = 0
	wpanCommand = 3
)

var wpanTypes = [8]string{"Beacon", "Data", "ACK", "Command", "Reserved", "Multipurpose", "Fragment", "Extended"}

var wpanFlags = []struct {
	bit   int
	name  string
	newer bool // only frames of version 2 have it
}{{0x08, "Security Enabled, ", false}, {0x10, "Frame Pending, ", false}, {0x20, "AR, ", false}, {0x40, "PAN ID Compression, ", false}, {0x100, "Sequence Number Suppression, ", true}, {0x200, "IE present, ", true}}

// WPAN prints a frame.
func WPAN(d *Context, v View) {
	const header = 2
	d.Proto = "802.15.4"
	d.Header(len(v.Data))
	d.MarkIf(len(v.Data) < header)
	bits := v.LE16(0)
	d.Printf("IEEE 802.15.4 %s packet ", wpanTypes[bits&7])
	if bits&7 > wpanCommand {
		return
	}
	f := wpanFrame{d, v.Cursor(2), bits, bits >> 12 & 3}
	f.print()
}

// WPANTap prints a frame behind facts about its capture.
func WPANTap(d *Context, v View) {
	const least = 4
	tooShort(d, v, "802.15.4_tap", least)
	size := v.LE16(2)
	d.MarkIf(size < least || len(v.Data) < size || v.U8(0) != 0)
	WPAN(d, v.From(size))
}

// wpanFrame is a frame that is printed. What is captured of it is all there is.
type wpanFrame struct {
	*Context
	*Cursor
	bits, version int
}

// wants ends the line where fewer bytes are left.
func (f *wpanFrame) wants(n int, what string) {
	f.StopIf(!f.Has(n), "[ERROR: Truncated before %s]", what)
}

func (f *wpanFrame) print() {
	f.Printf("v%d ", f.version)
	if f.Verbose > 2 {
		f.heading()
	}
	f.MarkIf(!f.Has(1))
	if f.bits&0x100 != 0 {
		f.If(f.version < 2, "[ERROR: Sequence number suppressed on frames where version < 2]")
		f.If(f.Verbose > 0, "seq suppressed ")
	} else if n := f.U8(); f.Verbose > 0 {
		f.Printf("seq %02x ", n)
	}
	f.addresses()
	f.checksum()
	if f.bits&0x08 != 0 {
		f.security()
	}
	switch kind := f.bits & 7; {
	case kind == wpanBeacon && f.version < 2:
		f.beacon()
	case kind == wpanCommand:
		f.command()
	}
	f.HexLines(f.Rest())
}

// security prints how a frame is secured, and leaves out the code at its end by which that is checked.
func (f *wpanFrame) security() {
	f.wants(1, "Aux Security Header")
	control := f.U8()
	level, mode := control&7, control>>3&3
	f.PrintfIf(f.Verbose > 0, "\n\tSecurity Level %d, Key Id Mode %d, ", level, mode)
	shown := f.Verbose > 1
	if control&0x20 == 0 {
		f.wants(4, "Frame Counter")
		f.PrintfIf(shown, "Frame Counter 0x%08x ", binary.LittleEndian.Uint32(f.Bytes(4)))
	}
	switch source := map[int]int{2: 4, 3: 8}[mode]; {
	case mode == 0:
		f.If(shown, "Implicit")
	case source > 0:
		f.wants(source, "Key Source")
		b := f.Bytes(source)
		f.At -= source - 4 // as tcpdump, which takes all sources for the short one where it goes on
		switch {
		case shown && source == 4:
			f.Printf("KeySource 0x%04x:%04x, ", binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]))
		case shown:
			f.Printf("KeySource %s, ", wpanLong(b))
		}
		fallthrough
	default:
		f.wants(1, "Key Index")
		f.PrintfIf(shown, "KeyIndex 0x%02x, ", f.U8())
	}
	if size := [4]int{0, 4, 8, 16}[level&3]; size > 0 {
		end := len(f.Data) - size
		f.StopIf(end < f.At, "[ERROR: Truncated before MIC]")
		f.View = f.View.Limit(end)
	}
}

// heading prints what the bits say.
func (f *wpanFrame) heading() {
	for _, flag := range wpanFlags {
		f.If(f.bits&flag.bit != 0 && (!flag.newer || f.version == 2), flag.name)
	}
}

// addresses prints where the frame goes and where it comes from. Which networks are told depends on the version.
func (f *wpanFrame) addresses() {
	const none, invalid, short, long = 0, 1, 2, 3
	to, from, compressed := f.bits>>10&3, f.bits>>14, f.bits&0x40 != 0
	f.StopIf(from == invalid, "[ERROR: Invalid src address mode]")
	f.StopIf(to == invalid, "[ERROR: Invalid dst address mode]")
	networkTo, networkFrom := to != none, from != none && !compressed
	switch {
	case f.version < 2:
		f.If(compressed && (to == none || from == none), "[ERROR: PAN ID Compression != 0, and only one address with frame version < 2]")
	case to == none && from == none:
		networkTo = compressed
	case from == none:
		networkTo = !compressed
	case to == long && from == long:
		networkTo, networkFrom = !compressed, false
	case to == short && from == long:
		networkFrom = false
	}
	f.address(to, networkTo)
	f.Print(" < ")
	f.address(from, networkFrom)
	f.Print(" ")
}

func (f *wpanFrame) address(mode int, network bool) {
	if network {
		f.wants(2, "dst_pan")
		f.Form(f.Cursor, "%2lx:")
	} else {
		f.Print("-:")
	}
	switch mode {
	case 0:
		f.Print("none")
	case 2:
		f.wants(2, "dst_addr")
		f.Form(f.Cursor, "%2lx")
	default:
		f.wants(8, "dst_addr")
		f.Print(wpanLong(f.Bytes(8)))
	}
}

// wpanLong writes an address of eight bytes, the last of which is sent first.
func wpanLong(b []byte) string {
	text := make([]string, 8)
	for i := range text {
		text[i] = fmt.Sprintf("%02x", b[7-i])
	}
	return strings.Join(text, ":")
}

// checksum leaves out the checksum at the end, if there is one.
func (f *wpanFrame) checksum() {
	n := len(f.Data) - 2
	if n < f.At {
		return
	}
	sum, want := binary.LittleEndian.Uint16(f.Data[n:]), crc16(f.Data[:n])
	if sum == want {
		f.View = f.View.Limit(n)
		f.PrintfIf(f.Verbose > 2, "FCS %x ", sum)
		return
	}
	f.PrintfIf(f.Verbose > 2, "wrong FCS %x vs %x (assume no FCS stored) ", sum, want)
}

// crc16 computes the checksum of ITU-T, as 802.15.4 does.
func crc16(b []byte) (sum uint16) {
	for _, x := range b {
		sum ^= uint16(x)
		for range 8 {
			if sum&1 != 0 {
				sum = sum>>1 ^ 0x8408
			} else {
				sum >>= 1
			}
		}
	}
	return sum
}

// beacon prints how a network shares its time, and for whom something waits.
func (f *wpanFrame) beacon() {
	f.wants(2, "beacon information")
	n := int(binary.LittleEndian.Uint16(f.Bytes(2)))
	if f.Verbose > 0 {
		f.Printf("\n\tBeacon order = %d, Superframe order = %d, Final CAP Slot = %d%s%s%s", n&15, n>>4&15, n>>8&15, dissect.If(n&0x1000 != 0, ", BLE enabled"),
			dissect.If(n&0x4000 != 0, ", PAN Coordinator"), dissect.If(n&0x8000 != 0, ", Association Permit"))
	}
	f.wants(1, "GTS info")
	if slots := f.U8() & 7; slots == 0 {
		f.If(f.Verbose > 0, "\n\tGTS Descriptor Count = 0, ")
	} else {
		f.StopIf(!f.Has(1+3*slots), " [ERROR: Truncated GTS Info List]")
		f.slots(slots)
	}
	f.wants(1, "pending addresses")
	spec := f.U8()
	short, long := spec&7, spec>>4&7
	f.PrintfIf(f.Verbose > 0, "\n\tPending address list, # short addresses = %d, # extended addresses = %d", short, long)
	f.StopIf(!f.Has(2*short+8*long), " [ERROR: Pending address list truncated]")
	list := func(name string, n, size int, write func([]byte) string) {
		shown := f.Verbose > 1 && n > 0
		f.PrintfIf(shown, ", %s address list = [ ", name)
		for range n {
			f.If(shown, write(f.Bytes(size))+" ")
		}
		f.If(shown, "]")
	}
	list("Short", short, 2, func(b []byte) string { return fmt.Sprintf("%02x%02x", b[1], b[0]) })
	list("Extended", long, 8, wpanLong)
}

// slots prints the times that are kept for some stations.
func (f *wpanFrame) slots(n int) {
	directions := f.U8()
	shown := f.Verbose > 1
	f.PrintfIf(shown, "GTS Descriptor Count = %d, GTS Directions Mask = %02x, [ ", n, directions&0x7f)
	for range n {
		b := f.Bytes(3)
		f.PrintfIf(shown, "[ %02x%02x, Start slot = %d, Length = %d ] ", b[1], b[0], b[2]&15, b[2]>>4)
	}
	f.If(shown, "]")
}

var (
	wpanCommands = Names{
		1: "Association Request command", 2: "Association Response command", 3: "Disassociation Notification command", 4: "Data Request command", 5: "PAN ID Conflict Notification command",
		6: "Orphan Notification command", 7: "Beacon Request command", 8: "Coordinator realignment command", 9: "GTS request command", 10: "TRLE Management Request command",
		11: "TRLE Management Response command", 19: "DSME Association Request command", 20: "DSME Association Response command", 21: "DSME GTS Request command", 22: "DSME GTS Response command",
		23: "DSME GTS Notify command", 24: "DSME Information Request command", 25: "DSME Information Response command", 26: "DSME Beacon Allocation Notification command",
		27: "DSME Beacon Collision Notification command", 28: "DSME Link Report command", 32: "RIT Data Request command", 33: "DBS Request command", 34: "DBS Response command", 35: "RIT Data Response command",
		36: "Vendor Specific command"}
	wpanStatus  = Names{0: ", Association successful", 1: ", PAN at capacity", 2: ", PAN access denied", 3: ", Hooping sequence offset duplication", 0x80: ", Fast association successful"}
	wpanReasons = Names{0: "Reserved", 1: "Reason = The coordinator wishes the device to leave PAN", 2: "Reason = The device wishes to leave the PAN"}
)

// wpanBodies are commands with fields: the sizes that they may have, what is printed of another, and of the fields.
var wpanBodies = map[int]struct {
	sizes []int
	name  string
	print dissect.Printer
}{
	1: {[]int{1}, "Association request", func(d *Context, c *Cursor) {
		n := c.U8()
		d.Print(dissect.Pick(n&0x02 != 0, "FFD, ", "RFD, "))
		for _, f := range []dissect.Flag{{Bit: 0x04, Name: "AC powered, "}, {Bit: 0x08, Name: "Receiver on when idle, "}, {Bit: 0x10, Name: "Fast association, "}, {Bit: 0x40, Name: "Security supported, "}, {Bit: 0x80, Name: "Allocate address, "}} {
			d.If(n&f.Bit != 0, f.Name)
		}
	}},
	2: {[]int{3}, "Association response", dissect.Form("Short address = %2lx%1n", wpanStatus.Or(", Status = 0x%02x"))},
	3: {[]int{1}, "Disassociation Notification", dissect.Form("%1n", wpanReasons.Or("Reason = 0x%02x"))},
	8: {[]int{7, 8}, "Coordinator Realignment", func(d *Context, c *Cursor) {
		d.Form(c, "Pan ID = 0x%2lx, Coordinator short address = %2lx, Channel Number = %1d")
		if c.Length == 8 {
			d.Printf(", page = %d", c.View.U8(7))
		}
		d.Form(c, ", Short address = %2lx")
	}},
	9: {[]int{1}, "GTS Request", dissect.Form("GTS Length = %1[4-7]d, %=[3]n, %=[2]n", [2]string{"Transmit-only GTS", "Receive-only GTS"}, [2]string{"GTS deallocations", "GTS allocation"})},
}

// command prints what a station wants of another.
func (f *wpanFrame) command() {
	f.wants(1, "Command ID")
	kind := f.U8()
	if kind < 0x30 {
		f.Printf("Command ID = %s ", wpanCommands.Of(kind, "Reserved 0x%02x"))
	} else {
		f.Printf("Command ID = Reserved 0x%02x ", kind)
	}
	rest := f.Rest()
	n := len(rest.Data)
	body, ok := wpanBodies[kind]
	switch {
	case n == 0 || !ok && kind > 3 && kind < 8: // which have no fields
	case !ok:
		f.Print("Command Data = ")
		for _, b := range rest.Data {
			f.Printf("%02x ", b)
		}
	case ok && !slices.Contains(body.sizes, n):
		f.Printf("Invalid %s command length", body.name)
	case ok:
		body.print(f.Context, dissect.NewView(rest.Data, n).Cursor(0))
		f.At += n
	}
}
