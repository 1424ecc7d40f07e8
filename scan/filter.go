package scan

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/cbpf"
	"bpfc/linktype"
	"bpfc/vm"
)

// Target is what the packets of an interface of a capture file ask of a filter.
// It is safe for concurrent use as long as nobody changes it.
type Target struct {
	LinkType linktype.Type
	SnapLen  int // bytes: what the filter returns for a packet that matches
	Savefile bpfc.Savefile
}

// TargetOf gives what the packets of an interface need.
func TargetOf(i *capture.Interface) Target {
	t := Target{LinkType: i.LinkType, SnapLen: int(i.Snaplen), Savefile: bpfc.SavefileUnswapped}
	if i.Swapped {
		t.Savefile = bpfc.SavefileSwapped
	}
	return t
}

// Options are the target as the compiler takes it.
func (t Target) Options() []bpfc.Option {
	return []bpfc.Option{bpfc.WithLinkType(t.LinkType), bpfc.WithSnapLen(t.SnapLen), bpfc.WithSavefile(t.Savefile)}
}

// Filter gives each interface of a capture file the program that judges its packets, compiled when the interface is first
// seen. It is safe for concurrent use, but for Close.
type Filter struct {
	choose func(*capture.Interface) (*bpfc.Program, error)

	mu       sync.Mutex
	matchers map[*bpfc.Program]vm.Matcher
}

// NewFilter makes a filter of an expression. The options hold for every interface and come after what an interface says, so
// that they can overrule it. ctx bounds the lookup of names.
func NewFilter(ctx context.Context, expr string, opts ...bpfc.Option) *Filter {
	return FilterOf(func(t Target) (*bpfc.Program, error) {
		return bpfc.Compile(expr, append(append(t.Options(), bpfc.WithContext(ctx)), opts...)...)
	})
}

// FilterOf makes a filter of whatever compiles for a target. It is asked once for each target.
func FilterOf(compile func(Target) (*bpfc.Program, error)) *Filter {
	programs := map[Target]*bpfc.Program{}
	return FilterByInterface(func(i *capture.Interface) (*bpfc.Program, error) {
		t := TargetOf(i)
		prog, ok := programs[t]
		if ok {
			return prog, nil
		}
		prog, err := compile(t)
		if err == nil {
			programs[t] = prog
		}
		return prog, err
	})
}

// FilterByInterface makes a filter that may be another for each interface of a file, by its name for instance. choose is
// asked once for each interface of a scan, never by two goroutines at a time, and may return one program for many; nil
// rejects every packet.
func FilterByInterface(choose func(*capture.Interface) (*bpfc.Program, error)) *Filter {
	return &Filter{choose: choose, matchers: map[*bpfc.Program]vm.Matcher{}}
}

// rejectAll is the program that stands for none.
var rejectAll = []bpf.RawInstruction{{Op: cbpf.RetK}}

// Matcher gives what is ready to run on packets of an interface. It belongs to the filter, which closes it.
func (f *Filter) Matcher(i *capture.Interface) (vm.Matcher, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	prog, err := f.choose(i)
	if err != nil {
		return nil, err
	}
	return f.ready(prog)
}

// nothing gives what rejects every packet.
func (f *Filter) nothing() (vm.Matcher, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ready(nil)
}

// ready gives what runs a program.
func (f *Filter) ready(prog *bpfc.Program) (vm.Matcher, error) {
	if m, ok := f.matchers[prog]; ok {
		return m, nil
	}
	m, err := newMatcher(prog)
	if err == nil {
		f.matchers[prog] = m
	}
	return m, err
}

func newMatcher(prog *bpfc.Program) (vm.Matcher, error) {
	if prog != nil {
		return prog.Matcher()
	}
	m, err := vm.New(rejectAll)
	if err != nil {
		return nil, err // not m, which would make an interface that is not nil
	}
	return m, nil
}

// Close gives back the memory of native code. The filter must not be in use, and not be used any more.
func (f *Filter) Close() error {
	var errs []error
	for _, m := range f.matchers {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
