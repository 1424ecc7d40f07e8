package capture

import (
	"math/rand/v2"
	"testing"

	"bpfc/linktype"
)

// An interface comes back from its bytes as it was, and from nothing else: fewer, more or other bytes are refused or give an
// interface that can be used.
func TestInterfaceBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 8))
	for _, want := range []Interface{{}, {LinkType: linktype.RAW, Snaplen: 1 << 31, FCSLen: -1, TimeZone: -3600, Accuracy: 7, Swapped: true,
		Name: "eth0", Description: "a \x00 card", tsResol: 0x80 | 63, tsOffset: -5, linkBits: linktypeExtra, fileType: 12, declared: 9}} {
		b, err := want.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got Interface
		if err := got.UnmarshalBinary(b); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
		for n := range b {
			if err := got.UnmarshalBinary(b[:n]); err == nil {
				t.Errorf("taken from %d of %d bytes", n, len(b))
			}
		}
		if err := got.UnmarshalBinary(append(b, 0)); err == nil {
			t.Error("taken with a byte too many")
		}
		for range 1000 {
			bad := append([]byte{}, b...)
			bad[r.IntN(len(bad))] = byte(r.Uint32())
			if got.UnmarshalBinary(bad) == nil {
				got.nanoseconds(r.Uint64())
			}
		}
	}
}
