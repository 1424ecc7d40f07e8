//go:build linux && (amd64 || arm64)

package jit

import (
	"fmt"
	"runtime"
	"sync"
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
	handsOver bool // its code may leave packets to the interpreter
}

// generate returns the machine code of a valid program.
func generate(prog []bpf.RawInstruction) (code, info, error) {
	p := plan.New(prog)
	c, err := backend(p)
	return code{c.Bytes, c.One, c.Slices, c.Spans}, info{p.Ancillary, p.Scratch, p.HandsOver}, err
}

// code is machine code: how long the function for one packet is, the first, and where
// those for many begin.
type code struct {
	bytes         []byte
	size          int
	slices, spans int
}

// one is the function for one packet.
func (c code) one() []byte { return c.bytes[:c.size] }

// native is machine code in executable memory. As long as it can be reached, also by
// one of its functions, the memory is there.
type native struct {
	one     uintptr // address of the function for one packet; the first field, see function
	slices  uintptr // and of those for many
	spans   uintptr
	mapping []byte
}

// function gives the code for one packet as a Go function. A function value is a
// pointer to where the address of the code is, followed by what a closure holds, so
// n is one itself. A call is a call of the code with n in the register for closures,
// which keeps n alive until the code runs. While it runs the goroutine cannot be
// stopped, so no garbage collection gets to the end.
func (n *native) function() function { return *(*function)(unsafe.Pointer(&n)) }

// conventionHolds tells whether this Go passes arguments as the code takes them. The
// convention (ABIInternal) may change with a release of Go; it has not since 1.17 on
// amd64 and 1.18 on arm64. It is tried out once.
func conventionHolds() bool {
	convention.once.Do(func() { convention.holds = probe() })
	return convention.holds
}

// What is found out of the machine is found out when it is first asked for: a program that imports this package without using it
// runs, and contains, nothing of it.
var convention struct {
	once  sync.Once
	holds bool
}

// newNative puts code into executable memory.
func newNative(c code) (*native, error) {
	mapping, start, err := executable(c.bytes)
	if err != nil {
		return nil, err
	}
	return &native{start, start + uintptr(c.slices), start + uintptr(c.spans), mapping}, nil
}

// newEntries puts the code of functions that begin at offsets into executable memory.
func newEntries(code []byte, offsets []int) (*entries, error) {
	mapping, start, err := executable(code)
	if err != nil {
		return nil, err
	}
	// A cleanup may never run for an object of less than 16 bytes without pointers.
	e := &entries{make([]uintptr, len(offsets), max(len(offsets), 4)), mapping}
	for i, offset := range offsets {
		e.addresses[i] = start + uintptr(offset)
	}
	return e, nil
}

// executable puts code into memory that is first writable and then executable, never
// both.
func executable(code []byte) (mapping []byte, start uintptr, err error) {
	page := unix.Getpagesize()
	size := (len(code) + page - 1) / page * page
	mapping, err = unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_POPULATE)
	if err != nil {
		return nil, 0, fmt.Errorf("the system gives no memory for native code: %w", err)
	}
	copy(mapping, code)
	if err := unix.Mprotect(mapping, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		unix.Munmap(mapping)
		return nil, 0, fmt.Errorf("the system does not allow native code: %w", err)
	}
	start = uintptr(unsafe.Pointer(unsafe.SliceData(mapping)))
	flush(start, uintptr(len(code)))
	return mapping, start, nil
}

func free(mapping []byte) error { return unix.Munmap(mapping) }

// unmap is free for a cleanup, which has nobody to tell of an error.
func unmap(mapping []byte) { _ = free(mapping) }

func (n *native) free() error { return free(n.mapping) }

// freeWhenUnused gives the memory back when n cannot be reached any more.
func (n *native) freeWhenUnused() runtime.Cleanup {
	return runtime.AddCleanup(n, unmap, n.mapping)
}

// matchBatch runs the code on the first count packets, at least one. ahead is how
// many packets ahead to prefetch; pkts has that many more than count. It returns how
// many it did before one that it hands over.
func (n *native) matchBatch(pkts [][]byte, wireLens, verdicts []uint32, count, ahead int) (done int) {
	return callBatch(n.slices, &pkts[0], &wireLens[0], &verdicts[0], count, uintptr(ahead)*unsafe.Sizeof(pkts[0]))
}

// matchBuffer does the same for packets in a buffer. It stops at one that does not lie
// within the buffer, too.
func (n *native) matchBuffer(buf []byte, spans []vm.Span, verdicts []uint32, count, ahead int) (done int) {
	return callBuffer(n.spans, unsafe.SliceData(buf), len(buf), &spans[0], &verdicts[0], count,
		uintptr(ahead)*unsafe.Sizeof(spans[0]))
}

// The stubs, in assembly for each architecture. They set up the registers as the
// backend's package comment says and call the code at entry. What the pointers
// lead to does not escape, and stays where it is for the time of the call.

// callBatch runs the code for slices on n packets, at least one, and prefetches
// what the element ahead bytes further leads to. It stops at a packet that the code
// hands over and returns how many it did.
//
//go:noescape
func callBatch(entry uintptr, pkts *[]byte, wireLens, verdicts *uint32, n int, ahead uintptr) (done int)

// callBuffer runs the code for spans on n packets, at least one, in a buffer of size bytes.
// It stops at one that does not lie within the buffer, too. ahead is as above.
//
//go:noescape
func callBuffer(entry uintptr, buf *byte, size int, spans *vm.Span, verdicts *uint32, n int, ahead uintptr) (done int)
