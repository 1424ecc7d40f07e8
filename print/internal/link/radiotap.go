package link

import (
	"encoding/binary"
	"fmt"

	"bpfc/print/internal/dissect"
)

// The headers before frames of IEEE 802.11 in which drivers tell what the radio measured: Prism's, AVS's and radiotap
// (https://www.radiotap.org), whose fields are printed.

// Prism prints a frame behind the header of Prism's drivers, or of AVS, which Linux calls Prism's, too.
func Prism(d *Context, v View) {
	const size, avs1, avs2 = 144, 0x80211001, 0x80211002
	d.Proto = "prism"
	if len(v.Data) >= 4 {
		if magic := v.U32(0); magic == avs1 || magic == avs2 {
			AVS(d, v)
			return
		}
	}
	cutHeader(d, v, size)
	d.Header(size)
	WLAN(d, v.From(size))
}

// AVS prints a frame behind the header of AVS, which says how long it is.
func AVS(d *Context, v View) {
	const least = 8
	d.Proto = "802.11_radio_avs"
	cutHeader(d, v, least)
	size := int(v.U32(4))
	cutHeader(d, v, dissect.Pick(size < least, len(v.Data)+1, size))
	d.Header(size)
	WLAN(d, v.From(size))
}

// Bits of the words that say which fields there are, with the same meaning in each.
const (
	radiotapNamespace = 29 // the next word is of radiotap's own fields again
	radiotapVendor    = 30 // the next word is of a vendor's fields
	radiotapMore      = 31 // there is a next word
)

// Flags of the field with bit 1 that matter behind the header.
const (
	radiotapChecksum = 0x10 // the frame ends with its checksum
	radiotapPadded   = 0x20 // the frame's header is padded to whole words
)

// Radiotap prints a radiotap header and the frame behind it.
func Radiotap(d *Context, v View) {
	const least, word = 8, 4
	d.Proto = "802.11_radio"
	cutHeader(d, v, least)
	size := v.LE16(2)
	cutHeader(d, v, dissect.Pick(size < least, len(v.Data)+1, size))
	var present []uint32
	for at, more := word, true; more; at += word {
		cutHeader(d, v, dissect.Pick(at+word > size, len(v.Data)+1, 0))
		present = append(present, v.LE32(at))
		more = v.LE32(at)>>radiotapMore != 0
	}
	r := radiotapReader{d: d, b: v.Data[:size], at: word + word*len(present)}
	r.words(present)
	d.Header(size)
	printWLANFrame(d, v.From(size), r.flags&radiotapPadded != 0, dissect.Pick(r.flags&radiotapChecksum != 0, 4, 0))
}

// radiotapReader prints the fields of a header.
type radiotapReader struct {
	d     *Context
	b     []byte // the whole header
	at    int
	flags int
	cut   bool // a field was longer than what is left
}

// number reads a number of n bytes at the next multiple of n.
func (r *radiotapReader) number(n int) uint64 {
	at := (r.at + n - 1) / n * n
	if at+n > len(r.b) {
		r.cut = true
		return 0
	}
	r.at = at + n
	var b [8]byte
	copy(b[:], r.b[at:r.at])
	return binary.LittleEndian.Uint64(b[:])
}

func (r *radiotapReader) u8() int { return int(r.number(1)) }

func (r *radiotapReader) u16() int { return int(r.number(2)) }

// words prints the fields that the words tell of. What cannot be read ends that, with the mark for a cut packet.
func (r *radiotapReader) words(present []uint32) {
	base, skip, vendor := 0, 0, false
	for _, bits := range present {
		switch {
		case vendor && r.at+skip > len(r.b):
			return
		case vendor:
			r.at += skip
			skip = 0
		case !r.d.Try(func() { r.fields(bits, base) }):
			return
		}
		switch bits >> radiotapNamespace & 3 {
		case 0:
			base += 32
		case 1:
			base, skip, vendor = 0, 0, false
		case 2:
			base, vendor = 0, true
			skip = r.vendor()
		}
	}
}

// vendor reads who defines the fields that follow, and gives how long they are in bytes.
func (r *radiotapReader) vendor() int {
	r.at += r.at % 2
	for range 4 { // the vendor, and a number of its own
		r.u8()
	}
	n := r.u16()
	if r.cut {
		r.d.Mark()
		r.cut = false
	}
	return n
}

// fields prints the fields of a word whose lowest bit has the number base; rejected if that cannot be gone on with.
func (r *radiotapReader) fields(bits uint32, base int) {
	for i := range radiotapNamespace {
		if bits>>i&1 == 0 {
			continue
		}
		f := radiotapFields[base+i]
		r.d.RejectIf(f == nil, "[bit %d] ", base+i)
		text := f(r, bits)
		r.d.RejectIf(r.cut, " [|%s]", r.d.Proto)
		r.d.Print(text)
	}
}

