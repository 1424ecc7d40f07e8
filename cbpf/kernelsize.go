package cbpf

import "golang.org/x/net/bpf"

// Linux translates a classic program into eBPF when it is attached. Two limits
// apply to what comes out: a jump distance there has 16 bits, so that an
// unconditional jump over much code is refused with EINVAL; and the translation
// takes 8 bytes an instruction of the memory that net.core.optmem_max allows to a
// socket, or the kernel answers ENOMEM. The numbers below are those of
// bpf_convert_filter() and its helpers in net/core/filter.c of Linux 6.18, for
// little-endian processors with efficient unaligned access (x86-64, arm64).

// maxKernelJump is the longest distance of a jump in eBPF.
const maxKernelJump = 1<<15 - 1

// KernelLength returns how many eBPF instructions, of 8 bytes each, Linux makes
// of a program that is valid for it.
func KernelLength(prog []bpf.RawInstruction) int {
	n := 3 // clears A and X, keeps the context
	loads := false
	for _, in := range prog {
		n += kernelLength(in)
		loads = loads || readsPacket(in)
	}
	if loads {
		n += 4 // keep the packet's address and length at hand
	}
	return n
}

// kernelLength returns how many eBPF instructions one classic instruction becomes.
func kernelLength(in bpf.RawInstruction) int {
	switch in.Op {
	case LdAbsW, LdAbsH, LdAbsB:
		if IsAncillary(in.K) {
			return ancillaryLengths[(in.K-AncillaryBase)/4]
		}
		return absoluteLength(in.Op, in.K)
	case LdIndW, LdIndH, LdIndB:
		return 8 + oneIf(in.K != 0)
	case LdxMsh:
		return 6 + absoluteLength(LdAbsB, in.K)
	case DivX, ModX:
		return 5
	case RetK:
		return 2
	case JeqK, JgtK, JgeK, JsetK, JeqX, JgtX, JgeX, JsetX:
		return conditionalLength(in)
	}
	return 1
}

// ancillaryLengths are those of the ancillary loads, in the order of their offsets.
var ancillaryLengths = [16]int{2, 2, 4, 4, 4, 1, 1, 4, 1, 4, 1, 1, 3, 4, 4, 2}

// absoluteLength is that of a load from the packet: the access itself, where
// the offset is not one of the negative ones, and the call of a helper for what
// lies elsewhere.
func absoluteLength(op uint16, k uint32) int {
	const helper = 8
	if int32(k) < 0 {
		return helper
	}
	n := helper + 4 + oneIf(k != 0) + oneIf(op != LdAbsB)
	if k > maxKernelJump { // the offset takes instructions of its own
		n += 2
	}
	return n
}

func conditionalLength(in bpf.RawInstruction) int {
	n := 1
	if in.Op&8 == 0 && int32(in.K) < 0 { // a constant that would be taken as negative
		n++
	}
	set := in.Op == JsetK || in.Op == JsetX // has no opposite in eBPF
	if in.Jf != 0 && (in.Jt != 0 || set) {
		n++
	}
	return n
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

func readsPacket(in bpf.RawInstruction) bool {
	t := TraitsOf(in.Op)
	return t.Any(Indirect|Header) || t.Any(Absolute) && !IsAncillary(in.K)
}

// checkKernelJumps refuses unconditional jumps that are too far once they are
// eBPF. Conditional ones, over at most 255 instructions, never are.
func checkKernelJumps(prog []bpf.RawInstruction) *ValidateError {
	at := make([]int, len(prog)) // where each instruction begins in eBPF
	n := 0
	for pc, in := range prog {
		at[pc] = n
		n += kernelLength(in)
	}
	for pc, in := range prog {
		if in.Op != Ja {
			continue
		}
		if distance := at[pc+1+int(in.K)] - at[pc] - 1; distance > maxKernelJump {
			return &ValidateError{PC: pc, Instruction: in, Kind: ErrKernelJump,
				Msg: "jumps over too much code: the kernel makes more than 32,767 instructions of it"}
		}
	}
	return nil
}
