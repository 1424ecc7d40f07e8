package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"bpfc/linktype"
)

// Magic numbers of pcap files as the first four bytes read in the order of
// the host that wrote them.
const (
	magicMicro    = 0xa1b2c3d4 // microseconds
	magicNano     = 0xa1b23c4d // nanoseconds
	magicModified = 0xa1b2cd34 // Kuznetzov's patched libpcap, records with 8 bytes more
	magicIxiaHW   = 0x1c0001ac // IXIA's lcap, hardware time stamps; microseconds, as Wireshark's wiretap/libpcap.c takes both
	magicIxiaSW   = 0x1c0001ab // IXIA's lcap, software time stamps
)

// lcapSizeLen is the length of what lcap has behind the file header: how many bytes of records there are.
const lcapSizeLen = 4

const (
	pcapFileHeaderLen   = 24
	pcapRecordLen       = 16
	pcapModifiedRecLen  = 24
	pcapVersionMajor    = 2
	pcapVersionMinor    = 4
	pcapVersionDGUX     = 543 // DG/UX wrote 543.0
	linktypeMask        = 0x0000ffff
	linktypeReserved    = 0x03ff0000
	linktypeExtra       = 0xfc000000 // what is said about the FCS, and a bit that is to be ignored
	linktypeFCSPresent  = 0x04000000
	linktypeFCSLenShift = 28
)

// lengthOrder says which of a record's two lengths comes first.
type lengthOrder int

const (
	capturedFirst  lengthOrder = iota // since version 2.4
	wireFirst                         // before version 2.3
	largerIsOnWire                    // version 2.3 wrote both
)

// pcapFormat is what the file header says about the records that follow.
type pcapFormat struct {
	bigEndian  bool
	modified   bool // magicModified
	nanosecond bool
	headerLen  int // bytes of a record header
	lengths    lengthOrder
	wideTime   bool   // time stamps are 64 bits of nanoseconds; never in a file, see streamFormat
	maxCaplen  uint32 // longer packets are refused
	quick      bool   // nextQuick can read the records
	iface      Interface
}

// pcapRecord is a decoded record header.
type pcapRecord struct {
	seconds  uint32
	fraction uint32 // micro- or nanoseconds, as the file's magic says
	caplen   uint32 // bytes of packet that follow in the file
	wireLen  uint32 // bytes on the wire
}

// isPcapMagic tells whether a file that starts with these four bytes is a
// pcap file, and of which byte order.
func isPcapMagic(b []byte) (bigEndian, ok bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(b) {
		case magicMicro, magicNano, magicModified, magicIxiaHW, magicIxiaSW:
			return order == binary.BigEndian, true
		}
	}
	return false, false
}

// parsePcapHeader reads the 24 bytes of a file header whose magic number is known.
func parsePcapHeader(b []byte, bigEndian bool) (pcapFormat, error) {
	f := pcapFormat{bigEndian: bigEndian, headerLen: pcapRecordLen}
	magic := f.u32(b)
	f.nanosecond = magic == magicNano
	f.modified = magic == magicModified
	if f.modified {
		f.headerLen = pcapModifiedRecLen
	}
	order := byteOrder(bigEndian)
	major, minor := order.Uint16(b[4:]), order.Uint16(b[6:])
	switch {
	case major == pcapVersionDGUX && minor == 0, major == pcapVersionMajor && minor < 3:
		f.lengths = wireFirst
	case major == pcapVersionMajor && minor == 3:
		f.lengths = largerIsOnWire
	case major == pcapVersionMajor && minor == pcapVersionMinor:
		f.lengths = capturedFirst
	default:
		return f, &FileError{Offset: 4, Kind: Unsupported,
			Msg: fmt.Sprintf("pcap version %d.%d; versions 2.0 to 2.4 can be read", major, minor)}
	}
	link := f.u32(b[20:])
	if link&linktypeReserved != 0 {
		return f, &FileError{Offset: 20, Kind: Corrupt,
			Msg: fmt.Sprintf("reserved bits of the link-layer type are set (0x%08x)", link)}
	}
	f.setInterface(link, f.u32(b[16:]))
	f.iface.TimeZone, f.iface.Accuracy = int32(f.u32(b[8:])), f.u32(b[12:])
	return f, nil
}

// isLcap tells whether a file header is that of IXIA's lcap.
func (f *pcapFormat) isLcap(header []byte) bool {
	magic := f.u32(header)
	return magic == magicIxiaHW || magic == magicIxiaSW
}

// lcapSize tells how many bytes there are between an lcap file's header and its first record, by what there is of the file
// behind the header. Some programs write the magic number and no size: where more records fit without one, there is none.
func (f *pcapFormat) lcapSize(after []byte) int {
	if f.recordsIn(after) > f.recordsIn(after[min(lcapSizeLen, len(after)):]) {
		return 0
	}
	return lcapSizeLen
}

// recordsIn counts whole records of microseconds that b may begin with, up to a few; 0 where one cannot be.
func (f *pcapFormat) recordsIn(b []byte) (n int) {
	for enough := 4; n < enough && len(b) >= pcapRecordLen; n++ {
		rec := f.record(b)
		if rec.fraction >= 1e6 || rec.caplen > f.maxCaplen || rec.caplen > rec.wireLen {
			return 0
		}
		if len(b)-pcapRecordLen < int(rec.caplen) {
			break
		}
		b = b[pcapRecordLen+int(rec.caplen):]
	}
	return n
}

