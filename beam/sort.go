package bpfcbeam

import (
	"bufio"
	"encoding/gob"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
)

// sorter sorts packets in bounded memory: runs of up to limit bytes are sorted and go to temporary files, which are merged.
type sorter struct {
	limit   int
	packets []Packet
	bytes   int
	runs    []*os.File
}

// packetOverhead is about what a packet takes beside its data, in bytes.
const packetOverhead = 128

func (s *sorter) add(p Packet) error {
	s.packets = append(s.packets, p)
	if s.bytes += len(p.Data) + packetOverhead; s.bytes < s.limit {
		return nil
	}
	return s.spill()
}

func (s *sorter) sort() {
	slices.SortFunc(s.packets, func(a, b Packet) int {
		switch {
		case a.before(&b):
			return -1
		case b.before(&a):
			return 1
		}
		return 0
	})
}

// spill writes what is in memory to a temporary file.
func (s *sorter) spill() error {
	s.sort()
	file, err := os.CreateTemp("", "bpfc-beam-*")
	if err != nil {
		return err
	}
	s.runs = append(s.runs, file)
	w := bufio.NewWriterSize(file, 256<<10)
	e := gob.NewEncoder(w)
	for i := range s.packets {
		if err := e.Encode(&s.packets[i]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	s.packets, s.bytes = s.packets[:0], 0
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// run is one sorted sequence.
type run struct {
	next func() (Packet, error) // io.EOF at the end
	head Packet
}

// sorted gives all packets in order.
func (s *sorter) sorted() iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		var runs []*run
		for _, file := range s.runs {
			d := gob.NewDecoder(bufio.NewReaderSize(file, 64<<10))
			runs = append(runs, &run{next: func() (p Packet, err error) { err = d.Decode(&p); return p, err }})
		}
		s.sort()
		at := 0
		runs = append(runs, &run{next: func() (Packet, error) {
			if at == len(s.packets) {
				return Packet{}, io.EOF
			}
			at++
			return s.packets[at-1], nil
		}})
		runs, err := advance(runs, runs...)
		for err == nil && len(runs) > 0 {
			first := runs[0]
			for _, r := range runs[1:] {
				if r.head.before(&first.head) {
					first = r
				}
			}
			if !yield(&first.head, nil) {
				return
			}
			runs, err = advance(runs, first)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// advance goes on in some of the runs, and leaves those out that have ended.
func advance(runs []*run, some ...*run) (left []*run, err error) {
	for _, r := range some {
		var e error
		r.head, e = r.next()
		if e == io.EOF {
			runs = slices.DeleteFunc(slices.Clone(runs), func(q *run) bool { return q == r })
		} else if e != nil {
			err = errors.Join(err, e)
		}
	}
	return runs, err
}

func (s *sorter) close() (err error) {
	for _, file := range s.runs {
		err = errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return err
}
