// Package source writes classic BPF programs down as functions in C and in Go, for who cannot or does not want to run bytecode:
// firmware, a loadable filter, a program in eBPF C, a Go package without dependencies.
//
//	text, err := source.C(prog, source.Options{Name: "web"})   // uint32_t web(const uint8_t *data, const uint8_t *data_end, uint32_t wire_len)
//	text, err := source.Go(prog, source.Options{Name: "Web"})  // func Web(data []byte, wireLen uint32) uint32
//
// The functions judge a packet as package vm does: they return how many bytes of it to keep, 0 to reject it. They allocate
// nothing, keep no state, and are safe for concurrent use.
//
// # The machine
//
// The registers A and X and the words of scratch memory that a program uses become variables, its jumps become gotos, and what
// it can never reach is left out (plan.go). A compiler makes registers and branches of that again. Every load is preceded by the
// comparison that ends the function with 0 if the packet does not hold all of it; numbers are put together of single bytes, or by
// encoding/binary, so that neither byte order nor alignment of the machine matters.
//
// A program that jumps back, as protochain makes it, ends by the rule of package vm: when it is in a state in which it was
// before, or after [vm.MaxBackwardJumps].
//
// # C
//
// The text is a whole file in C99 (and C++) that includes nothing but stdint.h. Several such files can be put into one. The
// function has external linkage. If the macro BPFC_INLINE is defined it is static and always inlined instead; and if BPFC_EBPF
// is defined, for a function to be called in eBPF C, it also compares pointers, which is what the kernel's verifier follows. Loads that
// end beyond 65,535 bytes then reject the packet. The verifier takes no program that jumps back; package toebpf translates those.
//
// # What cannot be written
//
// Linux's ancillary data (interface, mark, removed VLAN tag …) and its header offsets are not in the bytes of a packet. A program
// that loads them is an [*Error].
//
// The package keeps its API compatible within a major version.
package source
