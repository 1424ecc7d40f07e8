package parser

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/internal/battery"
	"bpfc/lexer"
)

// corpus gives the filters of testdata/corpus.txt.
func corpus(tb testing.TB) []string {
	tb.Helper()
	f, err := os.Open("testdata/corpus.txt")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var list []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			list = append(list, s.Text())
		}
	}
	if len(list) < 100 {
		tb.Fatalf("only %d filters in the corpus", len(list))
	}
	return list
}

// TestCanonical is about what texts mean, as shown by the canonical form.
func TestCanonical(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{" \n", ""},

		// and, or have one precedence and associate to the left; not binds tighter.
		{"tcp or udp and ip", "tcp or udp and ip"},
		{"(tcp or udp) and ip", "tcp or udp and ip"},
		{"tcp or (udp and ip)", "tcp or (udp and ip)"},
		{"(tcp or udp) or ip", "(tcp or udp) or ip"},
		{"tcp or (udp or ip)", "tcp or (udp or ip)"},
		{"not tcp and udp", "not tcp and udp"},
		{"not (tcp and udp)", "not (tcp and udp)"},
		{"((((udp))))", "udp"},
		{"! len > 5 && ! 80 < len", "not len > 5 and not 80 < len"},

		// Qualifiers are inherited.
		{"tcp dst port ftp or ftp-data or domain", "tcp dst port ftp or tcp dst port ftp-data or tcp dst port domain"},
		{"port 80 or 443 and not 8080", "port 80 or port 443 and not port 8080"},
		{"not host a and b", "not host a and host b"},
		{"host (a or b and c)", "host a or host b and host c"},
		{"host not a", "not host a"},
		{"src net (10.1.0.0/16 or not (11.1 or fe80::/10))", "src net 10.1.0.0/16 or not (src net 11.1 or src net fe80::/10)"},
		{"port 80 and (90 or 91)", "port 80 and (port 90 or port 91)"},
		{"port 80 or (90) or 91", "port 80 or port 90 or port 91"},
		{"port ((80))", "port 80"},
		// After parentheses, those from before them.
		{"port 80 and (udp port 53) or 443", "port 80 and udp port 53 or port 443"},
		{"port 80 and (udp port 53 or 54) or 443", "port 80 and (udp port 53 or udp port 54) or port 443"},
		{"port 80 and not (udp port 53) or 443", "port 80 and not udp port 53 or port 443"},
		{"(tcp port 80 or 443) and host a or b", "tcp port 80 or tcp port 443 and host a or host b"},
		// A number after qualifiers is an identifier only if nothing is done with it.
		{"port 80 or 443 < len", "port 80 or 443 < len"},
		{"port 80 or (443) + 1 < len", "port 80 or 443 + 1 < len"},
		{"port 80 or ! 443 < len or 8080 < len", "port 80 or not 443 < len or 8080 < len"},

		// Precedences of arithmetic.
		{"1 | 2 & 3 << 4 + 5 * 6 = len", "1 | 2 & 3 << 4 + 5 * 6 = len"},
		{"1 * 2 + 3 << 4 & 5 | 6 = len", "1 * 2 + 3 << 4 & 5 | 6 = len"},
		{"((((1 | 2) & 3) << 4) + 5) * 6 = len", "((((1 | 2) & 3) << 4) + 5) * 6 = len"},
		{"1 - 2 - 3 = len", "1 - 2 - 3 = len"},
		{"1 - (2 - 3) = len", "1 - (2 - 3) = len"},
		{"(1 - 2) - 3 = len", "1 - 2 - 3 = len"},
		{"(5 % 3) + 2 = len", "(5 % 3) + 2 = len"},
		{"5 % (3 + 2) = len", "5 % 3 + 2 = len"},
		{"7 - (5 ^ (3 - 1)) = len", "7 - 5 ^ 3 - 1 = len"},
		{"2 * (5 % (3 * 4)) = len", "2 * 5 % 3 * 4 = len"},
		{"1 % (2 % 3) = len", "1 % 2 % 3 = len"},
		{"(1 % 2) % 3 = len", "(1 % 2) % 3 = len"},
		{"-(5 % 3) = len", "-5 % 3 = len"},
		{"(-5) % 3 = len", "(-5) % 3 = len"},
		{"(-5) * 3 = len", "-5 * 3 = len"},
		{"-(5 * 3) = len", "-(5 * 3) = len"},
		{"- - 5 = len", "--5 = len"},
		{"(-5 % 3) + 1 = len", "(-5 % 3) + 1 = len"},
		{"(1 + 2 ^ 3) + 4 = len", "(1 + 2 ^ 3) + 4 = len"},
		{"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x10", "tcp[(tcp[12] & 240) >> 2:4] = 16"},
		{"ip[0:1] = tcp-syn", "ip[0] = 2"},

		// One spelling of each.
		{"wlan or fddi or tr or ppp or slip or ether", "link or link or link or link or link or link"},
		{"is-is or es-is", "isis or esis"},
		{"dst or src host a", "src or dst host a"},
		{"dst && src host a", "src and dst host a"},
		{"src || dst a", "src or dst a"},
		{"address1 00-11-22-33-44-aa", "addr1 00:11:22:33:44:aa"},
		{"ether host 0.1.2.3.4.FF or 0011.2233.4455 or ABCDEF123456",
			"link host 00:01:02:03:04:ff or link host 00:11:22:33:44:55 or link host ab:cd:ef:12:34:56"},
		{"ether host $A", "link host $0a"},
		{"host FE80:0:0::1", "host fe80::1"},
		{"port 0x50 or 0120", "port 80 or port 80"},
		{"length == 5", "len = 5"},
		{`ip proto \tcp`, `ip proto \tcp`},
		{"vpi (1) or vpi = 1 or vpi == 1", "vpi 1 or vpi 1 or vpi 1"},
		{"vci (1 or 2)", "vci (1 or 2)"},
		{"vlan (5)", "vlan 5"},
		{"rulenum 1 or subrulenum 2 or on a or rset b", "rnr 1 or srnr 2 or ifname a or ruleset b"},
		{"direction ToDS or lsu", "dir ToDS or lssu"},
		{"llc rulenum or llc UI", "llc rnr or llc ui"},
	}
	for _, tt := range tests {
		e, err := Parse(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := ast.Format(e); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// TestValues is about what the canonical form does not show.
func TestValues(t *testing.T) {
	arg := func(text string, n int) ast.Arg { return parse(t, text).(*ast.Test).Args[n] }
	for _, tt := range []struct {
		text string
		n    int
		want uint32
	}{
		{"type mgt", 0, 0x00}, {"type control", 0, 0x04}, {"type Data", 0, 0x08}, {"type 12", 0, 12},
		{"type data subtype data", 1, 0x00}, {"type data subtype qos-cf-ack-poll", 1, 0xf0},
		{"type 4 subtype ack", 1, 0xd0}, {"type mgt subtype 0x10", 1, 0x10}, {"type 12 subtype 16", 1, 16},
		{"subtype beacon", 0, 0x80}, {"subtype ack", 0, 0xd4}, {"subtype qos", 0, 0xc8}, {"subtype null", 0, 0x48},
		{"dir nods", 0, 0}, {"dir dstods", 0, 3}, {"dir 9", 0, 9},
		{"reason match", 0, 0}, {"reason SynProxy", 0, 14}, {"reason 77", 0, 77},
		{"action block", 0, 1}, {"action synproxy-drop", 0, 10},
	} {
		if a := arg(tt.text, tt.n); a.IsWord || a.Num != tt.want {
			t.Errorf("%q: operand %+v, want %d", tt.text, a, tt.want)
		}
	}
	if a := arg(`on \en0`, 0); !a.IsWord || a.Word != "en0" {
		t.Errorf("ifname: %+v", a)
	}

	id := func(text string) ast.ID { return parse(t, text).(*ast.Qualified).ID }
	v4 := id("net 10.1.2 mask 255.255").(*ast.IPv4)
	if v4.Addr != 0x0a0102 || v4.Parts != 3 || !v4.HasMask || v4.Mask != 0xffff || v4.MaskParts != 2 || v4.HasLen || v4.Invalid {
		t.Errorf("%+v", v4)
	}
	v4 = id("net 010.1/33").(*ast.IPv4)
	if v4.Addr != 0x0a01 || v4.Parts != 2 || !v4.HasLen || v4.Len != 33 {
		t.Errorf("%+v", v4)
	}
	for _, text := range []string{"decnet host 1.256", "decnet host 63.1023", "host 0x1.2", "host 1.2.3.99999999999999"} {
		if v4 := id(text).(*ast.IPv4); !v4.Invalid {
			t.Errorf("%q: %+v", text, v4)
		}
	}
	if e := parse(t, "port 80 or 443").(*ast.Logic); e.Operands[0].(*ast.Qualified).Inherited || !e.Operands[1].(*ast.Qualified).Inherited {
		t.Errorf("Inherited: %+v", e.Operands)
	}
	if l := parse(t, "ip[4:3] = 1").(*ast.Relation).L.(*ast.Load); l.Size != 3 || l.SizeSpan != (ast.Span{Pos: 5, End: 6}) {
		t.Errorf("%+v", l)
	}
}

func parse(t *testing.T, text string) ast.Expr {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return e
}

// TestSpans holds that every node stands where it says.
func TestSpans(t *testing.T) {
	text := "not tcp src port (80 or ftp) and ip[2:2] - 5 > -len or vlan (7) and host a and 1.2.3.0/24"
	want := []string{
		text,
		"not tcp src port (80 or ftp) and ip[2:2] - 5 > -len or vlan (7)",
		"not tcp src port (80 or ftp) and ip[2:2] - 5 > -len",
		"not tcp src port (80 or ftp)",
		"80 or ftp", "80", "80", "ftp", "ftp",
		"ip[2:2] - 5 > -len", "ip[2:2] - 5", "ip[2:2]", "2", "5", "-len", "len",
		"vlan (7)", "host a", "a", "1.2.3.0/24", "1.2.3.0/24",
	}
	// and, or, and: the second and is a node of its own, with three operands.
	var got []string
	ast.Walk(parse(t, text), func(n ast.Node) bool {
		r := n.Range()
		got = append(got, text[r.Pos:r.End])
		return true
	})
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestRoundTrip prints every filter of the corpus and parses it again.
func TestRoundTrip(t *testing.T) {
	for _, text := range corpus(t) {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		roundTrip(t, text, e)
	}
}

func roundTrip(t *testing.T, text string, e ast.Expr) {
	t.Helper()
	printed := ast.Format(e)
	again, err := Parse(printed)
	if err != nil {
		t.Fatalf("%.200q, printed as %.200q: %v", text, printed, err)
	}
	if !ast.Equal(e, again) {
		t.Fatalf("%.200q, printed as %.200q, is a different tree", text, printed)
	}
	if twice := ast.Format(again); twice != printed {
		t.Fatalf("%.200q, printed as %.200q, is then printed as %.200q", text, printed, twice)
	}
}

// TestPrefixes parses everything that a person typing the corpus in has on the line at some time.
func TestPrefixes(t *testing.T) {
	for _, text := range corpus(t) {
		for n := range text {
			checkParse(t, text[:n])
		}
	}
}

// checkParse parses a text of any sort and holds what is true of all.
func checkParse(t *testing.T, text string) {
	t.Helper()
	e, err := Parse(text)
	if err != nil {
		d := diag.As(err)
		if d == nil || d.Kind == diag.Internal || d.Pos < 0 || d.End < d.Pos || d.End > len(text) {
			t.Fatalf("%.200q: %#v", text, err)
		}
		return
	}
	if e != nil {
		roundTrip(t, text, e)
	}
}

func TestLimits(t *testing.T) {
	refused := []string{
		strings.Repeat("(", lexer.MaxNesting+1) + "tcp" + strings.Repeat(")", lexer.MaxNesting+1),
		strings.Repeat("(", 100000),
		strings.Repeat("not ", lexer.MaxRun+1) + "tcp",
		strings.Repeat("not ", MaxDepth/2) + "(" + strings.Repeat("not ", MaxDepth/2) + "tcp)",
		"len = " + strings.Repeat("-", MaxDepth) + "5",
		"len = " + strings.Repeat("1 + ", MaxDepth) + "1",
		"len = " + strings.Repeat("1 % ", MaxDepth) + "1",
		strings.Repeat("tcp or udp and ", MaxDepth/2+1) + "tcp",
		"host " + strings.Repeat("not ", MaxDepth) + "a",
		strings.Repeat("a ", 5000000),
		strings.Repeat("tcp or ", 1500000) + "tcp",
	}
	for _, text := range refused {
		_, err := Parse(text)
		if d := diag.As(err); d == nil || d.Kind != diag.Limit || d.End > len(text) {
			t.Errorf("%.40q…: %v", text, err)
		}
	}
	accepted := []string{
		strings.Repeat("(", lexer.MaxNesting) + "tcp" + strings.Repeat(")", lexer.MaxNesting),
		strings.Repeat("(", lexer.MaxNesting) + "5" + strings.Repeat(")", lexer.MaxNesting) + " < len",
		strings.Repeat("ip[", lexer.MaxNesting) + "5" + strings.Repeat("]", lexer.MaxNesting) + " = 0",
		strings.Repeat("not (", lexer.MaxNesting) + "tcp" + strings.Repeat(")", lexer.MaxNesting),
		strings.Repeat("not ", MaxDepth-10) + "tcp",
		"len = " + strings.Repeat("-", MaxDepth-10) + "5",
		"len = " + strings.Repeat("1 + ", MaxDepth-10) + "1",
		"len = " + strings.Repeat("1 % ", MaxDepth-10) + "1",
		strings.Repeat("tcp or udp and ", MaxDepth/2-5) + "tcp",
	}
	for _, text := range accepted {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%.40q…: %v", text, err)
			continue
		}
		roundTrip(t, text, e)
	}
}

// TestManyTerms holds that a list of any length is one node.
func TestManyTerms(t *testing.T) {
	n := battery.Size(100_000)
	for _, text := range []string{
		"port 1" + strings.Repeat(" or tcp port 80", n-1),
		"port 1" + strings.Repeat(" or 1", n-1),
		"host (a" + strings.Repeat(" or a", n-1) + ")",
	} {
		if l, ok := parse(t, text).(*ast.Logic); !ok || len(l.Operands) != n {
			t.Errorf("%.40q… is not one list of %d", text, n)
		}
	}
	if l := parse(t, "vpi (1"+strings.Repeat(" or 1", n-1)+")").(*ast.Test); len(l.Args) != n {
		t.Errorf("vpi has %d operands", len(l.Args))
	}
}

// TestLinearGrowth counts the work, as allocations, for texts of one length and of twice that.
func TestLinearGrowth(t *testing.T) {
	double := func(unit string) func(int) string {
		return func(n int) string { return strings.Repeat(unit, n) + "tcp" }
	}
	nested := func(open, inner, closing string) func(int) string {
		return func(n int) string { return strings.Repeat(open, n) + inner + strings.Repeat(closing, n) }
	}
	for name, text := range map[string]func(n int) string{
		"or":         double("tcp port 80 or "),
		"and or":     double("tcp port 80 or udp and "),
		"ids":        func(n int) string { return "port 1" + strings.Repeat(" or 2", n) },
		"relations":  double("ip[0] + 5 * 3 > 7 and "),
		"not":        double("not "),
		"parens":     nested("(", "tcp", ")"),
		"arithmetic": nested("(1 + ", "1", ")"),
		"mixed":      nested("((ip[0] & 1) != 0) or (", "tcp", ")"),
		"loads":      nested("ip[", "0", "]"),
		"greedy":     func(n int) string { return strings.Repeat("1 % ", n) + "1 = len" },
		"errors":     nested("(", "tcp tcp", ")"),
		"unclosed":   func(n int) string { return strings.Repeat("(", n) },
		"field":      func(n int) string { return "vpi (1" + strings.Repeat(" or 2", n) + ")" },
	} {
		const n = 500
		count := func(n int) float64 {
			s := text(n)
			if name == "arithmetic" || name == "loads" {
				s += " = len"
			}
			return testing.AllocsPerRun(3, func() { _, _ = Parse(s) })
		}
		if one, two := count(n), count(2*n); two > 2.2*one+50 {
			t.Errorf("%s: %.0f allocations for %d units, %.0f for %d", name, one, n, two, 2*n)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	for _, text := range []string{"(", "port 80 or (", "ip[", "1 % - 2 ^ = 3", "vpi (1 or", "host \\", "\x00", "1:2:3:4:5:6:7:8::"} {
		f.Add(text)
	}
	f.Fuzz(checkParse)
}
