package pcap

import (
	"math"
	"runtime/debug"
	"sync"
)

// packetMemory copies packets into memory that is given away. It is not safe for concurrent use.
type packetMemory struct {
	room  []byte // of an allocation that packets share
	given int    // bytes, until there is headroom
}

// copy copies a packet. Small ones share an allocation, which takes less time than one for each.
func (m *packetMemory) copy(packet []byte) []byte {
	const shared, small = 18 << 10, 4 << 10 // bytes: of 18 kB the allocator has four in a piece of memory, and so takes less time than for 32
	n := len(packet)
	if n > small {
		m.give(n)
		return append([]byte(nil), packet...)[:n:n]
	}
	if n > len(m.room) {
		m.give(shared)
		m.room = make([]byte, shared)
	}
	data := m.room[:n:n]
	m.room = m.room[n:]
	copy(data, packet)
	return data
}

// give counts memory that is given away, and sees to headroom when it is worth while.
func (m *packetMemory) give(n int) {
	const worthwhile = 1 << 20 // bytes
	if before := m.given; before < worthwhile {
		if m.given += n; m.given >= worthwhile {
			headroom()
		}
	}
}

// headroom is memory that nobody uses, nor touches, so that it takes up address space only; the process keeps it. With it Go's heap grows
// by 16 MB more from one garbage collection to the next, or by as much of that as GOGC says. A program that reads packets and does
// little else would have a collection for every 8 MB of packets otherwise, each of which looks through 5 MB of tables that
// gopacket's layers have: that takes longer than reading the packets does. There is none where the program has a limit for its memory.
var headroom = sync.OnceValue(func() []byte {
	const size = 16 << 20 // bytes
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return nil
	}
	return make([]byte, size)
})
