package capture

import "slices"

// Record is the place of one packet in a [Batch]. All are counts of bytes.
// It is safe for concurrent use as long as nobody changes it.
type Record struct {
	Offset    uint32 // where the packet starts in Batch.Buf
	CapLen    uint32 // captured length
	WireLen   uint32 // length on the wire
	Interface uint32 // index into Batch.Interfaces
}

// Batch is a run of packets in one piece of memory, in the order of the file.
// Everything in it belongs to the scan and is overwritten after delivery.
// It is for one goroutine at a time, and so not safe for concurrent use.
type Batch struct {
	Buf        []byte      // packets, with their record headers between them; to be read only
	Records    []Record    // where the packets are
	Verdicts   []uint32    // one for each record, for the work function to fill
	Interfaces []Interface // where the packets come from
	First      uint64      // number of the first packet in the file, from 1
	End        int64       // byte offset in the file of what follows the batch
	Accepted   []byte      // what Compact made
	Result     any         // what who works on a batch leaves for who takes it in its turn; it stays when the batch is used again

	format *pcapFormat // of the record headers in Buf
	own    []byte      // memory for Buf
	base   int64       // offset in the file of Buf[0], when read in parallel
	window int         // bytes of Buf in which the records begin, when read in parallel
	enters *Span       // what is passed over before it, when read in parallel; nil: nothing
	last   bool        // something is passed over behind it, when read in parallel
	shift  int64       // what to subtract from that for one in the stream
	have   int         // bytes of Buf that hold data, when read in parallel
	eof    bool        // Buf ends where the file ends
	err    error       // reading failed behind Buf[:have]
	ng     ngBatch     // of pcapng read in parallel
	stamps []stamp     // what TakeTimes took, one for each record; else empty
	late   uint64      // packets that Compact gave times modulo 2^32 seconds
}

// Data gives packet i.
func (b *Batch) Data(i int) []byte {
	r := &b.Records[i]
	return b.Buf[r.Offset : r.Offset+r.CapLen : r.Offset+r.CapLen]
}

// stamp is the time of a packet as [Packet] has it.
type stamp struct {
	time  int64
	carry uint16
}

// TakeTimes reads the times of all packets from their records, so that Timestamp and Packet do not look at these any more. That is for
// who works on a batch that another goroutine takes: its processor would have to fetch every record from the memory of this one.
func (b *Batch) TakeTimes() {
	if b.ng.on || b.format.wideTime {
		return // they were taken when the blocks were, or are to be had as they are
	}
	f := b.format
	b.stamps = slices.Grow(b.stamps[:0], len(b.Records))[:len(b.Records)]
	for i := range b.stamps {
		header := b.Buf[int(b.Records[i].Offset)-f.headerLen:]
		rec := pcapRecord{seconds: f.u32(header), fraction: f.u32(header[4:])} // as in every kind of pcap file
		b.stamps[i] = stamp{f.nanoseconds(&rec), f.carry(&rec)}
	}
}

// Timestamp gives the time of packet i in nanoseconds since 1970-01-01 UTC.
func (b *Batch) Timestamp(i int) int64 {
	if b.ng.on {
		return b.ng.places[i].time
	}
	if len(b.stamps) > 0 {
		return b.stamps[i].time
	}
	header := b.Buf[int(b.Records[i].Offset)-b.format.headerLen:]
	if b.format.wideTime {
		return int64(native.Uint64(header))
	}
	rec := b.format.record(header)
	return b.format.nanoseconds(&rec)
}

// Packet gives packet i in the form that [Writer.WritePacket] takes. Offset and
// Carry are filled in where [Reader.Parallel].
func (b *Batch) Packet(i int) (p Packet) {
	b.PacketTo(i, &p)
	return p
}

// PacketTo is Packet for who has a place for the packet, which takes one copy less. It must be an empty one, or one of this batch.
func (b *Batch) PacketTo(i int, p *Packet) {
	r := &b.Records[i]
	p.Data, p.WireLen, p.Interface, p.Number = b.Data(i), r.WireLen, int(r.Interface), b.First+uint64(i)
	at := int(r.Offset)
	switch {
	case b.ng.on:
		place := &b.ng.places[i]
		p.Timestamp, p.Offset, p.block = place.time, b.base-b.shift+int64(place.at), b.ng.block(i)
	case b.format.wideTime:
		p.Timestamp = b.Timestamp(i)
	case len(b.stamps) > 0:
		p.Timestamp, p.Carry, p.Offset = b.stamps[i].time, b.stamps[i].carry, b.base-b.shift+int64(at-b.format.headerLen)
	default:
		rec := b.format.record(b.Buf[at-b.format.headerLen:])
		p.Timestamp, p.Carry, p.Offset = b.format.nanoseconds(&rec), b.format.carry(&rec), b.base-b.shift+int64(at-b.format.headerLen)
	}
}

// Compact puts the records whose verdict is not 0 together, as records of a pcap
// file in the byte order of this host with micro- or nanosecond time stamps, and
// sets Accepted to them. Where the file already is in that form, whole runs are
// moved at once. Unless Buf is pcapng that happens in Buf itself; afterwards Buf and
// Records no longer fit together. It returns the number of accepted packets.
func (b *Batch) Compact(nanosecond bool) (accepted int) {
	b.late = 0
	if b.ng.on { // a record may begin where the block of one that is still to be read does
		b.ng.compact = slices.Grow(b.ng.compact[:0], len(b.Buf))
		return b.compactEach(b.ng.compact, nanosecond)
	}
	if b.format.verbatim(nanosecond) {
		return b.compactRuns()
	}
	return b.compactEach(b.Buf[:0], nanosecond)
}

// verbatim tells whether records need no change to go into a new file.
func (f *pcapFormat) verbatim(nanosecond bool) bool {
	return f.bigEndian == hostIsBigEndian && !f.modified && f.lengths == capturedFirst &&
		f.nanosecond == nanosecond && !f.wideTime
}

func (b *Batch) compactRuns() (accepted int) {
	to := 0
	for i := 0; i < len(b.Records); {
		if b.Verdicts[i] == 0 {
			i++
			continue
		}
		start := int(b.Records[i].Offset) - pcapRecordLen
		end := start
		for i < len(b.Records) && b.Verdicts[i] != 0 {
			end = int(b.Records[i].Offset + b.Records[i].CapLen)
			accepted++
			i++
		}
		if to == 0 && i == len(b.Records) { // one run
			b.Accepted = b.Buf[start:end]
			return accepted
		}
		to += copy(b.Buf[to:], b.Buf[start:end])
	}
	b.Accepted = b.Buf[:to]
	return accepted
}

// compactEach writes each header anew. A record only gets shorter, so what is
// written never reaches what is still to be read.
func (b *Batch) compactEach(out []byte, nanosecond bool) (accepted int) {
	for i := range b.Records {
		if b.Verdicts[i] != 0 {
			p := b.Packet(i)
			if uint64(p.Timestamp) >= pcapTimes {
				b.late++
			}
			out = appendRecord(out, &p, nanosecond)
			accepted++
		}
	}
	b.Accepted = out
	return accepted
}
