package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/vm"
)

// stats prints what the optimizer made of a filter, and with a capture file what running it costs there. Of a program that
// was given there is one column only.
func (o *output) stats() error {
	columns := []statsColumn{{"as compiled", o.prog}}
	if o.program != nil {
		columns[0].head = "as given"
	} else {
		plain := o.filterOptions
		plain.noOptimize = true
		before, err := plain.compile(o.cmd.Context(), o.expr, o.formatTarget(o.format))
		if err != nil {
			return err
		}
		columns = []statsColumn{{"as written", before}, columns[0]}
	}
	w := tabwriter.NewWriter(o.cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	row := func(name string, cell func(statsColumn) string) {
		for _, col := range columns {
			name += "\t" + cell(col)
		}
		fmt.Fprintln(w, name)
	}
	row("", func(col statsColumn) string { return col.head })
	row("instructions", func(col statsColumn) string { return fmt.Sprint(col.prog.Len()) })
	row("longest path", func(col statsColumn) string { return pathsOf(col.prog.Instructions()).longest() })
	row("expected path", func(col statsColumn) string { return pathsOf(col.prog.Instructions()).expected() })
	if o.read != "" {
		means := map[string]float64{}
		var packets uint64
		for _, col := range columns {
			var err error
			if means[col.head], packets, err = o.meanExecuted(o.cmd, col.prog.Instructions()); err != nil {
				return err
			}
		}
		row("executed a packet", func(col statsColumn) string { return fmt.Sprintf("%.2f", means[col.head]) })
		fmt.Fprintf(w, "packets%s%d\n", strings.Repeat("\t", len(columns)), packets)
	}
	row("loads into the kernel", func(col statsColumn) string { return loads(col.prog) })
	return w.Flush()
}

// statsColumn is a program that is measured.
type statsColumn struct {
	head string
	prog *bpfc.Program
}

func loads(p *bpfc.Program) string {
	if p.KernelProblem() != nil {
		return "no"
	}
	return "yes"
}

// paths are the lengths of the ways through a program, in instructions executed.
type paths struct {
	loops bool
	most  int
	mean  float64 // where every branch is taken as often as not
}

func (p paths) longest() string {
	if p.loops {
		return "loops"
	}
	return fmt.Sprint(p.most)
}

func (p paths) expected() string {
	if p.loops {
		return "loops"
	}
	return fmt.Sprintf("%.1f", p.mean)
}

// pathsOf measures a valid program: from its end to its start, as every jump but a loop's goes forward.
func pathsOf(prog []bpf.RawInstruction) paths {
	most, mean := make([]int, len(prog)), make([]float64, len(prog))
	for i := len(prog) - 1; i >= 0; i-- {
		in := prog[i]
		switch class, jump := in.Op&0x07, in.Op&0xf0; {
		case class == 6: // ret
			most[i], mean[i] = 1, 1
		case class == 5 && jump == 0 && int32(in.K) < 0: // ja, back
			return paths{loops: true}
		case class == 5 && jump == 0: // ja
			to := i + 1 + int(in.K)
			most[i], mean[i] = 1+most[to], 1+mean[to]
		case class == 5:
			yes, no := i+1+int(in.Jt), i+1+int(in.Jf)
			most[i], mean[i] = 1+max(most[yes], most[no]), 1+(mean[yes]+mean[no])/2
		default:
			most[i], mean[i] = 1+most[i+1], 1+mean[i+1]
		}
	}
	return paths{most: most[0], mean: mean[0]}
}

// meanExecuted runs a program on every packet of the capture file of -r and gives the mean number of instructions executed.
func (c *compileCommand) meanExecuted(cmd *cobra.Command, prog []bpf.RawInstruction) (mean float64, packets uint64, err error) {
	m, err := vm.New(prog)
	if err != nil {
		return 0, 0, err
	}
	r, err := openCapture(cmd, &c.filterOptions, c.read)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	total := uint64(0)
	for p, e := range r.Packets(cmd.Context()) {
		if err = e; err != nil {
			break
		}
		_, executed := m.RunCount(p.Data, p.WireLen)
		total += uint64(executed)
		packets++
	}
	return float64(total) / float64(max(packets, 1)), packets, err
}
