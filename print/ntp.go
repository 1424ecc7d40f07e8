package print

import (
	"fmt"
	"math"
	"time"
)

var (
	ntpModes  = [8]string{"Reserved", "symmetric active", "symmetric passive", "Client", "Server", "Broadcast", "Control Message", "Reserved"}
	ntpLeaps  = NamesT{0: "", 0x40: "+1s", 0x80: "-1s", 0xc0: "clock unsynchronized"}
	ntpStrata = NamesT{0: "unspecified", 1: "primary reference", 16: "unsynchronized"}
)

const ntpControl = 6

// ntp prints the Network Time Protocol (RFC 5905).
func (d *dissector) ntp(v view) {
	d.proto = "ntp"
	b := v.u8(0)
	d.printf("NTPv%d, %s, length %d", b>>3&7, ntpModes[b&7], v.length)
	if d.Verbose == 0 {
		return
	}
	d.printf("\n\tLeap indicator: %s (%d)", ntpLeaps[b&0xc0], b&0xc0)
	switch b & 7 {
	case 1, 2, 3, 4, 5:
		d.ntpTime(v)
	case ntpControl:
		d.ntpControl(v)
	}
}

// ntpTime prints the times of a message.
func (d *dissector) ntpTime(v view) {
	const header = 48
	if v.length < header {
		d.printf("[length %d < %d]", v.length, header)
		d.invalidRest(v)
		return
	}
	stratum := v.u8(1)
	d.printf(", Stratum %d (%s)", stratum, ntpStrata.of(stratum, map[bool]string{true: "secondary reference", false: "reserved"}[stratum < 16]))
	d.printf(", poll %d (%s)", v.u8(2), ntpPower(int8(v.u8(2))))
	d.printf(", precision %d", int8(v.u8(3)))
	short := func(at int) string { return fmt.Sprintf("%d.%06d", v.u16(at), v.u16(at+2)*1000000/65536) }
	if len(v.b) < 8 {
		d.cut()
	}
	d.printf("\n\tRoot Delay: %s", short(4))
	if len(v.b) < 12 {
		d.cut()
	}
	d.printf(", Root dispersion: %s", short(8))
	if len(v.b) < 16 {
		d.cut()
	}
	d.print(", Reference-ID: ")
	switch reference := v.u32(12); {
	case stratum == 0:
		d.print("(unspec)")
	case stratum == 1:
		d.counted(v.cursor(12), 4)
	default:
		d.printf("0x%08x", reference)
	}
	for i, name := range []string{"Reference Timestamp:  ", "Originator Timestamp: ", "Receive Timestamp:    ", "Transmit Timestamp:   "} {
		if len(v.b) < 24+8*i {
			d.cut()
		}
		d.print("\n\t  " + name)
		d.print(ntpStamp(v.u64(16 + 8*i)))
	}
	origin := v.u64(24)
	for _, later := range []struct {
		name string
		at   int
	}{{"Receive Timestamp:  ", 32}, {"Transmit Timestamp: ", 40}} {
		d.printf("\n\t    Originator - %s%s", later.name, ntpDifference(origin, v.u64(later.at)))
	}
	switch extra := v.length - header; {
	case extra == 0:
	case extra == 20, extra == 24:
		if len(v.b) < header+4 {
			d.cut()
		}
		d.printf("\n\tKey id: %d", v.u32(header))
		if len(v.b) < v.length {
			d.cut()
		}
		d.printf("\n\tAuthentication: %x", v.bytes(header+4, extra-4))
	default:
		d.printf("\n\t(%d more bytes after the header)", extra)
	}
}

// ntpPower writes a power of two of seconds.
func ntpPower(n int8) string {
	if n >= 0 {
		return fmt.Sprintf("%ds", uint32(1)<<min(n, 31))
	}
	return fmt.Sprintf("1/%ds", uint32(1)<<min(-int(n), 31))
}

// ntpEpoch is the year 1970 in seconds of NTP.
const ntpEpoch = 2208988800

// ntpStamp writes a time stamp: seconds since 1900, in 32 bits, and 32 of a fraction.
func ntpStamp(n uint64) string {
	s := ntpFraction(n)
	if seconds := n >> 32; seconds != 0 {
		s += time.Unix(int64(uint32(seconds-ntpEpoch)), 0).UTC().Format(" (2006-01-02T15:04:05Z)")
	}
	return s
}

func ntpFraction(n uint64) string {
	return fmt.Sprintf("%d.%09d", n>>32, uint32(float64(uint32(n))/(1<<32)*1e9))
}

// ntpDifference writes how much later the second time stamp is.
func ntpDifference(from, to uint64) string {
	if from == 0 { // not known, and the later time stands for it
		return ntpStamp(to)
	}
	sign := "+"
	if to < from {
		sign, from, to = "-", to, from
	}
	n := to - from
	return fmt.Sprintf("%s%d.%09d", sign, n>>32, uint32(math.Floor(float64(uint32(n))/(1<<32)*1e9)))
}

// ntpControl prints a control message (RFC 9327).
func (d *dissector) ntpControl(v view) {
	const header = 12
	if v.length < header {
		d.printf("[length %d < %d]", v.length, header)
		d.invalidRest(v)
		return
	}
	bits := v.u8(1)
	d.printf(", %s, %s, %s, OpCode=%d", [2]string{"Request", "Response"}[bits>>7], [2]string{"OK", "Error"}[bits>>6&1], [2]string{"Last", "More"}[bits>>5&1], bits&31)
	d.printf("\n\tSequence=%d", v.u16(2))
	status := "0"
	if n := v.u16(4); n != 0 {
		status = fmt.Sprintf("%#x", n)
	}
	d.printf(", Status=%s", status)
	d.printf(", Assoc.=%d", v.u16(6))
	d.printf(", Offset=%d", v.u16(8))
	d.printf(", Count=%d", v.u16(10))
	if count := v.u16(10); v.length-header < count {
		d.invalidRest(v)
	} else if count != 0 {
		d.print("\n\tTO-BE-DONE: data not interpreted")
	}
}
