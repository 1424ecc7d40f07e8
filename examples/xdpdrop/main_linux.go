// Xdpdrop drops the packets that match a filter as they come in on an interface, before the kernel makes anything of them (XDP),
// and counts them until it is interrupted:
//
//	xdpdrop INTERFACE EXPRESSION…
//
// The filter is a fragment in an XDP program of the example's own, which counts in a map. On Linux, as root.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"bpfc"
	toebpf "bpfc/ebpf"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: xdpdrop INTERFACE EXPRESSION…")
	}
	device := must(net.InterfaceByName(os.Args[1]))
	filter := must(bpfc.Compile(strings.Join(os.Args[2:], " ")))
	count := must(ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1}))
	defer count.Close()
	program := must(ebpf.NewProgram(&ebpf.ProgramSpec{Name: "xdpdrop", Type: ebpf.XDP, License: "MIT", Instructions: drop(filter, count)}))
	defer program.Close()
	attached := must(link.AttachXDP(link.XDPOptions{Interface: device.Index, Program: program}))
	defer attached.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log.Printf("dropping on %s", device.Name)
	<-ctx.Done()
	var dropped uint64
	if err := count.Lookup(uint32(0), &dropped); err != nil {
		log.Print(err)
		return
	}
	fmt.Println(dropped, "packets dropped")
}

// drop is the program: it drops and counts what matches and lets the rest pass.
func drop(filter *bpfc.Program, count *ebpf.Map) asm.Instructions {
	const data, dataEnd = 0, 4 // of struct xdp_md
	insns := asm.Instructions{asm.LoadMem(asm.R2, asm.R1, data, asm.Word), asm.LoadMem(asm.R3, asm.R1, dataEnd, asm.Word)}
	insns = append(insns, must(toebpf.Fragment(filter.Instructions(), toebpf.FragmentOptions{
		PacketStart: asm.R2, PacketEnd: asm.R3, Result: asm.R4, ResultLabel: "filtered",
		Working: [4]asm.Register{asm.R4, asm.R5, asm.R6, asm.R7}, LabelPrefix: "filter", Rounds: 8,
	}))...)
	return append(insns,
		asm.JEq.Imm(asm.R4, 0, "pass").WithSymbol("filtered"),
		asm.LoadMapValue(asm.R1, count.FD(), 0),
		asm.Mov.Imm(asm.R2, 1),
		asm.StoreXAdd(asm.R1, asm.R2, asm.DWord),
		asm.Mov.Imm(asm.R0, toebpf.XDPDrop),
		asm.Return(),
		asm.Mov.Imm(asm.R0, toebpf.XDPPass).WithSymbol("pass"),
		asm.Return())
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
