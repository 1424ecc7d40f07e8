package vm

import (
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// MaxBackwardJumps returns how many backward jumps a run of prog takes at most
// on a packet of which so many bytes were captured; one more ends it with 0.
//
// The bound is above what any walk along protocol headers can take. In the code
// of protochain, ours and libpcap's, what a backward jump leaves in A, X and
// scratch memory depends on the packet and on where the last header lay, and
// nothing else: the step loads the next protocol and the length at that place
// and computes the next place from them. A place that can be loaded from is one
// of the captured bytes. So a jump that was taken more often than there are
// captured bytes was taken from one place twice, and then the walk goes round for
// ever. A chain in which every header lies behind the one before, as the RFCs
// have it, has no more than a header for each 8 bytes.
//
// Programs that count have [CountedJumps] in addition.
func MaxBackwardJumps(prog []bpf.RawInstruction, captured int) uint64 {
	return maxJumps(backwardJumps(prog), captured)
}

// CountedJumps is how many backward jumps are free for programs, not written by
// the compiler, that count something other than the headers of a packet. It is
// there to end a program that would count to 2^32, after some milliseconds.
const CountedJumps = 1 << 18

func maxJumps(backward, captured int) uint64 {
	return CountedJumps + uint64(backward)*uint64(captured)
}

// backwardJumps counts the backward jumps in a program.
func backwardJumps(prog []bpf.RawInstruction) int {
	n := 0
	for _, in := range prog {
		if cbpf.IsBackward(in) {
			n++
		}
	}
	return n
}

// loops watches the backward jumps of a run, and ends one that would go round for
// ever: when the machine is in a state in which it was before, or at the latest
// after [MaxBackwardJumps].
//
// The states are compared as in Brent's search for cycles: one is kept, and
// replaced after 1, 2, 4, 8 … jumps. Once the kept one lies on the cycle, and the
// distance to the next is at least the cycle's length, it is met again. That takes
// no more than about three times as many jumps as there are different states.
type loops struct {
	taken, most uint64 // backward jumps
	replace     uint64 // after how many of them the state kept is replaced
	kept        state

	in   *inst // the backward jump that exec has come to, nil if there is none
	a, x uint32
}

// state is all that the rest of a run depends on, the packet and what is known of
// it aside. (A program that waits in a loop for a certain random number of
// [Metadata] is ended, too.)
type state struct {
	pc   uint32 // of the backward jump
	a, x uint32
	mem  scratch
}

func newLoops(backward int, pkt []byte) loops {
	return loops{most: maxJumps(backward, len(pkt)), replace: 1}
}

// goOn takes note of the backward jump at pc. It returns false if the run is to end.
func (l *loops) goOn(pc, a, x uint32, mem *scratch) bool {
	if l.taken == l.most || l.taken > 0 && l.kept.is(pc, a, x, mem) {
		return false
	}
	if l.taken++; l.taken == l.replace {
		l.kept = state{pc, a, x, *mem}
		l.replace *= 2
	}
	return true
}

func (s *state) is(pc, a, x uint32, mem *scratch) bool {
	return s.pc == pc && s.x == x && s.a == a && s.mem == *mem
}
