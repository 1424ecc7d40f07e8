// Package cbpf is the machine of classic BPF, said once: its operation codes, what each of them does to the machine's
// state, and the numbers that limit a program.
//
// # The machine
//
// A program runs on one packet and ends with a number: how many bytes of the packet to keep, 0 to reject it. It has an
// accumulator A, an index register X and sixteen words of scratch memory M[0] to M[15], all of 32 bits and all 0 at the
// start. It reads the packet at a constant offset k, at X + k, or reads the low nibble of a byte times four (the length of
// an IPv4 header), always in network byte order. A load past the captured bytes ends the run with 0, and so does a
// division by zero.
//
// An instruction is a bpf.RawInstruction of golang.org/x/net/bpf: the operation code Op, two jump distances Jt and Jf, and
// the constant K. The code is put together of parts: the class in the low three bits; for loads the size and the addressing
// mode; for arithmetic and jumps the operation and the source of the operand, K or X (linux/bpf_common.h, pcap/bpf.h).
//
// Programs that the Linux kernel runs may also load what the kernel knows of a packet beside its bytes, at the ancillary
// offsets (linux/filter.h).
//
// # The files
//
// opcode.go has the operation codes and their traits, ancillary.go the offsets at which the kernel's knowledge of a packet is read, validate.go the rules that
// user space and the kernel have for programs, and kernelsize.go how long a program gets in the kernel, with the rule about jumps that follows from it.
//
// Nothing here is changed after the start of the program, so everything is safe for concurrent use.
//
// The package keeps its API compatible within a major version.
package cbpf
