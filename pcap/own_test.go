//go:build !libpcap

package pcap_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc"
	"bpfc/diag"
	"bpfc/pcap"
)

// After Close every method returns, and those that can say so say that the handle is closed.
func TestAfterClose(t *testing.T) {
	for name, h := range map[string]*pcap.Handle{"closed": open(t, pcapFile(micro, 100, 1, make([]byte, 60))), "made by nothing": new(pcap.Handle)} {
		h.Close()
		h.Close()
		_, stats := h.Stats()
		_, links := h.ListDataLinks()
		_, compiled := h.CompileBPFFilter("ip")
		_, newBPF := h.NewBPF("ip")
		for what, err := range map[string]error{"Stats": stats, "ListDataLinks": links, "CompileBPFFilter": compiled, "NewBPF": newBPF,
			"SetBPFFilter": h.SetBPFFilter("ip"), "SetBPFInstructionFilter": h.SetBPFInstructionFilter([]pcap.BPFInstruction{{Code: 6}}),
			"SetDirection": h.SetDirection(pcap.DirectionIn), "SetLinkType": h.SetLinkType(1), "WritePacketData": h.WritePacketData([]byte{1}), "Error": h.Error()} {
			if err == nil || err.Error() != "the handle is closed" {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if _, _, err := h.ReadPacketData(); err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := h.ZeroCopyReadPacketData(); err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
		_, _, _ = h.LinkType(), h.SnapLen(), h.Resolution()
	}
}

// Close ends a read of a pipe in which nothing comes.
func TestCloseWhileReadingPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Write(pcapFile(micro, 100, 1)); err != nil {
		t.Fatal(err)
	}
	h, err := pcap.OpenOfflineFile(r)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, _, err := h.ReadPacketData()
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	h.Close()
	if err := <-ended; err != io.EOF {
		t.Error(err)
	}
}

// What ZeroCopyReadPacketData gave can be read after Close.
func TestZeroCopyAfterClose(t *testing.T) {
	packet := udp(t, 1, 2, 3)
	h := open(t, pcapFile(micro, 65535, 1, packet))
	data, _, err := h.ZeroCopyReadPacketData()
	h.Close()
	if err != nil || !bytes.Equal(data, packet) {
		t.Errorf("%x, %v", data, err)
	}
}

// Several goroutines read a file: each packet goes to one of them. Filters are exchanged meanwhile.
func TestReadersOfFile(t *testing.T) {
	var packets [][]byte
	for i := range 5000 {
		packets = append(packets, udp(t, uint16(i), 53, 3))
	}
	h := open(t, pcapFile(micro, 65535, 1, packets...))
	var mu sync.Mutex
	seen := map[[2]byte]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				data, _, err := h.ReadPacketData()
				if err != nil {
					if err != io.EOF {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				seen[[2]byte(data[34:])]++
				mu.Unlock()
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			if err := errors.Join(h.SetBPFFilter("udp"), h.SetBPFFilter("udp port 53")); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	if len(seen) != len(packets) {
		t.Errorf("%d of %d packets", len(seen), len(packets))
	}
	for port, n := range seen {
		if n != 1 {
			t.Errorf("port %v came %d times", port, n)
		}
	}
}

// A BPF may be used from several goroutines, and takes packets of no bytes.
func TestMatchesConcurrent(t *testing.T) {
	b, err := pcap.NewBPF(layers.LinkTypeEthernet, 65535, "less 100")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				if !b.Matches(gopacket.CaptureInfo{Length: 42}, make([]byte, 42)) || b.Matches(gopacket.CaptureInfo{Length: 242}, make([]byte, 242)) {
					t.Error("wrong")
					return
				}
			}
		})
	}
	wg.Wait()
	for _, data := range [][]byte{nil, {}} {
		if !b.Matches(gopacket.CaptureInfo{}, data) {
			t.Error("an empty packet is not less than 100 bytes")
		}
	}
	if err := open(t, pcapFile(micro, 100, 1)).WritePacketData(nil); err == nil {
		t.Error("a file takes an empty packet")
	}
}

// An error of a filter says where in it, and is one of the compiler's.
func TestFilterError(t *testing.T) {
	_, err := pcap.NewBPF(layers.LinkTypeEthernet, 65535, "tcp pork 80")
	var e *bpfc.Error
	if !errors.As(err, &e) || e.Kind != diag.Syntax || e.Pos != 4 {
		t.Fatalf("%v", err)
	}
	says(t, "text", err, `can't parse filter expression: syntax error at byte 4: unknown keyword "pork"; did you mean "port"?`)
	_, err = pcap.NewBPF(layers.LinkTypeEthernet, 65535, "host no.such.host.invalid")
	if !errors.As(err, &e) {
		t.Errorf("%v", err)
	}
}

