package jit_test

import (
	"fmt"
	"log"

	"golang.org/x/net/bpf"

	"bpfc/vm/jit"
)

// A matcher is native code where there is any, and interprets elsewhere.
func ExampleNew() {
	m, err := jit.New([]bpf.RawInstruction{{Op: 0x30, K: 0}, {Op: 0x16}}) // ldb [0]; ret a
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	fmt.Println(m.Match([]byte{7}, 1), m.Engine() == "jit" == (m.Fallback() == nil))
	// Output:
	// 7 true
}

// The code of many programs lies side by side.
func ExampleFunctions() {
	var codes []*jit.Code
	for k := range uint32(3) {
		c, err := jit.NewCode([]bpf.RawInstruction{{Op: 0x06, K: k}}) // ret #k
		if err != nil {
			log.Fatal(err)
		}
		codes = append(codes, c)
	}
	for _, f := range jit.Functions(codes) {
		fmt.Println(f.Match(nil, 0))
	}
	// Output:
	// 0
	// 1
	// 2
}
