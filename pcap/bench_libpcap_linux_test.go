//go:build libpcap

package pcap_test

import (
	"testing"
	"time"

	"bpfc/capture"
	"bpfc/internal/netns"
)

// BenchmarkLive sends packets in bursts, and has each read. The sending is in the time of both.
func BenchmarkLive(b *testing.B) {
	const burst = 500
	frames := make([][]byte, burst)
	for i := range frames {
		frames[i] = udp(b, uint16(i), 53, 200)
	}
	for _, p := range packages {
		b.Run(p.name, func(b *testing.B) {
			netns.Veth(b) // each benchmark is a goroutine of its own
			h, err := p.live("right")
			if err != nil {
				b.Fatal(err)
			}
			defer h.Close()
			s, err := capture.OpenSender("left")
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			bursts := 0
			var reading time.Duration
			for b.Loop() {
				if _, err := s.Send(frames...); err != nil {
					b.Fatal(err)
				}
				bursts++
				if _, _, err := h.ReadPacketData(); err != nil { // waits until the kernel hands the burst over
					b.Fatal(err)
				}
				start := time.Now()
				for range burst - 1 {
					if _, _, err := h.ReadPacketData(); err != nil {
						b.Fatal(err)
					}
				}
				reading += time.Since(start)
			}
			b.ReportMetric(float64(reading.Nanoseconds())/float64(bursts)/(burst-1), "ns/packet")
		})
	}
}
