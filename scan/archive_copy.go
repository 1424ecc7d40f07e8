package scan

import (
	"bytes"
	"context"
	"errors"
	"io"

	"bpfc/capture"
)

// Copy writes the packets that match to one file, in the order of Inputs, and tells how many they are. As pcap, see
// [Description.Options], all packets are of one link-layer type. As pcapng each file read becomes a section of its own, so
// that interfaces are kept apart and nothing is lost but the packets that do not match.
func (a *Archive) Copy(ctx context.Context, dst io.Writer, pcapng bool) (n uint64, err error) {
	d, err := a.Describe(ctx)
	if err != nil {
		return 0, err
	}
	if o := d.Options(pcapng); o.Format == capture.Pcap {
		return a.copyPcap(ctx, dst, o)
	}
	return a.copySections(ctx, dst)
}

func (a *Archive) copyPcap(ctx context.Context, dst io.Writer, o capture.WriterOptions) (n uint64, err error) {
	w, err := capture.NewCopier(dst, o)
	if err != nil {
		a.closeKept()
		return 0, err
	}
	n, err = run(ctx, a, func(_ int, s *Scanner, put func(*bundle, int64) error) (uint64, error) {
		return s.records(o, put)
	}, func(_ int, b *bundle) error {
		defer b.free()
		return w.WriteRecords(b.buf)
	})
	return n, errors.Join(err, w.Close())
}

// records hands on the packets that match as records of a pcap file.
func (s *Scanner) records(o capture.WriterOptions, put func(*bundle, int64) error) (matches uint64, err error) {
	out := bundles.Get().(*bundle)
	flush := func() error {
		if len(out.buf) == 0 {
			return nil
		}
		whole := out
		out = bundles.Get().(*bundle)
		return put(whole, int64(cap(whole.buf)))
	}
	err = s.Batches(func(b *capture.Batch) error {
		if err := ofType(b, o.First); err != nil {
			return err
		}
		matches += uint64(b.Compact(o.Nanosecond))
		s.report(b.End, b.First+uint64(len(b.Records))-1, matches)
		if n := len(b.Accepted); n > cap(out.buf)-len(out.buf) {
			if err := flush(); err != nil {
				return err
			}
			if n > cap(out.buf) {
				out.buf = make([]byte, 0, n)
			}
		}
		out.buf = append(out.buf, b.Accepted...)
		return nil
	})
	if errors.Is(err, errStopped) {
		return matches, err
	}
	if e := flush(); e != nil {
		return matches, e
	}
	return matches, err
}

// ofType checks that what matches is of the link-layer type of the file that is written.
func ofType(b *capture.Batch, to *capture.Interface) error {
	for i := range b.Interfaces {
		if b.Interfaces[i].LinkType == to.LinkType {
			continue
		}
		for k, v := range b.Verdicts {
			if v != 0 && int(b.Records[k].Interface) == i {
				return &capture.MixedTypesError{Packet: b.First + uint64(k), Type: b.Interfaces[i].LinkType, File: to.LinkType}
			}
		}
	}
	return nil
}

func (a *Archive) copySections(ctx context.Context, dst io.Writer) (n uint64, err error) {
	a.visits = true // each has its section
	return run(ctx, a, func(_ int, s *Scanner, put func(*bundle, int64) error) (uint64, error) {
		o := s.Reader().CopyOptions(true)
		o.Whole = true
		c, err := capture.NewCopier(blockWriter(put), o)
		if err != nil {
			return 0, err
		}
		n, err := s.CopyTo(c)
		if errors.Is(err, errStopped) {
			return n, err
		}
		return n, errors.Join(c.Close(), err)
	}, func(_ int, b *bundle) error {
		n, err := dst.Write(b.buf)
		if err != nil {
			capture.CutBack(dst, n) // the file ends with a whole block
		}
		return err
	})
}

// blockWriter hands on what is written, which are whole blocks, as a bundle.
type blockWriter func(b *bundle, size int64) error

func (put blockWriter) Write(data []byte) (int, error) {
	b := &bundle{buf: bytes.Clone(data)}
	if err := put(b, b.size()); err != nil {
		return 0, err
	}
	return len(data), nil
}

// CopyEach writes the packets of each file that match to a file of its own. create gives the place for a file that was opened;
// it is called by several goroutines. Finish ends that place: whole tells whether it has everything that there is to have,
// which is also so where the file read is damaged.
//
// The files are pcapng if pcapng is set or the one read is.
func (a *Archive) CopyEach(ctx context.Context, pcapng bool, create func(in Input, r *capture.Reader) (Output, error)) (total uint64, err error) {
	a.visits = true
	total, err = run(ctx, a, func(i int, s *Scanner, _ func(nothing, int64) error) (n uint64, err error) {
		out, err := create(a.Inputs[i], s.Reader())
		if err != nil {
			return 0, &outputFault{err}
		}
		n, err, written := s.copyAs(out, pcapng)
		whole := written == nil && (err == nil || ofFile(err))
		if written = errors.Join(written, out.Finish(whole)); written != nil {
			return n, &outputFault{written}
		}
		return n, err
	}, takeNothing)
	var fault *outputFault
	if errors.As(err, &fault) {
		err = fault.err
	}
	return total, err
}

// Output is a place to write a capture file to. It is used by one goroutine and need not be safe for concurrent use.
type Output interface {
	Write(b []byte) (int, error)
	// Finish is called once, at the end. If the file is not whole it is better removed.
	Finish(whole bool) error
}

// outputFault is an error of a file that is written. It may well be of the same types as one of reading.
type outputFault struct{ err error }

func (e *outputFault) Error() string { return e.err.Error() }
