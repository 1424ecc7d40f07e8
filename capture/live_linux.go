package capture

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"bpfc/cbpf"
	"bpfc/linktype"
	"bpfc/vm"
)

var openPacket opener = func(o LiveOptions) (Handle, error) { return openPacketHandle(o) }

// packetHandle captures from an AF_PACKET socket through a TPACKET_V3 ring
// (Linux, Documentation/networking/packet_mmap.rst): memory shared with the
// kernel, divided into blocks. The kernel fills a block with packets of any
// length, hands it over when it is full or old enough, and gets it back when
// all its packets were read.
type packetHandle struct {
	file        *os.File        // the socket, in the care of the Go runtime, which polls it
	conn        syscall.RawConn // the same
	fd          int             // the same
	iface       Interface
	link        atomic.Uint32 // a linktype.Type, that of the packets delivered, which iface had at first
	device      device
	snaplen     int
	dir         atomic.Int32  // a Direction
	delay       time.Duration // how long the kernel gathers packets
	down        bool          // the interface is down; it may come up again, or go away
	broken      error         // the interface is gone; what was gathered still comes
	brokenSince time.Time     // when that was waited for first
	closed      atomic.Bool
	reading     sync.Mutex // held while Next uses the ring
	once        sync.Once

	ring      []byte
	blockSize int
	blocks    int
	current   int           // block being read
	blocksRun atomic.Uint64 // blocks read so far
	left      uint32        // packets left in the current block
	frame     int           // where in the ring the next one is
	held      bool          // the current block is ours
	packet    Packet
	meta      vm.Metadata // of the frame being judged

	setting sync.Mutex // one SetFilter at a time
	filter  atomic.Pointer[liveFilter]

	statsLock sync.Mutex
	stats     Stats
}

// liveFilter is the program in force.
type liveFilter struct {
	kernelView *vm.VM // the program as the kernel has it, for what the kernel may have let through wrongly
	blocks     uint64 // packets of blocks before this one may be from before the filter was attached
	until      int64  // and so may packets with a time stamp up to this, in ns
	strays     bool   // the kernel's loads may stray: see [strays]
	userland   *vm.VM // the program, where the kernel does not take it
	attachment
}

// device is a network interface as the kernel describes it.
type device struct {
	name   string
	index  int // 0 for "any"
	hatype uint16
	cooked bool
}

// ARPHRD_ values of linux/if_arp.h, and the link-layer type of what packets of
// such an interface begin with, as libpcap maps them. Interfaces of a type
// that is not here are captured with a cooked header.
var linktypeOfHardware = map[uint16]linktype.Type{
	unix.ARPHRD_ETHER:              linktype.EN10MB,
	unix.ARPHRD_LOOPBACK:           linktype.EN10MB,
	unix.ARPHRD_NONE:               linktype.RAW,
	unix.ARPHRD_RAWIP:              linktype.RAW,
	unix.ARPHRD_TUNNEL:             linktype.RAW,
	unix.ARPHRD_TUNNEL6:            linktype.RAW,
	unix.ARPHRD_SIT:                linktype.RAW,
	unix.ARPHRD_IEEE80211:          linktype.IEEE802_11,
	unix.ARPHRD_IEEE80211_PRISM:    linktype.PRISM_HEADER,
	unix.ARPHRD_IEEE80211_RADIOTAP: linktype.IEEE802_11_RADIO,
	unix.ARPHRD_CAN:                linktype.CAN_SOCKETCAN,
	unix.ARPHRD_IEEE802154:         linktype.IEEE802_15_4_NOFCS,
	unix.ARPHRD_NETLINK:            linktype.NETLINK,
	unix.ARPHRD_VSOCKMON:           linktype.VSOCK,
}

