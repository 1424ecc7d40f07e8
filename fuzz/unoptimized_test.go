package fuzz

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/net/bpf"
)

// optimizerOnly takes every expression, and with its optimizer on refuses it.
type optimizerOnly struct{}

func (optimizerOnly) Name() string     { return "reference" }
func (optimizerOnly) Available() error { return nil }
func (optimizerOnly) Compile(_ string, o CompileOptions) ([]bpf.RawInstruction, error) {
	if o.Optimize {
		return nil, errors.New("expression rejects all packets")
	}
	return []bpf.RawInstruction{{Op: 6}}, nil
}

// A campaign without optimizers does not ask those of the references.
func TestRunUnoptimized(t *testing.T) {
	cfg := Config{Compile: Compile, RejectsAll: RejectsAll, Exprs: []string{"ip and ip6"}, LinkTypes: []int{1}, Pairs: 64,
		Compilers: []Compiler{optimizerOnly{}}, Engines: []Engine{NewVM()}, Unoptimized: true}
	report, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if report.Accepted == 0 || len(report.Differences) > 0 {
		t.Errorf("%d accepted, differences %v", report.Accepted, report.Differences)
	}
}