// What a program that is invalid gives, and one for a file that only the kernel could run.
func TestRefusedPrograms(t *testing.T) {
	h := open(t, pcapFile(micro, 65535, 1))
	_, err := h.NewBPFInstructionFilter([]pcap.BPFInstruction{{Code: 0xffff}})
	says(t, "NewBPFInstructionFilter", err, "BPF program is not valid")
	if err := h.SetBPFFilter("inbound"); err == nil {
		t.Error("a file takes inbound")
	}
	if _, err := pcap.NewBPF(layers.LinkTypeEthernet, 65535, "inbound"); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

// Every read error of a damaged file is followed by its end.
func TestReadErrorEnds(t *testing.T) {
	h := open(t, append(pcapFile(micro, 100, 1), 1, 2, 3))
	if _, _, err := h.ReadPacketData(); err != pcap.NextErrorReadError {
		t.Errorf("%v", err)
	}
	if _, _, err := h.ReadPacketData(); err != io.EOF {
		t.Errorf("after the error: %v", err)
	}
	// Where the file can be read on, it is, unless the API says otherwise.
	h = open(t, bytes.Join([][]byte{section(), description(1, 100), enhanced(0, 160, make([]byte, 160)), enhanced(0, 60, make([]byte, 60))}, nil))
	if _, _, err := h.ReadPacketData(); err != pcap.NextErrorReadError {
		t.Errorf("%v", err)
	}
	if data, _, err := h.ReadPacketData(); errorsAreFinal && err != io.EOF || !errorsAreFinal && (err != nil || len(data) != 60) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// A file of the patched libpcap declares a snapshot length without the Ethernet header.
func TestPatchedSnaplen(t *testing.T) {
	file := pcapFile(0xa1b2cd34, 60, 1)
	file = append(file, pcapRecord(1, 1, 74, 74, append(make([]byte, 8), bytes.Repeat([]byte{7}, 74)...))...)
	h := open(t, file)
	data, _, err := h.ReadPacketData()
	if err != nil || !reflect.DeepEqual(data, bytes.Repeat([]byte{7}, 74)) || h.SnapLen() != 74 {
		t.Errorf("%x, %v, %v, snapshot length %d", data, err, h.Error(), h.SnapLen())
	}
}

// An inactive handle that was used takes nothing more.
func TestInactiveUsed(t *testing.T) {
	p, err := pcap.NewInactiveHandle("nosuch")
	if err != nil {
		t.Fatal(err)
	}
	p.CleanUp()
	const text = "can't perform  operation on activated capture"
	for what, err := range map[string]error{"SetSnapLen": p.SetSnapLen(1), "SetPromisc": p.SetPromisc(true), "SetTimeout": p.SetTimeout(1),
		"SetBufferSize": p.SetBufferSize(1), "SetImmediateMode": p.SetImmediateMode(true), "SetRFMon": p.SetRFMon(true),
		"SetTimestampSource": p.SetTimestampSource(0), "Error": p.Error()} {
		says(t, what, err, text)
	}
	_, err = p.Activate()
	says(t, "Activate", err, "Already Activated")
}

// What ReadPacketData gives stays as it is, packet by packet, of sizes on both sides of those that share memory; and appending to one
// writes into no other.
func TestPacketsAreKept(t *testing.T) {
	var packets [][]byte
	for i := range 3000 {
		packets = append(packets, bytes.Repeat([]byte{byte(i)}, []int{0, 1, 60, 1500, 4096, 4097, 70000}[i%7]))
	}
	h := open(t, pcapFile(micro, 262144, 1, packets...))
	var kept [][]byte
	for range packets {
		data, _, err := h.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, data)
	}
	for _, data := range kept {
		_ = append(data, 0xee)
	}
	for i, data := range kept {
		if !bytes.Equal(data, packets[i]) {
			t.Fatalf("packet %d of %d bytes changed", i, len(packets[i]))
		}
	}
}

// Reading 192 MB of packets and dropping them is worth few garbage collections, and not much memory.
func TestCollections(t *testing.T) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		t.Skip("there is a limit for memory, and so no headroom")
	}
	const packets, mostCollections, mostHeap = 16 << 10, 11, 96 << 20
	file := pcapFile(micro, 65535, 1, make([]byte, 1500))
	path := write(t, file)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range packets - 1 {
		if _, err := f.Write(file[24:]); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 8 {
		h, err := pcap.OpenOffline(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			if _, _, err := h.ReadPacketData(); err == io.EOF && n == packets {
				break
			} else if err != nil {
				t.Fatal(n, err)
			}
		}
		h.Close()
	}
	runtime.ReadMemStats(&after)
	if n := after.NumGC - before.NumGC; n > mostCollections || after.HeapSys > before.HeapSys+mostHeap {
		t.Errorf("%d collections; %d MB of heap, %d before", n, after.HeapSys>>20, before.HeapSys>>20)
	}
}
