//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package pcap

//lint:file-ignore ST1005 error texts are libpcap's

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/linktype"
	"bpfc/vm/jit"
)

// bpfSource captures from a bpf device (bpf(4)). A read of it gives a buffer full of packets, each behind a header, or nothing after
// the read time-out that was set, which is never longer than a tenth of a second: that often it is seen that the source was closed.
type bpfSource struct {
	reading sync.Mutex // held by next, and to close the device
	closed  atomic.Bool
	fd      int
	links   []linktype.Type
	numbers []uint32 // by which the system knows them

	buffer  []byte
	left    []byte // what was not delivered of it
	started uint64 // the filter's turn when the buffer was read
	packet  capture.Packet

	turn   atomic.Uint64 // counts the filters
	filter atomic.Pointer[bpfFilter]
}

// bpfFilter is a program in force, for user space.
type bpfFilter struct {
	matcher *jit.Matcher
	always  bool // the kernel does not take it; else it is for what was read, or was being read, when the kernel got it
}

// ioctl asks the device with a pointer to what the request takes or gives.
func ioctl[T any](fd int, request uint, argument *T) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(argument)))
	runtime.KeepAlive(argument)
	if errno != 0 {
		return errno
	}
	return nil
}

// openDevice opens a bpf device that is free: systems have one that is a new one each time, or many.
func openDevice() (int, error) {
	fd, err := unix.Open("/dev/bpf", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != unix.ENOENT {
		return fd, err
	}
	for i := range 1000 {
		fd, err := unix.Open(fmt.Sprintf("/dev/bpf%d", i), unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != unix.EBUSY {
			return fd, err
		}
	}
	return -1, unix.EBUSY
}

// openLive starts a capture.
func openLive(c *liveConfig) (*opened, *activateError) {
	if len(c.device) >= unix.IFNAMSIZ {
		return nil, liveError("", unix.ENXIO)
	}
	fd, err := openDevice()
	if err != nil {
		return nil, liveError("opening a bpf device", err)
	}
	s := &bpfSource{fd: fd}
	if what, err := s.setUp(c); err != nil {
		unix.Close(fd)
		return nil, liveError(what, err)
	}
	return &opened{source: s, link: uint32(s.links[0])}, nil
}

// ifreq has the name of an interface where struct ifreq of net/if.h has it, and room for the longest there is (NetBSD's).
type ifreq [160]byte

// setUp gives the device its interface, in the order that bpf(4) asks for: the buffer's size first. Where it fails it says at what.
func (s *bpfSource) setUp(c *liveConfig) (what string, err error) {
	const defaultBuffer = 512 << 10
	size := uint32(defaultBuffer)
	if c.bufferSize > 0 {
		size = uint32(min(c.bufferSize, 1<<30))
	}
	var name ifreq
	copy(name[:], c.device)
	for { // with as much memory as the kernel has
		if err := ioctl(s.fd, unix.BIOCSBLEN, &size); err != nil {
			return "BIOCSBLEN", err
		}
		err := ioctl(s.fd, unix.BIOCSETIF, &name)
		if err == nil {
			break
		}
		if err != unix.ENOBUFS || size < 1<<15 {
			return "BIOCSETIF", err
		}
		size /= 2
	}
	if err := ioctl(s.fd, unix.BIOCGBLEN, &size); err != nil {
		return "BIOCGBLEN", err
	}
	s.buffer = make([]byte, size)
	timeout := unix.NsecToTimeval(int64(c.gather()))
	yes := uint32(1)
	if err := ioctl(s.fd, unix.BIOCSRTIMEOUT, &timeout); err != nil {
		return "BIOCSRTIMEOUT", err
	}
	if c.immediate {
		if err := ioctl(s.fd, unix.BIOCIMMEDIATE, &yes); err != nil {
			return "BIOCIMMEDIATE", err
		}
	}
	if c.promiscuous {
		if err := ioctl(s.fd, unix.BIOCPROMISC, &yes); err != nil {
			return "BIOCPROMISC", err
		}
	}
	_ = ioctl(s.fd, unix.BIOCSHDRCMPLT, &yes) // packets that are sent keep their source address
	if err := s.findLinks(); err != nil {
		return "BIOCGDLT", err
	}
	return "BIOCSETF", s.attach([]bpf.RawInstruction{{Op: cbpf.RetK, K: uint32(c.snaplen)}})
}

// dataLinkList is struct bpf_dltlist.
type dataLinkList struct {
	length uint32
	list   *uint32
}

// findLinks finds the link-layer types that the interface can have, the one that it has first.
func (s *bpfSource) findLinks() error {
	var now uint32
	if err := ioctl(s.fd, unix.BIOCGDLT, &now); err != nil {
		return err
	}
	s.numbers = []uint32{now}
	list := make([]uint32, 64)
	request := dataLinkList{length: uint32(len(list)), list: &list[0]}
	if err := ioctl(s.fd, unix.BIOCGDLTLIST, &request); err == nil {
		for _, n := range list[:min(int(request.length), len(list))] {
			if n != now {
				s.numbers = append(s.numbers, n)
			}
		}
	}
	for _, n := range s.numbers {
		s.links = append(s.links, systemLink(n))
	}
	return nil
}

// systemLink gives the type for a DLT_ number of this system. OpenBSD has numbers of its own for two.
func systemLink(dlt uint32) linktype.Type {
	if runtime.GOOS == "openbsd" {
		switch dlt {
		case 12:
			return linktype.LOOP
		case 14:
			return linktype.RAW
		}
	}
	return linktype.Type(dlt)
}

// liveError says why a device cannot be captured on.
func liveError(what string, err error) *activateError {
	e := &activateError{status: statusError, detail: systemError(what, err).Error(), err: err}
	switch {
	case errors.Is(err, unix.ENXIO):
		e.status, e.detail, e.err = statusNoSuchDevice, "", capture.ErrNoDevice
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		e.status, e.detail, e.err = statusDenied, "root privileges may be required", capture.ErrPermission
	case errors.Is(err, unix.ENETDOWN):
		e.status, e.detail, e.err = statusNotUp, "", capture.ErrDown
	}
	return e
}

func timestampSources(string) []TimestampSource { return []TimestampSource{tstampHost} }

func canMonitor(string) bool { return false }

// close waits for a read, which takes no longer than the read time-out.
func (s *bpfSource) close() {
	s.closed.Store(true)
	s.reading.Lock()
	defer s.reading.Unlock()
	unix.Close(s.fd)
}

func (s *bpfSource) next(timeout time.Duration) (*capture.Packet, error) {
	wait := patience{timeout: timeout}
	s.reading.Lock()
	defer s.reading.Unlock()
	for !s.closed.Load() {
		for s.take() {
			f := s.filter.Load()
			if f == nil || !f.always && s.started == s.turn.Load() || f.matcher.Match(s.packet.Data, s.packet.WireLen) != 0 {
				return &s.packet, nil
			}
		}
		if wait.over() {
			return nil, NextErrorTimeoutExpired
		}
		s.started = s.turn.Load()
		n, err := unix.Read(s.fd, s.buffer)
		switch err {
		case nil:
			s.left = s.buffer[:max(n, 0)]
		case unix.EINTR, unix.EAGAIN:
		case unix.ENXIO, unix.EIO:
			return nil, &textError{"The interface disappeared", capture.ErrGone}
		default:
			return nil, systemError("read", err)
		}
	}
	return nil, io.EOF
}

// take makes the next packet of the buffer the source's; false if there is none.
func (s *bpfSource) take() bool {
	const headerLen = int(unsafe.Offsetof(unix.BpfHdr{}.Hdrlen)) + 2 // bytes that every system has of it
	if len(s.left) < headerLen {
		return false
	}
	var header unix.BpfHdr
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&header)), unsafe.Sizeof(header)), s.left)
	start := int(header.Hdrlen)
	end := start + int(header.Caplen)
	if start < headerLen || end < start || end > len(s.left) {
		s.left = nil // the kernel never gives such a header
		return false
	}
	s.packet = capture.Packet{Data: s.left[start:end:end], WireLen: header.Datalen, Number: s.packet.Number + 1,
		Timestamp: int64(header.Tstamp.Sec)*1e9 + int64(header.Tstamp.Usec)*1e3}
	aligned := (end + unix.BPF_ALIGNMENT - 1) &^ (unix.BPF_ALIGNMENT - 1)
	s.left = s.left[min(aligned, len(s.left)):]
	return true
}

