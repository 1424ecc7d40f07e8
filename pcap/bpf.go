package pcap

import (
	"errors"
	"fmt"
	"math"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// MaxBpfInstructions is the length of the longest program that [Handle.SetBPFInstructionFilter] and
// [Handle.NewBPFInstructionFilter] take, and Linux for a socket.
const MaxBpfInstructions = 4096

// BPFInstruction is one instruction of classic BPF, as struct bpf_insn of pcap/bpf.h.
type BPFInstruction struct {
	Code uint16
	Jt   uint8
	Jf   uint8
	K    uint32
}

// BPF is a compiled filter, for packets in memory. It is safe for concurrent use.
type BPF struct {
	orig    string
	matcher *jit.Matcher
}

var errInvalidProgram = errors.New("BPF program is not valid")

// compiling is what filters are compiled for, beside the link-layer type.
type compiling struct {
	snaplen  int
	savefile bpfc.Savefile
	live     bool // the kernel's metadata are there when the program runs
	more     []bpfc.Option
}

// compile compiles a filter. Where there is no metadata, a filter that asks for them is compiled all the same, unless for a
// file, and matches nothing then, as in libpcap.
func (c compiling) compile(expr string, link linktype.Type, netmask uint32) ([]bpf.RawInstruction, error) {
	snaplen := c.snaplen
	if snaplen == 0 {
		return nil, errors.New("snaplen of 0 rejects all packets")
	}
	if snaplen < 0 || snaplen > math.MaxInt32 {
		snaplen = math.MaxInt32
	}
	options := []bpfc.Option{bpfc.WithLinkType(link), bpfc.WithSnapLen(snaplen), bpfc.WithNetmask(netmask), bpfc.WithSavefile(c.savefile)}
	if c.live {
		options = append(options, bpfc.WithLinuxExtensions())
	}
	options = append(options, c.more...)
	expr = cString(expr)
	program, err := bpfc.Compile(expr, options...)
	if e := (*bpfc.Error)(nil); errors.As(err, &e) && e.Option == diag.LinuxExtensions && c.savefile == bpfc.NotSavefile {
		program, err = bpfc.Compile(expr, append(options, bpfc.WithLinuxExtensions())...)
	}
	if err != nil {
		return nil, newCompileError(err)
	}
	return program.Instructions(), nil
}

// compileFilter compiles for packets as the handle's source delivers them to a filter.
func (p *Handle) compileFilter(expr string) ([]bpf.RawInstruction, error) {
	if err := p.usable(); err != nil {
		return nil, err
	}
	netmask := uint32(bpfc.NetmaskUnknown)
	if p.device != "" {
		if mask, ok := netmaskOf(p.device); ok {
			netmask = mask
		}
	}
	program, err := p.how.compile(expr, linktype.Type(p.link.Load()), netmask)
	if err != nil {
		return nil, p.fail(err)
	}
	return program, nil
}

// CompileBPFFilter compiles a filter for packets of a link-layer type, given by its DLT_ number. The program returns
// captureLength, in bytes, for packets that match.
func CompileBPFFilter(linkType layers.LinkType, captureLength int, expr string) ([]BPFInstruction, error) {
	program, err := compiling{snaplen: captureLength}.compile(expr, linktype.Type(linkType), bpfc.NetmaskUnknown)
	if err != nil {
		return nil, err
	}
	return fromRaw(program), nil
}

// CompileBPFFilter compiles a filter for the handle's packets, and for the netmask of its device. For a live handle it may be a
// program for the kernel alone, which reads there what packets do not hold.
func (p *Handle) CompileBPFFilter(expr string) ([]BPFInstruction, error) {
	program, err := p.compileFilter(expr)
	if err != nil {
		return nil, err
	}
	return fromRaw(program), nil
}

// SetFilterOptions says with what the handle's filters are compiled from then on, beside what the handle knows itself: the
// language that they are in, with bpfc.WithSeeThrough, bpfc.WithExtensions and bpfc.WithFiles. gopacket/pcap has nothing like it.
// It must not be called while the handle compiles a filter.
func (p *Handle) SetFilterOptions(options ...bpfc.Option) {
	p.how.more = append([]bpfc.Option(nil), options...)
}

// SetBPFFilter compiles a filter and sets it. Of a live capture, packets that it rejects are not delivered any more from then on.
func (p *Handle) SetBPFFilter(expr string) (err error) {
	program, err := p.compileFilter(expr)
	if err != nil {
		return err
	}
	return p.setFilter(program)
}

// SetBPFInstructionFilter sets a program as a filter. It must be one for the handle's link-layer type. Packets of a live capture are
// cut to what it returns, in bytes; for those of a file that is a yes or no.
func (p *Handle) SetBPFInstructionFilter(bpfInstructions []BPFInstruction) (err error) {
	program, err := toRaw(bpfInstructions)
	if err != nil {
		return err
	}
	return p.setFilter(program)
}

func (p *Handle) setFilter(program []bpf.RawInstruction) error {
	if err := p.usable(); err != nil {
		return err
	}
	if vm.Validate(program, vm.ModeUserland) != nil {
		return p.fail(errInvalidProgram)
	}
	if err := p.source.setFilter(program); err != nil {
		return p.fail(err)
	}
	return nil
}

// NewBPF compiles a filter for packets of the handle's link-layer type. The handle may be closed before it.
func (p *Handle) NewBPF(expr string) (*BPF, error) {
	if err := p.usable(); err != nil {
		return nil, err
	}
	how := p.how
	how.live = false
	b, err := newBPF(how, linktype.Type(p.link.Load()), expr)
	if err != nil {
		return nil, p.fail(err)
	}
	return b, nil
}

// NewBPF compiles a filter for packets of a link-layer type, given by its DLT_ number.
func NewBPF(linkType layers.LinkType, captureLength int, expr string) (*BPF, error) {
	return newBPF(compiling{snaplen: captureLength}, linktype.Type(linkType), expr)
}

func newBPF(how compiling, link linktype.Type, expr string) (*BPF, error) {
	program, err := how.compile(expr, link, bpfc.NetmaskUnknown)
	if err != nil {
		return nil, err
	}
	return programBPF(expr, program)
}

// NewBPFInstructionFilter makes a filter of a program. An invalid one is an error.
func (p *Handle) NewBPFInstructionFilter(bpfInstructions []BPFInstruction) (*BPF, error) {
	program, err := toRaw(bpfInstructions)
	if err != nil {
		return nil, err
	}
	return programBPF("BPF Instruction Filter", program)
}

func programBPF(orig string, program []bpf.RawInstruction) (*BPF, error) {
	matcher, err := jit.New(program)
	if err != nil {
		return nil, errInvalidProgram
	}
	return &BPF{orig: orig, matcher: matcher}, nil
}

// String gives the text that the filter was compiled from.
func (b *BPF) String() string { return b.orig }

// Matches tells whether a packet matches: data is what was captured of it, and ci.Length its length on the wire.
func (b *BPF) Matches(ci gopacket.CaptureInfo, data []byte) bool {
	return b.matcher.Match(data, uint32(ci.Length)) != 0
}

// toRaw takes a program of as many instructions as the API allows.
func toRaw(program []BPFInstruction) ([]bpf.RawInstruction, error) {
	if len(program) == 0 {
		return nil, errors.New("bpfInstructions must not be empty")
	}
	if len(program) > MaxBpfInstructions {
		return nil, fmt.Errorf("bpfInstructions must not be larger than %d", MaxBpfInstructions)
	}
	raw := make([]bpf.RawInstruction, len(program))
	for i, in := range program {
		raw[i] = bpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return raw, nil
}

func fromRaw(program []bpf.RawInstruction) []BPFInstruction {
	out := make([]BPFInstruction, len(program))
	for i, in := range program {
		out[i] = BPFInstruction{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return out
}
