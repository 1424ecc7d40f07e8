// Exchange captures with one filter and then with another. After SetFilter
// returned, no packet comes that the new filter rejects:
//
//	exchange INTERFACE FIRST SECOND
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"bpfc"
	"bpfc/capture"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: exchange INTERFACE FIRST SECOND")
	}
	handle, err := capture.OpenLive(capture.LiveOptions{Interface: os.Args[1], Immediate: true})
	if err != nil {
		log.Fatal(err)
	}
	defer handle.Close()
	for _, expr := range os.Args[2:] {
		prog, err := bpfc.Compile(expr, bpfc.WithLinkType(handle.Link().LinkType), bpfc.WithLinuxExtensions())
		if err != nil {
			log.Fatal(err)
		}
		if err := handle.SetFilter(prog.Instructions()); err != nil {
			log.Fatal(err)
		}
		engine, reason := handle.Engine()
		log.Printf("%q runs in the %s %s", expr, engine, reason)
		fmt.Println(countFor(handle, time.Second))
	}
}

// countFor counts packets for a time.
func countFor(handle capture.Handle, d time.Duration) (n int) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	for {
		if _, err := handle.Next(ctx); errors.Is(err, context.DeadlineExceeded) {
			return n
		} else if err != nil {
			log.Fatal(err)
		}
		n++
	}
}
