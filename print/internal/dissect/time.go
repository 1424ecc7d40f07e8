package dissect

import (
	"encoding/binary"
	"fmt"
	"time"
)

// ntpEpoch is the year 1970 in seconds of NTP.
const ntpEpoch = 2208988800

// NTPTime writes a time stamp: seconds since 1900, in 32 bits, and 32 of a fraction.
func NTPTime(n uint64) string {
	s := NTPFraction(n)
	if seconds := n >> 32; seconds != 0 {
		s += time.Unix(int64(seconds)-ntpEpoch, 0).UTC().Format(" (2006-01-02T15:04:05Z)")
	}
	return s
}

// NTPText does the same for eight bytes of a packet.
func NTPText(b []byte) string { return NTPTime(binary.BigEndian.Uint64(b)) }

// NTPFraction writes seconds and a fraction of 32 bits.
func NTPFraction(n uint64) string {
	return fmt.Sprintf("%d.%09d", n>>32, uint32(float64(uint32(n))/(1<<32)*1e9))
}
