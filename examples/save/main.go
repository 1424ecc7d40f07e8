// Save captures packets into a file:
//
//	save INTERFACE COUNT FILE EXPRESSION…
package main

import (
	"context"
	"log"
	"os"
	"strconv"
	"strings"

	"bpfc"
	"bpfc/capture"
)

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: save INTERFACE COUNT FILE EXPRESSION…")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	options := capture.LiveOptions{Interface: os.Args[1]}
	link, err := capture.ProbeLink(options)
	if err != nil {
		log.Fatal(err)
	}
	prog, err := bpfc.Compile(strings.Join(os.Args[4:], " "),
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

	file, err := os.Create(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	w, err := capture.NewWriter(file, capture.WriterOptions{LinkType: link.LinkType})
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on %s", os.Args[1])
	for range count {
		p, err := handle.Next(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		if err := w.WritePacket(p); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}
}
