// Package vm checks and runs classic BPF programs.
//
// # The machine
//
// A program is a []bpf.RawInstruction (golang.org/x/net/bpf), the four fields
// that every system uses: operation code, jump-if-true, jump-if-false and the
// constant k. It runs once for each packet and answers with a number: how many
// bytes of the packet to keep, 0 to reject it. The machine has
//
//   - an accumulator A and an index register X, 32 bits wide, unsigned, 0 at
//     the start of every run;
//   - scratch memory M[0] … M[15], words of 32 bits, 0 at the start of every run;
//   - the captured bytes of the packet, read only, in network byte order;
//   - two lengths: loads are bounded by the bytes captured, "len" is the length
//     that the packet had on the wire, as the caller tells it;
//   - a program counter. Conditional jumps go forward by at most 255, jt and jf
//     counting from the next instruction. The unconditional jump takes k as a
//     signed 32 bit distance, so it can also go back.
//
// The instructions, with their operation codes:
//
//	ld  #k 0x00   ldx #k 0x01               A or X = k
//	ld  [k] 0x20  ldh [k] 0x28  ldb [k] 0x30        A = 4, 2 or 1 bytes at k
//	ld  [x+k] 0x40  ldh [x+k] 0x48  ldb [x+k] 0x50  A = the bytes at X + k
//	ldx 4*([k]&0xf) 0xb1                    X = the length of the IPv4 header at k
//	ld  len 0x80  ldx len 0x81              A or X = length on the wire
//	ld  M[k] 0x60 ldx M[k] 0x61             A or X = scratch word
//	st  M[k] 0x02 stx M[k] 0x03             scratch word = A or X
//	add sub mul div or and lsh rsh mod xor  A = A op k (0x04, 0x14 … 0xa4) or X (0x0c …)
//	neg 0x84                                A = 0 - A
//	ja 0x05                                 jump by k
//	jeq jgt jge jset                        compare A with k (0x15 … 0x45) or X (0x1d …)
//	tax 0x07  txa 0x87                      X = A, A = X
//	ret #k 0x06  ret a 0x16  ret x 0x0e     end the program
//
// What the arithmetic does where C would shrug follows libpcap's bpf_filter():
//
//   - a load that does not lie wholly within the captured bytes ends the
//     program with 0. Offsets do not wrap around: X + k is a 33 bit number;
//   - division and remainder by X ends the program with 0 if X is 0;
//   - shifts by X of 32 and more give 0;
//   - everything else is modulo 2^32.
//
// # Loops
//
// Only the code of "protochain" jumps back, to walk along a chain of headers as
// long as it is. An authentication header can send that walk back to where it was
// (the code takes its length for the next place, not for a distance, in libpcap as
// here). A run that would go round for ever ends with 0: as soon as the machine is
// seen in a state in which it was before, and in any case after [MaxBackwardJumps],
// which no walk that ends by itself can reach. As all other jumps go forward, a
// program of n instructions ends after at most (MaxBackwardJumps + 1) · n steps.
//
// libpcap up to 1.10 looks at no such thing and never returns from such a packet;
// its development version ends every run with 0 at the 65th backward jump
// (MAX_BACKWARD_JUMPS in bpf_filter.c) and misses what is behind 65 headers.
//
// # Ancillary loads
//
// Linux gives packet metadata (input interface, removed VLAN tag, mark …) at
// the offsets from 0xfffff000 of the three absolute loads (linux/filter.h,
// SKF_AD_OFF). [VM.RunMeta] serves them from a [Metadata]. Without one such an
// offset lies outside the packet like any other and the program ends with 0,
// as it does in libpcap for packets from a file. The kernel's two other special
// ranges, SKF_NET_OFF and SKF_LL_OFF, are outside the packet here.
//
// # Before the run
//
// [Validate] knows two sets of rules: what the Linux kernel lets a socket filter
// be ([ModeKernel]), and the looser ones of libpcap for programs that run in
// user space ([ModeUserland]). [New] validates and then decodes the program
// into a graph of instructions that point at their successors: the run indexes
// nothing but the packet and the scratch memory. A load and the comparison
// after it become one instruction.
//
// The package knows bytecode only and nothing of the compiler.
//
// The package keeps its API compatible within a major version.
package vm