// setInterface takes over the link-layer type field and the snapshot length.
func (f *pcapFormat) setInterface(field, snaplen uint32) {
	number := uint16(field & linktypeMask)
	link := linktype.FromFile(number)
	f.maxCaplen = MaxCapturedLength(link)
	f.iface = Interface{LinkType: link, Snaplen: adjustSnaplen(link, snaplen), FCSLen: -1,
		Swapped: f.bigEndian != hostIsBigEndian, tsResol: 6, linkBits: field & linktypeExtra, fileType: number, declared: snaplen}
	if f.nanosecond {
		f.iface.tsResol = 9
	}
	if field&linktypeFCSPresent != 0 {
		f.iface.FCSLen = 2 * int(field>>linktypeFCSLenShift) // counted in 16-bit words
	}
}

// linkField is the interface's link-layer type field in a pcap file's header.
func (i *Interface) linkField() uint32 {
	const aboutFCS = linktypeFCSPresent | 15<<linktypeFCSLenShift
	field := uint32(i.fileNumber()) | i.linkBits
	if i.FCSLen < 0 && field&linktypeFCSPresent != 0 { // it was known, and is not any more
		field &^= aboutFCS
	}
	if words := i.FCSLen / 2; i.FCSLen > 0 && i.FCSLen%2 == 0 && words < 16 {
		field = field&^aboutFCS | linktypeFCSPresent | uint32(words)<<linktypeFCSLenShift
	}
	return field
}

func byteOrder(bigEndian bool) binary.ByteOrder {
	if bigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (f *pcapFormat) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if f.bigEndian {
		v = bits.ReverseBytes32(v)
	}
	return v
}

// record decodes a record header of f.headerLen bytes.
func (f *pcapFormat) record(b []byte) pcapRecord {
	_ = b[15]
	rec := pcapRecord{seconds: f.u32(b), fraction: f.u32(b[4:]), caplen: f.u32(b[8:]), wireLen: f.u32(b[12:])}
	if f.lengths == wireFirst || f.lengths == largerIsOnWire && rec.caplen > rec.wireLen {
		rec.caplen, rec.wireLen = rec.wireLen, rec.caplen
	}
	return rec
}

// nanoseconds gives the record's time stamp.
func (f *pcapFormat) nanoseconds(rec *pcapRecord) int64 {
	fraction := int64(rec.fraction)
	if !f.nanosecond {
		fraction *= 1000
	}
	return int64(rec.seconds)*1e9 + fraction
}

// carry gives the whole seconds in the record's fraction of a second.
func (f *pcapFormat) carry(rec *pcapRecord) uint16 {
	if f.nanosecond {
		return uint16(rec.fraction / 1e9)
	}
	return uint16(rec.fraction / 1e6) // at most 4294
}

// tooLong is the error of a captured length that is not believed.
func tooLong(number uint64, offset int64, caplen, maximum uint32) *FileError {
	return &FileError{Packet: number, Offset: offset, Kind: TooLong, Part: "captured length", Got: uint64(caplen), Want: uint64(maximum),
		Msg: fmt.Sprintf("captured length of %d bytes, above the maximum of %d", caplen, maximum)}
}

// nextQuick gives the next packet if its record is in the window and has nothing special about it, nil else. It does what nextPcap
// does, for the usual file: in the byte order of this host, with records of 16 bytes.
func (r *Reader) nextQuick() *Packet {
	f, w, p := &r.pcap, r.w, &r.packet
	unread := w.buf[w.start:w.end]
	if len(unread) < pcapRecordLen {
		return nil
	}
	times, lengths := binary.LittleEndian.Uint64(unread), binary.LittleEndian.Uint64(unread[8:])
	rec := pcapRecord{uint32(times), uint32(times >> 32), uint32(lengths), uint32(lengths >> 32)}
	total := pcapRecordLen + int(rec.caplen)
	if rec.caplen > f.maxCaplen || total > len(unread) {
		return nil
	}
	p.Data, p.WireLen = unread[pcapRecordLen:total:total], rec.wireLen
	p.Timestamp, p.Carry = f.nanoseconds(&rec), f.carry(&rec)
	p.Number++
	p.Offset = w.offset
	w.skip(total)
	return p
}

// nextPcap reads the next record; io.EOF at the end of the file.
func (r *Reader) nextPcap() (*Packet, error) {
	f := &r.pcap
	if len(r.over) > 0 {
		if err := r.overDue(); err != nil {
			return nil, err
		}
	}
	offset, number := r.w.offset, r.packet.Number+1
	header := r.w.peek(f.headerLen)
	if len(header) < f.headerLen {
		return nil, r.cut(number, offset, "record header", len(header), f.headerLen)
	}
	rec := f.record(header)
	if rec.caplen > f.maxCaplen {
		return nil, tooLong(number, offset, rec.caplen, f.maxCaplen)
	}
	total := f.headerLen + int(rec.caplen)
	whole := r.w.peek(total)
	if len(whole) < total {
		return nil, r.cut(number, offset, "packet", len(whole)-f.headerLen, int(rec.caplen))
	}
	return r.takePcap(&rec, whole[f.headerLen:total:total])
}

// takePcap makes a record, which is in the window, the reader's packet.
func (r *Reader) takePcap(rec *pcapRecord, data []byte) (*Packet, error) {
	f, p := &r.pcap, &r.packet // of which the other fields stay as they are
	p.Data, p.WireLen = data, rec.wireLen
	p.Timestamp, p.Carry = f.nanoseconds(rec), f.carry(rec)
	p.Number++
	p.Offset = r.w.offset
	r.w.skip(f.headerLen + len(data))
	if f.iface.Swapped {
		return r.deliver(&f.iface)
	}
	return p, nil
}
