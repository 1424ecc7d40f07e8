package application

import (
	"encoding/binary"
	"fmt"
	"math"

	"bpfc/print/internal/dissect"
)

var (
	ntpModes  = [8]string{"unspecified", "symmetric active", "symmetric passive", "Client", "Server", "Broadcast", "Control Message", "Reserved"}
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
	case 0, 1, 2, 3, 4, 5:
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
	c, stratum := v.Cursor(0), v.U8(1)
	d.Form(c, ", Stratum %1@1d (%=n)|, poll %1@2i%=n|, precision %1@3i|%4_%4~\n\tRoot Delay: %4v%4~, Root dispersion: %4v%4~, Reference-ID: ",
		ntpStrata.Or(dissect.Pick(stratum < 16, "secondary reference", "reserved")), ntpPower, ntpSeconds, ntpSeconds)
	switch stratum {
	case 0:
		d.Form(c, "(unspec)%4_")
	case 1:
		d.Form(c, "%4s")
	default:
		d.Form(c, "0x%4x")
	}
	stamp, origin := dissect.NTPText, v.From(24)
	d.Form(c, "%8~\n\t  Reference Timestamp:  %8v%8~\n\t  Originator Timestamp: %8v%8~\n\t  Receive Timestamp:    %8v%8~\n\t  Transmit Timestamp:   %8v", stamp, stamp, stamp, stamp)
	later := func(b []byte) string { return ntpDifference(origin.U64(0), binary.BigEndian.Uint64(b)) }
	d.Form(v.Cursor(32), "\n\t    Originator - Receive Timestamp:  %8v|\n\t    Originator - Transmit Timestamp: %8v", later, later)
	switch extra := v.Length - header; extra {
	case 0:
	case 4:
		d.Form(c, "\n\tKey id: %4d")
	case 20, 24:
		d.Form(c, "%4~\n\tKey id: %4d%*~\n\tAuthentication: %*b")
	default:
		d.Printf("\n\t(%d more bytes after the header)", extra)
	}
}

// ntpSeconds writes seconds with a fraction of 16 bits.
func ntpSeconds(b []byte) string {
	return fmt.Sprintf("%d.%06d", binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))*1000000/65536)
}

// ntpShort says that a message has fewer bytes than its header, and tells whether it has.
func ntpShort(d *Context, v View, header int) bool {
	if v.Length >= header {
		return false
	}
	d.InvalidRest(v)
	return true
}

// ntpPower writes a power of two of seconds, if a number of 32 bits holds it or what it is the inverse of.
func ntpPower(n int) string {
	switch n := int8(n); {
	case n >= 0 && n < 32:
		return fmt.Sprintf(" (%ds)", uint32(1)<<n)
	case n < 0 && n > -32:
		return fmt.Sprintf(" (1/%ds)", uint32(1)<<-n)
	}
	return ""
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
