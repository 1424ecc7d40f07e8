//go:build libpcap && cgo

package fuzz

/*
#cgo LDFLAGS: -lpcap
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// fuzz_open opens a handle without packets: a dead one, or a savefile that ends after its header. Where libpcap sees a savefile,
// address families are those of every system. On failure *message is to be freed.
static pcap_t *fuzz_open(int dlt, int snaplen, void *header, size_t header_len, char **message) {
	char buf[PCAP_ERRBUF_SIZE] = "pcap_open_dead: out of memory";
	pcap_t *p = NULL;
	if (header == NULL) {
		p = pcap_open_dead(dlt, snaplen);
	} else {
		FILE *f = fmemopen(header, header_len, "rb");
		if (f != NULL && (p = pcap_fopen_offline(f, buf)) == NULL)
			fclose(f);
	}
	if (p == NULL)
		*message = strdup(buf);
	return p;
}

// fuzz_compile compiles expr for such a handle.
static int fuzz_compile(int dlt, int snaplen, void *header, size_t header_len, const char *expr, int optimize,
                        bpf_u_int32 netmask, struct bpf_program *out, char **message) {
	pcap_t *p = fuzz_open(dlt, snaplen, header, header_len, message);
	if (p == NULL)
		return -1;
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
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/net/bpf"

	"bpfc/linktype"
)

// Libpcap is the installed libpcap as compiler and as engine (its own interpreter). Use one value from
// one goroutine at a time.
type Libpcap struct {
	prog         []C.struct_bpf_insn
	loops        []bpf.RawInstruction // the program, if it jumps backward
	judged       []int                // which of the packets go to libpcap
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

// Leaves implements Partial.
func (*Libpcap) Leaves() string { return "libpcap would never come back from its loop" }

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
	var header unsafe.Pointer
	h := savefileHeader(o)
	if h != nil {
		header = unsafe.Pointer(&h[0])
	}
	if C.fuzz_compile(C.int(o.LinkType), C.int(o.Snaplen), header, C.size_t(len(h)), cs, optimize, C.bpf_u_int32(o.Netmask), &p, &msg) != 0 {
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

// savefileHeader is the header of a pcap file for the options, nil where they are not for a savefile. See pcap-savefile(5).
func savefileHeader(o CompileOptions) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	switch o.Savefile {
	case NotSavefile:
		return nil
	case Unswapped:
	case Swapped:
		little = !little
	}
	if !little {
		order = binary.BigEndian
	}
	h := order.AppendUint32(nil, 0xa1b2c3d4)
	h = order.AppendUint16(h, 2)
	h = order.AppendUint16(h, 4)
	h = append(h, make([]byte, 8)...)
	h = order.AppendUint32(h, uint32(o.Snaplen))
	return order.AppendUint32(h, uint32(linktype.Type(o.LinkType).FileNumber()))
}

// Load implements Engine. The program goes through libpcap's bpf_validate.
func (l *Libpcap) Load(prog []bpf.RawInstruction) (Judge, error) {
	if len(prog) == 0 {
		return nil, errors.New("an empty program")
	}
	l.prog, l.loops = l.prog[:0], nil
	if scan(prog)&EventLoop != 0 {
		l.loops = append(l.loops, prog...)
	}
	for _, p := range prog {
		l.prog = append(l.prog, C.struct_bpf_insn{code: C.u_short(p.Op), jt: C.u_char(p.Jt), jf: C.u_char(p.Jf), k: C.bpf_u_int32(p.K)})
	}
	if C.bpf_validate(&l.prog[0], C.int(len(l.prog))) == 0 {
		return nil, fmt.Errorf("libpcap's bpf_validate refuses the program")
	}
	return l, nil
}

// Judge implements Judge through pcap_offline_filter. libpcap 1.10 has no bound on a run, and its protochain programs run for ever on
// some packets (an authentication header that leads to itself): those are Unjudged.
func (l *Libpcap) Judge(pkts []Packet, verdicts []uint32) error {
	l.data, l.off, l.cap, l.wl, l.verdicts, l.judged = l.data[:0], l.off[:0], l.cap[:0], l.wl[:0], l.verdicts[:0], l.judged[:0]
	for i, p := range pkts {
		if l.endless(p) {
			verdicts[i] = Unjudged
			continue
		}
		l.judged = append(l.judged, i)
		l.off = append(l.off, C.bpf_u_int32(len(l.data)))
		l.cap = append(l.cap, C.bpf_u_int32(len(p.Data)))
		l.wl = append(l.wl, C.bpf_u_int32(p.WireLen))
		l.verdicts = append(l.verdicts, 0)
		l.data = append(l.data, p.Data...)
	}
	if len(l.judged) == 0 {
		return nil
	}
	l.data = append(l.data, 0) // so that there is a first byte to point to
	C.fuzz_judge(&l.prog[0], C.uint(len(l.prog)), (*C.u_char)(unsafe.Pointer(&l.data[0])), &l.off[0], &l.cap[0], &l.wl[0],
		C.uint(len(l.judged)), &l.verdicts[0])
	runtime.KeepAlive(l)
	for i, v := range l.verdicts {
		verdicts[l.judged[i]] = uint32(v)
	}
	return nil
}

func (l *Libpcap) endless(p Packet) bool {
	if l.loops == nil {
		return false
	}
	_, e := Trace(l.loops, p)
	return e&(EventEndless|EventTurnLimit) != 0
}
