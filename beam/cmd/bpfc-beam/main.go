// Command bpfc-beam filters archives of capture files in a Beam pipeline.
//
//	bpfc-beam --output /out/https 'tcp port 443' /archive '/more/*.pcap.gz'
//
// It writes what matches to /out/https-EN10MB-00000-of-00004.pcap and so on, the numbers of each file to
// /out/https-counts.tsv, and the files that could not be read, with the reason, to /out/https-dead.tsv. It runs on Beam's
// prism runner, in this process; with --runner=universal (or flink, spark) and --endpoint on a cluster, see docs/beam.md.
// Exit status: 0 done, also where there are dead files; 1 it went wrong while running; 2 the filter or the flags are wrong.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/flink"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/spark"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/universal"

	"bpfc"
	bpfcbeam "bpfc/beam"
	"bpfc/diag"
)

func main() {
	output := flag.String("output", "", "beginning of the names of the files to write")
	shards := flag.Int("shards", 4, "files to write for each link-layer type")
	runner := flag.String("runner", "prism", "prism, universal, flink or spark")
	top := flag.Int("top", 0, "write the files with the most matches to OUTPUT-top.tsv, so many")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: bpfc-beam --output PREFIX [flags] FILTER FILE|DIR|PATTERN…")
		flag.PrintDefaults()
	}
	flag.Parse()
	beam.Init() // on a worker it does not return
	if *output == "" || *shards < 1 || *top < 0 || flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	filter := flag.Arg(0)
	// A filter may be of one link-layer type only; a word that is not of the language is of none.
	if _, err := bpfc.Compile(filter); err != nil {
		if d := diag.As(err); d != nil && d.Kind == diag.Syntax {
			fmt.Fprintln(os.Stderr, "bpfc-beam: "+d.Render(filter))
			os.Exit(2)
		}
	}
	p, s := beam.NewPipelineWithRoot()
	packets, dead := bpfcbeam.Read(s, filter, flag.Args()[1:]...)
	bpfcbeam.WritePcap(s, *output, *shards, packets)
	counts := bpfcbeam.Count(s, packets)
	bpfcbeam.WriteLines(s, *output+"-counts.tsv", bpfcbeam.CountLines(s, counts))
	bpfcbeam.WriteLines(s, *output+"-dead.tsv", bpfcbeam.DeadLines(s, dead))
	if *top > 0 {
		bpfcbeam.WriteLines(s, *output+"-top.tsv", bpfcbeam.TopLines(s, bpfcbeam.Top(s, counts, *top)))
	}
	if _, err := beam.Run(context.Background(), *runner, p); err != nil {
		fmt.Fprintln(os.Stderr, "bpfc-beam:", err)
		os.Exit(1)
	}
}
