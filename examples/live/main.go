// Live captures packets that match a filter and prints a line for each:
//
//	live INTERFACE COUNT EXPRESSION…
//
// The filter is in force before the first packet is taken.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"bpfc"
	"bpfc/capture"
	"bpfc/print"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: live INTERFACE COUNT EXPRESSION…")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	options := capture.LiveOptions{Interface: os.Args[1], Promiscuous: true, Immediate: true}
	link, err := capture.ProbeLink(options)
	if err != nil {
		log.Fatal(err)
	}
	prog, err := bpfc.Compile(strings.Join(os.Args[3:], " "),
		bpfc.WithLinkType(link.LinkType), bpfc.WithLinuxExtensions())
	if err != nil {
		log.Fatal(err)
	}
	options.Filter = prog.Instructions()
	handle, err := capture.OpenLive(options)
	if err != nil {
		log.Fatal(err)
	}
	defer handle.Close()
	log.Printf("listening on %s", os.Args[1])

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	printer := print.New(print.Options{})
	for range count {
		p, err := handle.Next(ctx)
		if err != nil {
			log.Print(err)
			return
		}
		os.Stdout.Write(printer.Append(nil, &print.Packet{LinkType: link.LinkType, Data: p.Data, WireLen: p.WireLen, Timestamp: p.Timestamp, Number: p.Number}))
	}
}
