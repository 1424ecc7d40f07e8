package scan

import (
	"context"
	"errors"
	"io"

	"bpfc"
	"bpfc/capture"
)

// Copy opens a capture file and writes the packets that match to dst, as a file of the same format, and tells how many they
// are. From pcapng nothing is lost but the packets that do not match. Where there is an error, dst has what came before it.
func Copy(ctx context.Context, dst io.Writer, path, filter string, opts ...bpfc.Option) (n uint64, err error) {
	s, err := Open(ctx, path, filter, opts...)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Copy(dst)
}

// Copy reads the rest of the file and writes the packets that match to dst, see the function of that name.
func (s *Scanner) Copy(dst io.Writer) (n uint64, err error) {
	n, err, written := s.copyAs(dst, false)
	return n, errors.Join(err, written)
}

// copyAs tells an error of the file written apart, whatever the other error is.
func (s *Scanner) copyAs(dst io.Writer, pcapng bool) (n uint64, err, written error) {
	c, err := capture.NewCopier(dst, s.r.CopyOptions(pcapng || s.r.Format() == capture.Pcapng))
	if err != nil {
		return 0, nil, err
	}
	n, err = s.CopyTo(c)
	return n, err, c.Close()
}

// CopyTo reads the rest of the file and writes the packets that match, and tells how many they are. The copier is for packets
// of this file: see [capture.Reader.CopyOptions]. It is not closed. While a pipe is waited for, what was copied is flushed, so
// that who reads the output need not wait as well.
func (s *Scanner) CopyTo(c *capture.Copier) (n uint64, err error) {
	if s.r.Format() == capture.Pcapng && !s.r.Parallel() { // packet by packet, with what a block says beside the packet
		s.r.BeforeWait(func() { _ = c.Flush() }) // an error stays in the writer
		for p, err := range s.Packets() {
			if err == nil {
				n++
				err = c.Copy(&p.Packet, p.From)
			}
			if err != nil {
				return n, err
			}
		}
		return n, nil
	}
	err = s.scan(s.ctx, capture.ScanOptions{CopiesBlocks: c.TakesBlocks()}, nil, func(b *capture.Batch) error {
		s.report(b.End, b.First+uint64(len(b.Records))-1, n)
		copied, err := c.CopyBatch(b)
		n += uint64(copied)
		return err
	})
	return n, err
}
