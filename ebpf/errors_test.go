package toebpf

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/vm"
)

const (
	plainFilter  = "ldh [12]; jeq #0x800, y, n; y: ret #1; n: ret #0"
	loopFilter   = "l: ldb [x + 0]; jeq #7, e, c; c: txa; add #1; tax; ja l; e: ret #1"
	nestedFilter = "l: txa; add #1; tax; jset #1, m, m; m: jset #2, l3, l2; l2: ja l; l3: jset #4, e, l4; l4: ja m; e: ret #1"
	twoEntries   = "ldb [0]; jeq #1, b, a; a: ldb [1]; jeq #1, e, b; b: ldb [2]; jeq #2, e, c; c: ja a; e: ret #1"
	markFilter   = "ld #mark; jeq #5, y, n; y: ret #1; n: ret #0"
	headerFilter = "ldb [0xfff00009]; jeq #6, y, n; y: ret #1; n: ret #0"
)

// refused is a translation that is an error.
type refused struct {
	name string
	kind ErrorKind
	pc   int
	says string // part of the message
	do   func() error
}

func TestErrors(t *testing.T) {
	text := func(s string) []bpf.RawInstruction { return classic(t, s) }
	program := func(prog []bpf.RawInstruction, h Hook, o Options) func() error {
		return func() error { _, err := Program(prog, h, o); return err }
	}
	fragment := func(prog []bpf.RawInstruction, change func(o *FragmentOptions)) func() error {
		o := fragmentOptions
		change(&o)
		return func() error { _, err := Fragment(prog, o); return err }
	}
	plain, loop, mark := text(plainFilter), text(loopFilter), text(markFilter)
	many := text("ld M[1]; ldx M[2]; add x; ldx M[3]; add x; ldx M[4]; add x; ldx M[5]; add x; ret a")
	for _, c := range []refused{
		{"no instruction", BadProgram, -1, "empty", program(nil, XDP, Options{})},
		{"an operation that does not exist", BadProgram, 0, "0xff", program([]bpf.RawInstruction{{Op: 0xff}, {Op: cbpf.RetK}}, XDP, Options{})},
		{"no return", BadProgram, 0, "ret", program([]bpf.RawInstruction{{Op: cbpf.Tax}}, TC, Options{})},
		{"a jump out of the program", BadProgram, 0, "jump", program([]bpf.RawInstruction{{Op: cbpf.JeqK, Jt: 9}, {Op: cbpf.RetK}}, TC, Options{})},
		{"a word of scratch memory that does not exist", BadProgram, 0, "M[16]", program([]bpf.RawInstruction{{Op: cbpf.St, K: 16}, {Op: cbpf.RetK}}, TC, Options{})},
		{"division by 0", BadProgram, 0, "0", program([]bpf.RawInstruction{{Op: cbpf.DivK}, {Op: cbpf.RetK}}, SocketFilter, Options{})},
		{"a shift by 32", BadProgram, 0, "32", program([]bpf.RawInstruction{{Op: cbpf.LshK, K: 32}, {Op: cbpf.RetK}}, SocketFilter, Options{})},
		{"no hook", BadOptions, -1, "Hook(9)", program(plain, Hook(9), Options{})},
		{"an access that XDP does not have", BadOptions, -1, "ld_abs", program(plain, XDP, Options{Access: LdAbs})},
		{"an access that sockets do not have", BadOptions, -1, "direct", program(plain, SocketFilter, Options{Access: Direct})},
		{"an access that control groups do not have", BadOptions, -1, "it can by [skb_load]", program(plain, CGroupSKB, Options{Access: LdAbs})},
		{"an access for tracing", BadOptions, -1, "probe_read", program(plain, TC, Options{Access: ProbeRead})},
		{"no access", BadOptions, -1, "Access(77)", program(plain, TC, Options{Access: 77})},
		{"several buffers on tc", BadOptions, -1, "MultiBuffer", program(plain, TC, Options{MultiBuffer: true})},
		{"a negative number of rounds", BadOptions, -1, "-1 times", program(plain, TC, Options{Rounds: -1})},
		{"more rounds than fit", BadOptions, -1, "cannot be unrolled", program(loop, TC, Options{Rounds: 1 << 30})},
		{"ld_abs, whose failing loads are no match", BadOptions, -1, "not the value", program(plain, TC, Options{Access: LdAbs, Verdicts: &Verdicts{0, 2}})},
		{"values that control groups do not take", BadOptions, -1, "not 9 and 0", program(plain, CGroupSKB, Options{Verdicts: &Verdicts{9, 0}})},
		{"a loop and ld_abs", BadOptions, -1, "use skb_load", program(loop, SocketFilter, Options{Access: LdAbs})},
		{"a loop and linear", BadOptions, -1, "use xdp_load", program(loop, XDP, Options{Access: Linear, MultiBuffer: true})},
		{"a loop within a loop", Loops, 0, "within", program(text(nestedFilter), XDP, Options{})},
		{"a loop within a loop, written out", Loops, -1, "within", program(text(nestedFilter), XDP, Options{Rounds: 4})},
		{"a loop of two entries", Loops, -1, "more than one place", program(text(twoEntries), XDP, Options{})},
		{"a loop of two entries, written out", Loops, -1, "more than one place", program(text(twoEntries), XDP, Options{Rounds: 4})},
		{"a loop that asks for a helper", Loops, 0, "calls a helper", program(text("l: ld #cpu; jeq #7, e, c; c: ja l; e: ret #1"), XDP, Options{})},
		{"the mark in XDP", NoData, 0, "the mark, which a xdp program", program(mark, XDP, Options{})},
		{"the mark in a fragment", NoData, 0, "a fragment", fragment(mark, func(*FragmentOptions) {})},
		{"the hardware type", NoData, 0, "hardware type", program([]bpf.RawInstruction{{Op: cbpf.LdAbsW, K: cbpf.AncHardwareType}, {Op: cbpf.RetA}}, TC, Options{})},
		{"the payload offset", NoData, 1, "payload offset", program([]bpf.RawInstruction{{Op: cbpf.Tax}, {Op: cbpf.LdAbsW, K: cbpf.AncPayload}, {Op: cbpf.RetA}}, SocketFilter, Options{})},
		{"a netlink attribute", NoData, 0, "netlink", program([]bpf.RawInstruction{{Op: cbpf.LdAbsW, K: cbpf.AncAttribute}, {Op: cbpf.RetA}}, SocketFilter, Options{})},
		{"the network header in XDP", NoData, 0, "0xfff00009", program(text(headerFilter), XDP, Options{})},
		{"the network header, read directly", NoData, 0, "0xfff00009", program(text(headerFilter), TC, Options{Access: Direct})},
		{"registers that collide", BadRegisters, -1, "PacketStart and Working[1] are both", fragment(plain, func(o *FragmentOptions) { o.Working[1] = o.PacketStart })},
		{"working registers that collide", BadRegisters, -1, "Working[0] and Working[3]", fragment(plain, func(o *FragmentOptions) { o.Working[3] = o.Working[0] })},
		{"the frame pointer", BadRegisters, -1, "PacketEnd is rfp", fragment(plain, func(o *FragmentOptions) { o.PacketEnd = asm.RFP })},
		{"a register that does not exist", BadRegisters, -1, "Result", fragment(plain, func(o *FragmentOptions) { o.Result = 11 })},
		{"nowhere to go", BadOptions, -1, "ResultLabel", fragment(plain, func(o *FragmentOptions) { o.ResultLabel = "" })},
		{"a label like the fragment's", BadOptions, -1, "ResultLabel", fragment(plain, func(o *FragmentOptions) { o.ResultLabel = "p_3" })},
		{"a stack that is not aligned", BadOptions, -1, "multiple of 4", fragment(plain, func(o *FragmentOptions) { o.StackOffset = 6 })},
		{"a negative stack", BadOptions, -1, "StackOffset", fragment(plain, func(o *FragmentOptions) { o.StackOffset = -8 })},
		{"a full stack", StackFull, -1, "bytes of stack are needed, a function has 512", fragment(many, func(o *FragmentOptions) { o.StackOffset = 508 })},
		{"a loop in a fragment", Loops, -1, "Rounds", fragment(loop, func(*FragmentOptions) {})},
		{"a zero byte in a name", BadOptions, -1, "zero byte", func() error { _, err := Object(plain, XDP, ObjectOptions{Name: "a\x00b"}); return err }},
		{"a fault in an object", BadProgram, -1, "empty", func() error { _, err := Object(nil, XDP, ObjectOptions{}); return err }},
		{"a fault in a spec", NoData, 0, "mark", func() error { _, err := Spec("", mark, XDP, Options{}); return err }},
	} {
		err := c.do()
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.kind || (c.pc >= 0 && e.PC != c.pc) || !strings.Contains(e.Error(), c.says) || !strings.HasPrefix(e.Error(), "ebpf: ") {
			t.Errorf("%s: %#v; want %v at %d that says %q", c.name, err, c.kind, c.pc, c.says)
		}
	}
	if _, err := Program([]bpf.RawInstruction{{Op: 0xff}, {Op: cbpf.RetK}}, XDP, Options{}); !errors.As(err, new(*vm.ValidateError)) {
		t.Errorf("%v does not lead to its cause", err)
	}
}

