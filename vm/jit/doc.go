// Package jit runs classic BPF programs as machine code.
//
// [New] gives a [Matcher], which behaves exactly as a vm.VM does, on
// linux/amd64 and linux/arm64 at the speed of compiled C. Everywhere else, and
// wherever native code is not to be had, the matcher is the interpreter, and
// says so: [Matcher.Engine] tells which of the two it is, [Matcher.Fallback] why.
//
// # From bytecode to machine code
//
// internal/plan decides what code is needed, for all architectures alike: the
// checks of the packet's length merged along paths, values kept in network byte
// order where nothing else asks for them, registers zeroed only where they are
// read first. internal/amd64 and internal/arm64 write it down, file by file in
// the same way: asm.go encodes instructions, gen.go chooses them. The code runs
// a packet from start to verdict with A and X in registers and scratch memory
// only where the program uses it. Where a program jumps back, along a chain of
// headers, the packet is left to the interpreter, which knows how to end a walk that
// goes round for ever.
//
// The code exists in three forms, for one packet and as loops over a slice of
// packets and over a buffer of them. The first takes its arguments in the registers
// in which Go functions have them, so that [Matcher.Match] is one call of a Go
// function value, inlined where the matcher is a *[Matcher]; behind the interface
// vm.Matcher it is two. [Matcher.MatchBatch] and [Matcher.MatchBuffer] are called once for
// many packets, and fetch into the cache what comes next.
//
// # Go and foreign code
//
// The code lies in memory of its own, mapped writable, filled, then made
// executable and no longer writable. A function value leads to it, or a stub in
// assembly, on the goroutine's stack and without cgo. That is safe because of what
// the code does not do:
//
//   - it is a leaf. It calls nothing, does not move the stack pointer, and leaves
//     the registers that Go's runtime lives in alone;
//   - on arm64 it leaves the link register as it finds it. A signal handler that
//     interrupts code it does not know unwinds from there;
//   - it holds no pointer that outlives the call. The arguments keep packet
//     and verdicts alive, and nothing moves them meanwhile: the goroutine cannot be
//     stopped for the garbage collector inside of the code;
//   - for the same reason it returns soon. It has no loop for a packet, and a batch is
//     cut into calls of a bounded number of packets.
//
// In which registers Go passes arguments is tried out before the first program is
// compiled; a release of Go that does it otherwise gets the interpreter.
//
// The memory of the code is given back by [Matcher.Close], or when neither the
// matcher nor a call of it can be reached any more. Each matcher takes at least one page, and one of the
// mappings that the system allows a process (vm.max_map_count on Linux).
//
// The package keeps its API compatible within a major version.
package jit
