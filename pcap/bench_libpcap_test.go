//go:build libpcap

package pcap_test

import (
	"io"
	"runtime"
	"testing"
	"time"

	original "github.com/google/gopacket/pcap"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc/pcap"
	"bpfc/scan"
)

// The two packages side by side:
//
//	go test -tags libpcap -run '^$' -bench . ./pcap
//
// Each benchmark is about one packet, or one filter compiled.

// reader is a handle of either package.
type reader interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	ZeroCopyReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	SetBPFFilter(string) error
	Close()
}

// matcher is a BPF of either package.
type matcher interface {
	Matches(gopacket.CaptureInfo, []byte) bool
}

// packages are the two packages under test. The original comes first: package pcap leaves headroom for the collector behind it, which it would
// have, too.
var packages = []struct {
	name    string
	offline func(string) (reader, error)
	live    func(string) (reader, error)
	newBPF  func(string) (matcher, error)
	compile func(string) error
}{
	{"gopacket",
		func(path string) (reader, error) { return original.OpenOffline(path) },
		func(device string) (reader, error) { return original.OpenLive(device, 65535, true, time.Second) },
		func(filter string) (matcher, error) { return original.NewBPF(layers.LinkTypeEthernet, 65535, filter) },
		func(filter string) error {
			_, err := original.CompileBPFFilter(layers.LinkTypeEthernet, 65535, filter)
			return err
		}},
	{"bpfc",
		func(path string) (reader, error) { return pcap.OpenOffline(path) },
		func(device string) (reader, error) { return pcap.OpenLive(device, 65535, true, time.Second) },
		func(filter string) (matcher, error) { return pcap.NewBPF(layers.LinkTypeEthernet, 65535, filter) },
		func(filter string) error {
			_, err := pcap.CompileBPFFilter(layers.LinkTypeEthernet, 65535, filter)
			return err
		}},
}

// mixed is a file of packets from 60 to 1,500 bytes.
func mixed(b *testing.B, n int) string {
	var packets [][]byte
	for i := range n {
		size := 18
		switch i % 4 {
		case 1:
			size = 500
		case 2:
			size = 1458
		}
		packets = append(packets, udp(b, uint16(i), 53, size))
	}
	return write(b, pcapFile(micro, 65535, 1, packets...))
}

// benchmarkFile is about one read of a file. What read gets from the handle it leaves where it is: to hand it on would be to copy 96 bytes each time.
func benchmarkFile(b *testing.B, filter string, read func(reader) error) {
	path := mixed(b, 10_000)
	runtime.GC() // what it took to make the file is not what is measured
	for _, p := range packages {
		b.Run(p.name, func(b *testing.B) {
			open := func() reader {
				h, err := p.offline(path)
				if err == nil {
					err = h.SetBPFFilter(filter)
				}
				if err != nil {
					b.Fatal(err)
				}
				return h
			}
			h := open()
			b.ReportAllocs()
			for b.Loop() {
				if err := read(h); err == io.EOF {
					h.Close()
					h = open()
				} else if err != nil {
					b.Fatal(err)
				}
			}
			h.Close()
		})
	}
}

func readCopy(r reader) error {
	_, _, err := r.ReadPacketData()
	return err
}

func readInPlace(r reader) error {
	_, _, err := r.ZeroCopyReadPacketData()
	return err
}

func BenchmarkReadPacketData(b *testing.B)         { benchmarkFile(b, "", readCopy) }
func BenchmarkZeroCopyReadPacketData(b *testing.B) { benchmarkFile(b, "", readInPlace) }
func BenchmarkZeroCopyFilter(b *testing.B)         { benchmarkFile(b, "udp port 53", readInPlace) }

// BenchmarkScan is about a packet of a file that is filtered: by package scan, and by a loop of reads behind SetBPFFilter. The first
// filter takes every packet, the second none.
func BenchmarkScan(b *testing.B) {
	const packets = 200_000
	path := mixed(b, packets)
	loop := func(h reader, err error, filter string) (n uint64, _ error) {
		if err != nil {
			return 0, err
		}
		defer h.Close()
		if err := h.SetBPFFilter(filter); err != nil {
			return 0, err
		}
		for {
			if _, _, err := h.ReadPacketData(); err == io.EOF {
				return n, nil
			} else if err != nil {
				return n, err
			}
			n++
		}
	}
	for name, c := range map[string]struct {
		filter string
		want   uint64
	}{"all": {"udp port 53", packets}, "none": {"tcp port 53", 0}} {
		ways := map[string]func() (uint64, error){
			"scan": func() (n uint64, err error) {
				for _, err := range scan.Packets(b.Context(), path, c.filter) {
					if err != nil {
						return n, err
					}
					n++
				}
				return n, nil
			},
			"scan-count": func() (uint64, error) { return scan.Count(b.Context(), path, c.filter) },
		}
		for _, p := range packages {
			ways[p.name] = func() (uint64, error) {
				h, err := p.offline(path)
				return loop(h, err, c.filter)
			}
		}
		for way, run := range ways {
			b.Run(name+"/"+way, func(b *testing.B) {
				for b.Loop() {
					if n, err := run(); err != nil || n != c.want {
						b.Fatal(n, err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
			})
		}
	}
}

func BenchmarkMatches(b *testing.B) {
	packet := tcp(b, 1, true, "")
	ci := gopacket.CaptureInfo{CaptureLength: len(packet), Length: len(packet), Timestamp: time.Now()}
	for _, p := range packages {
		b.Run(p.name, func(b *testing.B) {
			m, err := p.newBPF("ip and tcp and port 80")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if !m.Matches(ci, packet) {
					b.Fatal("it does not match")
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, filter := range map[string]string{"short": "tcp port 80", "long": "net 10.0.0.0/8 and (tcp port 80 or 443 or udp port 53) and not host 10.1.2.3"} {
		for _, p := range packages {
			b.Run(name+"/"+p.name, func(b *testing.B) {
				for b.Loop() {
					if err := p.compile(filter); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