// attach gives the kernel a program. That throws away what it has gathered.
func (s *bpfSource) attach(program []bpf.RawInstruction) error {
	// bpf.RawInstruction has the layout of struct bpf_insn.
	p := unix.BpfProgram{Len: uint32(len(program)), Insns: (*unix.BpfInsn)(unsafe.Pointer(unsafe.SliceData(program)))}
	err := ioctl(s.fd, unix.BIOCSETF, &p)
	runtime.KeepAlive(program)
	return err
}

// setFilter has the kernel filter, or, where it does not take the program, user space.
func (s *bpfSource) setFilter(program []bpf.RawInstruction) error {
	matcher, err := jit.New(program)
	if err != nil {
		return errInvalidProgram
	}
	f := &bpfFilter{matcher: matcher}
	switch err := s.attach(program); err {
	case nil:
	case unix.EINVAL: // for its length, or what it does
		f.always = true
		if err := s.attach([]bpf.RawInstruction{{Op: cbpf.RetK, K: maxSnaplen}}); err != nil {
			return systemError("BIOCSETF", err)
		}
	default:
		return systemError("BIOCSETF", err)
	}
	s.filter.Store(f)
	s.turn.Add(1)
	return nil
}

func (s *bpfSource) stats() (Stats, error) {
	var counts unix.BpfStat
	if err := ioctl(s.fd, unix.BIOCGSTATS, &counts); err != nil {
		return Stats{}, systemError("BIOCGSTATS", err)
	}
	return Stats{PacketsReceived: int(counts.Recv), PacketsDropped: int(counts.Drop)}, nil
}

func (s *bpfSource) setDirection(d Direction) error {
	request, argument, ok := directionRequest(d)
	if !ok {
		return errors.New("Setting direction is not supported on this device")
	}
	if err := ioctl(s.fd, request, &argument); err != nil {
		return systemError("direction", err)
	}
	return nil
}

func (s *bpfSource) send(packet []byte) error {
	if _, err := unix.Write(s.fd, packet); err != nil {
		return systemError("send", err)
	}
	return nil
}

func (s *bpfSource) dataLinks() []linktype.Type { return s.links }

func (s *bpfSource) setDataLink(t linktype.Type) error {
	number := s.numbers[slices.Index(s.links, t)]
	if err := ioctl(s.fd, unix.BIOCSDLT, &number); err != nil {
		return systemError("Cannot set DLT "+t.String(), err)
	}
	return nil
}
