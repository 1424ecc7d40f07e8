package bpfc_test

import (
	"errors"
	"strings"
	"testing"

	"bpfc"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// An option that is nil, as a function that has nothing to say returns it, changes nothing.
func TestNilOptions(t *testing.T) {
	p, err := bpfc.Compile("tcp port 80", nil, bpfc.WithSnapLen(96), nil)
	if err != nil || p.SnapLen() != 96 {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := bpfc.CompileSet([]string{"tcp"}, nil); err != nil {
		t.Error(err)
	}
	if _, err := vm.New(p.Instructions(), nil); err != nil {
		t.Error(err)
	}
	m, err := jit.New(p.Instructions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := jit.NewPrograms(nil, nil); err != nil {
		t.Error(err)
	}
}

// A Program that no compiler has made has no instructions, and says so.
func TestZeroProgram(t *testing.T) {
	p := new(bpfc.Program)
	m, err := p.Matcher()
	var invalid *vm.ValidateError
	if m != nil || !errors.As(err, &invalid) || invalid.Kind != vm.ErrEmpty {
		t.Errorf("Matcher gives %v, %v", m, err)
	}
	if err := p.KernelProblem(); !errors.As(err, &invalid) || invalid.Kind != vm.ErrEmpty {
		t.Errorf("KernelProblem gives %v", err)
	}
	if p.Len() != 0 || len(p.Instructions()) != 0 {
		t.Errorf("%d instructions", p.Len())
	}
}

func TestKernelProblem(t *testing.T) {
	long := strings.Repeat("ether[0] & 1 = 1 and ether[1:2] < 7 or ", 2000) + "ip"
	for expr, want := range map[string]vm.ErrorKind{
		"tcp port 80": 0, "ip6 protochain 17": vm.ErrJump, long: vm.ErrTooLong,
	} {
		p, err := bpfc.Compile(expr, bpfc.WithoutOptimizer())
		if err != nil {
			t.Fatal(err)
		}
		err = p.KernelProblem()
		var invalid *vm.ValidateError
		if want == 0 && err != nil || want != 0 && (!errors.As(err, &invalid) || invalid.Kind != want) {
			t.Errorf("%.40s: %v, want %v", expr, err, want)
		}
	}
}

// What is wrong with an option is about no place in the filter.
func TestErrorsWithoutAPlace(t *testing.T) {
	for _, o := range []bpfc.Option{bpfc.WithLinkType(linktype.Type(9999)), bpfc.WithSnapLen(0)} {
		_, err := bpfc.Compile("tcp port 80", o)
		e := diag.As(err)
		if e == nil || e.Pos != 0 || e.End != 0 || strings.Contains(e.Render("tcp port 80"), "\n") {
			t.Errorf("%#v", err)
		}
	}
}
