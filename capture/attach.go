package capture

import (
	"syscall"

	"golang.org/x/net/bpf"
)

// Attach makes the kernel run a program on everything that arrives at a
// socket and keep what it accepts, cut to the length that the program
// returns. Any socket that gives its descriptor will do (net.UDPConn,
// net.IPConn, net.UnixConn, a packet socket …); each kind shows its program
// another start of the packet, so a filter must be compiled for it: ask
// [SocketKind] and give the answer to bpfc.WithSocket. Attach cannot see for what
// a program was made; [AttachProgram] can. What is queued already stays; see
// [AttachFresh].
//
// What is too long for classic BPF in the kernel, or loops (protochain), is
// attached as eBPF; that takes CAP_BPF, and a program that fits into what
// net.core.optmem_max allows a socket, at 8 bytes an instruction. A program that is attached already is
// exchanged atomically. On Linux only; elsewhere the error is [ErrNotSupported].
//
// Where a program for packet sockets takes an offset out of the packet
// (ether[ether[0:4]:1]), the kernel may accept packets that it should reject:
// it adds offsets in 32 bits, and takes large ones for places behind its own
// headers. [OpenLive] and programs for other sockets see to that.
func Attach(conn syscall.Conn, prog []bpf.RawInstruction) error {
	return withFD(conn, func(fd int) error {
		_, err := attachFD(fd, prog, false)
		return err
	})
}

// AttachFresh is Attach for a socket that was open before: everything that is
// queued is thrown away first, so that nothing the program rejects is left.
// Not for stream sockets, which would lose data.
func AttachFresh(conn syscall.Conn, prog []bpf.RawInstruction) error {
	return withFD(conn, func(fd int) error {
		if _, err := attachFD(fd, rejectAll(), false); err != nil {
			return err
		}
		if err := drainFD(fd); err != nil {
			return err
		}
		_, err := attachFD(fd, prog, false)
		return err
	})
}

// Detach removes a socket's program. It is an error if there is none.
func Detach(conn syscall.Conn) error { return withFD(conn, detachFD) }

// Lock forbids everyone to change or remove the program of a socket from now
// on, this process included. Nothing undoes it.
func Lock(conn syscall.Conn) error { return withFD(conn, lockFD) }

// withFD calls f with the descriptor, which cannot be closed meanwhile.
func withFD(conn syscall.Conn, f func(fd int) error) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if err := raw.Control(func(fd uintptr) { result = f(int(fd)) }); err != nil {
		return err
	}
	return result
}