// ProbeLink tells what a filter for an interface has to be compiled for,
// without capturing. It needs no privilege for the AF_PACKET backend.
func ProbeLink(o LiveOptions) (Link, error) {
	if o.Backend == BackendLibpcap {
		h, err := OpenLive(o)
		if err != nil {
			return Link{}, err
		}
		defer h.Close()
		return h.Link(), nil
	}
	name, err := InterfaceName(o.Interface)
	if err != nil {
		return Link{}, err
	}
	o.Interface = name
	_, link, err := findDevice(o)
	return Link{LinkType: link, Extensions: true}, err
}

// findDevice looks an interface up by its name.
func findDevice(o LiveOptions) (device, linktype.Type, error) {
	d := device{name: o.Interface}
	if o.Interface == "any" {
		d.cooked = true
		return d, cookedLinktype(o), checkLinkType(o.LinkType, d, cookedLinktype(o))
	}
	ifi, err := net.InterfaceByName(o.Interface)
	if err != nil {
		return d, 0, ErrNoDevice
	}
	d.name, d.index = ifi.Name, ifi.Index
	d.hatype, err = hardwareType(ifi.Name)
	if err != nil {
		return d, 0, err
	}
	link, known := linktypeOfHardware[d.hatype]
	if !known {
		d.cooked = true
		link = cookedLinktype(o)
	}
	return d, link, checkLinkType(o.LinkType, d, link)
}

func cookedLinktype(o LiveOptions) linktype.Type {
	if o.LinkType == linktype.LINUX_SLL {
		return linktype.LINUX_SLL
	}
	return linktype.LINUX_SLL2
}

// checkLinkType tells whether an interface whose packets are of a type can
// deliver the type asked for, 0 for any.
func checkLinkType(asked linktype.Type, d device, link linktype.Type) error {
	switch {
	case asked == 0, asked == link:
		return nil
	case d.cooked:
		return fmt.Errorf("%w %d there, only the cooked headers %d and %d", ErrLinkType, asked, linktype.LINUX_SLL2, linktype.LINUX_SLL)
	}
	return fmt.Errorf("%w %d there, only its own %d", ErrLinkType, asked, link)
}

// hardwareType asks the kernel for an interface's ARPHRD_ value.
func hardwareType(name string) (uint16, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, ErrNoDevice
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFHWADDR, request); err != nil {
		return 0, os.NewSyscallError("SIOCGIFHWADDR", err)
	}
	return request.Uint16(), nil // the family of the address
}

// openPacketHandle makes the socket with protocol 0, so that it receives
// nothing; ring and filter are in place before bind gives it a protocol.
func openPacketHandle(o LiveOptions) (*packetHandle, error) {
	d, link, err := findDevice(o)
	if err != nil {
		return nil, err
	}
	kind := unix.SOCK_RAW
	if d.cooked {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, socketError(err)
	}
	h := &packetHandle{file: os.NewFile(uintptr(fd), "packet socket"), fd: fd, device: d, snaplen: o.Snaplen, delay: o.Delay,
		iface: Interface{LinkType: link, Snaplen: uint32(o.Snaplen), FCSLen: -1, Name: d.name, tsResol: 9}}
	h.link.Store(uint32(link))
	if err := h.setup(o); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func socketError(err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return ErrPermission
	}
	return os.NewSyscallError("socket", err)
}

