// Package toebpf translates classic BPF to eBPF, for every place where the kernel runs eBPF on packets: XDP, tc, sockets of any
// length of filter, control groups, and tracing programs. Its import reads well beside cilium's:
//
//	import (
//		"github.com/cilium/ebpf"
//		toebpf "bpfc/ebpf"
//	)
//
// [Spec] makes a whole program that ebpf.NewProgram loads, [Object] a file that ip, tc and bpftool load, [Fragment] instructions
// for embedding in a program of one's own, and [Inject] puts a filter into a function of a program that was written in C.
// Translating works on every system, loading on Linux.
//
// # The machine
//
// A classic program becomes a flow graph without unconditional jumps (flow.go). Loops, which protochain makes, are taken out:
// they run as functions through the helper bpf_loop, or are written out (loop.go, round.go). Three things are then computed for
// every node: what is read from there on before it is written, what the bounds of the packet decide there (needs), and which
// values may stay in network byte order (byteorder.go). Blocks are put so that most follow their predecessor; jumps that would
// be too far go over islands (assemble.go). The code is made in up to six ways, with X written out where it is a constant
// (constant.go) or not, comparisons for order turned into masks (ranges.go) or not, X a number or a pointer; the shortest stays.
//
// # Bounds
//
// The kernel's verifier asks for a proof that a packet holds what is read from it. A load past the end of the packet ends a
// classic program with a rejection, wherever it stands, so a comparison with the packet's end can ask for more than the load
// at hand: for all that every way on from there needs to end in anything else. One comparison then proves many loads, mostly
// one for the packet and one for what lies behind X.
//
// # Byte order
//
// The packet's numbers are in network order. Where all that becomes of one is to be compared with constants for equality, perhaps
// under a mask, the constants are turned around when the program is made.
//
// # Kernels
//
// From when on the kernel takes what comes out, by its history (all of it is tested on Linux 6.18 alone):
//
//   - socket filters: 3.19 with [LdAbs], 4.11 with [SkbLoad]
//   - XDP: 4.8 with [Direct]; 5.18 with [XDPLoad] and for packets in several buffers
//   - tc: 4.4 with [LdAbs], 4.5 with [SkbLoad], 4.7 with [Direct] and [Linear]
//   - control groups: 4.11; tracing by [Inject]: 5.5; functions that call one another, as [Inject] has them: 4.16
//   - conditional jumps for "less": 4.14; those on 32 bits, which constants above 0x7fffffff need: 5.1
//   - programs of more than 4,096 instructions: 5.2
//   - loops by bpf_loop: 5.17; written out ([Options].Rounds) on all
//   - headers that the kernel knows the place of (sockets that are no packet sockets), with [SkbLoad]: 4.18
//
// Only the running kernel can tell what it takes: load the program to find out.
//
// # Privileges
//
// CAP_BPF (Linux 5.8; before, CAP_SYS_ADMIN) is enough to load socket filters and programs for control groups, and with
// CAP_NET_ADMIN those for XDP and tc, as far as they read packets by a helper or by LdAbs. Direct access to anything behind a
// header of variable length, `len` of an XDP program, which is a difference of two pointers, and the change to copying that
// [Linear] makes take CAP_PERFMON as well: without it the kernel allows no arithmetic of pointers but with constants. Tracing
// programs take CAP_PERFMON.
//
// The package keeps its API compatible within a major version.
package toebpf
