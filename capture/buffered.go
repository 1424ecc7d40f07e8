package capture

// bufferedSource reads a pcap file that comes as a stream, decompressed or from a pipe, in batches: what is in the
// reader's window becomes a batch as a whole, and the window goes on in another buffer with the record that was cut.
type bufferedSource struct {
	streamSource
}

// walk makes a batch of the whole records that are there, waiting for more only where there is none.
func (s *bufferedSource) walk(b *Batch) error {
	r := s.r
	err := r.overDue()
	b.Interfaces, b.format, b.First = r.ifaces, &r.pcap, r.packet.Number+1
	if err != nil {
		b.End = r.Offset()
		return err
	}
	for !r.waits() && r.w.end-r.w.start < s.size && r.w.err == nil {
		r.w.fill(s.size)
	}
	b.have, b.base, b.shift = r.w.end-r.w.start, r.w.offset, 0
	if len(r.over) > 0 {
		b.have = int(min(int64(b.have), r.over[0].From-b.base))
	}
	b.Buf = r.w.buf[r.w.start : r.w.start+b.have]
	at := r.pcap.walkWhole(b)
	if at == 0 { // nothing that is whole: Next reads on, or knows what is wrong
		return s.walkOne(b)
	}
	s.take(b, at)
	r.pcap.swapPseudoHeaders(b)
	b.End = r.Offset()
	return nil
}

// walkOne makes a batch of the next record.
func (s *bufferedSource) walkOne(b *Batch) error {
	r := s.r
	p, err := r.Next()
	if err != nil {
		b.End = r.Offset()
		return err
	}
	length := r.pcap.headerLen + len(p.Data)
	r.w.start, r.w.offset = r.w.start-length, r.w.offset-int64(length)
	b.Buf, b.have, b.base = r.w.buf[r.w.start:r.w.end], length, r.w.offset
	b.Records = append(b.Records, Record{Offset: uint32(r.pcap.headerLen), CapLen: uint32(len(p.Data)), WireLen: p.WireLen})
	r.packet.Number-- // take counts it
	s.take(b, length)
	b.End = r.Offset()
	return nil
}

// take gives the batch the first bytes of the window, with the buffer that they are in.
func (s *bufferedSource) take(b *Batch, n int) {
	w := s.r.w
	spare := b.own
	if len(spare) < len(w.buf) {
		spare = make([]byte, len(w.buf))
	}
	left := copy(spare, w.buf[w.start+n:w.end])
	b.Buf, b.have = w.buf[w.start:w.start+n:w.start+n], n
	b.own, w.buf, w.start, w.end = w.buf, spare, 0, left
	w.offset += int64(n)
	s.r.packet.Number += uint64(len(b.Records))
}

// walkWhole adds the records that lie wholly in Buf, up to the first that does not or that is not to be believed. It returns
// where it stopped.
func (f *pcapFormat) walkWhole(b *Batch) (at int) {
	if f.plain() {
		return f.walkPlain(b, 0, b.have)
	}
	for b.have-at >= f.headerLen {
		rec := f.record(b.Buf[at:])
		data := at + f.headerLen
		if rec.caplen > f.maxCaplen || int(rec.caplen) > b.have-data {
			break
		}
		b.Records = append(b.Records, Record{Offset: uint32(data), CapLen: rec.caplen, WireLen: rec.wireLen})
		at = data + int(rec.caplen)
	}
	return at
}

// waits tells whether reading more may have to wait for somebody who writes.
func (r *Reader) waits() bool {
	_, regular := isRegular(r.file)
	return !regular
}
