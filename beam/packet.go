package bpfcbeam

import (
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// Packet is a packet of an archive. It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	File     string
	Number   int64 // in the file, from 1
	Time     int64 // nanoseconds since 1970-01-01 UTC
	LinkType int32 // DLT_ number
	Snaplen  int64 // bytes, of the interface
	WireLen  int64 // bytes on the wire
	Data     []byte
}

// Dead is a file that could not be read, or not to its end. It is a value, and so safe for concurrent use.
type Dead struct {
	File   string
	Reason string
}

// Piece is a part of a file that one worker reads: bytes From up to To of a pcap file that is not compressed, or with To 0 all of
// a file. It is a value, and so safe for concurrent use.
type Piece struct {
	File     string
	From, To int64
	First    int64 // number of its first packet, from 1
}

func init() {
	for _, t := range []any{Packet{}, Dead{}, Piece{}} {
		beam.RegisterType(reflect.TypeOf(t))
	}
}

// before orders packets by time, and those of one time by file and number, so that there is one order.
func (p *Packet) before(q *Packet) bool {
	switch {
	case p.Time != q.Time:
		return p.Time < q.Time
	case p.File != q.File:
		return p.File < q.File
	}
	return p.Number < q.Number
}
