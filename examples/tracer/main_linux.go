// Tracer tells, in the manner of pwru, where in the kernel a packet that matches a filter goes by: here at the raw tracepoint
// netif_receive_skb, where packets come in, on whichever interface and in whichever network namespace.
//
//	tracer COUNT EXPRESSION…
//
// The filter is put in place of a stub of the tracing program, which gets an skb and finds the packet in it. A tracer in C
// declares the stub; this one makes program and stub of instructions. On Linux of 64 bits with BTF, as root.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"

	"bpfc"
	toebpf "bpfc/ebpf"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: tracer COUNT EXPRESSION…")
	}
	count := must(strconv.Atoi(os.Args[1]))
	filter := must(bpfc.Compile(strings.Join(os.Args[2:], " ")))
	events := must(ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: 1 << 16}))
	defer events.Close()
	spec := &ebpf.ProgramSpec{Name: "tracer", Type: ebpf.RawTracepoint, License: "GPL", Instructions: trace(events)}
	if err := toebpf.Inject(spec, "filter", filter.Instructions(), toebpf.InjectOptions{Rounds: 8}); err != nil {
		log.Fatal(err)
	}
	program := must(ebpf.NewProgram(spec))
	defer program.Close()
	attached := must(link.AttachRawTracepoint(link.RawTracepointOptions{Name: "netif_receive_skb", Program: program}))
	defer attached.Close()
	reader := must(ringbuf.NewReader(events))
	defer reader.Close()
	log.Print("tracing")
	for range count {
		b := must(reader.Read()).RawSample
		fmt.Printf("netif_receive_skb skb=%#x interface=%d len=%d\n", binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint32(b[8:]), binary.NativeEndian.Uint32(b[12:]))
	}
}

// trace is the program. It puts into the ring buffer the address of an skb that matches, its interface, and its length.
func trace(events *ebpf.Map) (insns asm.Instructions) {
	put := func(in ...asm.Instruction) { insns = append(insns, in...) }
	const skb, head, start, dev = asm.R6, asm.R7, asm.R8, asm.R9
	// read puts a member of a structure of the kernel's, that base points to, on the stack.
	read := func(base asm.Register, structure, member string, size int32, to int32) {
		put(asm.Mov.Reg(asm.R1, asm.RFP), asm.Add.Imm(asm.R1, to), asm.Mov.Imm(asm.R2, size),
			asm.Mov.Reg(asm.R3, base), asm.Add.Imm(asm.R3, offset(structure, member)), asm.FnProbeReadKernel.Call())
	}
	put(asm.LoadMem(skb, asm.R1, 0, asm.DWord)) // the first argument of the tracepoint
	read(skb, "sk_buff", "head", 8, -8)
	put(asm.LoadMem(head, asm.RFP, -8, asm.DWord))
	read(skb, "sk_buff", "mac_header", 2, -8) // where the packet begins, from the head
	put(asm.LoadMem(start, asm.RFP, -8, asm.Half), asm.Add.Reg(start, head))
	read(skb, "sk_buff", "tail", 4, -8) // where its linear part ends
	put(asm.LoadMem(asm.R5, asm.RFP, -8, asm.Word), asm.Add.Reg(asm.R5, head), asm.Mov.Reg(asm.R4, start))
	put(asm.Mov.Reg(asm.R1, skb), asm.Mov.Reg(asm.R2, skb), asm.Mov.Reg(asm.R3, skb), asm.Call.Label("filter"))
	put(asm.JEq.Imm(asm.R0, 0, "end"), asm.StoreMem(asm.RFP, -24, skb, asm.DWord))
	read(skb, "sk_buff", "dev", 8, -8)
	put(asm.LoadMem(dev, asm.RFP, -8, asm.DWord))
	read(dev, "net_device", "ifindex", 4, -16)
	read(skb, "sk_buff", "len", 4, -12)
	put(asm.LoadMapPtr(asm.R1, events.FD()), asm.Mov.Reg(asm.R2, asm.RFP), asm.Add.Imm(asm.R2, -24),
		asm.Mov.Imm(asm.R3, 16), asm.Mov.Imm(asm.R4, 0), asm.FnRingbufOutput.Call())
	put(asm.Mov.Imm(asm.R0, 0).WithSymbol("end"), asm.Return())
	// bool filter(void *, void *, void *, void *data, void *data_end)
	put(asm.Mov.Imm(asm.R0, 0).WithSymbol("filter"), asm.Return())
	return insns
}

// offset tells where a member is in the running kernel, in bytes, also one within members that have no name.
func offset(structure, member string) int32 {
	var s *btf.Struct
	if err := must(btf.LoadKernelSpec()).TypeByName(structure, &s); err != nil {
		log.Fatal(err)
	}
	at, ok := find(s.Members, member)
	if !ok {
		log.Fatalf("struct %s has no member %s", structure, member)
	}
	return int32(at)
}

func find(members []btf.Member, name string) (offset uint32, ok bool) {
	for _, m := range members {
		inner := []btf.Member(nil)
		switch t := btf.UnderlyingType(m.Type).(type) {
		case *btf.Struct:
			inner = t.Members
		case *btf.Union:
			inner = t.Members
		}
		if m.Name == name {
			return m.Offset.Bytes(), true
		}
		if at, ok := find(inner, name); ok && m.Name == "" {
			return m.Offset.Bytes() + at, true
		}
	}
	return 0, false
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
