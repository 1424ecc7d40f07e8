package capture

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"bpfc/linktype"
)

// packetSender sends through an AF_PACKET socket.
type packetSender struct {
	fd       int
	link     linktype.Type
	vectors  []unix.Iovec
	messages []mmsghdr
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
	_      [unsafe.Sizeof(uintptr(0)) - 4]byte
}

// OpenSender opens an interface, by name, or by number as [InterfaceName] takes it, for sending. It needs the
// privilege to do so (CAP_NET_RAW).
func OpenSender(iface string) (Sender, error) {
	name, err := InterfaceName(iface)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", iface, err)
	}
	d, link, err := findDevice(LiveOptions{Interface: name})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", iface, err)
	}
	if d.cooked {
		return nil, fmt.Errorf("%s: cannot send: packets are captured there with a made-up header", iface)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // protocol 0: receives nothing
	if err != nil {
		return nil, fmt.Errorf("%s: %w", iface, socketError(err))
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: d.index}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%s: %w", iface, os.NewSyscallError("bind", err))
	}
	return &packetSender{fd: fd, link: link}, nil
}

func (s *packetSender) LinkType() linktype.Type { return s.link }

func (s *packetSender) Close() error {
	fd := s.fd
	s.fd = -1 // whatever gets the number now is not ours to close
	return os.NewSyscallError("close", unix.Close(fd))
}

const sendAtOnce = 256 // packets given to the kernel in one call

// sendPatience is how long nothing may go out. No queue is full for so long, but the kernel says the same of a packet that a
// filter of tc drops.
const sendPatience = 5 * time.Second

func (s *packetSender) Send(packets ...[]byte) (int, error) {
	sent := 0
	var stuck time.Time // since when nothing goes out
	for sent < len(packets) {
		n, err := s.sendSome(packets[sent:min(len(packets), sent+sendAtOnce)])
		sent += n
		if n > 0 {
			stuck = time.Time{}
		}
		switch err {
		case nil, unix.EINTR:
		case unix.ENOBUFS, unix.EAGAIN: // the device's queue is full, or the socket's buffer
			if stuck.IsZero() {
				stuck = time.Now()
			} else if time.Since(stuck) > sendPatience {
				return sent, fmt.Errorf("the kernel drops the packet, as a full queue or a filter on what leaves the interface does (tc filter show): %w", err)
			}
			if err == unix.ENOBUFS {
				time.Sleep(50 * time.Microsecond) // poll(2) knows of the buffer alone
				continue
			}
			fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
			if _, err := unix.Poll(fds, 1); err != nil && err != unix.EINTR {
				return sent, os.NewSyscallError("poll", err)
			}
		default:
			return sent, sendError(err, len(packets[sent]))
		}
	}
	return sent, nil
}

// sendError says in words what the kernel means.
func sendError(err error, length int) error {
	switch err {
	case unix.ENETDOWN:
		return ErrDown
	case unix.ENXIO, unix.ENODEV:
		return ErrGone
	case unix.EMSGSIZE:
		return fmt.Errorf("a packet of %d bytes is longer than the interface's MTU allows: %w", length, err)
	case unix.EINVAL:
		return fmt.Errorf("the interface refuses a packet of %d bytes, too short for its link-layer header: %w", length, err)
	}
	return os.NewSyscallError("sendmmsg", err)
}

// sendSome hands packets to the kernel with one sendmmsg(2).
func (s *packetSender) sendSome(packets [][]byte) (int, error) {
	s.vectors, s.messages = s.vectors[:0], s.messages[:0]
	for _, p := range packets {
		s.vectors = append(s.vectors, unix.Iovec{Base: unsafe.SliceData(p)})
		s.vectors[len(s.vectors)-1].SetLen(len(p))
	}
	for i := range packets {
		var m mmsghdr
		m.header.Iov = &s.vectors[i]
		m.header.SetIovlen(1)
		s.messages = append(s.messages, m)
	}
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.messages[0])), uintptr(len(s.messages)), 0, 0, 0)
	runtime.KeepAlive(packets)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
