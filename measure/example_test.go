package measure_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/measure"
	"bpfc/vm"
)

// Every engine runs the program on the packets, and they agree.
func ExampleEngine_Measure() {
	program := []bpf.RawInstruction{{Op: 0x30, K: 0}, {Op: 0x16}} // ldb [0]; ret a
	packets := &measure.Packets{Buf: []byte{0, 1, 2}, Verdicts: make([]uint32, 3)}
	for i := range uint32(3) {
		packets.Spans = append(packets.Spans, vm.Span{Off: i, CapLen: 1, WireLen: 1})
	}
	for _, e := range measure.Engines() {
		r, err := e.Measure(context.Background(), program, packets, 1, time.Microsecond)
		if errors.Is(err, measure.ErrNotForEngine) {
			continue // no native code here
		}
		if err != nil {
			log.Fatal(err)
		}
		if r.Packets != 3 || r.Matches != 2 || r.Least < 0 {
			fmt.Println(r)
		}
	}
	fmt.Println("all agree")
	// Output: all agree
}
