package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// kernelMaxPacket is the longest packet, in bytes, that the kernel engine is given: a datagram has to fit the
// socket's send buffer, which may be smaller still (see Kernel.limit).
const kernelMaxPacket = 65536

// datagramOverhead is what the kernel wants free in the send buffer beside the bytes of a datagram (unix_dgram_sendmsg).
const datagramOverhead = 32

// kernelBatch is how many datagrams are written before they are read back. They wait in the receive
// queue meanwhile, and all of them count against the sender's buffer.
const kernelBatch = 32

// Kernel is the running kernel's packet filter as an engine: the program is attached to one end of an
// AF_UNIX datagram socket pair, the packets are written to the other end, and what arrives is what the
// program kept. It needs no privilege. What it cannot show: there is no wire length other than the captured one,
// and verdicts are seen only up to the packet's length.
// It is not safe for concurrent use.
type Kernel struct {
	tx, rx int // file descriptors; -1 when not open
	err    error
	limit  int // bytes of the longest packet that fits the send buffer
	buf    []byte
	out    []mmsghdr
	iov    []unix.Iovec
}

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// NewKernel opens the socket pair. Failure shows in Available. Close frees the sockets.
func NewKernel() *Kernel {
	k := &Kernel{tx: -1, rx: -1, buf: make([]byte, kernelMaxPacket+1)}
	fd, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		k.err = fmt.Errorf("AF_UNIX socket pair: %w", err)
		return k
	}
	k.tx, k.rx = fd[0], fd[1]
	if err := unix.SetsockoptInt(k.tx, unix.SOL_SOCKET, unix.SO_SNDBUF, 4*kernelMaxPacket); err != nil {
		k.err = fmt.Errorf("send buffer: %w", err)
	}
	size, err := unix.GetsockoptInt(k.tx, unix.SOL_SOCKET, unix.SO_SNDBUF)
	if err != nil {
		k.err = fmt.Errorf("send buffer: %w", err)
	}
	k.limit = min(kernelMaxPacket, size-datagramOverhead)
	k.out = make([]mmsghdr, kernelBatch)
	k.iov = make([]unix.Iovec, kernelBatch)
	return k
}

// Name implements Engine.
func (*Kernel) Name() string { return "kernel" }

// Leaves implements Partial.
func (k *Kernel) Leaves() string {
	return fmt.Sprintf("longer than the %d bytes of a datagram", k.limit)
}

// Available implements Engine.
func (k *Kernel) Available() error { return k.err }

// Close implements Engine.
func (k *Kernel) Close() error {
	if k.rx < 0 {
		return nil
	}
	err := errors.Join(unix.Close(k.tx), unix.Close(k.rx))
	k.tx, k.rx, k.err = -1, -1, errors.New("closed")
	return err
}

