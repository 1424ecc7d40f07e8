package toebpf_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	toebpf "bpfc/ebpf"
	"bpfc/internal/netns"
	"bpfc/linktype"
)

// TestCapabilities loads programs with some capabilities only: what the package's documentation says of them.
func TestCapabilities(t *testing.T) {
	needRoot(t)
	const bpfOnly, network, all = 0, 1, 2 // the least that is enough
	sets := [...][]uint{{unix.CAP_BPF}, {unix.CAP_BPF, unix.CAP_NET_ADMIN}, {unix.CAP_BPF, unix.CAP_NET_ADMIN, unix.CAP_PERFMON}}
	for _, c := range []struct {
		hook    toebpf.Hook
		o       toebpf.Options
		filters map[string]int
	}{
		{toebpf.SocketFilter, toebpf.Options{}, map[string]int{"ip": bpfOnly, "tcp port 80": bpfOnly, "less 100": bpfOnly, "ip6 protochain 17": bpfOnly}},
		{toebpf.SocketFilter, toebpf.Options{Access: toebpf.SkbLoad}, map[string]int{"tcp port 80": bpfOnly, "less 100": bpfOnly}},
		{toebpf.XDP, toebpf.Options{}, map[string]int{"ip": network, "tcp port 80": all, "less 100": all, "ip6 protochain 17": all}},
		{toebpf.XDP, toebpf.Options{MultiBuffer: true}, map[string]int{"ip": all}},
		{toebpf.XDP, toebpf.Options{Access: toebpf.XDPLoad}, map[string]int{"ip": network, "tcp port 80": network, "less 100": network, "ip6 protochain 17": network}},
		{toebpf.TC, toebpf.Options{}, map[string]int{"ip": all, "less 100": network}},
		{toebpf.TC, toebpf.Options{Access: toebpf.Direct}, map[string]int{"ip": network, "tcp port 80": all, "less 100": network}},
		{toebpf.TC, toebpf.Options{Access: toebpf.LdAbs}, map[string]int{"tcp port 80": network, "less 100": network}},
		{toebpf.TC, toebpf.Options{Access: toebpf.SkbLoad}, map[string]int{"tcp port 80": network, "ip6 protochain 17": network}},
		{toebpf.CGroupSKB, toebpf.Options{}, map[string]int{"tcp port 80": bpfOnly, "less 100": bpfOnly, "ip6 protochain 17": bpfOnly}},
	} {
		for filter, least := range c.filters {
			spec, err := toebpf.Spec("", compile(filter, linktype.EN10MB), c.hook, c.o)
			if err != nil {
				t.Fatal(err)
			}
			for has, set := range sets {
				err := loadWith(spec, set)
				if err == nil && has < least || err != nil && has >= least {
					t.Errorf("%v %v %q: the capabilities %v, %v are to do: %v", c.hook, c.o.Access, filter, set, sets[least], err)
				}
			}
		}
	}
}

// loadWith loads a program on a thread that has certain capabilities alone, and that ends with it.
func loadWith(spec *ebpf.ProgramSpec, capabilities []uint) error {
	result := make(chan error)
	go func() {
		if err := netns.KeepCapabilities(capabilities...); err != nil {
			result <- err
			return
		}
		p, err := ebpf.NewProgram(spec)
		if err == nil {
			err = p.Close()
		} else if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
			err = fmt.Errorf("refused for another reason: %w", err)
		}
		result <- err
	}()
	return <-result
}
