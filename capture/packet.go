package capture

import (
	"encoding/binary"

	"bpfc/linktype"
)

// MaxSnaplen is the largest snapshot length in bytes that is accepted for
// most link-layer types, libpcap's MAXIMUM_SNAPLEN.
const MaxSnaplen = 262144

// maxSnaplenOf has the link-layer types whose packets may be longer than
// MaxSnaplen, as in libpcap's max_snaplen_for_dlt.
var maxSnaplenOf = map[linktype.Type]uint32{
	linktype.DBUS:              128 << 20,
	linktype.USB_LINUX:         128 << 20,
	linktype.USB_LINUX_MMAPPED: 128 << 20,
	linktype.EBHSCR:            8 << 20,
	linktype.USBPCAP:           1 << 20,
}

// MaxCapturedLength gives the largest captured length in bytes that is
// accepted for packets of a link-layer type.
func MaxCapturedLength(link linktype.Type) uint32 {
	if n, ok := maxSnaplenOf[link]; ok {
		return n
	}
	return MaxSnaplen
}

// adjustSnaplen turns the snapshot length of a file header into the one that
// holds: 0 and values that are no int32 stand for "no limit".
func adjustSnaplen(link linktype.Type, snaplen uint32) uint32 {
	if snaplen == 0 || snaplen > 1<<31-1 {
		return MaxCapturedLength(link)
	}
	return snaplen
}

// Packet is one captured packet. Data belongs to whoever delivered the packet
// and is valid until the next one is asked for.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	Data      []byte // the captured bytes; len(Data) is the captured length
	WireLen   uint32 // length in bytes on the wire
	Interface int    // index into Interfaces of the reader or handle
	Timestamp int64  // nanoseconds since 1970-01-01 UTC; 0 where the file has none; see [Reader.TimesOutOfRange]
	Number    uint64 // 1 for the first packet of the file or capture
	Offset    int64  // byte offset of the record or block in the file
	// Carry is how many seconds of Timestamp the record of a pcap file counts in its fraction of a second, which is
	// invalid where there are any.
	Carry uint16

	block []byte // the pcapng block it comes from, for Writer.CopyPacket
}

// Detached gives the packet with other memory for its data, as one that can be kept: without its block of a pcapng file, so
// that [Writer.CopyPacket] does not take it.
func (p *Packet) Detached(data []byte) Packet {
	q := *p
	q.Data, q.block = data, nil
	return q
}

// Interface describes where packets of a capture come from: in a pcap file
// there is one, in pcapng one for each Interface Description Block, counted
// through all sections.
// It is safe for concurrent use as long as nobody changes it.
type Interface struct {
	LinkType    linktype.Type // by its DLT_ number, as everywhere; files have another number for a few, see linktype.FromFile
	Snaplen     uint32        // snapshot length in bytes; "no limit" is given as MaxCapturedLength
	FCSLen      int           // bytes of frame check sequence at the end of each packet; -1 unknown; written if more than 0
	TimeZone    int32         // pcap's thiszone: seconds; read and written, but times are UTC whatever it says
	Accuracy    uint32        // pcap's sigfigs: accuracy of the time stamps; read and written only
	Swapped     bool          // stored in the byte order that is not this host's
	Name        string        // "" where the file does not tell
	Description string        // "" where the file does not tell

	tsResol  uint8  // as if_tsresol: a power of ten, or of two if the top bit is set
	tsOffset int64  // seconds to add
	linkBits uint32 // of pcap's link-layer type field, those above the type
	fileType uint16 // the link-layer type's number in the file read, 0 where there is none
	declared uint32 // the snapshot length as the file has it
}

// fileNumber is the number by which a file has the link-layer type. A few have two (RAW is 101, and 12 from programs that
// wrote the number of their system): what was read is kept.
func (i *Interface) fileNumber() uint16 {
	if i.fileType != 0 && linktype.FromFile(i.fileType) == i.LinkType {
		return i.fileType
	}
	return i.LinkType.FileNumber()
}

// NanosecondTimestamps tells whether time stamps are finer than microseconds.
func (i *Interface) NanosecondTimestamps() bool {
	if i.tsResol&0x80 != 0 {
		return i.tsResol&0x7f > 19
	}
	return i.tsResol > 6
}

// hostIsBigEndian: the byte order of this machine.
var hostIsBigEndian = binary.NativeEndian.Uint16([]byte{1, 0}) != 1