// radiotapNumber makes what writes a number of so many bytes, which may have a sign, the other one if it is negative here.
func radiotapNumber(size, sign int, format string) func(r *radiotapReader, _ uint32) string {
	return func(r *radiotapReader, _ uint32) string {
		n := r.number(size)
		if sign == 0 {
			return fmt.Sprintf(format, n)
		}
		return fmt.Sprintf(format, sign*int(int64(n<<(64-8*size))>>(64-8*size)))
	}
}

var radiotapFields = map[int]func(r *radiotapReader, present uint32) string{
	0: radiotapNumber(8, 0, "%dus tsft "), 5: radiotapNumber(1, 1, "%ddBm signal "), 6: radiotapNumber(1, 1, "%ddBm noise "), 7: radiotapNumber(2, 0, "%d sq "), 8: radiotapNumber(2, -1, "%d tx power "),
	9: radiotapNumber(1, -1, "%ddB tx attenuation "), 10: radiotapNumber(1, 1, "%ddBm tx power "), 11: radiotapNumber(1, 0, "antenna %d "), 12: radiotapNumber(1, 0, "%ddB signal "), 13: radiotapNumber(1, 0, "%ddB noise "),
	1: func(r *radiotapReader, _ uint32) string {
		r.flags = r.u8()
		return Flags{{1, "cfp "}, {2, "short preamble "}, {4, "wep "}, {8, "fragmented "}, {0x40, "bad-fcs "}}.Letters(r.flags)
	},
	2: func(r *radiotapReader, _ uint32) string {
		rate := r.u8()
		if rate>>4 == 8 { // FreeBSD's way to write an index
			return fmt.Sprintf("MCS %d ", rate&0x7f)
		}
		return fmt.Sprintf("%2.1f Mb/s ", float64(rate)/2)
	},
	3: func(r *radiotapReader, present uint32) string {
		frequency, bits := r.u16(), r.u16()
		if present>>18&1 != 0 { // the wider field with bit 18 says it again
			return ""
		}
		return radiotapChannel(frequency, bits, present)
	},
	4:  func(r *radiotapReader, _ uint32) string { return fmt.Sprintf("fhset %d fhpat %d ", r.u8(), r.u8()) },
	14: func(r *radiotapReader, _ uint32) string { r.u16(); return "" },
	18: func(r *radiotapReader, present uint32) string {
		bits, frequency := r.number(4), r.u16()
		r.u8()
		r.u8()
		return radiotapChannel(frequency, int(bits), present)
	},
	19: (*radiotapReader).mcs,
	20: func(r *radiotapReader, _ uint32) string { r.number(4); r.u16(); r.u8(); r.u8(); return "" },
	21: (*radiotapReader).vht,
}

// firstOf gives the name of the first flag that is set, if there is one.
func firstOf(bits int, flags Flags) string {
	for _, f := range flags {
		if bits&f.Bit == f.Bit {
			return f.Name
		}
	}
	return ""
}

// radiotapChannel writes a frequency in MHz and the standard that is spoken on it. The bits of a channel are, from 0x10 on, turbo, CCK,
// OFDM, 2 GHz, 5 GHz, from 0x400 on CCK and OFDM by turns, and GFSK, from 0x4000 on half and quarter of a rate, and from 0x10000 on HT's.
func radiotapChannel(frequency, bits int, present uint32) string {
	width, standard := firstOf(bits, Flags{{0x4000, "/10Mhz"}, {0x8000, "/5Mhz"}}), " 11n" // there is an index of 802.11n, whatever the channel says
	if present>>19&1 == 0 {
		standard = Flags{{0x0880, " FHSS"}, {0x0140, " 11a" + width}}.Letters(bits) + firstOf(bits, Flags{{0x00c0, " 11g" + width}, {0x0480, " 11g" + width}, {0x00a0, " 11b"}}) + Flags{{0x0010, " Turbo"}}.Letters(bits)
	}
	return fmt.Sprintf("%d MHz%s%s ", frequency, standard, firstOf(bits, Flags{{0x10000, " ht/20"}, {0x40000, " ht/40-"}, {0x20000, " ht/40+"}}))
}

// Bits of a field about 802.11n that say which of its parts are known.
const mcsBandwidth, mcsIndex, mcsInterval, mcsFormat, mcsCoding, mcsStreams = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20

func longOrShort(short bool) string { return dissect.Pick(short, "short GI ", "long GI ") }

func ldpcOrBCC(ldpc bool) string { return dissect.Pick(ldpc, "LDPC FEC ", "BCC FEC ") }

