// Package objects is what the page in the browser makes eBPF with. It is given programs, not filters, so that the program
// that has it does not contain the compiler: web/page/src/client.ts asks that first.
//
// The package keeps no compatibility: it changes with the page.
package objects

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/net/bpf"

	"bpfc/asm"
	"bpfc/cbpf"
	toebpf "bpfc/ebpf"
	"bpfc/web/rpc"
)

// New gives the methods.
func New() rpc.Service { return rpc.Service{"formatEBPF": format} }

// hooks are where eBPF runs, by the names that bpfc compile --hook takes.
var hooks = map[string]toebpf.Hook{"": toebpf.SocketFilter, "socket": toebpf.SocketFilter, "xdp": toebpf.XDP, "tc": toebpf.TC, "cgroup_skb": toebpf.CGroupSKB}

// Formatted is a program in one form, as api.Formatted. It is safe for concurrent use as long as nobody changes it.
type Formatted struct {
	Text   string     `json:"text"`
	Base64 string     `json:"base64"` // of a binary form
	Note   string     `json:"note"`
	Error  *rpc.Error `json:"error,omitempty"`
}

func format(_ context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Program string `json:"program"` // as JSON has it
		Format  string `json:"format"`
		Hook    string `json:"hook"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	hook, ok := hooks[p.Hook]
	if !ok {
		return nil, rpc.Errorf("internal", "there is no hook %.40q", p.Hook)
	}
	code, err := asm.Parse(p.Program, asm.JSON)
	if err == nil {
		err = cbpf.Validate(code, cbpf.ModeUserland)
	}
	if err != nil {
		return nil, rpc.Errorf("internal", "the program: %v", err)
	}
	text, note, err := ebpf(code, hook, p.Format)
	if err != nil {
		return &Formatted{Error: rpc.Errorf("unsupported", "%v", err)}, nil
	}
	if p.Format == "elf" {
		return &Formatted{Text: rpc.HexLines(text), Base64: base64.StdEncoding.EncodeToString(text), Note: note}, nil
	}
	return &Formatted{Text: string(text), Note: note}, nil
}

// ebpf writes a program as eBPF, with what bpfc compile does where it is not told otherwise.
func ebpf(code []bpf.RawInstruction, hook toebpf.Hook, format string) (text []byte, note string, err error) {
	rounds := 0
	if format == "elf" {
		rounds = toebpf.DefaultRounds
	}
	for _, in := range code {
		if rounds > 0 && cbpf.IsBackward(in) {
			note = fmt.Sprintf("loops go round at most %d times, and a packet that needs more does not match", rounds)
		}
	}
	if hook != toebpf.SocketFilter {
		note = strings.TrimSpace("what matches is dropped and the rest passes; bpfc compile --match and --no-match change that. " + note)
	}
	o := toebpf.Options{Rounds: rounds}
	if format == "elf" {
		text, err = toebpf.Object(code, hook, toebpf.ObjectOptions{Options: o})
		return text, note, err
	}
	insns, err := toebpf.Program(code, hook, o)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	err = toebpf.WriteListing(&b, insns)
	return b.Bytes(), note, err
}
