//go:build libpcap && cgo

package measure

// #cgo LDFLAGS: -lpcap
// #include <stdint.h>
// #include <pcap/pcap.h>
//
// // The fields of vm.Span.
// struct span { uint32_t off, caplen, wirelen; };
//
// // One call from Go for all packets: what is timed is bpf_filter, not the way into C.
// static void run(const struct bpf_insn *prog, const u_char *buf, const struct span *s, size_t n, uint32_t *verdicts)
// {
//     for (size_t i = 0; i < n; i++)
//         verdicts[i] = bpf_filter(prog, buf + s[i].off, s[i].wirelen, s[i].caplen);
// }
import "C"

import (
	"fmt"
	"unsafe"

	"golang.org/x/net/bpf"
)

// cEngines are the engines that need cgo.
func cEngines() []Engine {
	return []Engine{
		{"libpcap", "libpcap's bpf_filter, one call into C that loops over all packets", manyPerCall, startLibpcap},
	}
}

// startLibpcap runs libpcap's interpreter over our program.
func startLibpcap(prog []bpf.RawInstruction, _ *Packets) (*runner, error) {
	insns := make([]C.struct_bpf_insn, len(prog))
	for i, in := range prog {
		insns[i] = C.struct_bpf_insn{code: C.u_short(in.Op), jt: C.u_char(in.Jt), jf: C.u_char(in.Jf), k: C.bpf_u_int32(in.K)}
	}
	if C.bpf_validate(&insns[0], C.int(len(insns))) == 0 {
		return nil, fmt.Errorf("%w: libpcap does not take the program", ErrNotForEngine)
	}
	run := func(p *Packets) {
		C.run(&insns[0], (*C.u_char)(unsafe.SliceData(p.Buf)), (*C.struct_span)(unsafe.Pointer(unsafe.SliceData(p.Spans))),
			C.size_t(len(p.Spans)), (*C.uint32_t)(unsafe.SliceData(p.Verdicts)))
	}
	return &runner{run, func() error { return nil }}, nil
}
