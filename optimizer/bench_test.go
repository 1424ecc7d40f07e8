package optimizer_test

import (
	"context"
	"testing"

	"bpfc/codegen"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/optimizer"
	"bpfc/parser"
)

// BenchmarkOptimize times code generation without and with the optimizer: the
// difference is what the optimizer takes.
func BenchmarkOptimize(b *testing.B) {
	for _, filter := range []string{"tcp port 80", "host 10.0.0.1 or host 10.0.0.2 and port 53"} {
		tree, err := parser.Parse(filter)
		if err != nil {
			b.Fatal(err)
		}
		lt, err := linktype.Parse("EN10MB")
		if err != nil {
			b.Fatal(err)
		}
		run := func(b *testing.B, use func(g *ir.Graph)) {
			b.ReportAllocs()
			for b.Loop() {
				g, err := codegen.Generate(context.Background(), tree, codegen.Options{LinkType: lt})
				if err != nil {
					b.Fatal(err)
				}
				use(g)
			}
		}
		b.Run(filter+"/generate", func(b *testing.B) { run(b, func(*ir.Graph) {}) })
		b.Run(filter+"/and optimize", func(b *testing.B) {
			run(b, func(g *ir.Graph) { optimizer.Optimize(g, optimizer.Options{}) })
		})
	}
}
