// Package plan decides, for all architectures alike, what machine code a BPF
// program needs: which instructions can be reached, where the length of the
// packet has to be checked and against what, which values can stay in the
// packet's byte order, and what must be zeroed at the start. The backends write
// down what the plan says, one instruction after the other.
//
// # Checks
//
// A load that does not fit ends the program with 0. Two facts about each point
// of the program make most checks go away:
//
//   - known: the packet is at least that long on every path to here, because a
//     check on the way says so;
//   - need: a packet shorter than that is rejected on every path from here, by
//     a check or by ret #0, and nothing else can be observed before that.
//
// A load whose end is known to be in the packet has no check. Any other checks
// for all of need at once, which is never less than its own end. The same two
// facts are kept for the packet's length beyond X, for the indirect loads.
//
// # Byte order
//
// Packets are in network byte order. A loaded value that only meets constants in
// = and "has bits" tests stays as it is in memory, and the constants are swapped
// instead. All loads that can reach one test must agree on that, so they are
// kept in classes (union-find over the edges along which A is alive).
//
// # Loops
//
// There are none: where the program jumps back the code hands the packet over to
// the interpreter, which begins anew and knows when a run goes round for ever.
package plan

import (
	"math"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

// Class is what an instruction does, as far as a backend's outline goes.
type Class uint8

const (
	Load        Class = iota // from the packet: Size bytes at K, or at X + K
	LoadMSH                  // X = 4 * (low half of the byte at K)
	LoadImm                  // A = K
	LoadXImm                 // X = K
	LoadLen                  // A = length on the wire
	LoadXLen                 // X = length on the wire
	LoadMem                  // A = M[K]
	LoadXMem                 // X = M[K]
	Store                    // M[K] = A
	StoreX                   // M[K] = X
	ALU                      // A = A Op K, or X
	Neg                      // A = -A
	Jump                     // to T
	Conditional              // to T or F, after comparing A with K, or X
	RetK                     // the verdict is K
	RetA                     // … A
	RetX                     // … X
	Tax                      // X = A
	Txa                      // A = X
	Reject                   // the verdict is 0, whatever comes
	HandOver                 // a jump back: the interpreter is to judge the packet
)

// Insn is an instruction with what the plan has decided about it.
type Insn struct {
	Class  Class
	Op     uint8  // operation of ALU and Conditional, of package cbpf
	Size   uint8  // of a Load, in bytes; of a Conditional with Raw, that of the value
	X      bool   // the operand, or the base of the offset, is X
	Raw    bool   // the value stays in the packet's byte order; K is already in it
	Unused bool   // only the check of a Load matters, its value is not used
	Emit   bool   // code is needed: it can be reached
	Entry  bool   // a jump leads here, not only the instruction before
	K      uint32 // constant or offset
	T, F   int    // successors, jumps passed through; T alone for all but Conditional
	Check  uint64 // the packet must be this long, or the verdict is 0; 0 for no check
	CheckX uint64 // the packet must be this long beyond X, or the verdict is 0
}

// Plan is a program ready for a backend.
type Plan struct {
	Insns     []Insn
	ZeroA     bool   // A is used before it is set
	ZeroX     bool   // X is used before it is set
	ZeroMem   uint16 // the scratch words that are used before they are set, a bit each
	Scratch   bool   // there are scratch words, or divisors that take one more
	HandsOver bool   // there are backward jumps
	Reads     bool   // there are loads from the packet
	Ancillary bool   // there are ancillary loads; without metadata they reject
}

// HandedOver is what the code for one packet returns, in 64 bits, instead of a verdict
// where a [HandOver] is reached.
const HandedOver = 1 << 32

// always is the need of a point from which every packet is rejected.
const always = math.MaxUint64

// New plans a program that vm.Validate has passed.
func New(prog []bpf.RawInstruction) *Plan {
	p := &Plan{Insns: make([]Insn, len(prog))}
	for pc := len(prog) - 1; pc >= 0; pc-- {
		p.decode(prog, pc)
	}
	needs := p.needs()
	p.mark()
	live := p.liveness()
	p.checks(needs)
	p.byteOrder(live)
	entry := live[0]
	p.ZeroA, p.ZeroX, p.ZeroMem = entry.a, entry.x, entry.mem
	return p
}

// decode fills in what the instruction at pc says by itself. It runs backwards,
// so that a jump to a jump finds where that one goes.
func (p *Plan) decode(prog []bpf.RawInstruction, pc int) {
	raw := prog[pc]
	in := &p.Insns[pc]
	*in = Insn{K: raw.K, Op: uint8(raw.Op & cbpf.OpMask), X: raw.Op&cbpf.SrcX != 0, Size: uint8(cbpf.LoadSize(raw.Op))}
	if pc+1 < len(prog) {
		in.T = p.through(pc + 1)
		in.F = in.T
	}
	switch class := raw.Op & cbpf.ClassMask; class {
	case cbpf.ClassLd, cbpf.ClassLdx:
		in.X = raw.Op&cbpf.ModeMask == cbpf.ModeInd
		in.Class = loads[uint8(raw.Op&^cbpf.SizeMask)]
		if raw.Op&(cbpf.ClassMask|cbpf.ModeMask) == cbpf.ModeAbs && raw.K >= cbpf.AncillaryBase {
			in.Class, p.Ancillary = Reject, true
		}
	case cbpf.ClassAlu:
		in.Class = ALU
		if raw.Op == cbpf.NegA {
			in.Class = Neg
		}
	case cbpf.ClassJmp:
		p.decodeJump(raw, pc)
	default:
		in.Class = others[uint8(raw.Op)]
		if raw.Op == cbpf.RetK && raw.K == 0 {
			in.Class = Reject
		}
	}
}

// loads has the class of each load, whatever its size, and others those of the rest, by operation code. They are no maps, which
// would be made when a program starts, and so be part of every program that imports the compiler.
var loads = [256]Class{
	cbpf.LdImm: LoadImm, cbpf.LdAbsW: Load, cbpf.LdIndW: Load, cbpf.LdMem: LoadMem, cbpf.LdLen: LoadLen,
	cbpf.LdxImm: LoadXImm, cbpf.LdxMem: LoadXMem, cbpf.LdxLen: LoadXLen, cbpf.LdxMsh &^ cbpf.SizeMask: LoadMSH,
}

var others = [256]Class{
	cbpf.St: Store, cbpf.Stx: StoreX, cbpf.RetK: RetK, cbpf.RetA: RetA, cbpf.RetX: RetX, cbpf.Tax: Tax, cbpf.Txa: Txa,
}

func (p *Plan) decodeJump(raw bpf.RawInstruction, pc int) {
	in := &p.Insns[pc]
	if raw.Op == cbpf.Ja {
		if int32(raw.K) < 0 {
			in.Class = HandOver
			return
		}
		in.Class = Jump
		in.T = p.through(pc + 1 + int(raw.K))
		in.F = in.T
		return
	}
	in.Class = Conditional
	in.T = p.through(pc + 1 + int(raw.Jt))
	in.F = p.through(pc + 1 + int(raw.Jf))
}

// through returns where a jump to pc, already decoded, leads in the end.
func (p *Plan) through(pc int) int {
	if in := &p.Insns[pc]; in.Class == Jump {
		return in.T
	}
	return pc
}

// need is what the packet's length must be for a run from some point on to end
// in anything but 0: at least all, and at least X + beyondX.
type need struct{ all, beyondX uint64 }

// needs computes the need of each point, backwards. Where the packet is handed over
// nothing is needed. Instructions that always reject become just that.
func (p *Plan) needs() []need {
	needs := make([]need, len(p.Insns))
	for pc := len(p.Insns) - 1; pc >= 0; pc-- {
		in := &p.Insns[pc]
		n := p.need(in, needs)
		if n.all == always || n.beyondX == always {
			n = need{always, always}
			in.Class = Reject
		}
		needs[pc] = n
	}
	return needs
}

func (p *Plan) need(in *Insn, needs []need) need {
	if in.ends() {
		if in.Class == Reject {
			return need{always, always}
		}
		return need{}
	}
	n := needs[in.T]
	switch {
	case in.Class == Conditional:
		n.all = min(n.all, needs[in.F].all)
		n.beyondX = min(n.beyondX, needs[in.F].beyondX)
	case in.setsX() && n.all != always:
		n.beyondX = 0
	}
	if end := in.end(); in.readsPacket() {
		n.all = max(n.all, end)
		if in.X {
			n.beyondX = max(n.beyondX, end)
		}
	}
	return n
}

// end is where a load ends, counted from the start of the packet, or from X.
func (in *Insn) end() uint64 {
	if in.Class == LoadMSH {
		return uint64(in.K) + 1
	}
	return uint64(in.K) + uint64(in.Size)
}

func (in *Insn) readsPacket() bool { return in.Class == Load || in.Class == LoadMSH }

func (in *Insn) needsScratch() bool {
	switch in.Class {
	case LoadMem, LoadXMem, Store, StoreX:
		return true
	case ALU:
		return !in.X && (in.Op == cbpf.Div || in.Op == cbpf.Mod)
	}
	return false
}

func (in *Insn) ends() bool {
	switch in.Class {
	case RetK, RetA, RetX, Reject, HandOver:
		return true
	}
	return false
}

func (in *Insn) setsX() bool {
	switch in.Class {
	case LoadXImm, LoadXLen, LoadXMem, LoadMSH, Tax:
		return true
	}
	return false
}

// Selects reports whether a Conditional decides between two constant verdicts by order,
// as tests of lengths and ranges do. Which way those go is hard to foretell, so that
// choosing the verdict costs less than jumping. Equality is mostly false.
func (p *Plan) Selects(in *Insn) bool {
	return (in.Op == cbpf.Greater || in.Op == cbpf.GreaterEqual) && p.Insns[in.T].constant() && p.Insns[in.F].constant()
}

func (in *Insn) constant() bool { return in.Class == RetK || in.Class == Reject }

// Verdict is the constant verdict of the RetK or Reject at pc.
func (p *Plan) Verdict(pc int) uint32 {
	if in := &p.Insns[pc]; in.Class == RetK {
		return in.K
	}
	return 0
}

// mark finds the instructions that can be reached, and those that are jumped to.
func (p *Plan) mark() {
	pending := []int{0}
	for len(pending) > 0 {
		pc := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		in := &p.Insns[pc]
		if in.Emit {
			continue
		}
		in.Emit = true
		p.Reads = p.Reads || in.readsPacket()
		p.Scratch = p.Scratch || in.needsScratch()
		p.HandsOver = p.HandsOver || in.Class == HandOver
		if in.ends() {
			continue
		}
		for _, to := range [2]int{in.T, in.F} {
			if to != pc+1 || in.Class == Conditional {
				p.Insns[to].Entry = true
			}
			pending = append(pending, to)
		}
	}
}

// known is what is certain of the packet's length at some point.
type known struct{ all, beyondX uint64 }

// largestHeader is the most that LoadMSH can set X to.
const largestHeader = 60

// checks places the checks, in one pass forward.
func (p *Plan) checks(needs []need) {
	at := make([]known, len(p.Insns))
	for pc := range at {
		at[pc] = known{always, always}
	}
	at[0] = known{}
	for pc := range p.Insns {
		in := &p.Insns[pc]
		if !in.Emit || in.ends() {
			continue
		}
		k := in.check(at[pc], needs[pc])
		for _, to := range [2]int{in.T, in.F} {
			at[to] = known{min(at[to].all, k.all), min(at[to].beyondX, k.beyondX)}
		}
	}
}

// check decides about the checks of one instruction and returns what is known
// after it.
func (in *Insn) check(k known, n need) known {
	switch {
	case !in.readsPacket():
	case in.X && k.beyondX < in.end():
		in.CheckX = n.beyondX
		k.beyondX = in.CheckX
		k.all = max(k.all, in.CheckX)
	case !in.X && k.all < in.end():
		in.Check = n.all
		k.all = in.Check
	}
	switch {
	case in.Class == LoadXImm:
		k.beyondX = k.all - min(k.all, uint64(in.K))
	case in.Class == LoadMSH:
		k.beyondX = k.all - min(k.all, largestHeader)
	case in.setsX():
		k.beyondX = 0
	}
	return k
}
