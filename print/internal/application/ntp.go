package application

import (
	"fmt"
	"math"

	"bpfc/print/internal/dissect"
)

var (
	ntpModes  = [8]string{"Reserved", "symmetric active", "symmetric passive", "Client", "Server", "Broadcast", "Control Message", "Reserved"}
	ntpLeaps  = Names{0: "", 0x40: "+1s", 0x80: "-1s", 0xc0: "clock unsynchronized"}
	ntpStrata = Names{0: "unspecified", 1: "primary reference", 16: "unsynchronized"}
)

const ntpControl = 6

// NTP prints the Network Time Protocol (RFC 5905).
func NTP(d *Context, v View) {
	d.Proto = "ntp"
	b := v.U8(0)
	d.Printf("NTPv%d, %s, length %d", b>>3&7, ntpModes[b&7], v.Length)
	if d.Verbose == 0 {
		return
	}
	d.Printf("\n\tLeap indicator: %s (%d)", ntpLeaps[b&0xc0], b&0xc0)
	switch b & 7 {
	case 1, 2, 3, 4, 5:
		ntpTime(d, v)
	case ntpControl:
		printNTPControl(d, v)
	}
}

// ntpTime prints the times of a message.
func ntpTime(d *Context, v View) {
	const header = 48
	if ntpShort(d, v, header) {
		return
	}
	stratum := v.U8(1)
	d.Printf(", Stratum %d (%s)", stratum, ntpStrata.Of(stratum, dissect.Pick(stratum < 16, "secondary reference", "reserved")))
	d.Printf(", poll %d (%s)", v.U8(2), ntpPower(int8(v.U8(2))))
	d.Printf(", precision %d", int8(v.U8(3)))
	short := func(at int) string { return fmt.Sprintf("%d.%06d", v.U16(at), v.U16(at+2)*1000000/65536) }
	d.CutIf(len(v.Data) < 8)
	d.Printf("\n\tRoot Delay: %s", short(4))
	d.CutIf(len(v.Data) < 12)
	d.Printf(", Root dispersion: %s", short(8))
	d.CutIf(len(v.Data) < 16)
	d.Print(", Reference-ID: ")
	switch reference := v.U32(12); {
	case stratum == 0:
		d.Print("(unspec)")
	case stratum == 1:
		d.Counted(v.Cursor(12), 4)
	default:
		d.Printf("0x%08x", reference)
	}
	for i, name := range []string{"Reference Timestamp:  ", "Originator Timestamp: ", "Receive Timestamp:    ", "Transmit Timestamp:   "} {
		d.CutIf(len(v.Data) < 24+8*i)
		d.Print("\n\t  " + name)
		d.Print(dissect.NTPTime(v.U64(16 + 8*i)))
	}
	origin := v.U64(24)
	for _, later := range []struct {
		name string
		at   int
	}{{"Receive Timestamp:  ", 32}, {"Transmit Timestamp: ", 40}} {
		d.Printf("\n\t    Originator - %s%s", later.name, ntpDifference(origin, v.U64(later.at)))
	}
	switch extra := v.Length - header; {
	case extra == 0:
	case extra == 4:
		d.Printf("\n\tKey id: %d", v.U32(header))
	case extra == 20, extra == 24:
		d.CutIf(len(v.Data) < header+4)
		d.Printf("\n\tKey id: %d", v.U32(header))
		d.CutIf(len(v.Data) < v.Length)
		d.Printf("\n\tAuthentication: %x", v.Bytes(header+4, extra-4))
	default:
		d.Printf("\n\t(%d more bytes after the header)", extra)
	}
}

// ntpShort says that a message has fewer bytes than its header, and tells whether it has.
func ntpShort(d *Context, v View, header int) bool {
	if v.Length >= header {
		return false
	}
	d.Printf("[length %d < %d]", v.Length, header)
	d.InvalidRest(v)
	return true
}

// ntpPower writes a power of two of seconds.
func ntpPower(n int8) string {
	if n >= 0 {
		return fmt.Sprintf("%ds", uint32(1)<<min(n, 31))
	}
	return fmt.Sprintf("1/%ds", uint32(1)<<min(-int(n), 31))
}

// ntpDifference writes how much later the second time stamp is.
func ntpDifference(from, to uint64) string {
	if from == 0 { // not known, and the later time stands for it
		return dissect.NTPTime(to)
	}
	sign := "+"
	if to < from {
		sign, from, to = "-", to, from
	}
	n := to - from
	return fmt.Sprintf("%s%d.%09d", sign, n>>32, uint32(math.Floor(float64(uint32(n))/(1<<32)*1e9)))
}

// printNTPControl prints a control message (RFC 9327).
func printNTPControl(d *Context, v View) {
	const header = 12
	if ntpShort(d, v, header) {
		return
	}
	status := func(n int) string { return dissect.Pick(n == 0, "0", fmt.Sprintf("%#x", n)) }
	d.Form(v.Cursor(0), ", %1@1[0]n, %=[1]n, %=[2]n, OpCode=%=[3-7]d|\n\tSequence=%2@2d|, Status=%2@4n|, Assoc.=%2@6d|, Offset=%2@8d|, Count=%2@10d",
		[2]string{"Request", "Response"}, [2]string{"OK", "Error"}, [2]string{"Last", "More"}, status)
	if count := v.U16(10); v.Length-header < count {
		d.InvalidRest(v)
	} else if count != 0 {
		d.Print("\n\tTO-BE-DONE: data not interpreted")
	}
}
