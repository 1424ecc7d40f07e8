// Command record writes down what the installed tcpdump, and libpcap behind
// it, compile filters to, for bpfc to be held against.
//
//	go run ./internal/record            from the top of the repository
//
// It reads testdata/recorded/filters.txt and writes
// testdata/recorded/libpcap-VERSION.jsonl.gz. Nothing but tcpdump is needed: no
// device, no privilege, no network. The same tcpdump gives the same file on
// every machine of the same byte order and operating system.
//
// The tests of this package compile every recorded filter with bpfc. What they
// know of the differences between versions of libpcap is in known_test.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"bpfc/linktype"
)

func main() {
	dir := flag.String("dir", "testdata/recorded", "directory of filters.txt, and of the recording")
	program := flag.String("tcpdump", "tcpdump", "the tcpdump to record")
	jobs := flag.Int("jobs", runtime.NumCPU(), "how many to run at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	summary, err := run(ctx, *dir, *program, linktype.All(), *jobs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
	fmt.Println(summary)
}

// run records on those of the types that tcpdump knows.
func run(ctx context.Context, dir, program string, types []linktype.Type, jobs int) (summary string, err error) {
	sections, err := readFilters(filepath.Join(dir, "filters.txt"))
	if err != nil {
		return "", err
	}
	t := &tcpdump{program: program}
	head, err := t.identify(ctx)
	if err != nil {
		return "", err
	}
	types, err = t.linkTypes(ctx, types)
	if err != nil {
		return "", err
	}
	work, err := cases(sections, types)
	if err != nil {
		return "", err
	}
	results, err := t.compileAll(ctx, work, jobs)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "libpcap-"+head.Libpcap+".jsonl.gz")
	if err := writeRecording(name, head, group(work, results)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d filters on %d link-layer types, %d compilations", name, distinct(work), len(types), len(work)), nil
}
