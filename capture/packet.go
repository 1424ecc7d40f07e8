package capture

import "encoding/binary"

// MaxSnaplen is the largest snapshot length in bytes that is accepted for
// most link-layer types, libpcap's MAXIMUM_SNAPLEN.
const MaxSnaplen = 262144

// LINKTYPE_ values that the reader itself has to know, from
// https://www.tcpdump.org/linktypes.html.
const (
	linktypeEthernet        = 1
	linktypeLinuxSLL        = 113
	linktypeUSBLinux        = 189
	linktypeUSBLinuxMmapped = 220
	linktypeDBus            = 231
	linktypeNFLOG           = 239
	linktypeUSBPcap         = 249
	linktypeEBHSCR          = 279
)

// maxSnaplenOf has the link-layer types whose packets may be longer than
// MaxSnaplen, as in libpcap's max_snaplen_for_dlt.
var maxSnaplenOf = map[uint32]uint32{
	linktypeDBus:            128 << 20,
	linktypeUSBLinux:        128 << 20,
	linktypeUSBLinuxMmapped: 128 << 20,
	linktypeEBHSCR:          8 << 20,
	linktypeUSBPcap:         1 << 20,
}

// MaxCapturedLength gives the largest captured length in bytes that is
// accepted for packets of a LINKTYPE_ value.
func MaxCapturedLength(linktype uint32) uint32 {
	if n, ok := maxSnaplenOf[linktype]; ok {
		return n
	}
	return MaxSnaplen
}

// adjustSnaplen turns the snapshot length of a file header into the one that
// holds: 0 and values that are no int32 stand for "no limit".
func adjustSnaplen(linktype, snaplen uint32) uint32 {
	if snaplen == 0 || snaplen > 1<<31-1 {
		return MaxCapturedLength(linktype)
	}
	return snaplen
}

// Packet is one captured packet. Data belongs to whoever delivered the packet
// and is valid until the next one is asked for.
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

// Interface describes where packets of a capture come from: in a pcap file
// there is one, in pcapng one for each Interface Description Block, counted
// through all sections.
type Interface struct {
	LinkType    uint32 // LINKTYPE_ value, 16 bits
	Snaplen     uint32 // snapshot length in bytes; "no limit" is given as MaxCapturedLength
	FCSLen      int    // bytes of frame check sequence at the end of each packet; -1 unknown; written if more than 0
	TimeZone    int32  // pcap's thiszone: seconds; read and written, but times are UTC whatever it says
	Accuracy    uint32 // pcap's sigfigs: accuracy of the time stamps; read and written only
	Swapped     bool   // stored in the byte order that is not this host's
	Name        string // "" where the file does not tell
	Description string // "" where the file does not tell

	tsResol  uint8  // as if_tsresol: a power of ten, or of two if the top bit is set
	tsOffset int64  // seconds to add
	linkBits uint32 // of pcap's link-layer type field, those above the type
	declared uint32 // the snapshot length as the file has it
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
