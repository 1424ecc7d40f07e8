package asm_test

import (
	"fmt"
	"os"

	"golang.org/x/net/bpf"

	"bpfc/asm"
)

// A program that somebody has only as text, in a form that need not be told.
func ExampleParseAny() {
	prog, form, err := asm.ParseAny("4\n40 0 0 12\n21 0 1 2054\n6 0 0 262144\n6 0 0 0\n") // from tcpdump -ddd arp
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(form)
	fmt.Print(asm.Print(prog, asm.Listing))
	// Output:
	// ddd
	// (000) ldh      [12]
	// (001) jeq      #0x806           jt 2	jf 3
	// (002) ret      #262144
	// (003) ret      #0
}

// What is wrong is told with its place.
func ExampleParseAny_error() {
	_, _, err := asm.ParseAny("2,40 0 0 12,6 0 0 many")
	fmt.Println(err)
	// Output:
	// line 1, column 19: expected k, a number, found "many"
}

// For iptables -m bpf --bytecode.
func ExamplePrint() {
	keepAll := []bpf.RawInstruction{{Op: 0x06, K: 0xffffffff}}
	fmt.Print(asm.Print(keepAll, asm.XTBPF))
	// Output:
	// 1,6 0 0 4294967295
}

// For dot -Tsvg.
func ExampleWriteDot() {
	prog, err := asm.Parse("ldh [12] jeq #0x806, keep, drop keep: ret #-1 drop: ret #0", asm.Kernel)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := asm.WriteDot(os.Stdout, prog); err != nil {
		fmt.Println(err)
	}
	// Output:
	// digraph program {
	// 	node [shape=box, fontname=monospace];
	// 	n0 [label="(000) ldh      [12]\l(001) jeq      #0x806           jt 2 jf 3\l"];
	// 	n0 -> n2;
	// 	n0 -> n3 [style=dashed];
	// 	n2 [label="(002) ret      #-1\l"];
	// 	n3 [label="(003) ret      #0\l"];
	// }
}
