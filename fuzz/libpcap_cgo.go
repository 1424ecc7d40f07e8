//go:build libpcap && cgo

package fuzz

/*
#cgo LDFLAGS: -lpcap
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

// fuzz_compile compiles expr on a handle that captures nothing. On failure *message is libpcap's, to be freed.
static int fuzz_compile(int dlt, int snaplen, const char *expr, int optimize, bpf_u_int32 netmask,
                        struct bpf_program *out, char **message) {
	pcap_t *p = pcap_open_dead(dlt, snaplen);
	if (p == NULL) {
		*message = strdup("pcap_open_dead: out of memory");
		return -1;
	}
	int rc = pcap_compile(p, out, expr, optimize, netmask);
	if (rc != 0)
		*message = strdup(pcap_geterr(p));
	pcap_close(p);
	return rc;
}

static void fuzz_judge(struct bpf_insn *ins, unsigned n, const u_char *data, const bpf_u_int32 *off,
                       const bpf_u_int32 *caplen, const bpf_u_int32 *wirelen, unsigned packets, bpf_u_int32 *verdicts) {
	struct bpf_program prog = { n, ins };
	struct pcap_pkthdr h;
	memset(&h, 0, sizeof h);
	for (unsigned i = 0; i < packets; i++) {
		h.caplen = caplen[i];
		h.len = wirelen[i];
		verdicts[i] = pcap_offline_filter(&prog, &h, data + off[i]);
	}
}
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/net/bpf"
)

// Libpcap is the installed libpcap as compiler and as engine (its own interpreter). Use one value from
// one goroutine at a time.
type Libpcap struct {
	prog         []C.struct_bpf_insn
	data         []byte
	off, cap, wl []C.bpf_u_int32
	verdicts     []C.bpf_u_int32
}

// NewLibpcap returns libpcap as a compiler.
func NewLibpcap() *Libpcap { return &Libpcap{} }

// NewLibpcapEngine returns libpcap as an engine.
func NewLibpcapEngine() *Libpcap { return &Libpcap{} }

// Name implements Engine and Compiler: "libpcap" and the installed version.
func (*Libpcap) Name() string {
	v, _, _ := strings.Cut(C.GoString(C.pcap_lib_version()), " (")
	return strings.Replace(v, " version ", " ", 1)
}

// Available implements Engine and Compiler.
func (*Libpcap) Available() error { return nil }

// Close implements Engine.
func (*Libpcap) Close() error { return nil }

// Compile implements Compiler through pcap_open_dead and pcap_compile. The error is libpcap's own text. (pcap_compile's
// documentation has the netmask in network byte order, but its code compares it as a number.)
func (*Libpcap) Compile(expr string, o CompileOptions) ([]bpf.RawInstruction, error) {
	if strings.IndexByte(expr, 0) >= 0 {
		return nil, errors.New("a NUL byte ends a C string")
	}
	cs := C.CString(expr)
	defer C.free(unsafe.Pointer(cs))
	var p C.struct_bpf_program
	var msg *C.char
	optimize := C.int(0)
	if o.Optimize {
		optimize = 1
	}
	if C.fuzz_compile(C.int(o.LinkType), C.int(o.Snaplen), cs, optimize, C.bpf_u_int32(o.Netmask), &p, &msg) != 0 {
		defer C.free(unsafe.Pointer(msg))
		return nil, errors.New(C.GoString(msg))
	}
	defer C.pcap_freecode(&p)
	raw := make([]bpf.RawInstruction, p.bf_len)
	for i, in := range unsafe.Slice(p.bf_insns, int(p.bf_len)) {
		raw[i] = bpf.RawInstruction{Op: uint16(in.code), Jt: uint8(in.jt), Jf: uint8(in.jf), K: uint32(in.k)}
	}
	return raw, nil
}

// Load implements Engine. The program goes through libpcap's bpf_validate. libpcap's interpreter has no
// step limit: a program that never ends is not to be loaded.
func (l *Libpcap) Load(prog []bpf.RawInstruction) (Judge, error) {
	if len(prog) == 0 {
		return nil, errors.New("an empty program")
	}
	l.prog = l.prog[:0]
	for _, p := range prog {
		l.prog = append(l.prog, C.struct_bpf_insn{code: C.u_short(p.Op), jt: C.u_char(p.Jt), jf: C.u_char(p.Jf), k: C.bpf_u_int32(p.K)})
	}
	if C.bpf_validate(&l.prog[0], C.int(len(l.prog))) == 0 {
		return nil, fmt.Errorf("libpcap's bpf_validate refuses the program")
	}
	return l, nil
}

// Judge implements Judge through pcap_offline_filter.
func (l *Libpcap) Judge(pkts []Packet, verdicts []uint32) error {
	if len(pkts) == 0 {
		return nil
	}
	l.data, l.off, l.cap, l.wl, l.verdicts = l.data[:0], l.off[:0], l.cap[:0], l.wl[:0], l.verdicts[:0]
	for _, p := range pkts {
		l.off = append(l.off, C.bpf_u_int32(len(l.data)))
		l.cap = append(l.cap, C.bpf_u_int32(len(p.Data)))
		l.wl = append(l.wl, C.bpf_u_int32(p.WireLen))
		l.verdicts = append(l.verdicts, 0)
		l.data = append(l.data, p.Data...)
	}
	l.data = append(l.data, 0) // so that there is a first byte to point to
	C.fuzz_judge(&l.prog[0], C.uint(len(l.prog)), (*C.u_char)(unsafe.Pointer(&l.data[0])), &l.off[0], &l.cap[0], &l.wl[0],
		C.uint(len(pkts)), &l.verdicts[0])
	runtime.KeepAlive(l)
	for i, v := range l.verdicts {
		verdicts[i] = uint32(v)
	}
	return nil
}
