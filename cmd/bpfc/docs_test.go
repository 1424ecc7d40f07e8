package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"bpfc"
	"bpfc/linktype"
	"bpfc/names"
)

// columns are the primitives that the table of link-layer types has, each by an example that compiles where it exists.
var columns = []struct{ title, example string }{
	{"ip, tcp, host …", "ip"},
	{"arp, rarp", "arp[0] = 0"},
	{"ether proto", "ether proto 0x88cc"},
	{"ether host", "ether host 00:11:22:33:44:55"},
	{"link host $X", "link host $1"},
	{"broadcast", "broadcast"},
	{"multicast", "multicast"},
	{"llc", "llc"},
	{"vlan", "vlan"},
	{"mpls", "mpls"},
	{"pppoes", "pppoes"},
	{"protochain", "ip protochain 6"},
	{"inbound", "inbound"},
	{"ifindex", "ifindex 1"},
	{"type, dir, ra …", "type mgt"},
	{"radio[…]", "radio[0] = 0"},
	{"vpi, lane …", "vpi 1"},
	{"sio, opc …", "opc 1"},
	{"ifname, action …", "ifname em0"},
}

const linkTypesFile = "../../docs/link-types.md"

// TestLinkTypesTable keeps docs/link-types.md what the compiler says.
func TestLinkTypesTable(t *testing.T) {
	want := linkTypesTable()
	if *update {
		if err := os.WriteFile(linkTypesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(linkTypesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the compiler does; run this test with -update and look at the difference", linkTypesFile)
	}
}

func linkTypesTable() string {
	var b strings.Builder
	b.WriteString(`# What each link-layer type has

This file is written by a test (go test ./cmd/bpfc -run LinkTypesTable -update) from what the compiler accepts. The numbers are
those of DLT_ names; where capture files have another, it is in brackets. ● is there; a blank is refused with
a message that says why, or because it could match no packet. "ip, tcp, host …" stands for everything from the network layer up. On a live Linux capture with
--linux-extensions, inbound, outbound and ifindex are there for every type.

`)
	b.WriteString("| type | number | description |")
	for _, c := range columns {
		fmt.Fprintf(&b, " %s |", c.title)
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", 3+len(columns)) + "\n")
	var bare []string
	for _, typ := range linktype.All() {
		cells, any := supported(typ)
		number := fmt.Sprint(int(typ))
		if int(typ.FileNumber()) != int(typ) {
			number += fmt.Sprintf(" (%d)", typ.FileNumber())
		}
		if !any {
			bare = append(bare, fmt.Sprintf("| %v | %s | %s |", typ, number, typ.Description()))
			continue
		}
		fmt.Fprintf(&b, "| %v | %s | %s | %s |\n", typ, number, typ.Description(), strings.Join(cells, " | "))
	}
	b.WriteString("\n## Without a network layer\n\nOf these only lengths (`len`, `less`, `greater`) and bytes of the packet (`link[…]`, `byte`) can be tested.\n\n| type | number | description |\n| --- | --- | --- |\n")
	b.WriteString(strings.Join(bare, "\n") + "\n")
	return b.String()
}

// supported tries every column on a type.
func supported(typ linktype.Type) (cells []string, any bool) {
	for _, c := range columns {
		_, err := bpfc.Compile(c.example, bpfc.WithLinkType(typ), bpfc.WithNames(names.Map{}))
		if err == nil {
			cells, any = append(cells, "●"), true
		} else {
			cells = append(cells, "")
		}
	}
	return cells, any
}
