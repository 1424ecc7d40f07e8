package scan_test

import (
	"context"
	"io"
	"testing"

	"bpfc/capture"
	"bpfc/scan"
)

// The time for a packet of the file: 200,000 of 760 bytes on average, of which a tenth or all match.
func BenchmarkScan(b *testing.B) {
	const packets = 200_000
	path := file(b, capture.Pcap, packets)
	ctx := context.Background()
	for _, filter := range []string{"udp dst port 3", "udp"} {
		for _, c := range []struct {
			name string
			run  func() (uint64, error)
		}{
			{"packets", func() (n uint64, err error) {
				for _, err := range scan.Packets(ctx, path, filter) {
					if err != nil {
						return n, err
					}
					n++
				}
				return n, nil
			}},
			{"count", func() (uint64, error) { return scan.Count(ctx, path, filter) }},
			{"copy", func() (uint64, error) { return scan.Copy(ctx, io.Discard, path, filter) }},
		} {
			b.Run(c.name+" of "+filter, func(b *testing.B) {
				for b.Loop() {
					if n, err := c.run(); err != nil || n == 0 {
						b.Fatal(n, err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
			})
		}
	}
}
