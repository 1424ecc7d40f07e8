package toebpf

import "fmt"

// Hook is a place where the kernel runs an eBPF program on a packet.
// It is a value, and so safe for concurrent use.
type Hook uint8

// The hooks. A packet starts at its link-layer header, but for CGroupSKB, where it starts at the network header: there the
// filter must have been compiled for LINKTYPE_RAW.
const (
	SocketFilter Hook = iota // SO_ATTACH_BPF; returns the number of bytes to keep
	XDP                      // returns XDP_PASS and the like
	// TC is a classifier of tc, clsact or tcx, in direct action; it returns TC_ACT_OK and the like. On packets that come in, the
	// kernel has taken the outermost VLAN tag out by then: filters for tags must have been compiled for Linux
	// (bpfc.WithLinuxExtensions).
	TC
	CGroupSKB // ingress or egress of a control group; returns 1 to let the packet pass
)

// Access is how a program reads the packet.
// It is a value, and so safe for concurrent use.
type Access uint8

const (
	// DefaultAccess is LdAbs for a socket filter, Linear for TC, Direct for XDP and SkbLoad for CGroupSKB.
	DefaultAccess Access = iota
	// Direct reads between the data and data_end of the context: XDP (Linux 4.8) and TC (4.7). What a network packet has beyond
	// its linear part counts as not captured. See [Linear].
	Direct
	// Linear reads directly, and starts again with [SkbLoad] or [XDPLoad] where the packet goes on behind the linear part and
	// that is needed: twice the code, and the right verdict on every packet. For TC, and XDP programs for packets in several buffers.
	Linear
	// LdAbs reads with the instructions that are left of classic BPF, where a load past the end returns 0 by itself:
	// SocketFilter, and TC where a packet that does not match returns 0 (TC_ACT_OK). It takes half as many instructions as
	// SkbLoad, and two thirds of the time or less (BenchmarkAccess, docs/performance.md).
	LdAbs
	// SkbLoad copies to the stack with bpf_skb_load_bytes: SocketFilter, TC, CGroupSKB (Linux 4.5).
	SkbLoad
	// XDPLoad copies with bpf_xdp_load_bytes (Linux 5.18): XDP, also of packets in several buffers.
	XDPLoad
	// ProbeRead copies with bpf_probe_read_kernel (Linux 5.5), a helper for programs under a GPL-compatible license alone:
	// tracing programs, for which [Inject] is.
	ProbeRead
)

var accessNames = [...]string{"default", "direct", "linear", "ld_abs", "skb_load", "xdp_load", "probe_read"}

// String names the access.
func (a Access) String() string {
	if int(a) < len(accessNames) {
		return accessNames[a]
	}
	return fmt.Sprintf("Access(%d)", uint8(a))
}

// copies tells whether what is read is copied to the stack first.
func (a Access) copies() bool { return a == SkbLoad || a == XDPLoad || a == ProbeRead }

// keepsOrder tells whether loads give the packet's bytes in the order in which they lie there.
func (a Access) keepsOrder() bool { return a != LdAbs }
