package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/asm"
	"bpfc/cbpf"
	"bpfc/source"
	"bpfc/web/rpc"
)

// Format is a form that a program is written in. It is a value, and so safe for concurrent use.
type Format struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	EBPF      bool   `json:"ebpf"`
	Binary    bool   `json:"binary"`
	Extension string `json:"extension"` // of a file
}

var formats = []Format{
	{"d", "listing of tcpdump -d", false, false, "txt"},
	{"dd", "C array, tcpdump -dd", false, false, "h"},
	{"ddd", "numbers, tcpdump -ddd", false, false, "txt"},
	{"asm", "assembler of bpf_asm", false, false, "asm"},
	{"json", "JSON", false, false, "json"},
	{"raw", "struct sock_filter, little endian", false, true, "bin"},
	{"xt_bpf", "iptables -m bpf", false, false, "txt"},
	{"tc", "tc filter … bpf bytecode-file", false, false, "txt"},
	{"ebpf", "eBPF listing", true, false, "txt"},
	{"elf", "eBPF object file", true, true, "o"},
	{"c", "function in C99", false, false, "c"},
	{"go", "function in Go", false, false, "go"},
	{"dot", "Graphviz", false, false, "dot"},
}

// Hooks are where eBPF runs, by the names that bpfc compile --hook takes.
var Hooks = []string{"socket", "xdp", "tc", "cgroup_skb"}

// Formatted is a program in one form. It is safe for concurrent use as long as nobody changes it.
type Formatted struct {
	Text   string     `json:"text"`
	Base64 string     `json:"base64"` // of a binary form
	Note   string     `json:"note"`
	Error  *rpc.Error `json:"error,omitempty"`
}

// FormatParams ask for a form. Hook is where a program will run that is made eBPF of, "" for other forms. They are safe for concurrent use as long as nobody changes them.
type FormatParams struct {
	Source Source `json:"source"`
	Format string `json:"format"`
	Hook   string `json:"hook"`
}

// writers write the forms that need no eBPF.
var writers = map[string]func(*written) ([]byte, error){
	"d": printed(asm.Listing), "dd": printed(asm.CArray), "ddd": printed(asm.Decimal), "asm": printed(asm.Kernel),
	"json": printed(asm.JSON), "raw": printed(asm.Raw), "xt_bpf": (*written).xt, "tc": (*written).tc,
	"c": (*written).c, "go": (*written).golang, "dot": (*written).dot,
}

// written is a program that is being written.
type written struct {
	ctx  context.Context
	s    *Settings
	code []bpf.RawInstruction
	note string
}

func (s *service) format(ctx context.Context, p FormatParams) (*Formatted, error) {
	write, ok := writers[p.Format]
	if !ok {
		return nil, rpc.Errorf("internal", "there is no format %.40q", p.Format)
	}
	return formatWith(ctx, p, func(s *Settings, code []bpf.RawInstruction) ([]byte, string, error) {
		w := &written{ctx, s, code, ""}
		text, err := write(w)
		return text, w.note, err
	})
}

// formatWith compiles a source and has a function write the program, which may say something beside.
func formatWith(ctx context.Context, p FormatParams, write func(*Settings, []bpf.RawInstruction) ([]byte, string, error)) (*Formatted, error) {
	u := NewUnits(p.Source.Expr)
	if (p.Format == "xt_bpf" || p.Hook == "cgroup_skb") && p.Source.Link == "EN10MB" {
		p.Source.Link = "RAW" // what packets begin with there, as with bpfc compile
	}
	t, err := p.Source.Settings()
	if err != nil {
		return &Formatted{Error: Fail(err, u)}, nil
	}
	_, code, err := Compile(ctx, &t)
	if err != nil {
		return &Formatted{Error: Fail(err, u)}, nil
	}
	text, note, err := write(&t, code)
	if err != nil {
		return &Formatted{Error: rpc.Errorf("unsupported", "%v", err)}, nil
	}
	f := &Formatted{Note: note}
	if p.Format == "raw" {
		f.Base64 = base64.StdEncoding.EncodeToString(text)
		f.Text = rpc.HexLines(text)
	} else {
		f.Text = string(text)
	}
	return f, nil
}

func printed(f asm.Format) func(*written) ([]byte, error) {
	return func(w *written) ([]byte, error) { return []byte(asm.Print(w.code, f)), nil }
}

func (w *written) xt() ([]byte, error) {
	if n, limit := len(w.code), asm.XTBPF.Limit(); n > limit {
		return nil, fmt.Errorf("the program has %d instructions, and iptables takes %d at most; give it an eBPF object for a socket instead, pinned by bpftool", n, limit)
	}
	if err := cbpf.Validate(w.code, cbpf.ModeKernel); err != nil {
		return nil, fmt.Errorf("the kernel does not take the program (%w); give iptables an eBPF object for a socket instead", err)
	}
	w.note = "compiled for RAW: the packets of iptables begin with their IP header"
	return printed(asm.XTBPF)(w)
}

// tc takes what a program returns for a class, but for -1, which is a match, and 0, which is none (tc-bpf(8)).
func (w *written) tc() ([]byte, error) {
	if err := cbpf.Validate(w.code, cbpf.ModeKernel); err != nil {
		return nil, fmt.Errorf("the kernel does not take the program (%w); give tc an eBPF object instead", err)
	}
	if w.s.source.SnapLen == 0 {
		for i := range w.code {
			if in := &w.code[i]; in.Op == cbpf.RetK && in.K != 0 {
				in.K = math.MaxUint32
			}
		}
	}
	return printed(asm.TC)(w)
}

func (w *written) options() source.Options {
	return source.Options{About: w.s.source.Expr, Packets: w.s.Link.String()}
}

func (w *written) c() ([]byte, error)      { return source.C(w.code, w.options()) }
func (w *written) golang() ([]byte, error) { return source.Go(w.code, w.options()) }

func (w *written) dot() ([]byte, error) {
	g, err := bpfc.Graph(w.s.source.Expr, w.s.Options(w.ctx)...)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = g.PrintDot(&b, w.s.source.Expr)
	return b.Bytes(), err
}