// mcs prints what 802.11n says of the modulation.
func (r *radiotapReader) mcs(uint32) string {
	known, bits, index := r.u8(), r.u8(), r.u8()
	short, s := bits&4 != 0, ""
	if known&mcsIndex != 0 {
		if rate := htRate(index, bits&3 == 1, short); known&(mcsBandwidth|mcsInterval) != 0 && rate > 0 {
			s += fmt.Sprintf("%.1f Mb/s ", rate)
		}
		s += fmt.Sprintf("MCS %d ", index)
	}
	s += dissect.If(known&mcsBandwidth != 0, [4]string{"20 MHz ", "40 MHz ", "20 MHz (L) ", "20 MHz (U) "}[bits&3])
	s += dissect.If(known&mcsInterval != 0, longOrShort(short))
	s += dissect.If(known&mcsFormat != 0, dissect.Pick(bits&8 != 0, "greenfield ", "mixed "))
	s += dissect.If(known&mcsCoding != 0, ldpcOrBCC(bits&0x10 != 0))
	return s + dissect.If(known&mcsStreams != 0, fmt.Sprintf("RX-STBC%d ", bits>>5&3))
}

// htUnequal are, for the indices from 33, bits in a symbol of all streams together, which are modulated differently, and the
// part of them that is data, in quarters (IEEE 802.11, 19.5).
var htUnequal = [...]struct{ bits, data int }{
	{6, 2}, {8, 2}, {10, 2}, {6, 3}, {8, 3}, {10, 3},
	{8, 2}, {10, 2}, {10, 2}, {12, 2}, {14, 2}, {14, 2}, {16, 2}, {8, 3}, {10, 3}, {10, 3}, {12, 3}, {14, 3}, {14, 3}, {16, 3},
	{10, 2}, {12, 2}, {14, 2}, {12, 2}, {14, 2}, {16, 2}, {18, 2}, {16, 2}, {18, 2}, {20, 2}, {20, 2}, {22, 2},
	{10, 3}, {12, 3}, {14, 3}, {12, 3}, {14, 3}, {16, 3}, {18, 3}, {16, 3}, {18, 3}, {20, 3}, {20, 3}, {22, 3},
}

// htRate gives the rate of an index of 802.11n in Mb/s, 0 if there is none: data bits in a symbol of 3.2 µs and a guard
// interval, on 52 carriers or, of 40 MHz, 108.
func htRate(index int, wide, short bool) float64 {
	const duplicated, unequal = 32, 33
	carriers, symbol, bits := dissect.Pick(wide, 108., 52.), dissect.Pick(short, 3.6, 4.), 0.
	switch {
	case index < duplicated:
		bits = float64(1+index/8) * [8]float64{0.5, 1, 1.5, 2, 3, 4, 4.5, 5}[index%8]
	case index == duplicated && wide:
		carriers, bits = 48, 0.5 // the same in both halves
	case index >= unequal && index < unequal+len(htUnequal):
		u := htUnequal[index-unequal]
		bits = float64(u.bits*u.data) / 4
	}
	return carriers * bits / symbol
}

var vhtBandwidths = [32]string{"20 MHz", "40 MHz", "20 MHz (L)", "20 MHz (U)", "80 MHz", "80 MHz (L)", "80 MHz (U)", "80 MHz (LL)", "80 MHz (LU)", "80 MHz (UL)", "80 MHz (UU)",
	"160 MHz", "160 MHz (L)", "160 MHz (U)", "160 MHz (LL)", "160 MHz (LU)", "160 MHz (UL)", "160 MHz (UU)", "160 MHz (LLL)", "160 MHz (LLU)", "160 MHz (LUL)", "160 MHz (UUU)", "160 MHz (ULL)",
	"160 MHz (ULU)", "160 MHz (UUL)", "160 MHz (UUU)", "unknown (26)", "unknown (27)", "unknown (28)", "unknown (29)", "unknown (30)", "unknown (31)"}

// vht prints what 802.11ac says of the modulation, for each user that there is.
func (r *radiotapReader) vht(uint32) string {
	known, bits, bandwidth := r.u16(), r.u8(), r.u8()
	var users [4]int // index and number of streams
	for i := range users {
		users[i] = r.u8()
	}
	coding, s := r.u8(), ""
	r.u8()
	r.u16()
	for i, u := range users {
		if u&15 != 0 {
			s += fmt.Sprintf("User %d MCS %d %s", i, u>>4, ldpcOrBCC(coding>>i&1 != 0))
		}
	}
	s += dissect.If(known&0x40 != 0, vhtBandwidths[bandwidth&31]+" ")
	return s + dissect.If(known&4 != 0, longOrShort(bits&4 != 0))
}
