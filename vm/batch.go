package vm

// Span is where a packet lies in a buffer of many: a capture file, a block of a
// ring.
// It is safe for concurrent use as long as nobody changes it.
type Span struct {
	Off     uint32 // of its first byte, in bytes from the start of the buffer
	CapLen  uint32 // bytes captured
	WireLen uint32 // its length on the wire, in bytes
}

// MatchBatch runs the program on each of pkts; see [Matcher].
func (m *VM) MatchBatch(pkts [][]byte, wireLens, verdicts []uint32) {
	wireLens, verdicts = wireLens[:len(pkts)], verdicts[:len(pkts)]
	for i, pkt := range pkts {
		verdicts[i] = m.RunMeta(pkt, wireLens[i], nil)
	}
}

// MatchBuffer runs the program on the packets that spans finds in buf; see [Matcher].
func (m *VM) MatchBuffer(buf []byte, spans []Span, verdicts []uint32) {
	verdicts = verdicts[:len(spans)]
	for i, s := range spans {
		pkt := buf[s.Off : uint64(s.Off)+uint64(s.CapLen)]
		verdicts[i] = m.RunMeta(pkt, s.WireLen, nil)
	}
}
