package fuzz_test

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/fuzz"
)

// A compiler of one's own is tested by putting it into the configuration. This one knows a single filter, and gets it wrong.
func ExampleRun() {
	mine := func(expr string, o fuzz.CompileOptions) ([]bpf.RawInstruction, error) {
		if expr != "ip" {
			return nil, errors.New("only ip, so far")
		}
		typeOff := uint32(12)
		if o.Optimize {
			typeOff = 13 // a defect
		}
		return []bpf.RawInstruction{{Op: 0x28, K: typeOff}, {Op: 0x15, Jf: 1, K: 0x800}, {Op: 0x06, K: uint32(o.Snaplen)}, {Op: 0x06}}, nil
	}
	report, err := fuzz.Run(context.Background(), fuzz.Config{
		Compile:   mine,
		Compilers: []fuzz.Compiler{}, // no reference: optimized against unoptimized
		Engines:   []fuzz.Engine{fuzz.NewVM(), fuzz.NewXNet()},
		Exprs:     []string{"ip"},
		LinkTypes: []int{1},
		Pairs:     1000,

		MaxDifferences: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range report.Differences {
		fmt.Println(d.Kind, d.Expr)
	}
	// Output: optimize ip
}
