package traffic

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"testing"

	"bpfc/capture"
	"bpfc/linktype"
)

// Parts that are taken in order make the same table as the packets, also where there are more hosts than are counted one by one,
// and whichever times there are.
func TestParts(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 11))
	whole, parted, part := New(), New(), NewPart()
	other := NewPart()
	for i := range 90_000 {
		data := make([]byte, 42)
		copy(data[12:], []byte{8, 0, 0x45, 0, 0, 28})
		data[22], data[23] = 64, []byte{6, 17, 17, 50}[r.IntN(4)]
		binary.BigEndian.PutUint32(data[26:], 10<<24|r.Uint32N(1<<20))
		binary.BigEndian.PutUint32(data[30:], 10<<24|r.Uint32N(1<<8))
		binary.BigEndian.PutUint32(data[34:], r.Uint32N(1<<20))
		p := &capture.Packet{Data: data, WireLen: 42 + r.Uint32N(3000), Timestamp: int64(1e18) + int64(i)*1e8 + r.Int64N(1e12) - 5e11}
		whole.Add(p, linktype.EN10MB)
		part.Add(p, linktype.EN10MB)
		if r.IntN(2000) == 0 {
			parted.Take(part)
			part, other = other, part
		}
	}
	parted.Take(part)
	if got, want := parted.Summary(1<<17), whole.Summary(1<<17); !reflect.DeepEqual(got, want) {
		t.Errorf("%d packets of %d hosts and %d conversations, want %d of %d and %d", got.Packets, len(got.Hosts), len(got.Conversations), want.Packets, len(want.Hosts), len(want.Conversations))
	}
	if whole.hosts.others.Packets == 0 || whole.conversations.others.Packets == 0 {
		t.Error("there are not more hosts than are counted")
	}
}
