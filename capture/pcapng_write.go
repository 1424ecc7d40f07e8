package capture

import (
	"errors"
	"fmt"
	"time"
)

// sectionHeader appends a Section Header Block of unknown length.
func (w *Writer) sectionHeader() error {
	return w.block(blockSection, func(b []byte) []byte {
		b = native.AppendUint32(b, ngByteOrderMagic)
		b = native.AppendUint16(b, 1)
		b = native.AppendUint16(b, 0)
		return native.AppendUint64(b, 1<<64-1)
	})
}

// block appends a block around the body that fill appends.
func (w *Writer) block(kind uint32, fill func([]byte) []byte) error {
	start := len(w.buf)
	b := native.AppendUint32(w.buf, kind)
	b = native.AppendUint32(b, 0) // the length, known below
	b = pad4(fill(b), start)
	total := uint32(len(b) - start + 4)
	native.PutUint32(b[start+4:], total)
	w.buf = native.AppendUint32(b, total)
	return w.recordDone()
}

// pad4 fills up to a multiple of four bytes after start.
func pad4(b []byte, start int) []byte {
	for (len(b)-start)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	b = native.AppendUint16(b, code)
	b = native.AppendUint16(b, uint16(len(value)))
	start := len(b)
	return pad4(append(b, value...), start)
}

// AddInterface describes a further interface of a pcapng file and gives the
// number for [Packet].Interface. Time stamps are written in nanoseconds.
func (w *Writer) AddInterface(i Interface) (int, error) {
	if w.format != Pcapng {
		return 0, fmt.Errorf("a %v file has one interface only", w.format)
	}
	if w.copied != nil {
		return 0, errCopies
	}
	if w.err != nil {
		return 0, w.err
	}
	snaplen := w.declare(i.Snaplen, i.LinkType, w.Size()+12)
	err := w.block(blockInterface, func(b []byte) []byte {
		b = native.AppendUint16(b, i.fileNumber())
		b = native.AppendUint16(b, 0)
		b = native.AppendUint32(b, snaplen)
		if i.Name != "" {
			b = appendOption(b, optionName, []byte(i.Name[:min(len(i.Name), ngMaxName)]))
		}
		if i.Description != "" {
			b = appendOption(b, optionDescription, []byte(i.Description[:min(len(i.Description), ngMaxName)]))
		}
		b = appendOption(b, optionTsResol, []byte{9})
		if i.TimeZone != 0 {
			b = appendOption(b, optionTimeZone, native.AppendUint32(nil, uint32(i.TimeZone)))
		}
		if bits := 8 * i.FCSLen; bits > 0 && bits < 256 {
			b = appendOption(b, optionFCSLen, []byte{byte(bits)})
		}
		return appendOption(b, optionEnd, nil)
	})
	return len(w.snaplens) - 1, err
}

// errCopies: the blocks of a copy come from the file copied.
var errCopies = errors.New("this file is a copy of another: it takes that one's packets only, by CopyPacket")

// enhancedPacket appends an Enhanced Packet Block without options.
func (w *Writer) enhancedPacket(p *Packet) {
	start := len(w.buf)
	total := uint32(32 + (len(p.Data)+3)&^3)
	b := native.AppendUint32(w.buf, blockEnhanced)
	b = native.AppendUint32(b, total)
	b = native.AppendUint32(b, uint32(p.Interface))
	if p.Timestamp < 0 {
		w.odd++ // times before 1970 have no form here
	}
	stamp := uint64(max(p.Timestamp, 0))
	b = native.AppendUint32(b, uint32(stamp>>32))
	b = native.AppendUint32(b, uint32(stamp))
	b = native.AppendUint32(b, uint32(len(p.Data)))
	b = native.AppendUint32(b, p.WireLen)
	b = pad4(append(b, p.Data...), start)
	w.buf = native.AppendUint32(b, total)
}

// Options of an Interface Statistics Block.
const (
	optionStatsReceived = 4
	optionStatsDropped  = 5
)

// WriteStats appends an Interface Statistics Block to a pcapng file: how many
// packets an interface received and how many the system dropped. A pcap file
// has no place for them, and nothing is written.
func (w *Writer) WriteStats(iface int, at time.Time, received, dropped uint64) error {
	if w.format != Pcapng || w.err != nil {
		return w.err
	}
	if w.copied != nil {
		return errCopies
	}
	return w.block(blockStats, func(b []byte) []byte {
		b = native.AppendUint32(b, uint32(iface))
		stamp := uint64(max(at.UnixNano(), 0))
		b = native.AppendUint32(b, uint32(stamp>>32))
		b = native.AppendUint32(b, uint32(stamp))
		b = appendOption(b, optionStatsReceived, native.AppendUint64(nil, received))
		b = appendOption(b, optionStatsDropped, native.AppendUint64(nil, dropped))
		return appendOption(b, optionEnd, nil)
	})
}
