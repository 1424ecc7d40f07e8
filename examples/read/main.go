// Read counts the packets of a capture file that match a filter, first one by
// one and then in batches on all processors:
//
//	read FILE EXPRESSION…
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"bpfc"
	"bpfc/capture"
	"bpfc/vm"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: read FILE EXPRESSION…")
	}
	for _, count := range []func(*capture.Reader, vm.Matcher) (int, error){oneByOne, inBatches} {
		r, err := capture.Open(os.Args[1])
		if err != nil {
			log.Fatal(err)
		}
		link, _ := r.LinkType()
		prog, err := bpfc.Compile(strings.Join(os.Args[2:], " "), bpfc.WithLinkType(link))
		if err != nil {
			log.Fatal(err)
		}
		m, err := vm.New(prog.Instructions())
		if err != nil {
			log.Fatal(err)
		}
		n, err := count(r, m)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n)
		r.Close()
	}
}

func oneByOne(r *capture.Reader, m vm.Matcher) (matches int, err error) {
	for {
		p, err := r.Next()
		if err == io.EOF {
			return matches, nil
		}
		if err != nil {
			return matches, err
		}
		if m.Match(p.Data, p.WireLen) != 0 {
			matches++
		}
	}
}

func inBatches(r *capture.Reader, m vm.Matcher) (matches int, err error) {
	judge := func(_ int, b *capture.Batch) { // several at a time
		for i := range b.Records {
			b.Verdicts[i] = m.Match(b.Data(i), b.Records[i].WireLen)
		}
	}
	err = r.Scan(context.Background(), capture.ScanOptions{}, judge, func(b *capture.Batch) error { // in the file's order
		for _, v := range b.Verdicts {
			if v != 0 {
				matches++
			}
		}
		return nil
	})
	return matches, err
}
