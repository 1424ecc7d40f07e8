package lexer

import (
	"fmt"
	"strings"
	"testing"

	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/diag"
)

var names = plexer.SymbolsByRune(Definition{})

// show writes tokens as "Class:text", without the EOF.
func show(tokens []plexer.Token) string {
	var b strings.Builder
	for _, t := range tokens[:len(tokens)-1] {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s:%s", names[t.Type], t.Value)
	}
	return b.String()
}

func TestTokens(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{" \t\r\n", ""},
		{"tcp port 80", "Proto:tcp AddrType:port Num:80"},
		{"TCP", "Name:TCP"},
		{"tcpx", "Name:tcpx"},
		{"and && or || not !", "And:and And:&& Or:or Or:|| Not:not Not:!"},
		{"< <= > >= = == != << >>", "Less:< Rel:<= More:> Rel:>= Equal:= Equal:== Rel:!= Op:<< Op:>>"},
		{"+-*/%&|^", "Op:+ Minus:- Op:* Slash:/ Op:% BitAnd:& BitOr:| Op:^"},
		{"ip[0:2]", "Proto:ip LBracket:[ Num:0 Colon:: Num:2 RBracket:]"},
		{"(a)", "LParen:( Name:a RParen:)"},
		{"!=!", "Rel:!= Not:!"},

		// Names and the minus sign.
		{"len-1", "Name:len-1"},
		{"len - 1", "Len:len Minus:- Num:1"},
		{"len -1", "Len:len Minus:- Num:1"},
		{"ip[0]-1", "Proto:ip LBracket:[ Num:0 RBracket:] Minus:- Num:1"},
		{"tcp-syn", "Num:tcp-syn"},
		{"tcp-syn|tcp-fin", "Num:tcp-syn BitOr:| Num:tcp-fin"},
		{"es-is is-is", "Proto:es-is Proto:is-is"},
		{"foo-", "Name:foo Minus:-"},
		{"foo--bar", "Name:foo--bar"},
		{"23-", "Num:23 Minus:-"},
		{"23-80", "Name:23-80"},
		{"ftp-data", "Name:ftp-data"},
		{"host.invalid.", "Name:host.invalid."},
		{"www.example.org", "Name:www.example.org"},
		{"a_b", "Name:a_b"},
		{"3com", "Name:3com"},
		{"1e5", "Name:1e5"},
		{"0x", "Name:0x"},
		{"0xfg", "Name:0xfg"},
		{"on-", "NameTest:on Minus:-"},

		// Escaped names.
		{`\tcp`, `Name:\tcp`},
		{`\tcp)`, `Name:\tcp RParen:)`},
		{`\a]b#é"x y`, `Name:\a]b#é"x Name:y`},
		{`\ether`, `Name:\ether`},

		// Numbers and addresses.
		{"0 0x1F 017", "Num:0 Num:0x1F Num:017"},
		{"1.2", "IPv4:1.2"},
		{"10.1.2.3", "IPv4:10.1.2.3"},
		{"10.1.2.3/24", "IPv4:10.1.2.3 Slash:/ Num:24"},
		{"0x10.0x20", "IPv4:0x10.0x20"},
		{"1.2.3.4.5", "Name:1.2.3.4.5"},
		{"1.2.3.", "Name:1.2.3."},
		{"999.1", "IPv4:999.1"},
		{"08.1", "IPv4:08.1"},
		{"$1 $aF $123", "ARCnet:$1 ARCnet:$aF ARCnet:$12 Num:3"},

		// MAC addresses.
		{"0:1:2:3:4:5", "MAC:0:1:2:3:4:5"},
		{"00:11:22:aa:BB:cc", "MAC:00:11:22:aa:BB:cc"},
		{"00-11-22-33-44-55", "MAC:00-11-22-33-44-55"},
		{"1.2.3.4.5.6", "MAC:1.2.3.4.5.6"},
		{"0011.2233.4455", "MAC:0011.2233.4455"},
		{"001122334455", "MAC:001122334455"},
		{"abcdefabcdef", "MAC:abcdefabcdef"},
		{"abcdefabcdefa", "Name:abcdefabcdefa"},
		{"00-11-22-33-44-55-66", "Name:00-11-22-33-44-55-66"},
		{"00-11-22-33-44", "Name:00-11-22-33-44"},

		// IPv6 addresses.
		{"::", "IPv6:::"},
		{"::1", "IPv6:::1"},
		{"fe80::", "IPv6:fe80::"},
		{"fe80::1/64", "IPv6:fe80::1 Slash:/ Num:64"},
		{"1:2:3:4:5:6:7:8", "IPv6:1:2:3:4:5:6:7:8"},
		{"1:2:3:4:5:6:7::", "IPv6:1:2:3:4:5:6:7::"},
		{"::2:3:4:5:6:7:8", "IPv6:::2:3:4:5:6:7:8"},
		{"::ffff:10.0.0.1", "IPv6:::ffff:10.0.0.1"},
		{"1:2:3:4:5:6:10.0.0.1", "IPv6:1:2:3:4:5:6:10.0.0.1"},
		{"1::23456", "IPv6:1::2345 Num:6"},
		{"ip[0::2]", "Proto:ip LBracket:[ IPv6:0::2 RBracket:]"},
		{"a:b", "Name:a Colon:: Name:b"},

		// Every class of reserved word has one in the list.
		{"src addr1 host proto mask len broadcast inbound less rnr vlan on reason byte llc vpi type subtype dir",
			"SrcDst:src AddrN:addr1 AddrType:host OnlyType:proto Mask:mask Len:len Cast:broadcast Flag:inbound " +
				"NumTest:less RuleNum:rnr OptNumTest:vlan NameTest:on Reason:reason Byte:byte LLC:llc Field:vpi " +
				"FrameType:type Subtype:subtype FrameDir:dir"},
	}
	for _, tt := range tests {
		tokens, err := Tokens(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if got := show(tokens); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.text, got, tt.want)
		}
		checkPositions(t, tt.text, tokens)
	}
}

