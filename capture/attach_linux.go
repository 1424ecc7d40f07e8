package capture

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// attachClassic attaches a program as it is.
func attachClassic(fd int, prog []bpf.RawInstruction) error {
	if len(prog) == 0 || len(prog) > 1<<16-1 {
		return fmt.Errorf("a program of %d instructions cannot be attached", len(prog))
	}
	// bpf.RawInstruction has the layout of struct sock_filter.
	f := unix.SockFprog{Len: uint16(len(prog)), Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(prog)))}
	err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &f)
	runtime.KeepAlive(prog)
	return attachError(err)
}

// attachError says in words what the kernel means.
func attachError(err error) error {
	switch err {
	case nil:
		return nil
	case unix.EINVAL:
		return fmt.Errorf("the kernel refuses the program (backward jump, more than 4,096 instructions or unknown operation): %w", err)
	case unix.ENOMEM:
		return fmt.Errorf("the program needs more than net.core.optmem_max bytes of socket memory: %w", err)
	case unix.EPERM:
		return fmt.Errorf("the socket's filter is locked: %w", err)
	case unix.EOPNOTSUPP:
		return fmt.Errorf("the socket takes no filter (%s): %w", noMultipath, err)
	}
	return fmt.Errorf("attaching the program: %w", err)
}

// isAny tells whether err is one of some errors of the system.
func isAny(err error, errnos ...unix.Errno) bool {
	var errno unix.Errno
	return errors.As(err, &errno) && slices.Contains(errnos, errno)
}

// detachFD removes the program.
func detachFD(fd int) error {
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("the socket has no filter: %w", err)
	}
	return detachError(err)
}

func detachError(err error) error {
	switch err {
	case nil:
		return nil
	case unix.EPERM:
		return fmt.Errorf("the socket's filter is locked: %w", err)
	}
	return fmt.Errorf("detaching the program: %w", err)
}

func lockFD(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_LOCK_FILTER, 1); err != nil {
		return fmt.Errorf("locking the socket's filter: %w", err)
	}
	return nil
}

// drainFD throws away what is queued. The socket must not receive meanwhile,
// or this need not end; a program that rejects everything sees to that.
func drainFD(fd int) error {
	var b [1]byte
	for {
		_, _, err := unix.Recvfrom(fd, b[:], unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		switch err {
		case nil, unix.EINTR:
		case unix.EAGAIN:
			return nil
		default:
			return fmt.Errorf("emptying the socket: %w", err)
		}
	}
}
