package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/linktype"
)

// Reasons for which a live capture does not start or ends; test with errors.Is.
var (
	// ErrPermission: the process may not capture or send.
	ErrPermission = errors.New("no permission: run as root, or give the program the capabilities CAP_NET_RAW and CAP_NET_ADMIN")
	// ErrNoDevice: there is no interface of that name or number.
	ErrNoDevice = errors.New("no such interface")
	// ErrDown: the interface is down, and so nothing can be captured or sent.
	ErrDown = errors.New("the interface is down")
	// ErrGone: the interface disappeared: it was deleted, or moved to another network namespace.
	ErrGone = errors.New("the interface disappeared")
	// ErrClosed: the handle was closed.
	ErrClosed = errors.New("the capture is closed")
	// ErrLinkType: the interface does not deliver the link-layer type asked for.
	ErrLinkType = errors.New("no packets of link-layer type")
	// ErrNotSupported: this build cannot do it on this system.
	ErrNotSupported = errors.New("not supported on this system")
)

// Direction selects packets by where they go, seen from this host.
// It is a value, and so safe for concurrent use.
type Direction int

// The directions, as tcpdump's -Q.
const (
	InOut Direction = iota
	In
	Out
)

// Backends of a live capture.
const (
	BackendAuto    = ""         // AF_PACKET on Linux, libpcap elsewhere if built with it
	BackendPacket  = "afpacket" // Linux AF_PACKET sockets, pure Go
	BackendLibpcap = "libpcap"  // needs the build tag libpcap
)

// LiveOptions says what to capture. Only Interface must be given.
// It is safe for concurrent use as long as nobody changes it.
type LiveOptions struct {
	Interface   string        // name, or number as [InterfaceName] takes it, or "any" for all of them
	Snaplen     int           // bytes of a packet to keep; MaxSnaplen if zero
	Promiscuous bool          // take packets for other hosts, too
	BufferSize  int           // bytes of kernel buffer; 8 MiB if zero
	Immediate   bool          // deliver within a millisecond or two instead of Delay
	Delay       time.Duration // how long the kernel may gather packets; 100 ms if zero
	Direction   Direction
	LinkType    linktype.Type // for "any": LINUX_SLL2 (the default) or LINUX_SLL; 0 is the interface's own
	Backend     string
	Timestamps  TimestampSource // the clock of time stamps; the host's if zero

	// Filter is in force before the first packet is taken. It is compiled for
	// the link-layer type that ProbeLink tells; nil keeps everything.
	Filter []bpf.RawInstruction
}

const (
	defaultBuffer = 8 << 20
	defaultDelay  = 100 * time.Millisecond
)

func (o LiveOptions) withDefaults() (LiveOptions, error) {
	if o.Snaplen < 0 || o.Snaplen > MaxSnaplen {
		return o, fmt.Errorf("snapshot length %d is not between 0 and %d", o.Snaplen, MaxSnaplen)
	}
	if o.Snaplen == 0 {
		o.Snaplen = MaxSnaplen
	}
	if o.BufferSize < 0 {
		return o, fmt.Errorf("buffer size %d is negative", o.BufferSize)
	}
	if o.BufferSize == 0 {
		o.BufferSize = defaultBuffer
	}
	if o.Delay <= 0 {
		o.Delay = defaultDelay
	}
	if o.Immediate {
		o.Delay = time.Millisecond
	}
	return o, nil
}

// Stats are the counts of a live capture since it was opened, as the kernel
// keeps them: what reached the application is Received minus Dropped, less
// what is still queued.
// It is safe for concurrent use as long as nobody changes it.
type Stats struct {
	Received uint64 // packets that passed the kernel's filter
	Dropped  uint64 // of these, dropped because the buffer was full
}

// Link is what a filter has to be compiled for.
// It is safe for concurrent use as long as nobody changes it.
type Link struct {
	LinkType linktype.Type // of the packets delivered
	// Extensions tells that the kernel takes VLAN tags out of packets and
	// gives them as metadata: compile with Linux extensions.
	Extensions bool
}