// checkPositions holds that tokens are where they say, with nothing but blanks between them.
func checkPositions(t *testing.T, text string, tokens []plexer.Token) {
	t.Helper()
	end := 0
	for _, tok := range tokens {
		at := tok.Pos.Offset
		if at < end || strings.Trim(text[end:at], " \t\r\n") != "" || text[at:at+len(tok.Value)] != tok.Value {
			t.Errorf("%q: token %q is not at %d, after %d", text, tok.Value, at, end)
			return
		}
		end = at + len(tok.Value)
	}
	if last := tokens[len(tokens)-1]; !last.EOF() || last.Pos.Offset != len(text) {
		t.Errorf("%q does not end with EOF", text)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		text     string
		kind     diag.Kind
		pos, end int
	}{
		{"tcp #", diag.Syntax, 4, 5},
		{"tcp ;", diag.Syntax, 4, 5},
		{"host é", diag.Syntax, 5, 7},
		{"a \xff", diag.Syntax, 2, 3},
		{"a \x00", diag.Syntax, 2, 3},
		{"_a", diag.Syntax, 0, 1},
		{`a \`, diag.Syntax, 2, 3},
		{`\ a`, diag.Syntax, 0, 1},
		{"$", diag.Syntax, 0, 1},
		{"$g", diag.Syntax, 0, 1},
		{"port 08", diag.Range, 5, 7},
		{"4294967296", diag.Range, 0, 10},
		{"0x100000000", diag.Range, 0, 11},
		{"0040000000000", diag.Range, 0, 13},
		{"99999999999999999999", diag.Range, 0, 20},
		{"::1.2.3.256", diag.Range, 0, 11},
		{"::0x1.2.3.4", diag.Range, 0, 11},
		{"1:2:3", diag.Syntax, 0, 4},
		{"1:2:3:4:5:6:7", diag.Syntax, 0, 12},
		{strings.Repeat("(", MaxNesting+1), diag.Limit, MaxNesting, MaxNesting + 1},
		{strings.Repeat("ip[", MaxNesting+1), diag.Limit, 3*MaxNesting + 2, 3*MaxNesting + 3},
		{strings.Repeat("!", MaxRun+1), diag.Limit, MaxRun, MaxRun + 1},
		{strings.Repeat("-", MaxRun+1), diag.Limit, MaxRun, MaxRun + 1},
		{strings.Repeat("1 ", MaxTokens+1), diag.Limit, 2 * MaxTokens, 2*MaxTokens + 1},
		{strings.Repeat(" ", MaxBytes+1), diag.Limit, MaxBytes, MaxBytes + 1},
	}
	for _, tt := range tests {
		_, err := Tokens(tt.text)
		d := diag.As(err)
		if d == nil {
			t.Errorf("%.40q: error %v", tt.text, err)
			continue
		}
		if d.Kind != tt.kind || d.Pos != tt.pos || d.End != tt.end {
			t.Errorf("%.40q: %s at %d to %d, want %s at %d to %d: %v", tt.text, d.Kind, d.Pos, d.End, tt.kind, tt.pos, tt.end, d)
		}
		if len(d.Error()) > 300 {
			t.Errorf("%.40q: message of %d bytes", tt.text, len(d.Error()))
		}
	}
}

// What is just inside a limit passes.
func TestLimits(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", MaxNesting) + strings.Repeat(")", MaxNesting),
		strings.Repeat("()", 2*MaxNesting),
		strings.Repeat("!", MaxRun),
		strings.Repeat("!-", MaxRun),
		strings.Repeat(" ", MaxBytes),
		strings.Repeat("9", 9) + strings.Repeat(" ", MaxBytes-9),
		strings.Repeat("a", MaxBytes),
	} {
		if _, err := Tokens(text); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestReader(t *testing.T) {
	l, err := Definition{}.Lex("", strings.NewReader("tcp port 80"))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := plexer.ConsumeAll(l)
	if err != nil || show(tokens) != "Proto:tcp AddrType:port Num:80" {
		t.Errorf("got %s, %v", show(tokens), err)
	}
	if _, err := (Definition{}).Lex("", strings.NewReader(strings.Repeat(" ", MaxBytes+1))); diag.As(err) == nil {
		t.Errorf("a reader of more than MaxBytes gives %v", err)
	}
}

func TestNumber(t *testing.T) {
	tests := []struct {
		text string
		want uint32
	}{
		{"0", 0}, {"00", 0}, {"80", 80}, {"4294967295", 4294967295}, {"017", 15}, {"037777777777", 4294967295},
		{"0x1f", 31}, {"0XFFffFFff", 4294967295}, {"0x0000000000000001", 1},
		{"tcpflags", 13}, {"tcp-syn", 2}, {"icmptype", 0}, {"icmp-echo", 8}, {"icmp6-echo", 128},
		{"icmp6-multicastrouterterm", 153},
	}
	for _, tt := range tests {
		if got, err := Number(tt.text, 0); err != nil || got != tt.want {
			t.Errorf("Number(%q) = %d, %v, want %d", tt.text, got, err, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, w := range Keywords() {
		typ, ok := Keyword(w)
		if !ok {
			t.Errorf("%q is no keyword", w)
			continue
		}
		if tokens, err := Tokens(w); err != nil || len(tokens) != 2 || tokens[0].Type != typ {
			t.Errorf("%q is lexed as %s", w, show(tokens))
		}
	}
	if n := len(Keywords()); n != len(keywords) {
		t.Errorf("Keywords gives %d of %d words", n, len(keywords))
	}
	if len(WordsByName("srcdst")) != 2 || WordsByName("nosuch") != nil {
		t.Error("WordsByName")
	}
}

func TestBlankComments(t *testing.T) {
	tests := []struct{ text, want string }{
		{"tcp port 80\n", "tcp port 80\n"},
		{"tcp # all of it\nport 80 # but this\n", "tcp            \nport 80           \n"},
		{"tcp#x", "tcp  "},
		{"# one\r\n# two\n\ntcp", "      \n     \n\ntcp"},
		{"\\a#b", "\\a  "},
	}
	for _, tt := range tests {
		if got := BlankComments(tt.text); got != tt.want {
			t.Errorf("BlankComments(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"tcp port 80", "::ffff:1.2.3.4 1:2:3:4:5:6", "$1f \\x 0x1 08", "a-b-_ 1.2.3.4.", "<<>>!=&&||"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := Tokens(text)
		if err != nil {
			d := diag.As(err)
			if d == nil || d.Pos < 0 || d.End <= d.Pos || d.End > len(text) {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		checkPositions(t, text, tokens)
		for _, tok := range tokens {
			if tok.Type == Num {
				if _, err := Number(tok.Value, 0); err != nil {
					t.Errorf("%q passed as number: %v", tok.Value, err)
				}
			}
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	for _, text := range []string{"tcp port 80", "ether host 00:11:22:33:44:55 and ip6 net fe80::/10"} {
		b.Run(strings.ReplaceAll(text, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l, _ := Definition{}.LexString("", text)
				if _, err := plexer.Upgrade(l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