// Load implements Engine: it attaches prog with SO_ATTACH_FILTER. A refusal is the kernel's EINVAL; ENOMEM
// comes back as ErrNoMemory.
func (k *Kernel) Load(prog []bpf.RawInstruction) (Judge, error) {
	if k.err != nil {
		return nil, k.err
	}
	if len(prog) == 0 || len(prog) > 0xffff {
		return nil, fmt.Errorf("%d instructions do not fit a sock_fprog: %w", len(prog), unix.EINVAL)
	}
	ins := make([]unix.SockFilter, len(prog))
	for i, p := range prog {
		ins[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	f := unix.SockFprog{Len: uint16(len(ins)), Filter: &ins[0]}
	err := unix.SetsockoptSockFprog(k.rx, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &f)
	if errors.Is(err, unix.ENOMEM) {
		return nil, fmt.Errorf("%w: %w", ErrNoMemory, err)
	}
	if err != nil {
		return nil, err
	}
	return k, k.drain()
}

// Judge implements Judge. Packets that are too long for a datagram are Unjudged, the others are written in batches and read back; where what was read back cannot be assigned
// to the packets written (cut ones, equal ones), the batch is repeated one by one.
func (k *Kernel) Judge(pkts []Packet, verdicts []uint32) error {
	for len(pkts) > 0 {
		if len(pkts[0].Data) > k.limit {
			verdicts[0] = Unjudged
			pkts, verdicts = pkts[1:], verdicts[1:]
			continue
		}
		n := k.batchSize(pkts)
		sure, err := k.batch(pkts[:n], verdicts)
		if err != nil {
			return err
		}
		for i := 0; !sure && i < n; i++ {
			if verdicts[i], err = k.one(pkts[i].Data); err != nil {
				return err
			}
		}
		pkts, verdicts = pkts[n:], verdicts[n:]
	}
	return nil
}

// batchSize is how many of the packets may be under way at once; at least one, which has to fit.
func (k *Kernel) batchSize(pkts []Packet) int {
	n, size := 0, 0
	for n < len(pkts) && n < kernelBatch {
		size += len(pkts[n].Data) + 1024 // what the kernel charges for a small datagram, roughly
		if size > k.limit && n > 0 {
			break
		}
		n++
	}
	return n
}

// batch writes all packets, then reads back. sure is false if a datagram that came back could have been more than one
// of those written.
func (k *Kernel) batch(pkts []Packet, verdicts []uint32) (sure bool, err error) {
	if err := k.sendAll(pkts); err != nil {
		return false, err
	}
	sure = true
	next := 0
	for i := range pkts {
		verdicts[i] = 0
	}
	for {
		n, err := unix.Read(k.rx, k.buf)
		if errors.Is(err, unix.EAGAIN) {
			break
		}
		if err != nil {
			return false, fmt.Errorf("read: %w", err)
		}
		for next < len(pkts) && !bytes.Equal(pkts[next].Data, k.buf[:n]) {
			next++
		}
		if next == len(pkts) {
			sure = false
			continue // empty the queue all the same
		}
		verdicts[next] = KeptAll
		next++
	}
	return sure && distinct(pkts, verdicts), nil
}

// distinct says whether no rejected packet equals an accepted one of the batch: then each datagram that
// came back whole can be one packet only.
func distinct(pkts []Packet, verdicts []uint32) bool {
	for i := range pkts {
		for j := range pkts {
			if verdicts[i] != 0 && verdicts[j] == 0 && bytes.Equal(pkts[i].Data, pkts[j].Data) {
				return false
			}
			// A cut packet that happens to equal a shorter one would pass for it.
			if verdicts[i] != 0 && verdicts[j] == 0 && len(pkts[j].Data) > len(pkts[i].Data) && bytes.HasPrefix(pkts[j].Data, pkts[i].Data) {
				return false
			}
		}
	}
	return true
}

func (k *Kernel) sendAll(pkts []Packet) error {
	for i, p := range pkts {
		k.iov[i] = unix.Iovec{}
		k.out[i] = mmsghdr{}
		if len(p.Data) > 0 {
			k.iov[i].Base = &p.Data[0]
			k.iov[i].SetLen(len(p.Data))
		}
		k.out[i].hdr.Iov = &k.iov[i]
		k.out[i].hdr.SetIovlen(1)
	}
	for sent := 0; sent < len(pkts); {
		n, _, e := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(k.tx), uintptr(unsafe.Pointer(&k.out[sent])), uintptr(len(pkts)-sent), 0, 0, 0)
		if e == unix.EINTR {
			continue
		}
		if e != 0 {
			return fmt.Errorf("sendmmsg: %w", e)
		}
		sent += int(n)
	}
	return nil
}

// one writes one packet and reads what is left of it.
func (k *Kernel) one(data []byte) (uint32, error) {
	if _, err := unix.Write(k.tx, data); err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	n, err := unix.Read(k.rx, k.buf)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return 0, nil // dropped by the filter: delivery within a pair is synchronous
	case err != nil:
		return 0, fmt.Errorf("read: %w", err)
	case n == len(data):
		return KeptAll, nil
	}
	return uint32(n), nil
}

// drain empties the receive queue of datagrams that a former program let through.
func (k *Kernel) drain() error {
	for {
		_, err := unix.Read(k.rx, k.buf)
		if errors.Is(err, unix.EAGAIN) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("drain: %w", err)
		}
	}
}
