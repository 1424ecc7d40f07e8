package scan

import (
	"context"

	"bpfc/capture"
)

// Parts has a part made of each run of packets of an archive, by several goroutines, and hands the parts on in the order of the
// files and their packets: for counts that are added up. Part gets a batch with its verdicts, of which there may be fewer than
// records where the filter could not be compiled for one; it tells about how many bytes of memory the part takes. See
// [Archive] for files that are damaged; it tells how many packets match.
func Parts[T any](ctx context.Context, a *Archive, part func(b *capture.Batch) (T, int64), take func(T) error) (matches uint64, err error) {
	type made struct {
		part T
		size int64
	}
	return run(ctx, a, func(_ int, s *Scanner, put func(T, int64) error) (matches uint64, err error) {
		err = s.BatchesWith(func(b *capture.Batch) {
			p, size := part(b)
			b.Result = made{p, size}
		}, func(b *capture.Batch) error {
			for _, v := range b.Verdicts {
				if v != 0 {
					matches++
				}
			}
			s.report(b.End, b.First+uint64(len(b.Records))-1, matches)
			m := b.Result.(made)
			return put(m.part, m.size)
		})
		return matches, err
	}, func(_ int, p T) error { return take(p) })
}
