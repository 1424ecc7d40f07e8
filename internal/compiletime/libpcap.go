//go:build libpcap && cgo

package main

/*
#cgo LDFLAGS: -lpcap
#include <pcap/pcap.h>
#include <stdlib.h>
#include <time.h>

// compile_time returns the nanoseconds that pcap_compile with its optimizer takes for an expression, -1 if it refuses it.
static long long compile_time(pcap_t *p, const char *expr, int *len) {
	struct bpf_program prog;
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	int rc = pcap_compile(p, &prog, expr, 1, PCAP_NETMASK_UNKNOWN);
	clock_gettime(CLOCK_MONOTONIC, &b);
	if (rc != 0)
		return -1;
	*len = prog.bf_len;
	pcap_freecode(&prog);
	return (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
}
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

// libpcap is a handle of the installed libpcap.
type libpcap struct{ handle *C.pcap_t }

func openLibpcap() (*libpcap, error) {
	p := C.pcap_open_dead(1, 262144) // DLT_EN10MB
	if p == nil {
		return nil, errors.New("pcap_open_dead: out of memory")
	}
	return &libpcap{p}, nil
}

func (l *libpcap) close() { C.pcap_close(l.handle) }

// compile returns how long libpcap takes for an expression, and how many instructions it makes.
func (l *libpcap) compile(expr string) (time.Duration, int, error) {
	text := C.CString(expr)
	defer C.free(unsafe.Pointer(text))
	var n C.int
	t := C.compile_time(l.handle, text, &n)
	if t < 0 {
		return 0, 0, errors.New("libpcap: " + C.GoString(C.pcap_geterr(l.handle)))
	}
	return time.Duration(t), int(n), nil
}