var fragmentOptions = FragmentOptions{PacketStart: asm.R1, PacketEnd: asm.R2, Result: asm.R0, ResultLabel: "out",
	Working: [4]asm.Register{asm.R0, asm.R3, asm.R4, asm.R5}, LabelPrefix: "p"}

// TestInjectErrors makes sure that what cannot be injected leaves the program as it was.
func TestInjectErrors(t *testing.T) {
	without := func(spec *ebpf.ProgramSpec) { // BTF
		for i := range spec.Instructions {
			in := &spec.Instructions[i]
			in.Metadata = asm.Metadata{}
			if ref := stubbed(nil).Instructions[i].Reference(); ref != "" {
				*in = in.WithReference(ref)
			}
			if s := stubbed(nil).Instructions[i].Symbol(); s != "" {
				*in = in.WithSymbol(s)
			}
		}
	}
	for _, c := range []struct {
		name, stub, filter string
		kind               ErrorKind
		says               string
		o                  InjectOptions
		change             func(*ebpf.ProgramSpec)
	}{
		{"a stub that is not there", "nothing", plainFilter, NoStub, `its functions are [main filter other]`, InjectOptions{}, nil},
		{"no name", "", plainFilter, NoStub, `""`, InjectOptions{}, nil},
		{"the program itself", "main", plainFilter, NoStub, "the program itself", InjectOptions{}, nil},
		{"a function that nothing calls", "other", plainFilter, NoStub, "nothing calls", InjectOptions{}, nil},
		{"no program", "filter", plainFilter, NoStub, "no function", InjectOptions{}, func(s *ebpf.ProgramSpec) { s.Instructions = nil }},
		{"the mark", "filter", markFilter, NoData, "an injected filter", InjectOptions{}, nil},
		{"the network header", "filter", headerFilter, NoData, "an injected filter", InjectOptions{}, nil},
		{"an access that there is not", "filter", plainFilter, BadOptions, "skb_load", InjectOptions{Access: SkbLoad}, nil},
		{"a loop within a loop", "filter", nestedFilter, Loops, "within", InjectOptions{}, nil},
		{"a loop without BTF", "filter", loopFilter, Loops, "-g", InjectOptions{}, without},
		{"rounds below 0", "filter", loopFilter, BadOptions, "times", InjectOptions{Rounds: -2}, nil},
	} {
		spec := stubbed(nil)
		if c.change != nil {
			c.change(spec)
		}
		before := slices.Clone(spec.Instructions)
		err := Inject(spec, c.stub, classic(t, c.filter), c.o)
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.kind || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: %v; want %v that says %q", c.name, err, c.kind, c.says)
		}
		if !reflect.DeepEqual(spec.Instructions, before) {
			t.Errorf("%s: the program was changed", c.name)
		}
	}
	if err := Inject(stubbed(nil), "filter", nil, InjectOptions{}); err == nil {
		t.Error("no instructions were injected")
	}
}

// TestNames has every kind, access and hook say what it is, and numbers that are none as well.
func TestNames(t *testing.T) {
	for k := BadProgram; k <= NoStub; k++ {
		if strings.HasPrefix(k.String(), "ErrorKind") {
			t.Errorf("kind %d has no name", uint8(k))
		}
	}
	for a := DefaultAccess; a <= ProbeRead; a++ {
		if strings.HasPrefix(a.String(), "Access") {
			t.Errorf("access %d has no name", uint8(a))
		}
	}
	for h := SocketFilter; h <= CGroupSKB; h++ {
		if strings.HasPrefix(h.String(), "Hook") {
			t.Errorf("hook %d has no name", uint8(h))
		}
	}
	if s := ErrorKind(0).String() + Access(99).String() + Hook(99).String(); s != "ErrorKind(0)Access(99)Hook(99)" {
		t.Error(s)
	}
}
