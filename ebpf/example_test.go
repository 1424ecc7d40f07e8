package toebpf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"bpfc"
	toebpf "bpfc/ebpf"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// A filter as an XDP program. What matches is dropped if the options do not say otherwise.
func ExampleProgram() {
	filter := must(bpfc.Compile("ip"))
	insns := must(toebpf.Program(filter.Instructions(), toebpf.XDP, toebpf.Options{ByteOrder: binary.LittleEndian}))
	for _, in := range insns {
		fmt.Println(in)
	}
	// Output:
	// LdXMemW dst: r2 src: r1 off: 0 imm: 0
	// LdXMemW dst: r3 src: r1 off: 4 imm: 0
	// MovReg dst: r5 src: r2
	// AddImm dst: r5 imm: 14
	// JGTReg dst: r5 off: -1 src: r3 <l7>
	// LdXMemH dst: r0 src: r2 off: 12 imm: 0
	// JEqImm dst: r0 off: -1 imm: 8 <l9>
	// MovImm32 dst: r0 imm: 2
	// Exit
	// MovImm32 dst: r0 imm: 1
	// Exit
}

// A filter as a program for tc that lets through what matches, ready for ebpf.NewProgram.
func ExampleSpec() {
	filter := must(bpfc.Compile("tcp port 443"))
	spec := must(toebpf.Spec("only_https", filter.Instructions(), toebpf.TC, toebpf.Options{
		Verdicts: &toebpf.Verdicts{Match: toebpf.TCOK, NoMatch: toebpf.TCShot},
	}))
	fmt.Println(spec.Name, spec.Type, spec.License)
	// Output: only_https SchedCLS BSD-3-Clause
}

// An object file that "ip link set dev eth0 xdp obj FILE sec xdp" loads, read back here by a library.
func ExampleObject() {
	filter := must(bpfc.Compile("udp port 53"))
	object := must(toebpf.Object(filter.Instructions(), toebpf.XDP, toebpf.ObjectOptions{Name: "no_dns"}))
	spec := must(ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object)))
	fmt.Println(spec.Programs["no_dns"].SectionName)
	// Output: xdp
}

// A filter within an XDP program that is made of instructions: packets that match go another way.
func ExampleFragment() {
	filter := must(bpfc.Compile("icmp"))
	fragment := must(toebpf.Fragment(filter.Instructions(), toebpf.FragmentOptions{
		PacketStart: asm.R2, PacketEnd: asm.R3, Result: asm.R4, ResultLabel: "filtered",
		Working: [4]asm.Register{asm.R4, asm.R5, asm.R6, asm.R7}, LabelPrefix: "filter",
	}))
	insns := asm.Instructions{
		asm.LoadMem(asm.R2, asm.R1, 0, asm.Word), // data
		asm.LoadMem(asm.R3, asm.R1, 4, asm.Word), // data_end
	}
	insns = append(insns, fragment...)
	insns = append(insns,
		asm.Mov.Imm(asm.R0, toebpf.XDPPass).WithSymbol("filtered"),
		asm.JEq.Imm(asm.R4, 0, "end"),
		asm.Mov.Imm(asm.R0, toebpf.XDPAborted),
		asm.Return().WithSymbol("end"),
	)
	spec := ebpf.ProgramSpec{Type: ebpf.XDP, Instructions: insns, License: "MIT"}
	fmt.Println(spec.Type, insns[len(insns)-1].Symbol())
	// Output: XDP end
}

// A filter in place of a stub that the C source of a program declares and calls.
func ExampleInject() {
	// Most often: spec, err := ebpf.LoadCollectionSpec("program.o"), and then spec.Programs["name"].
	program := &ebpf.ProgramSpec{Type: ebpf.XDP, License: "MIT", Instructions: asm.Instructions{
		asm.LoadMem(asm.R4, asm.R1, 0, asm.Word),
		asm.LoadMem(asm.R5, asm.R1, 4, asm.Word),
		asm.Mov.Reg(asm.R2, asm.R1),
		asm.Mov.Reg(asm.R3, asm.R1),
		asm.Call.Label("filter"),
		asm.Return(),
		asm.Mov.Imm(asm.R0, 0).WithSymbol("filter"),
		asm.Return(),
	}}
	filter := must(bpfc.Compile("arp"))
	if err := toebpf.Inject(program, "filter", filter.Instructions(), toebpf.InjectOptions{}); err != nil {
		log.Fatal(err)
	}
	err := toebpf.Inject(program, "flter", filter.Instructions(), toebpf.InjectOptions{})
	fmt.Println(len(program.Instructions) > 8, err)
	// Output: true ebpf: the program has no function "flter"; its functions are [filter]
}
