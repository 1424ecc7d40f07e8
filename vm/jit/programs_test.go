package jit

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"bpfc/internal/randprog"
	"bpfc/vm"

	"golang.org/x/net/bpf"
)

// Many programs side by side do what each does alone, whatever runs them, and after
// Close as well.
func TestPrograms(t *testing.T) {
	needNative(t)
	r := rand.New(rand.NewPCG(5, 6))
	progs := make([][]bpf.RawInstruction, 500)
	alone := make([]*vm.VM, len(progs))
	for i := range progs {
		progs[i] = randprog.Program(r, randprog.Config{MaxLen: 30, Loops: true})
		var err error
		if alone[i], err = vm.New(progs[i]); err != nil {
			t.Fatal(err)
		}
	}
	native, err := NewPrograms(progs)
	if err != nil {
		t.Fatal(err)
	}
	if native.Engine() != "jit" || native.Fallback() != nil || native.Len() != len(progs) {
		t.Fatalf("%d programs run by %s: %v", native.Len(), native.Engine(), native.Fallback())
	}
	interpreted, err := NewPrograms(progs, WithInterpreter())
	if err != nil || interpreted.Engine() != "interp" || !errors.Is(interpreted.Fallback(), ErrInterpreter) {
		t.Fatal(interpreted, err)
	}
	buf := make([]byte, 64)
	check := func() {
		t.Helper()
		for range 20 {
			pkt := randprog.Packet(r, buf)
			for i, m := range alone {
				want := m.Match(pkt, 60)
				if got := native.Match(i, pkt, 60); got != want {
					t.Fatalf("program %d %v on %x: %d among many, %d alone", i, progs[i], pkt, got, want)
				}
				if got := interpreted.Match(i, pkt, 60); got != want {
					t.Fatalf("program %d %v on %x: %d interpreted, %d alone", i, progs[i], pkt, got, want)
				}
			}
		}
	}
	check()
	runtime.GC()
	check()
	if err := native.Close(); err != nil || native.Engine() != "interp" || !errors.Is(native.Fallback(), ErrClosed) {
		t.Fatalf("after Close: %v, %s, %v", err, native.Engine(), native.Fallback())
	}
	check()
	if err := native.Close(); err != nil {
		t.Fatalf("closed twice: %v", err)
	}
}

func TestProgramError(t *testing.T) {
	_, err := NewPrograms([][]bpf.RawInstruction{{{Op: 6}}, {{Op: 0x28}}})
	var e *ProgramError
	if !errors.As(err, &e) || e.Index != 1 {
		t.Fatalf("got %v, want an error of program 1", err)
	}
	var invalid *vm.ValidateError
	if !errors.As(err, &invalid) {
		t.Errorf("%v does not tell what is not valid", err)
	}
	none, err := NewPrograms(nil)
	if err != nil || none.Len() != 0 || none.Close() != nil {
		t.Errorf("no programs: %v", err)
	}
}

// Functions do what their programs do alone, wherever they were put, and longer than anything else of them is kept.
func TestFunctions(t *testing.T) {
	needNative(t)
	r := rand.New(rand.NewPCG(7, 8))
	codes, alone := make([]*Code, 300), make([]*vm.VM, 300)
	for i := range codes {
		prog := randprog.Program(r, randprog.Config{MaxLen: 30, Loops: true})
		var opts []Option
		if i%7 == 0 {
			opts = append(opts, WithInterpreter()) // of which no other takes notice
		}
		var err1, err2 error
		codes[i], err1 = NewCode(prog, opts...)
		alone[i], err2 = vm.New(prog)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if native := codes[i].Fallback() == nil; native != (i%7 != 0) {
			t.Fatalf("program %d: %v", i, codes[i].Fallback())
		}
	}
	functions := Functions(codes)
	again := Functions(codes[100:]) // the same code in another place
	for range 5 {
		runtime.GC()
		buf := make([]byte, 64)
		for range 20 {
			pkt := randprog.Packet(r, buf)
			for i, m := range alone {
				want := m.Match(pkt, 60)
				if got := functions[i].Match(pkt, 60); got != want {
					t.Fatalf("program %d on %x: %d, want %d", i, pkt, got, want)
				}
				if i >= 100 {
					if got := again[i-100].Match(pkt, 60); got != want {
						t.Fatalf("program %d on %x: %d in another place, want %d", i, pkt, got, want)
					}
				}
			}
		}
		codes = nil // the functions are enough
	}
	var invalid *vm.ValidateError
	if _, err := NewCode([]bpf.RawInstruction{{Op: 0x28}}); !errors.As(err, &invalid) {
		t.Errorf("a program without end: %v", err)
	}
	if len(Functions(nil)) != 0 {
		t.Error("functions of nothing")
	}
}
