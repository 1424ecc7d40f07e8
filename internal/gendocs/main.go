// Command gendocs writes docs/linktypes.md: which primitives apply to which
// link-layer types, found out by compiling an example of each for each.
//
//	go generate ./internal/gendocs
//
// A test fails when the file is not what this program writes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bpfc"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/names"
)

//go:generate go run . -dir ../../docs

const fileName = "linktypes.md"

func main() {
	dir := flag.String("dir", "docs", "where to write "+fileName)
	flag.Parse()
	text, err := document()
	if err == nil {
		err = os.WriteFile(filepath.Join(*dir, fileName), []byte(text), 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// column is a family of primitives: what heads its column, and filters that stand
// for it. All of them have to give the same answer on every type.
type column struct {
	head    string
	filters []string
}

// table is one of the tables of types and primitives.
type table struct {
	title, text string
	columns     []column
}

var tables = []table{
	{
		"Protocols",
		"What the link-layer header tells. Hosts, networks, protocols over IP, ports and packet data (`ip[0]`, `tcp[13]` …) go with `ip` and `ip6`.",
		[]column{
			{"`ip`", []string{"ip", "icmp", "ip host 10.1.2.3", "ip[8] = 1"}},
			{"`ip6`", []string{"ip6", "icmp6", "ip6 host fe80::1", "ip6[6] = 1"}},
			{"`tcp` `port` …", []string{"tcp", "proto 47", "port 80", "tcp portrange 1-5", "udp port 53"}},
			{"`protochain`", []string{"ip protochain 6 or ip6 protochain 6"}},
			{"`arp`", []string{"arp", "arp host 10.1.2.3", "arp[6:2] = 1"}},
			{"`rarp`", []string{"rarp", "rarp net 10"}},
			{"`ether proto` EtherType", []string{"ether proto 0x88cc", "lat", "moprc", "mopdl", "sca"}},
			{"`atalk`", []string{"atalk"}},
			{"`aarp`", []string{"aarp"}},
			{"`decnet`", []string{"decnet", "decnet host 1.5"}},
			{"`ether proto` LLC", []string{"ether proto 6"}},
			{"`iso`", []string{"iso"}},
			{"`clnp` `isis` …", []string{"clnp or esis", "isis", "isis proto 18", "l1"}},
			{"`stp`", []string{"stp"}},
			{"`ipx`", []string{"ipx"}},
			{"`netbeui`", []string{"netbeui"}},
		},
	},
	{
		"Headers",
		"What the link-layer header has beside it.",
		[]column{
			{"`ether host` and other MAC addresses", []string{"ether host 00:11:22:33:44:55", "ether src 00:11:22:33:44:55"}},
			{"`link host $05`", []string{"link host $05", "link dst $ff"}},
			{"`broadcast`", []string{"broadcast"}},
			{"`multicast`", []string{"multicast"}},
			{"`type` `subtype` `dir` `ra` `addr1` …", []string{"type mgt", "subtype beacon", "dir nods", "wlan ra 00:11:22:33:44:55", "wlan addr4 00:11:22:33:44:55"}},
			{"`radio[]`", []string{"radio[0] = 1"}},
			{"`llc`", []string{"llc", "llc ui"}},
			{"`vlan`", []string{"vlan", "vlan 5"}},
			{"`mpls`", []string{"mpls", "mpls 5"}},
			{"`pppoed` `pppoes`", []string{"pppoed", "pppoes", "pppoes 5"}},
			{"`geneve` `vxlan`", []string{"geneve", "geneve 5", "vxlan", "vxlan 5"}},
			{"`inbound` `outbound`", []string{"inbound", "outbound"}},
			{"`ifindex`", []string{"ifindex 1"}},
			{"ATM: `lane` `vpi` …", []string{"lane", "metac", "oamf4", "connectmsg", "vpi 5", "vci 5"}},
			{"SS7: `msu` `opc` …", []string{"msu", "hfisu", "sio 5", "opc 5", "hsls 5"}},
			{"PF: `ifname` `action` …", []string{"ifname em0", "rset foo", "rnr 5", "reason match", "action pass"}},
		},
	},
}

// answer is what becomes of a filter on a link-layer type.
type answer string

const (
	refused answer = ""      // an error
	tests   answer = "yes"   // a program
	never   answer = "never" // a program that no packet can pass: the type does not carry that
	live    answer = "live"  // a program, with Linux extensions only
)

func ask(l linktype.Type, filter string) (answer, error) {
	compile := func(opts ...bpfc.Option) error {
		_, err := bpfc.Compile(filter, append(opts, bpfc.WithLinkType(l), bpfc.WithNames(names.Map{}))...)
		return err
	}
	err := compile()
	if err == nil {
		return tests, nil
	}
	switch e := diag.As(err); {
	case e == nil:
		return refused, err
	case e.Kind == diag.RejectsAll:
		return never, nil
	case e.Kind != diag.Unsupported && e.Kind != diag.Qualifier:
		return refused, err
	}
	if compile(bpfc.WithLinuxExtensions()) == nil {
		return live, nil
	}
	return refused, nil
}

// answers gives the answer for each column. The filters of one must agree.
func answers(l linktype.Type, columns []column) ([]answer, error) {
	row := make([]answer, len(columns))
	for i, c := range columns {
		for j, f := range c.filters {
			a, err := ask(l, f)
			if err != nil {
				return nil, fmt.Errorf("%s %q: %w", l, f, err)
			}
			if j > 0 && a != row[i] {
				return nil, fmt.Errorf("%s: %q gives %q, %q gives %q: they need columns of their own", l, c.filters[0], row[i], f, a)
			}
			row[i] = a
		}
	}
	return row, nil
}

// group is link-layer types with the same answers.
type group struct {
	types []linktype.Type
	row   []answer
}

// group sorts types by their answers, in the order of their first numbers. Those
// to which nothing applies are apart.
func groups(columns []column) (with []group, without []linktype.Type, err error) {
	for _, l := range linktype.All() {
		row, err := answers(l, columns)
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(row, func(a answer) bool { return a == tests || a == never }) {
			without = append(without, l)
			continue
		}
		i := slices.IndexFunc(with, func(g group) bool { return slices.Equal(g.row, row) })
		if i < 0 {
			i = len(with)
			with = append(with, group{row: row})
		}
		with[i].types = append(with[i].types, l)
	}
	return with, without, nil
}

func typeNames(types []linktype.Type) string {
	s := make([]string, len(types))
	for i, l := range types {
		s[i] = l.String()
	}
	return strings.Join(s, ", ")
}

// line writes a row of a table.
func line[T ~string](b *strings.Builder, first string, cells ...T) {
	fmt.Fprintf(b, "| %s |", first)
	for _, c := range cells {
		fmt.Fprintf(b, " %s |", string(c))
	}
	b.WriteByte('\n')
}
