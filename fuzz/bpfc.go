package fuzz

import (
	"context"
	"errors"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/vm"
)

// Compile is bpfc's compiler as the compiler under test. Names are resolved by the system, and more options can be given
// with CompileWith.
func Compile(expr string, o CompileOptions) ([]bpf.RawInstruction, error) {
	return CompileWith(context.Background())(expr, o)
}

// CompileWith is bpfc's compiler with options of the caller's, such as where names are looked up.
func CompileWith(ctx context.Context, opts ...bpfc.Option) CompileFunc {
	return func(expr string, o CompileOptions) ([]bpf.RawInstruction, error) {
		all := []bpfc.Option{
			bpfc.WithContext(ctx), bpfc.WithLinkType(linktype.Type(o.LinkType)), bpfc.WithSnapLen(o.Snaplen), bpfc.WithNetmask(o.Netmask),
			bpfc.WithSavefile([]bpfc.Savefile{bpfc.NotSavefile, bpfc.SavefileUnswapped, bpfc.SavefileSwapped}[o.Savefile]),
		}
		if !o.Optimize {
			all = append(all, bpfc.WithoutOptimizer())
		}
		p, err := bpfc.Compile(expr, append(all, opts...)...)
		if err != nil {
			return nil, err
		}
		return p.Instructions(), nil
	}
}

// RejectsAll says whether an error of bpfc's compiler is that no packet can pass the filter.
func RejectsAll(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && e.Kind == diag.RejectsAll
}

// Folded says whether an error of bpfc's compiler is a division by zero or a shift too far that may show only once constants are
// folded: without the optimizer such an expression compiles, as with libpcap.
func Folded(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && e.Kind == diag.Range && reFolded().MatchString(e.Msg)
}

var reFolded = pattern(`^(division by zero|shift by \d+ bits)`)

// KernelRules is bpfc's validator with the kernel's rules.
func KernelRules(prog []bpf.RawInstruction) error { return vm.Validate(prog, vm.ModeKernel) }
