package bpfc_test

import (
	"errors"
	"fmt"
	"log"
	"net/netip"

	"bpfc"
	"bpfc/linktype"
	"bpfc/names"
)

// syn is a TCP segment over IPv4 to a port, with the flag SYN, in an Ethernet frame.
func syn(port byte) []byte {
	p := make([]byte, 54)
	p[12], p[13] = 8, 0 // IPv4
	p[14] = 0x45        // a header of 20 bytes
	p[23] = 6           // TCP
	copy(p[26:], []byte{192, 0, 2, 1, 10, 0, 0, 1})
	p[37] = port
	p[47] = 2 // SYN
	return p
}

// Compile a filter to bytecode.
func ExampleCompile() {
	prog, err := bpfc.Compile("arp")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Len(), "instructions for", prog.LinkType())
	for _, in := range prog.Instructions() {
		fmt.Println(in)
	}
	// Output:
	// 4 instructions for EN10MB
	// {40 0 0 12}
	// {21 0 1 2054}
	// {6 0 0 262144}
	// {6 0 0 0}
}

// An error tells the place in the text, and a way forward.
func ExampleCompile_error() {
	const filter = "tcp prot 80"
	_, err := bpfc.Compile(filter)
	var e *bpfc.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind)
		fmt.Println(e.Render(filter))
	}
	// Output:
	// syntax
	// unknown keyword "prot"; did you mean "port"?
	//   tcp prot 80
	//       ^~~~
}

// The link-layer type, the names and more are options.
func ExampleCompile_options() {
	hosts := names.Map{Hosts: map[string][]netip.Addr{"router": {netip.MustParseAddr("10.0.0.1")}}}
	prog, err := bpfc.Compile("dst host router", bpfc.WithLinkType(linktype.IPV4), bpfc.WithNames(hosts), bpfc.WithSnapLen(96))
	fmt.Println(prog.LinkType(), prog.SnapLen(), err)
	_, err = bpfc.Compile("dst host printer", bpfc.WithNames(hosts))
	fmt.Println(err)
	// Output:
	// IPV4 96 <nil>
	// unknown host 'printer'
}

// Compile with names of one's own, without the system's resolver in the program.
func ExampleCompiler() {
	c := bpfc.NewCompiler(names.Map{Ports: map[string][]names.PortEntry{"game": {{Port: 4242, Proto: "udp"}}}})
	prog, err := c.Compile("udp port game")
	fmt.Println(prog != nil, err)
	_, err = c.Compile("host localhost")
	fmt.Println(err)
	// Output:
	// true <nil>
	// unknown host 'localhost'
}

// Run a filter in process, as native code where the machine has it.
func ExampleProgram_Matcher() {
	prog, err := bpfc.Compile("tcp port 80")
	if err != nil {
		log.Fatal(err)
	}
	m, err := prog.Matcher()
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	for _, port := range []byte{80, 81} {
		packet := syn(port)
		fmt.Println(port, m.Match(packet, uint32(len(packet))))
	}
	// Output:
	// 80 262144
	// 81 0
}

// Ask many filters at once which of them match.
func ExampleCompileSet() {
	set, err := bpfc.CompileSet([]string{"tcp port 80", "tcp port 443", "dst net 10.0.0.0/8"})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	packet := syn(80)
	matched := make([]uint64, set.Words())
	n := set.Match(packet, uint32(len(packet)), matched)
	fmt.Printf("%d match: %03b\n", n, matched[0])
	// Output: 2 match: 101
}

// Filters of many tenants, with keys and values of the caller's.
func ExampleKeyedSet() {
	set, err := bpfc.NewKeyedSet([]bpfc.Keyed[string, int]{
		{Key: "alice", Expr: "dst host 10.0.0.1", Value: 7},
		{Key: "bob", Expr: "tcp port 80", Value: 9},
	})
	if err != nil {
		log.Fatal(err)
	}
	set, err = set.With(bpfc.Keyed[string, int]{Key: "carol", Expr: "tcp prot 80"}, bpfc.Keyed[string, int]{Key: "dave", Expr: "port 99999"})
	fmt.Println(err) // both
	packet := syn(80)
	for _, m := range set.Match(packet, uint32(len(packet)), nil) {
		fmt.Println(m.Filter.Key, m.Filter.Value)
	}
	if f, _ := set.Without("alice").First(packet, uint32(len(packet))); f != nil {
		fmt.Println("without alice the first is", f.Key)
	}
	// Output:
	// filter carol: unknown keyword "prot"; did you mean "port"?
	// filter dave: port number 99999 is greater than 65535
	// alice 7
	// bob 9
	// without alice the first is bob
}

// A set that changes while others match with it.
func ExampleLive() {
	none, err := bpfc.NewKeyedSet[string, struct{}](nil)
	if err != nil {
		log.Fatal(err)
	}
	live := bpfc.NewLive(none)
	if err := live.Add(bpfc.Keyed[string, struct{}]{Key: "web", Expr: "tcp port 80"}); err != nil {
		log.Fatal(err)
	}
	packet := syn(80)
	f, verdict := live.Set().First(packet, uint32(len(packet)))
	fmt.Println(f.Key, verdict)
	live.Remove("web")
	f, _ = live.Set().First(packet, uint32(len(packet)))
	fmt.Println(f)
	// Output:
	// web 262144
	// <nil>
}
