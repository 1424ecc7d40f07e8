//go:build libpcap && linux

package capture

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/gopacket/afpacket"
	"github.com/google/gopacket/pcap"
	"github.com/google/gopacket/pcapgo"

	"bpfc/internal/netns"
)

// The two backends deliver the same packets.
func TestBackendsAgree(t *testing.T) {
	netns.Veth(t)
	ours := open(t, LiveOptions{Interface: "right", Filter: parity(t, 1)})
	theirs := open(t, LiveOptions{Interface: "right", Filter: parity(t, 1), Backend: BackendLibpcap})
	var frames [][]byte
	for i := range 500 {
		frames = append(frames, numbered(uint32(i), 60+i))
	}
	if _, err := sender(t, "left").Send(frames...); err != nil {
		t.Fatal(err)
	}
	a, b := collect(t, ours, 250), collect(t, theirs, 250)
	if len(a) != 250 || len(b) != 250 {
		t.Fatalf("%d and %d packets", len(a), len(b))
	}
	for i := range a {
		if !bytes.Equal(a[i].Data, b[i].Data) || a[i].WireLen != b[i].WireLen {
			t.Fatalf("packet %d differs", i)
		}
	}
	if err := theirs.SetFilter(parity(t, 0)); err != nil {
		t.Fatal(err)
	}
	stats, err := theirs.Stats()
	if err != nil || stats.Received == 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	time.AfterFunc(30*time.Millisecond, func() { theirs.Close() })
	if _, err := theirs.Next(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := OpenLive(LiveOptions{Interface: "nosuch", Backend: BackendLibpcap}); !errors.Is(err, ErrNoDevice) {
		t.Errorf("unknown interface: %v", err)
	}
}

// Our bytecode goes in through every handle of gopacket.
func TestGopacketHandles(t *testing.T) {
	netns.Veth(t)
	prog := parity(t, 1)
	var sources []func() ([]byte, error)

	handle, err := pcap.OpenLive("right", 65535, true, 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer handle.Close()
	var instructions []pcap.BPFInstruction
	for _, in := range prog {
		instructions = append(instructions, pcap.BPFInstruction{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
	}
	if err := handle.SetBPFInstructionFilter(instructions); err != nil {
		t.Fatal(err)
	}
	sources = append(sources, func() ([]byte, error) { b, _, err := handle.ReadPacketData(); return b, err })

	ethernetHandle, err := pcapgo.NewEthernetHandle("right")
	if err != nil {
		t.Fatal(err)
	}
	defer ethernetHandle.Close()
	if err := ethernetHandle.SetBPF(prog); err != nil {
		t.Fatal(err)
	}
	sources = append(sources, func() ([]byte, error) { b, _, err := ethernetHandle.ReadPacketData(); return b, err })

	packetHandle, err := afpacket.NewTPacket(afpacket.OptInterface("right"), afpacket.OptPollTimeout(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer packetHandle.Close()
	if err := packetHandle.SetBPF(prog); err != nil {
		t.Fatal(err)
	}
	sources = append(sources, func() ([]byte, error) { b, _, err := packetHandle.ReadPacketData(); return b, err })

	var frames [][]byte
	for i := range 20 {
		frames = append(frames, numbered(uint32(i), 60))
	}
	if _, err := sender(t, "left").Send(frames...); err != nil {
		t.Fatal(err)
	}
	for i, next := range sources {
		for n := 1; n < 20; n += 2 {
			got, err := next()
			for late := time.Now().Add(patience); (err == pcap.NextErrorTimeoutExpired || err == afpacket.ErrTimeout) && time.Now().Before(late); {
				got, err = next()
			}
			if err != nil || !bytes.Equal(got, frames[n]) {
				t.Fatalf("source %d: packet %d: %v", i, n, err)
			}
		}
	}
}