// Handle is a live capture.
//
// Next blocks until a packet comes, ctx is done or the handle is closed, and
// returns at once then: ctx.Err() or ErrClosed. The packet is valid until the
// next call. An interface that goes down does not end the capture, which goes on
// when it is up again; one that disappears ends it with ErrGone, after the
// packets from before. Next must not be called from two goroutines at once; the other
// methods may be called at any time.
//
// SetFilter exchanges the filter without a gap: after it returns, no packet
// that prog rejects is delivered, even if it was queued before, and none that
// prog accepts is missed. Queued packets are judged by the bytes that were
// kept of them. A nil program accepts everything.
//
// Engine tells where the filter runs: "kernel"; "ebpf" for programs that the
// kernel takes as eBPF only, for their length or a loop, which takes CAP_BPF; or
// "vm" for programs that it does not take. The last two come with the reason.
//
// Handles of AF_PACKET can do more, see [PacketHandle].
type Handle interface {
	Next(ctx context.Context) (*Packet, error)
	SetFilter(prog []bpf.RawInstruction) error
	Engine() (engine, reason string)
	Stats() (Stats, error)
	Link() Link
	Interfaces() []Interface
	Close() error
}

// PacketHandle is what a [Handle] of the backend afpacket can do beside; a type assertion gives it. Its methods may be
// called at any time, but for NextBefore, which is another Next.
// So it is safe for concurrent use but for that one.
type PacketHandle interface {
	Handle

	// NextBefore is Next that ends with os.ErrDeadlineExceeded at a time; the zero time is never.
	NextBefore(deadline time.Time) (*Packet, error)
	// SetDirection holds for packets that are delivered from now on, also for those that are queued.
	SetDirection(Direction) error
	// SetLinkType chooses between the two cooked headers, where packets have one: LINUX_SLL2 and
	// LINUX_SLL. The filter is to be set again afterwards, compiled for the other.
	SetLinkType(linktype.Type) error
	// Send sends one packet on the interface, as [Sender] does. The handle does not see the packets that it sends itself.
	Send(packet []byte) error
	// InterfaceName gives the name that the interface with that number of the system has now, "" if there is none.
	// LINUX_SLL2 tells the number for each packet.
	InterfaceName(index int) string
}

// OpenLive starts a live capture.
func OpenLive(o LiveOptions) (Handle, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	open, err := backend(o.Backend)
	if err != nil {
		return nil, err
	}
	asked := o.Interface
	if o.Interface, err = InterfaceName(asked); err != nil {
		return nil, fmt.Errorf("%s: %w", asked, err)
	}
	h, err := open(o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", asked, err)
	}
	return h, nil
}

type opener func(LiveOptions) (Handle, error)

// backend finds the function that opens handles. Each backend is nil where
// the build lacks it.
func backend(name string) (opener, error) {
	switch {
	case name == BackendAuto && openPacket != nil, name == BackendPacket && openPacket != nil:
		return openPacket, nil
	case name == BackendAuto && openLibpcap != nil, name == BackendLibpcap && openLibpcap != nil:
		return openLibpcap, nil
	case name == BackendPacket:
		return nil, fmt.Errorf("capturing with AF_PACKET: %w (it is Linux's)", ErrNotSupported)
	case name == BackendLibpcap, name == BackendAuto:
		return nil, fmt.Errorf("live capture: %w: build with -tags libpcap and CGO_ENABLED=1", ErrNotSupported)
	}
	return nil, fmt.Errorf("no capture backend %q; there are %q and %q", name, BackendPacket, BackendLibpcap)
}

// rejectAll and acceptAll are the two trivial programs.
func rejectAll() []bpf.RawInstruction { return []bpf.RawInstruction{{Op: 0x06}} }

func acceptAll(snaplen int) []bpf.RawInstruction {
	return []bpf.RawInstruction{{Op: 0x06, K: uint32(snaplen)}}
}
