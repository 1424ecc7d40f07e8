package capture

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	toebpf "bpfc/ebpf"
	"bpfc/vm"
)

// attachment is a program that was attached: where the kernel runs it, "kernel" for classic BPF, or "ebpf" with the reason why
// it is not classic.
type attachment struct {
	engine, reason string
	held           io.Closer // what the program needs for as long as it is attached, or nil
}

// attachFD attaches a program; the kernel checks it. What classic BPF cannot hold, for its length or for a loop, is attached as
// eBPF, which takes CAP_BPF where a classic program takes nothing. The exchange is as atomic as that of classic programs. hold
// says that the caller releases the attachment after the program's time; without it, a program cannot be longer than what the
// kernel allows a socket.
func attachFD(fd int, prog []bpf.RawInstruction, hold bool) (attachment, error) {
	classic := attachClassic(fd, prog)
	switch {
	case classic == nil:
		return attachment{engine: "kernel"}, nil
	case isAny(classic, unix.EPERM, unix.EBADF, unix.ENOTSOCK, unix.EOPNOTSUPP):
		return attachment{}, classic
	}
	reason := classic
	if rule := vm.Validate(prog, vm.ModeKernel); rule != nil { // says more than the kernel does
		reason = rule
	}
	held, err := attachExtended(fd, prog, hold)
	if err != nil {
		return attachment{}, fmt.Errorf("%w (%w); as eBPF: %w", classic, reason, err)
	}
	return attachment{"ebpf", reason.Error(), held}, nil
}

// attachExtended attaches a program as an eBPF socket filter. The socket keeps it, so its descriptor can be closed.
func attachExtended(fd int, prog []bpf.RawInstruction, hold bool) (io.Closer, error) {
	spec, err := toebpf.Spec("", prog, toebpf.SocketFilter, toebpf.Options{})
	if err != nil {
		return nil, err
	}
	loaded, err := load(spec)
	if err != nil {
		return nil, err
	}
	defer loaded.Close()
	err = attachLoaded(fd, loaded)
	if hold && errors.Is(err, unix.ENOMEM) {
		return attachThrough(fd, loaded)
	}
	return nil, err
}

func load(spec *ebpf.ProgramSpec) (*ebpf.Program, error) {
	p, err := ebpf.NewProgram(spec)
	if err != nil {
		return nil, fmt.Errorf("loading %d instructions (which takes CAP_BPF): %w", len(spec.Instructions), err)
	}
	return p, nil
}

func attachLoaded(fd int, p *ebpf.Program) error {
	return attachError(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, p.FD()))
}

// attachThrough attaches a program that is longer than net.core.optmem_max allows a socket: the kernel counts what is attached,
// and that is a short program whose tail call goes to the long one. The array for the call is emptied when its last descriptor
// is closed, so it is returned. Where the call finds nothing, everything is accepted: while filters are exchanged, those who
// read the socket judge once more.
func attachThrough(fd int, long *ebpf.Program) (io.Closer, error) {
	array, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.ProgramArray, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		return nil, err
	}
	err = array.Put(uint32(0), long)
	if err == nil {
		var short *ebpf.Program
		short, err = load(&ebpf.ProgramSpec{Type: ebpf.SocketFilter, Instructions: asm.Instructions{
			asm.LoadMapPtr(asm.R2, array.FD()),
			asm.Mov.Imm(asm.R3, 0),
			asm.FnTailCall.Call(),
			asm.Mov.Imm(asm.R0, MaxSnaplen),
			asm.Return(),
		}})
		if err == nil {
			err = attachLoaded(fd, short)
			short.Close()
		}
	}
	if err != nil {
		array.Close()
		return nil, err
	}
	return array, nil
}
