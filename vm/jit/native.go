//go:build linux && (amd64 || arm64)

package jit

import (
	"fmt"
	"unsafe"

	"bpfc/vm"
	"bpfc/vm/jit/internal/plan"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// platform says that there is native code here.
const platform = true

// info is what a matcher has to know of a program.
type info struct {
	ancillary bool // it has loads that need metadata
	scratch   bool // its code takes scratch memory
}

// generate returns the machine code of a valid program.
func generate(prog []bpf.RawInstruction) (code, info, error) {
	p := plan.New(prog)
	c, err := backend(p)
	return code{c.Bytes, c.Slices, c.Spans}, info{p.Ancillary, p.Scratch}, err
}

// code is machine code and where in it the functions for many packets begin.
type code struct {
	bytes         []byte
	slices, spans int
}

// native is machine code in executable memory.
type native struct {
	mapping []byte
	// Addresses of the functions for one packet and for many.
	one, slices, spans uintptr
}

// newNative puts code into memory that is first writable and then executable,
// never both.
func newNative(c code) (*native, error) {
	page := unix.Getpagesize()
	size := (len(c.bytes) + page - 1) / page * page
	mapping, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("the system gives no memory for native code: %w", err)
	}
	copy(mapping, c.bytes)
	if err := unix.Mprotect(mapping, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		unix.Munmap(mapping)
		return nil, fmt.Errorf("the system does not allow native code: %w", err)
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(mapping)))
	flush(start, uintptr(len(c.bytes)))
	return &native{mapping, start, start + uintptr(c.slices), start + uintptr(c.spans)}, nil
}

func (n *native) free() error { return unix.Munmap(n.mapping) }

// match runs the code on one packet, with scratch memory.
func (n *native) match(pkt []byte, wireLen uint32) uint32 {
	return callScratch(n.one, unsafe.SliceData(pkt), len(pkt), wireLen)
}

// matchBatch runs the code on the first count packets, at least one. ahead is how
// many packets ahead to prefetch; pkts has that many more than count.
func (n *native) matchBatch(pkts [][]byte, wireLens, verdicts []uint32, count, ahead int) {
	callBatch(n.slices, &pkts[0], &wireLens[0], &verdicts[0], count, uintptr(ahead)*unsafe.Sizeof(pkts[0]))
}

// matchBuffer does the same for packets in a buffer. It returns how many it did
// before one that does not lie within the buffer.
func (n *native) matchBuffer(buf []byte, spans []vm.Span, verdicts []uint32, count, ahead int) (done int) {
	return callBuffer(n.spans, unsafe.SliceData(buf), len(buf), &spans[0], &verdicts[0], count,
		uintptr(ahead)*unsafe.Sizeof(spans[0]))
}

// The stubs, in assembly for each architecture. They set up the registers as the
// backend's package comment says and call the code at entry. What the pointers
// lead to does not escape, and stays where it is for the time of the call.

// call runs the code for one packet, of a program without scratch memory. It jumps
// there, so the code returns to the caller.
//
//go:noescape
func call(entry uintptr, pkt *byte, n int, wireLen uint32) uint32

// callScratch is call with room for scratch memory, for the code of programs that
// use it.
//
//go:noescape
func callScratch(entry uintptr, pkt *byte, n int, wireLen uint32) uint32

// callBatch runs the code for slices on n packets, at least one, and prefetches
// what the element ahead bytes further leads to.
//
//go:noescape
func callBatch(entry uintptr, pkts *[]byte, wireLens, verdicts *uint32, n int, ahead uintptr)

// callBuffer runs the code for spans on n packets, at least one, in a buffer of size bytes.
// It stops at one that does not lie within the buffer and returns how many it did.
// ahead is as above.
//
//go:noescape
func callBuffer(entry uintptr, buf *byte, size int, spans *vm.Span, verdicts *uint32, n int, ahead uintptr) (done int)
