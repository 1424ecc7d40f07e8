package parser

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"bpfc/ast"
	"bpfc/diag"
)

// What the extended language adds, as it is printed.
func TestExtended(t *testing.T) {
	files := fstest.MapFS{"hosts": {Data: []byte("10.0.0.1\n# a comment\n  10.2.0.0/16 # and another\n\nexample\n")}, "ports": {Data: []byte("80\n8000-8100\n")}}
	for _, tt := range []struct{ text, want string }{
		{"port in {80}", "port 80"},
		{"tcp dst port in {80, 443, 8000-8100, http}", "tcp dst port 80 or tcp dst port 443 or tcp dst portrange 8000-8100 or tcp dst port http"},
		{"host in {10.0.0.1, 10.2.0.0/16, 2001:db8::/32, example,}", "host 10.0.0.1 or net 10.2.0.0/16 or net 2001:db8::/32 or host example"},
		{"src in {10.0.0.1, 10}", "src 10.0.0.1 or src 10"},
		{"not net in {10.0.0.0/8, 192.168}", `not (net 10.0.0.0/8 or net 192.168)`},
		{"ip proto in {tcp, \\udp, 47, 1-3}", `ip proto \tcp or ip proto \udp or ip proto 47 or ip proto 1 or ip proto 2 or ip proto 3`},
		{"ether host in {00:11:22:33:44:55, 0:0:0:0:0:1}", "link host 00:11:22:33:44:55 or link host 00:00:00:00:00:01"},
		{"ip[8] in {1-5, 64}", "ip[8] >= 1 and ip[8] <= 5 or ip[8] = 64"},
		{"len in {60}", "len = 60"},
		{"host in @hosts", "host 10.0.0.1 or net 10.2.0.0/16 or host example"},
		{"tcp port in @ports and ip", "tcp port 80 or tcp portrange 8000-8100 and ip"},
		{"port in {80} or 443", "port 80 or port 443"},
		{"vlan in {5, 100-199}", "vlan in {5, 100-199}"},
		{"vlan 5 { ip or vlan { ip6 } } or arp", "vlan 5 { ip or vlan { ip6 } } or arp"},
		{"vxlan port 8472 { ip }", "vxlan port 8472 { ip }"},
		{"vxlan port 8472 7{ip}", "vxlan 7 port 8472 { ip }"},
		{"geneve in {1,2} port 99{ip}", "geneve in {1, 2} port 99 { ip }"},
		{"not gre{ip}", "not gre { ip }"},
		{"gtp 0x10 { any{ipip{udp}} }", "gtp 16 { any { ipip { udp } } }"},
		{"gtp in {1-3}{ip}", "gtp in {1-3} { ip }"},
		{"ip.ttl < 5", "ip[8] < 5"},
		{"tcp.flags & (syn|ack) = syn", "tcp[13] & (2 | 16) = 2"},
		{"vlan.id in {5-7}", "vlan[0:2] & 4095 >= 5 and vlan[0:2] & 4095 <= 7"},
		{"not dns.qr = 1", "not (udp port 53 and udp[10] >> 7 = 1)"},
		{"tcp # the first\n or # the second\nudp", "tcp or udp"},
		{"", ""},
		{"# nothing", ""},
		{"host gre or any", "host gre or host any"},
		{"host in", "host in"},
		{"host ip.ttl or tcp.flags", "host ip.ttl or host tcp.flags"},
		{"host a or ip.ttl < 5", "host a or ip[8] < 5"},
	} {
		tree, err := Extended(files).Parse(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := ast.Format(tree); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
		again, err := Extended(files).Parse(ast.Format(tree))
		if err != nil || !ast.Equal(again, tree) {
			t.Errorf("%s: printed as %s, which is another: %v", tt.text, ast.Format(tree), err)
		}
		ast.Walk(tree, func(n ast.Node) bool {
			if s := n.Range(); s.Pos < 0 || s.End > len(tt.text) || s.Pos > s.End {
				t.Errorf("%s: a node at %d to %d", tt.text, s.Pos, s.End)
			}
			return true
		})
	}
}

// Errors say what is wrong, where, and how to go on.
func TestExtendedErrors(t *testing.T) {
	files := fstest.MapFS{"empty": {Data: []byte("# nothing\n")}, "bad": {Data: []byte("10.0.0.1\n10.0.0.1 10.0.0.2\n")}, "word": {Data: []byte("80\nand\n")}}
	for _, tt := range []struct{ text, want string }{
		{"port in {}", "an element of the set"},
		{"port in {80", `unclosed|expected`},
		{"port in {80,,90}", "an element of the set"},
		{"port in {90-80}", "ends before it begins"},
		{"host in {1-5}", "a range stands only"},
		{"in {80}", "unknown keyword"},
		{"ip[8] in {example}", "is no number"},
		{"vlan in {a}", "is no number"},
		{"vlan 5 { 80 }", "no qualifiers|no truth value|number"},
		{"vlan 5 { ip", "}"},
		{"vlan 5 { ip )", "unexpected"},
		{"vlan 5 { }", "unexpected"},
		{"ip }", "unexpected"},
		{"vxlan port { ip }", "number of a port"},
		{"vxlan port 0 { ip }", "1 to 65535"},
		{"vxlan port 8472", "expected {"},
		{"gtp 5", "expected {"},
		{"host in @missing", "missing"},
		{"host in @empty", "holds no elements"},
		{"host in @bad", "bad:2"},
		{"port in @word", "word:2"},
		{"port in @", "name of a file"},
	} {
		_, err := Extended(files).Parse(tt.text)
		e := diag.As(err)
		found := false
		for want := range strings.SplitSeq(tt.want, "|") {
			found = found || e != nil && strings.Contains(err.Error(), want)
		}
		if !found || e.Kind == diag.Internal || e.End > len(tt.text) {
			t.Errorf("%s: %v, want %s", tt.text, err, tt.want)
		}
	}
	// What never ends, and what waits for somebody else, is not read.
	if _, err := Extended(endless{}).Parse("host in @zero"); err == nil || !strings.Contains(err.Error(), "longer than 64 MiB") {
		t.Errorf("an endless file: %v", err)
	}
	if _, err := Extended(fstest.MapFS{"pipe": {Mode: fs.ModeNamedPipe}}).Parse("host in @pipe"); err == nil || !strings.Contains(err.Error(), "this is a pipe") {
		t.Errorf("a pipe: %v", err)
	}
	if _, err := Extended(nil).Parse("host in @list"); err == nil || !strings.Contains(err.Error(), "no files may be read") {
		t.Errorf("without files: %v", err)
	}
}

// Without the extended language its parts are refused by name, with the option that helps.
func TestExtensionsAreRefusedByName(t *testing.T) {
	for text, name := range map[string]string{
		"port in {80}": "`in {…}`", "host in @list": "`in @FILE`", "ip[8] in {1-5}": "`in {…}`", "vlan in {1,2}": "`in {…}`", "vlan 5 { ip }": "`vlan { … }`",
		"mpls { ip }": "`mpls { … }`", "pppoes { ip }": "`pppoes { … }`", "vxlan 7 { ip }": "`vxlan { … }`", "geneve { ip }": "`geneve { … }`", "gre { ip }": "`gre { … }`",
		"ipip { ip }": "`ipip { … }`", "gtp 5 { ip }": "`gtp { … }`", "any { ip }": "`any { … }`", "vxlan port 8472 { ip }": "`vxlan port N { … }`", "vlan[0:2] = 5": "`vlan[…]`",
		"ip.ttl < 5": "`ip.ttl`", "not tcp.flags & (syn|ack) = syn": "`tcp.flags`", "5 > ip.ttl": "`ip.ttl`", "vlan.id in {5}": "`vlan.id`", "ip and dns.qr = 1": "`dns.qr`",
		"host a or ip.ttl < 5": "`ip.ttl`", "ip[ip.hl] = 1": "`ip.hl`", "(udp.length - 8) > 100": "`udp.length`",
	} {
		_, err := Parse(text)
		e := diag.As(err)
		if e == nil || !strings.Contains(e.Msg, name+" is an extension") || e.Option != diag.Extended {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// endless is a file system of files that do not end.
type endless struct{}

func (endless) Open(string) (fs.File, error) { return zeros{}, nil }

type zeros struct{ fs.File }

func (zeros) Stat() (fs.FileInfo, error) { return fstest.MapFS{"zero": {}}.Stat("zero") }
func (zeros) Read(b []byte) (int, error) { return len(b), nil }
func (zeros) Close() error               { return nil }