func (h *packetHandle) setup(o LiveOptions) (err error) {
	if h.conn, err = h.file.SyscallConn(); err != nil {
		return err
	}
	if err := h.makeRing(o); err != nil {
		return err
	}
	if err := h.SetFilter(o.Filter); err != nil {
		return err
	}
	h.filter.Store(h.filter.Load().withoutPast()) // nothing can be queued yet
	h.setDirection(o.Direction)
	if err := setTimestampSource(h.fd, h.device.name, o.Timestamps); err != nil {
		return err
	}
	if o.Promiscuous && h.device.index != 0 {
		m := unix.PacketMreq{Ifindex: int32(h.device.index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(h.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil {
			return os.NewSyscallError("PACKET_ADD_MEMBERSHIP", err)
		}
	}
	address := unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: h.device.index}
	if err := unix.Bind(h.fd, &address); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return h.pendingError()
}

func networkOrder(v uint16) uint16 {
	if hostIsBigEndian {
		return v
	}
	return v<<8 | v>>8
}

func (h *packetHandle) isLoopback() bool { return h.device.hatype == unix.ARPHRD_LOOPBACK }

const (
	smallBlock  = 256 << 10
	largeBlock  = 512 << 10  // holds a packet of MaxSnaplen with its headers
	widestBlock = 1024 << 10 // the fewer blocks, the fewer times the kernel has to wake us
	minBlocks   = 4
	manyBlocks  = 8 // beyond, blocks are made larger instead
)

// makeRing asks for the buffer; where the kernel has not that much memory,
// for half of it, and so on.
func (h *packetHandle) makeRing(o LiveOptions) error {
	if err := unix.SetsockoptInt(h.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("this kernel has no TPACKET_V3: %w", err)
	}
	h.blockSize = smallBlock
	if o.Snaplen > smallBlock-4096 {
		h.blockSize = largeBlock
	}
	for h.blockSize < widestBlock && o.BufferSize/h.blockSize >= 2*manyBlocks {
		h.blockSize *= 2
	}
	h.blocks = min(max(o.BufferSize/h.blockSize, minBlocks), math.MaxInt32/h.blockSize)
	for {
		request := unix.TpacketReq3{
			Block_size: uint32(h.blockSize), Block_nr: uint32(h.blocks),
			Frame_size: uint32(h.blockSize), Frame_nr: uint32(h.blocks), // of no meaning in this version
			Retire_blk_tov: uint32(max(o.Delay.Milliseconds(), 1)),
		}
		err := unix.SetsockoptTpacketReq3(h.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request)
		if err == nil {
			break
		}
		if err != unix.ENOMEM || h.blocks <= minBlocks {
			return fmt.Errorf("a capture buffer of %d bytes: %w", h.blocks*h.blockSize, err)
		}
		h.blocks = max(h.blocks/2, minBlocks)
	}
	ring, err := unix.Mmap(h.fd, 0, h.blocks*h.blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	h.ring = ring
	return nil
}

// SetFilter is described at [Handle].
func (h *packetHandle) SetFilter(prog []bpf.RawInstruction) error {
	h.setting.Lock()
	defer h.setting.Unlock()
	if h.closed.Load() {
		return ErrClosed
	}
	if prog == nil {
		prog = acceptAll(h.snaplen)
	}
	full, err := vm.New(prog)
	if err != nil {
		return err
	}
	next, err := h.attachKernel(prog)
	if err != nil {
		// The VM takes over. It judges everything from here on, and the
		// kernel lets everything through only after that.
		previous := h.filter.Swap(&liveFilter{userland: full, attachment: attachment{engine: "vm", reason: err.Error()}})
		if err := attachClassic(h.fd, acceptAll(h.snaplen)); err != nil {
			h.filter.Store(previous)
			return err
		}
		previous.release()
		return nil
	}
	h.filter.Swap(next).release()
	return nil
}

// inFlight is how long a packet may take from the kernel's filter to its
// time stamp: on a busy virtual machine a processor can stop between the two.
const inFlight = time.Second

// attachKernel gives the kernel the program, and the filter for what the old
// program let through: the packets queued, all of which lie in the blocks
// that the ring has now, and those still under way.
func (h *packetHandle) attachKernel(prog []bpf.RawInstruction) (*liveFilter, error) {
	kernelProg, err := forKernel(prog, h.linkType(), h.device.cooked, h.snaplen)
	if err != nil {
		return nil, err
	}
	view, err := vm.New(kernelProg)
	if err != nil {
		return nil, err
	}
	attached, err := attachFD(h.fd, kernelProg, true)
	if err != nil {
		return nil, err
	}
	return &liveFilter{attachment: attached, kernelView: view, blocks: h.blocksRun.Load() + uint64(h.blocks) + 2,
		until: time.Now().Add(inFlight).UnixNano(), strays: attached.engine == "kernel" && strays(kernelProg)}, nil
}

// release lets go of what an attached program needed. f may be nil.
func (f *liveFilter) release() {
	if f != nil && f.held != nil {
		f.held.Close()
	}
}

// strays tells whether a load of a classic program at X + k may read, in the kernel, what the program does not mean: the kernel adds
// the two in 32 bits, so that a large X can lead back to the start of the packet, and takes sums from SKF_LL_OFF on for places behind
// its own headers (bpf_internal_load_pointer_neg_helper in kernel/bpf/core.c). Such a load is to fail, and the packet to be
// rejected; so what the kernel rejects is rejected rightly. X is not too large where it is a header's length or a small constant.
func strays(prog []bpf.RawInstruction) bool {
	indexed, large := false, false
	for _, in := range prog {
		t := cbpf.TraitsOf(in.Op)
		indexed = indexed || t.Any(cbpf.Indirect)
		large = large || t.Any(cbpf.WritesX) && !t.Any(cbpf.Header) && !(in.Op == cbpf.LdxImm && in.K <= MaxSnaplen)
	}
	return indexed && large
}

// withoutPast is the filter where nothing from before can be queued.
func (f *liveFilter) withoutPast() *liveFilter {
	g := *f
	g.blocks, g.until = 0, 0
	return &g
}

// doubts tells whether the kernel may have let a packet through wrongly: one with a time stamp, of a block of the ring, that is whole or
// was cut. Of one that was cut, the kernel saw more than there is here.
func (f *liveFilter) doubts(stamp int64, block uint64, whole bool) bool {
	return f.kernelView != nil && (stamp <= f.until || block < f.blocks || f.strays && whole)
}

// Engine is described at [Handle].
func (h *packetHandle) Engine() (engine, reason string) {
	f := h.filter.Load()
	return f.engine, f.reason
}

// Link is described at [Handle].
func (h *packetHandle) Link() Link { return Link{LinkType: h.linkType(), Extensions: true} }

func (h *packetHandle) linkType() linktype.Type { return linktype.Type(h.link.Load()) }

// Interfaces gives the one interface of the capture.
func (h *packetHandle) Interfaces() []Interface {
	iface := h.iface
	iface.LinkType = h.linkType()
	return []Interface{iface}
}

// Next is described at [Handle].
func (h *packetHandle) Next(ctx context.Context) (*Packet, error) { return h.next(ctx, time.Time{}) }

// NextBefore is described at [Handle].
func (h *packetHandle) NextBefore(deadline time.Time) (*Packet, error) {
	return h.next(context.Background(), deadline)
}

// next waits for a packet until ctx is done, or until the deadline unless that is zero.
func (h *packetHandle) next(ctx context.Context, deadline time.Time) (*Packet, error) {
	h.reading.Lock()
	defer h.reading.Unlock()
	select { // cheaper than ctx.Err(), which locks
	case <-ctx.Done():
		return nil, ctx.Err()
	default:
	}
	for !h.closed.Load() {
		for h.left > 0 {
			h.left--
			if h.take() {
				return &h.packet, nil
			}
		}
		if err := h.nextBlock(ctx, deadline); err != nil {
			return nil, err
		}
	}
	return nil, ErrClosed
}

// nextBlock gives the block that was read back to the kernel and waits for
// the one after it.
func (h *packetHandle) nextBlock(ctx context.Context, deadline time.Time) error {
	if h.held {
		atomic.StoreUint32(&h.header(h.current).Block_status, unix.TP_STATUS_KERNEL)
		h.held = false
		h.current = (h.current + 1) % h.blocks
		h.blocksRun.Add(1)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for !h.ready() {
		if err := h.wait(ctx, deadline); err != nil {
			return err
		}
	}
	block := h.header(h.current)
	h.held = true
	h.left = block.Num_pkts
	h.frame = h.current*h.blockSize + int(block.Offset_to_first_pkt)
	return nil
}

// header gives the description at the start of a block.
func (h *packetHandle) header(block int) *unix.TpacketHdrV1 {
	description := (*unix.TpacketBlockDesc)(unsafe.Pointer(&h.ring[block*h.blockSize]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&description.Hdr))
}

// ready tells whether the kernel has handed the current block over.
func (h *packetHandle) ready() bool {
	return atomic.LoadUint32(&h.header(h.current).Block_status)&unix.TP_STATUS_USER != 0
}

// downPoll is how often a capture looks after an interface that is down. The
// kernel tells a socket when its interface goes down, and not when one that is
// down goes away.
const downPoll = 100 * time.Millisecond

// wait sleeps until the kernel has a block ready or something ends the wait.
// It may return early. The goroutine sleeps, and no thread: one that sits in
// poll(2) has the runtime's monitor look after it time and again, which took
// more of the processor than a few packets do.
func (h *packetHandle) wait(ctx context.Context, deadline time.Time) error {
	if h.down {
		h.down, h.broken = h.interfaceState()
	}
	var until time.Time
	switch {
	case h.broken != nil:
		patience := 2*h.delay + 10*time.Millisecond
		if h.header(h.current).Num_pkts > 0 { // gathered, and handed over as soon as the kernel gets to it
			patience *= 20
		}
		if h.brokenSince.IsZero() {
			h.brokenSince = time.Now()
		}
		until = h.brokenSince.Add(patience)
	case h.down:
		until = time.Now().Add(downPoll)
	}
	wakeAt := until
	if !deadline.IsZero() && (until.IsZero() || deadline.Before(until)) {
		wakeAt = deadline
	}
	if err := h.file.SetReadDeadline(wakeAt); err != nil {
		return err
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, h.wakeUp)
		defer stop()
	}
	err := h.conn.Read(func(uintptr) bool { // called before it sleeps, and whenever there is news of the socket
		return h.noteError() || h.ready() || h.closed.Load()
	})
	switch {
	case h.closed.Load():
		return ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case h.broken != nil && !time.Now().Before(until):
		return h.broken // nothing more came in time
	case !deadline.IsZero() && !time.Now().Before(deadline):
		return os.ErrDeadlineExceeded
	}
	return nil // woken for a context of before, or to look after the interface
}

// wakeUp ends a wait.
func (h *packetHandle) wakeUp() { _ = h.file.SetReadDeadline(time.Unix(1, 0)) } // fails only where the file is closed

// noteError notes an error that the socket has pending; false if there is none.
// The kernel still hands over what it has gathered.
func (h *packetHandle) noteError() bool {
	switch err := h.pendingError(); err {
	case nil:
		return false
	case ErrDown:
		h.down = true
	default:
		h.broken = err
	}
	return true
}

// pendingError asks for the error that the socket has pending, and takes it from there.
func (h *packetHandle) pendingError() error {
	errno, err := unix.GetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return os.NewSyscallError("SO_ERROR", err)
	}
	switch unix.Errno(errno) {
	case 0:
		return nil
	case unix.ENETDOWN: // or about to disappear
		return ErrDown
	case unix.ENODEV, unix.ENXIO:
		return ErrGone
	}
	return unix.Errno(errno)
}

// interfaceState tells whether the interface that the socket is bound to is down,
// with an error where it disappeared: was deleted, or moved to another network
// namespace. Its name does not matter, which may have changed meanwhile, nor
// the namespace of the thread.
func (h *packetHandle) interfaceState() (down bool, err error) {
	address, err := unix.Getsockname(h.fd)
	if err != nil {
		return false, os.NewSyscallError("getsockname", err)
	}
	if a, ok := address.(*unix.SockaddrLinklayer); !ok || a.Ifindex <= 0 {
		return false, ErrGone // packet_notifier of net/packet/af_packet.c unbinds the socket
	}
	name, err := interfaceName(h.fd, h.device.index)
	if err != nil {
		return true, nil // it is just disappearing
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return false, err
	}
	if err := unix.IoctlIfreq(h.fd, unix.SIOCGIFFLAGS, request); err != nil {
		return true, nil // it is just disappearing, or being renamed
	}
	return request.Uint16()&unix.IFF_UP == 0, nil
}

// interfaceName asks for the name of an interface by its number, in the network namespace of a socket.
func interfaceName(fd, index int) (string, error) {
	request, err := unix.NewIfreq("answer") // which takes the place of this
	if err != nil {
		return "", err
	}
	request.SetUint32(uint32(index))
	err = unix.IoctlIfreq(fd, unix.SIOCGIFNAME, request)
	return request.Name(), err
}

// InterfaceName is described at [Handle].
func (h *packetHandle) InterfaceName(index int) (name string) {
	_ = h.conn.Control(func(fd uintptr) { // fails only where the socket is closed
		if n, err := interfaceName(int(fd), index); err == nil {
			name = n
		}
	})
	return name
}

// SetDirection is described at [PacketHandle].
func (h *packetHandle) SetDirection(d Direction) error {
	if d < InOut || d > Out {
		return fmt.Errorf("no direction %d", d)
	}
	return h.conn.Control(func(uintptr) { h.setDirection(d) }) // an error where the socket is closed
}

// setDirection also has the kernel leave out what is not wanted, if it can.
func (h *packetHandle) setDirection(d Direction) {
	h.dir.Store(int32(d))
	ignore := 0
	if d == In || h.isLoopback() {
		ignore = 1
	}
	// Kernels before 4.20 refuse; then packets are dropped as they come.
	_ = unix.SetsockoptInt(h.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, ignore)
}

// SetLinkType is described at [PacketHandle].
func (h *packetHandle) SetLinkType(link linktype.Type) error {
	if h.device.cooked && (link == linktype.LINUX_SLL || link == linktype.LINUX_SLL2) {
		h.link.Store(uint32(link))
		return nil
	}
	return checkLinkType(link, h.device, h.linkType())
}

// Send is described at [PacketHandle].
func (h *packetHandle) Send(packet []byte) error {
	if h.device.cooked {
		return fmt.Errorf("%s: cannot send: packets are captured there with a made-up header", h.device.name)
	}
	var result error
	err := h.conn.Write(func(uintptr) bool { // again when there is room in the socket's buffer
		result = unix.Send(h.fd, packet, 0)
		return result != unix.EAGAIN && result != unix.EINTR
	})
	if errors.Is(err, os.ErrClosed) {
		return ErrClosed
	}
	if err == nil && result != nil {
		err = sendError(result, len(packet))
	}
	return err
}

// Stats is described at [Handle].
func (h *packetHandle) Stats() (Stats, error) {
	h.statsLock.Lock()
	defer h.statsLock.Unlock()
	if h.closed.Load() {
		return h.stats, nil
	}
	return h.readStats()
}

// readStats adds what the kernel counted since the last time.
func (h *packetHandle) readStats() (Stats, error) {
	counts, err := unix.GetsockoptTpacketStatsV3(h.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return h.stats, os.NewSyscallError("PACKET_STATISTICS", err)
	}
	h.stats.Received += uint64(counts.Packets)
	h.stats.Dropped += uint64(counts.Drops)
	return h.stats, nil
}

// Close ends the capture and a Next that is waiting. Stats still gives the
// last counts afterwards.
func (h *packetHandle) Close() error {
	var result error
	h.once.Do(func() {
		h.setting.Lock()
		defer h.setting.Unlock()
		h.statsLock.Lock()
		defer h.statsLock.Unlock()
		_, _ = h.readStats() // the counts so far are better than none
		h.closed.Store(true)
		h.wakeUp()
		h.reading.Lock() // Next is out
		defer h.reading.Unlock()
		h.left, h.held = 0, false
		if h.ring != nil {
			result = unix.Munmap(h.ring)
			h.ring = nil
		}
		result = errors.Join(result, h.file.Close())
		h.filter.Load().release()
	})
	return result
}
