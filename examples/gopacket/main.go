// Gopacket shows what to write instead of gopacket's two ways to compile a
// filter, which need cgo and libpcap:
//
//	instructions, err := pcap.CompileBPFFilter(layers.LinkTypeEthernet, 65535, expr)
//	prog, err := bpfc.Compile(expr, bpfc.WithSnapLen(65535))
//
//	filter, err := pcap.NewBPF(layers.LinkTypeEthernet, 65535, expr)
//	if filter.Matches(captureInfo, data) { … }
//	prog, err := bpfc.Compile(expr); m, err := vm.New(prog.Instructions())
//	if m.Match(data, uint32(captureInfo.Length)) != 0 { … }
//
// A program that is to stay as it is imports bpfc/pcap instead of gopacket's, which has the same API.
//
// The packets here come from gopacket's own reader:
//
//	gopacket FILE EXPRESSION…
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/google/gopacket/pcapgo"

	"bpfc"
	"bpfc/linktype"
	"bpfc/vm"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: gopacket FILE EXPRESSION…")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	r, err := pcapgo.NewReader(file)
	if err != nil {
		log.Fatal(err)
	}
	prog, err := bpfc.Compile(strings.Join(os.Args[2:], " "), bpfc.WithLinkType(linktype.FromFile(uint16(r.LinkType()))))
	if err != nil {
		log.Fatal(err)
	}
	m, err := vm.New(prog.Instructions())
	if err != nil {
		log.Fatal(err)
	}
	matches := 0
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if m.Match(data, uint32(info.Length)) != 0 {
			matches++
		}
	}
	fmt.Println(matches)
}
