// Tcegress keeps the packets that match a filter from leaving through an interface (tc, here as tcx, Linux 6.6) until it is
// interrupted:
//
//	tcegress INTERFACE EXPRESSION…
//
// The filter is the whole program. On older kernels, `bpfc compile -f elf --hook tc` and tc do the same. On Linux, as root.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"bpfc"
	toebpf "bpfc/ebpf"
)

const tcxNext = 1<<32 - 1 // TCX_NEXT of linux/bpf.h, -1: what other programs there are is asked next

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: tcegress INTERFACE EXPRESSION…")
	}
	device := must(net.InterfaceByName(os.Args[1]))
	// On its way out a packet has its VLAN tag beside it, not in it: that is what WithLinuxExtensions is for.
	filter := must(bpfc.Compile(strings.Join(os.Args[2:], " "), bpfc.WithLinuxExtensions()))
	spec := must(toebpf.Spec("tcegress", filter.Instructions(), toebpf.TC,
		toebpf.Options{Verdicts: &toebpf.Verdicts{Match: toebpf.TCShot, NoMatch: tcxNext}}))
	program := must(ebpf.NewProgram(spec))
	defer program.Close()
	attached := must(link.AttachTCX(link.TCXOptions{Interface: device.Index, Program: program, Attach: ebpf.AttachTCXEgress}))
	defer attached.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log.Printf("holding back on %s", device.Name)
	<-ctx.Done()
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
