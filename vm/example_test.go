package vm_test

import (
	"fmt"
	"log"

	"golang.org/x/net/bpf"

	"bpfc/vm"
)

// Run a program, from whatever compiler, on packets.
func ExampleNew() {
	m, err := vm.New([]bpf.RawInstruction{
		{Op: 0x28, K: 12},           // ldh [12]
		{Op: 0x15, Jf: 1, K: 0x806}, // jeq #0x806
		{Op: 0x06, K: 65535},        // ret #65535
		{Op: 0x06, K: 0},            // ret #0
	})
	if err != nil {
		log.Fatal(err)
	}
	arp := make([]byte, 60)
	arp[12], arp[13] = 8, 6
	fmt.Println(m.Match(arp, 60), m.Match(arp[:13], 60))
	// Output:
	// 65535 0
}

// Many packets in one buffer are judged by one call.
func ExampleMatcher() {
	m, err := vm.New([]bpf.RawInstruction{{Op: 0x30, K: 0}, {Op: 0x16}}) // ldb [0]; ret a
	if err != nil {
		log.Fatal(err)
	}
	verdicts := make([]uint32, 2)
	m.MatchBuffer([]byte{7, 8, 9}, []vm.Span{{Off: 0, CapLen: 1, WireLen: 1}, {Off: 2, CapLen: 1, WireLen: 1}}, verdicts)
	fmt.Println(verdicts)
	// Output:
	// [7 9]
}
