package capture

import (
	"fmt"
	"syscall"

	"golang.org/x/net/bpf"

	"bpfc/socket"
)

// SocketKind asks a socket what it is, so that a filter can be compiled for it: bpfc.WithSocket. It is an error, with the reason,
// where the kernel runs no classic filter on sockets of that kind, or runs it on what nobody has looked into: stream
// sockets of AF_UNIX, Multipath TCP, SCTP and others. Go's listeners are of Multipath TCP unless [net.ListenConfig]'s
// SetMultipathTCP(false) says otherwise. On Linux only; elsewhere the error is [ErrNotSupported].
func SocketKind(conn syscall.Conn) (kind socket.Kind, err error) {
	err = withFD(conn, func(fd int) (err error) {
		kind, err = socketKind(fd)
		return err
	})
	return kind, err
}

// SocketProgram is a program that knows for which kind of socket it was compiled; a *bpfc.Program is one.
// A program of package bpfc, which is one, is immutable and safe for concurrent use.
type SocketProgram interface {
	Instructions() []bpf.RawInstruction
	Socket() socket.Kind
}

// AttachProgram is [Attach] for a program that was compiled for a kind of socket (bpfc.WithSocket): it is an error if this socket
// is of another kind, on which the program would judge the wrong bytes.
func AttachProgram(conn syscall.Conn, p SocketProgram) error {
	kind, err := SocketKind(conn)
	if err != nil {
		return err
	}
	if kind != p.Socket() {
		return fmt.Errorf("this is %s, and the program was compiled for %s: compile it with bpfc.WithSocket(%v)",
			kind.Description(), p.Socket().Description(), kind)
	}
	return Attach(conn, p.Instructions())
}
