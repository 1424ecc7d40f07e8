package parser

import (
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/internal/battery"
)

const languageFile = "../docs/language.md"

// grammar is the EBNF of docs/language.md: by production, what it is.
type grammar map[string][]string

var ebnfToken = regexp.MustCompile(`"[^"]*"|[A-Za-z_0-9]+|[=.|\[\]{}()]`)

// readGrammar reads the grammar from the document.
func readGrammar(t *testing.T) grammar {
	t.Helper()
	text, err := os.ReadFile(languageFile)
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(text), "```ebnf\n")
	if !ok {
		t.Fatal("no grammar in the document")
	}
	block, _, _ = strings.Cut(block, "```")
	tokens := ebnfToken.FindAllString(block, -1)
	g := grammar{}
	for len(tokens) > 0 {
		end := slices.Index(tokens, ".")
		if end < 3 || tokens[1] != "=" {
			t.Fatalf("no production: %q", tokens[:min(6, len(tokens))])
		}
		g[tokens[0]] = tokens[2:end]
		tokens = tokens[end+1:]
	}
	return g
}

// examples are what the tokens of the grammar may be.
var examples = map[string][]string{
	"NAME": {"example", "ftp", "80-90"}, "NUM": {"1", "2", "4", "0x10"}, "IPV4": {"10.0.0.1", "192.168.0.0"}, "IPV6": {"2001:db8::1"},
	"MAC": {"00:11:22:33:44:55"}, "ARCNET": {"$1f"}, "PROTO": {"ip", "tcp", "ether", "ip6"}, "TYPE": {"host", "net", "port"},
	"ONLYTYPE": {"proto"}, "ADDRN": {"addr1"}, "FLAG": {"inbound", "pppoed"}, "FIELD": {"vpi", "opc"}, "FILE": {"list.txt"},
	"FIELDNAME": {"ip.ttl", "tcp.window", "dns.qr"}, "TCPFLAG": {"syn"},
}

// deriver makes texts of a grammar.
type deriver struct {
	*rand.Rand
	grammar
	extended bool
	depth    int
	out      []string
	used     bool // something of the extended language
}

// symbols derives a row of alternatives.
func (d *deriver) symbols(tokens []string) {
	alternatives := split(tokens)
	if d.depth > 12 { // the first alternative leads to an end
		slices.SortStableFunc(alternatives, func(a, b []string) int { return len(a) - len(b) })
		alternatives = alternatives[:1]
	}
	var allowed [][]string
	for _, a := range alternatives {
		if d.extended || len(a) == 0 || !strings.HasPrefix(a[0], "x_") {
			allowed = append(allowed, a)
		}
	}
	d.row(allowed[d.Intn(len(allowed))])
}

// split takes alternatives apart that stand on the outermost level.
func split(tokens []string) (list [][]string) {
	depth, from := 0, 0
	for i, t := range tokens {
		switch t {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case "|":
			if depth == 0 {
				list = append(list, tokens[from:i])
				from = i + 1
			}
		}
	}
	return append(list, tokens[from:])
}

func (d *deriver) row(tokens []string) {
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		closer := map[string]string{"(": ")", "[": "]", "{": "}"}[t]
		if closer == "" {
			d.symbol(t)
			continue
		}
		end, depth := i+1, 1
		for ; depth > 0; end++ {
			switch tokens[end] {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
		}
		inner := tokens[i+1 : end-1]
		i = end - 1
		times := 1
		if t != "(" {
			times = d.Intn(2)
			if d.depth > 8 || !d.extended && strings.HasPrefix(inner[0], "x_") {
				times = 0
			}
		}
		for range times {
			d.symbols(inner)
		}
	}
}

func (d *deriver) symbol(t string) {
	switch {
	case t[0] == '"':
		d.out = append(d.out, strings.Trim(t, `"`))
	case d.grammar[t] != nil:
		d.used = d.used || strings.HasPrefix(t, "x_")
		d.depth++
		d.symbols(d.grammar[t])
		d.depth--
	default:
		d.out = append(d.out, examples[t][d.Intn(len(examples[t]))])
	}
}

// text is what was derived, with blanks except where two tokens are one.
func (d *deriver) text() string {
	return strings.ReplaceAll(strings.Join(d.out, " "), "@ ", "@")
}

var allowedErrors = regexp.MustCompile(`no qualifiers|read as one name|no list|applied to|only identifiers|identifiers may have|list of identifiers|unknown|a number alone|not a number|number.*(overflows|octal)|invalid|truth value|expected|stands only|range|may not stand|this is no`)

// anotherWay are errors that lead on without extensions: a field is written as an accessor.
var anotherWay = regexp.MustCompile(`is an extension|no Wireshark display filter|not a number|is no keyword`)

// What the grammar of the document derives is taken by the parser, but for what the text says beside it (inheritance,
// and which words a place takes), and what is in the extended language only is refused by its name without it.
func TestGrammarOfTheDocument(t *testing.T) {
	g := readGrammar(t)
	for name, tokens := range g {
		for _, s := range tokens {
			if s[0] != '"' && !strings.ContainsAny(s, "|[]{}()") && g[s] == nil && examples[s] == nil {
				t.Errorf("%s: %s is neither a production nor a token", name, s)
			}
		}
	}
	files := fstest.MapFS{"list.txt": {Data: []byte("1 # one\n\n2\n")}}
	r := rand.New(rand.NewSource(1))
	taken, extended := 0, 0
	n := battery.Size(4000)
	for range n {
		d := &deriver{Rand: r, grammar: g, extended: r.Intn(2) == 0}
		d.symbols(g["filter"])
		text := d.text()
		tree, err := Extended(files).Parse(text)
		if err != nil {
			if !allowedErrors.MatchString(err.Error()) || strings.Contains(err.Error(), "unexpected character") {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		taken++
		if tree == nil {
			continue
		}
		again, err := Extended(files).Parse(ast.Format(tree))
		if err != nil || !ast.Equal(tree, again) {
			t.Errorf("%s: printed as %s: %v", text, ast.Format(tree), err)
		}
		_, err = Parse(text)
		if !d.used {
			if err != nil {
				t.Errorf("%s: not taken without extensions: %v", text, err)
			}
			continue
		}
		extended++
		e := diag.As(err)
		if e == nil || e.Option != diag.Extended && !anotherWay.MatchString(err.Error()) {
			t.Errorf("%s: without extensions: %v", text, err)
		}
	}
	t.Logf("%d texts, %d taken, %d of them extended", n, taken, extended)
	if taken < n/4 || extended < n/20 {
		t.Errorf("only %d of %d texts were taken, %d of them extended", taken, n, extended)
	}
}

// The table of fields in the document is that of the code.
func TestFieldsOfTheDocument(t *testing.T) {
	text, err := os.ReadFile(languageFile)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, f := range Fields() {
		stands := "`" + strings.ReplaceAll(f.Value, "|", `\|`) + "`"
		if f.Where != "" {
			stands += ", where `" + f.Where + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s |\n", f.Name, stands)
	}
	if *update {
		out := regexp.MustCompile(`(?s)(\| field \| stands for \|\n\| --- \| --- \|\n).*?\nComments go`).ReplaceAllLiteralString(string(text), "| field | stands for |\n| --- | --- |\n"+table.String()+"\nComments go")
		if err := os.WriteFile(languageFile, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("the table of the document is not\n%s", table.String())
	}
}
