package parser

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// What people write by habit, from other languages or because it looks right, is answered with what they would have to
// write. A repair knows one habit. It changes the text, and what comes of it is only suggested if it parses, so that a
// repair may be as simple as its habit and need not know the language.

// repair makes something else of a text; the same text if the habit is not in it.
type repair struct {
	hint string // with the place of the suggestion; "" for the usual words
	make func(text string) string
	// also, where there is another way to write it for packets over IPv4, makes that.
	also func(text string) string
}

// say gives the hint with what comes of a text.
func (r repair) say(text, suggestion string) string {
	hint := r.hint
	if hint == "" {
		hint = `write "%s"`
	}
	hint = strings.Replace(hint, "%s", oneLine(suggestion), 1)
	if r.also == nil {
		return hint
	}
	if other := r.also(text); other != text && parses(other) {
		hint += fmt.Sprintf(`, or over IPv4 alone "%s"`, oneLine(other))
	}
	return hint
}

// oneLine makes a text fit for a message.
func oneLine(text string) string {
	return strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
}

// longestRepaired is the longest text, in bytes, that a suggestion is looked for: longer ones are made by programs.
const longestRepaired = 200

// suggest sets the hint of a syntax error to a text that parses and is probably meant, if there is one: with one repair or,
// where that is not enough, with all.
func suggest(err *diag.Error, text string) *diag.Error {
	if err.Kind != diag.Syntax || len(text) > longestRepaired {
		return err
	}
	all, first := text, repair{}
	for _, r := range repairs() {
		one := r.make(text)
		if one != text && parses(one) {
			return orWrite(err, one, r.say(text, one))
		}
		if more := r.make(all); more != all {
			if all == text {
				first = r
			}
			all = more
		}
	}
	if all != text && parses(all) {
		return orWrite(err, all, first.say(text, all))
	}
	if err.Hint == "" && err.Pos > 0 && err.Pos < len(text) {
		if with := text[:err.Pos] + "and " + text[err.Pos:]; parses(with) {
			return err.WithHint("two primitives are joined by and, or by or: \"%s\"", oneLine(with))
		}
	}
	return err
}

// orWrite gives an error the hint that says a suggestion. Where the text is in the extended language, the suggestion is the
// other way.
func orWrite(err *diag.Error, suggestion, hint string) *diag.Error {
	if err.Option == diag.Extended {
		return err.WithHint(switchOn+`, or write "%s"`, oneLine(suggestion))
	}
	return err.WithHint("%s", hint)
}

func parses(text string) bool {
	_, err := parseOnly(text)
	return err == nil
}

// replace is the repair that replaces every match of a pattern; $1 stands for its first group, and so on.
func replace(pattern, with string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string { return re.ReplaceAllString(text, with) }
}

// rewrite is the repair that replaces every match by what f makes of its groups, the whole being the first. What has an
// "or" or "and" of its own is put in parentheses, where it does not stand alone.
func rewrite(pattern string, f func(groups []string) string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string {
		return re.ReplaceAllStringFunc(text, func(match string) string {
			return enclosed(f(re.FindStringSubmatch(match)), match == strings.TrimSpace(text))
		})
	}
}

func enclosed(expr string, alone bool) string {
	if !alone && (strings.Contains(expr, " or ") || strings.Contains(expr, " and ")) {
		return "(" + expr + ")"
	}
	return expr
}

// between are what people put between the ends of a range.
const between = `\s*(?:-|:|\.\.\.?|to)\s*`

// repairs has the habits, those first that the later ones would not do justice to. The patterns are made when the first error
// asks for them.
var repairs = sync.OnceValue(func() []repair {
	words := regexp.MustCompile(`[\w.:/\\-]+`)
	return []repair{
		{hint: "that is Wireshark's language; write \"%s\"", make: rewrite(`([a-z0-9_]+(?:\.[a-z0-9_]+)+)(?:\s*(==|=|!=|>=|<=|>|<|\b(?:eq|ne|gt|lt|ge|le)\b)\s*([^\s()&|]+))?`, fromWireshark)},
		{make: replace(`\b(vlan|mpls|vxlan|geneve|pppoes)\s+(?:id|tag|vid|label|vni|session)\s+`, "$1 ")},
		{make: replace(`\b(port|host|net|proto|vlan|src|dst|gateway|portrange|less|greater)\s*(?:==?|\b(?:eq|is)\b)\s*`, "$1 ")},
		{make: rewrite(`((?:\b(?:tcp|udp|sctp|ip|ip6|src|dst)\s+)*\b(?:port|host|net))\s*(?:!=|\bne\b)\s*(\S+)`, func(g []string) string { return "not " + g[1] + " " + g[2] })},
		{make: rewrite(`((?:\b(?:tcp|udp|sctp|src|dst)\s+)*)\bport\s*(>=?|<=?)\s*(\d+)`, portsFrom),
			also: rewrite(`\b(tcp|udp|sctp)\s+(src|dst)\s+port\s*(>=?|<=?)\s*(\d+)`, portField)},
		{make: rewrite(`\b((?:(?:ip6?|ether)\s+)?proto)\s*(?:!=|\bne\b)\s*(\S+)`, func(g []string) string { return "not " + g[1] + " " + g[2] })},
		{make: replace(`\b(icmp6?)\s*(==?|!=)\s*`, "$1[${1}type] $2 ")},
		{make: rewrite(`\bvlan\s*(>=?|<=?|!=)\s*(\d+)`, func(g []string) string { return "vlan and ether[14:2] & 0xfff " + g[1] + " " + g[2] })},
		{make: replace(`\b(port|host|net)s?\s+in\s*([({])`, "$1 $2")},
		{make: bracketed()},
		{hint: "a second vlan looks for a second tag; write \"%s\"", make: rewrite(`\bvlan\s+(\d+(?:(?:\s*,\s*|\s+or\s+|\s+)\d+)+)`, func(g []string) string {
			return vlanIn(strings.FieldsFunc(g[1], func(r rune) bool { return r < '0' || r > '9' }))
		})},
		{make: rewrite(`\bvlan\s+(\d+)`+between+`(\d+)`, func(g []string) string {
			return "vlan and ether[14:2] & 0xfff >= " + g[1] + " and ether[14:2] & 0xfff <= " + g[2]
		})},
		{make: replace(`\bport(?:s|range)?\s+(\d+)`+between+`(\d+)\b`, "portrange $1-$2")},
		{make: replace(`\bportrange\s+(\d+)\s+(\d+)\b`, "portrange $1-$2")},
		{make: replace(`\b(tcp|udp|sctp)\s+(\d+)`+between+`(\d+)\b`, "$1 portrange $2-$3")},
		{make: replace(`\b(?:less|greater|len|length)\s+(\d+)`+between+`(\d+)`, "greater $1 and less $2")},
		{make: replace(`\b(less|greater)\s+(\d+)\s+(or|and)\s+(\d+)`, "$1 $2 $3 $1 $4")},
		{make: replace(`((?:\blen(?:gth)?|\b[a-z0-9]+\[[^\]]+\])[^=<>!]*?(?:<=|>=|!=|==|=|<|>)\s*)(\w+)\s+(or|and)\s+(\d\w*)`, "$1$2 $3 $1$4")},
		{make: replace(`\b(len|length)\s+(\d+)`, "$1 = $2")},
		{make: replace(`\b(?:port\s+)?(\d+)/(tcp|udp|sctp)\b`, "$2 port $1")},
		{make: replace(`\b(tcp|udp|sctp)/(\d+)\b`, "$1 port $2")},
		{make: rewrite(`(\b(?:src|dst)\s+)?(?:\bhost\s+)?\b(\d+\.\d+\.\d+\.\d+):(\d+)\b`, func(g []string) string {
			return g[1] + "host " + g[2] + " and " + g[1] + "port " + g[3]
		})},
		{make: replace(`(?:\b(?:host|net)\s+)?\b(\d+(?:\.\d+){0,2})(?:\.\*)+`, "net $1")},
		{make: replace(`\b(?:host|net)\s+([\d.]+)/(\d+\.\d+\.\d+\.\d+)`, "net $1 mask $2")},
		{make: replace(`((?:^|[(!]|\b(?:and|or|not|ip|arp|rarp|ip6)\s)\s*)(\d+\.\d+\.\d+\.\d+/\d+|[0-9a-f:]*:[0-9a-f:]*/\d+)`, "${1}net $2")},
		{make: replace(`\b(src|dst|src\s+or\s+dst|src\s+and\s+dst)\s+(ip6?|tcp|udp|sctp|arp|rarp|ether)\b`, "$2 $1")},
		{make: replace(`\[flags\]`, "[tcpflags]")},
		{make: rewrite(`\btcp\[(?:13|tcpflags)\]\s*(?:==?|&)\s*(syn|fin|rst|push|psh|ack|urg)\b`, func(g []string) string { return ast.Usual(strings.Replace(g[1], "push", "psh", 1)) })},
		{make: replace(`\btcp-(syn|fin|rst|push|ack|urg|ece|cwr)\b`, "tcp[tcpflags] & tcp-$1 != 0")},
		{make: replace(`\bicmp(?:-|\s+)(echo|echoreply|unreach|redirect)\b`, "icmp[icmptype] = icmp-$1")},
		{make: replace(`\barp\s+(?:who-has|request)\b`, "arp[6:2] = 1")},
		{make: replace(`\barp\s+(?:is-at|reply)\b`, "arp[6:2] = 2")},
		{make: replace(`\bprotocol\s+([a-z]\w*)`, `proto \$1`)},
		{make: usualWords(words)},
		{hint: "keywords are written in lower case: %s", make: lowerCase(words)},
		{make: commas()},
		{make: replace(`\b((?:port|host|net)\s+\S+)\s+(\d[\d.:a-f/]*)`, "$1 or $2")},
	}
})

// bracketed makes lists with or of lists in parentheses, and parentheses of braces.
func bracketed() func(text string) string {
	brackets := regexp.MustCompile(`[({]\s*([^(){}]*?)\s*[)}]`)
	return func(text string) string {
		return brackets.ReplaceAllStringFunc(text, func(match string) string {
			return "(" + listed(brackets.FindStringSubmatch(match)[1]) + ")"
		})
	}
}

// commas makes lists with or of lists with commas. As and and or are taken from left to right, such a list stands in
// parentheses if anything else is joined with it.
func commas() func(text string) string {
	lists, joined := regexp.MustCompile(`[^\s,()]+(?:\s*,\s*[^\s,()]+)+`), regexp.MustCompile(`(?i)\b(?:and|or|not)\b|[&|!]`)
	return func(text string) string {
		alone := !joined.MatchString(text)
		return lists.ReplaceAllStringFunc(text, func(list string) string { return enclosed(listed(list), alone) })
	}
}

// listed makes a list with or of one with commas or spaces.
func listed(list string) string {
	for _, word := range []string{" or ", " and ", "[", "=", "<", ">", "&"} {
		if strings.Contains(list, word) {
			return list // an expression, not a list
		}
	}
	return strings.Join(strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }), " or ")
}

// vlanIn is the expression for several VLANs.
func vlanIn(ids []string) string {
	for i := range ids {
		ids[i] = "ether[14:2] & 0xfff = " + ids[i]
	}
	return "vlan and (" + strings.Join(ids, " or ") + ")"
}

// portsFrom makes a range of ports of a comparison.
func portsFrom(g []string) string {
	n, err := strconv.Atoi(g[3])
	if err != nil {
		return g[0]
	}
	low, high := 0, 65535
	switch g[2] {
	case ">":
		low = n + 1
	case ">=":
		low = n
	case "<":
		high = n - 1
	case "<=":
		high = n
	}
	if low > high || high > 65535 {
		return g[0]
	}
	return fmt.Sprintf("%sportrange %d-%d", g[1], low, high)
}

// portField makes a comparison of the field that holds a port of one.
func portField(g []string) string {
	offset := 0
	if g[2] == "dst" {
		offset = 2
	}
	return fmt.Sprintf("%s[%d:2] %s %s", g[1], offset, g[3], g[4])
}

// usualWords says what is no keyword in the language's words. A protocol before such a word goes with it: "tcp http".
func usualWords(words *regexp.Regexp) func(text string) string {
	return func(text string) string {
		var b strings.Builder
		done, before := 0, [2]int{}
		for _, at := range words.FindAllStringIndex(text, -1) {
			if written := ast.Usual(strings.ToLower(text[at[0]:at[1]])); written != "" {
				from := at[0]
				if isProtocol(text[before[0]:before[1]]) && strings.TrimSpace(text[before[1]:at[0]]) == "" && before[0] >= done && strings.Contains(written, " ") {
					from = before[0]
				}
				b.WriteString(text[done:from])
				b.WriteString(enclosed(written, strings.TrimSpace(text[:from]) == "" && strings.TrimSpace(text[at[1]:]) == ""))
				done = at[1]
			}
			before = [2]int(at)
		}
		return b.String() + text[done:]
	}
}

func isProtocol(word string) bool {
	typ, ok := lexer.Keyword(word)
	return ok && typ == lexer.Proto
}

// lowerCase writes the keywords in lower case.
func lowerCase(words *regexp.Regexp) func(text string) string {
	return func(text string) string {
		return words.ReplaceAllStringFunc(text, func(word string) string {
			lower := strings.ToLower(word)
			if _, ok := lexer.Keyword(lower); ok {
				return lower
			}
			return word
		})
	}
}

// wiresharkField is how a field of Wireshark's display filters is asked for here: by a primitive that takes the value, or as
// a number.
type wiresharkField struct {
	name             string
	primitive, value string
	flag             string // of TCP
}

// wireshark has the fields that people filter by (wireshark.org, display filter reference).
var wireshark = [...]wiresharkField{
	{name: "ip.addr", primitive: "host"}, {name: "ip.host", primitive: "host"}, {name: "ip.src", primitive: "src host"}, {name: "ip.src_host", primitive: "src host"}, {name: "ip.dst", primitive: "dst host"}, {name: "ip.dst_host", primitive: "dst host"},
	{name: "ipv6.addr", primitive: "ip6 host"}, {name: "ipv6.src", primitive: "ip6 src host"}, {name: "ipv6.dst", primitive: "ip6 dst host"},
	{name: "ipv6.nxt", primitive: "ip6 proto", value: "ip6[6]"}, {name: "ipv6.hlim", value: "ip6[7]"}, {name: "ipv6.plen", value: "ip6[4:2]"},
	{name: "ip.proto", primitive: "ip proto", value: "ip[9]"}, {name: "ip.ttl", value: "ip[8]"}, {name: "ip.len", value: "ip[2:2]"}, {name: "ip.id", value: "ip[4:2]"}, {name: "ip.version", value: "ip[0] >> 4"},
	{name: "ip.hdr_len", value: "(ip[0] & 0xf) << 2"}, {name: "ip.dsfield.dscp", value: "ip[1] >> 2"}, {name: "ip.flags.df", value: "(ip[6] >> 6) & 1"}, {name: "ip.flags.mf", value: "(ip[6] >> 5) & 1"},
	{name: "ip.frag_offset", value: "ip[6:2] & 0x1fff"}, {name: "arp.opcode", value: "arp[6:2]"},
	{name: "tcp.port", primitive: "tcp port"}, {name: "tcp.srcport", primitive: "tcp src port", value: "tcp[0:2]"}, {name: "tcp.dstport", primitive: "tcp dst port", value: "tcp[2:2]"},
	{name: "udp.port", primitive: "udp port"}, {name: "udp.srcport", primitive: "udp src port", value: "udp[0:2]"}, {name: "udp.dstport", primitive: "udp dst port", value: "udp[2:2]"}, {name: "udp.length", value: "udp[4:2]"},
	{name: "sctp.port", primitive: "sctp port"}, {name: "sctp.srcport", primitive: "sctp src port", value: "sctp[0:2]"}, {name: "sctp.dstport", primitive: "sctp dst port", value: "sctp[2:2]"},
	{name: "tcp.flags", value: "tcp[tcpflags]"}, {name: "tcp.flags.fin", flag: "tcp-fin"}, {name: "tcp.flags.syn", flag: "tcp-syn"},
	{name: "tcp.flags.reset", flag: "tcp-rst"}, {name: "tcp.flags.push", flag: "tcp-push"}, {name: "tcp.flags.ack", flag: "tcp-ack"},
	{name: "tcp.flags.urg", flag: "tcp-urg"}, {name: "tcp.window_size_value", value: "tcp[14:2]"}, {name: "tcp.window_size", value: "tcp[14:2]"}, {name: "tcp.seq", value: "tcp[4:4]"},
	{name: "icmp.type", value: "icmp[icmptype]"}, {name: "icmp.code", value: "icmp[icmpcode]"}, {name: "icmpv6.type", value: "icmp6[icmp6type]"}, {name: "icmpv6.code", value: "icmp6[icmp6code]"},
	{name: "eth.addr", primitive: "ether host"}, {name: "eth.src", primitive: "ether src"}, {name: "eth.dst", primitive: "ether dst"}, {name: "eth.type", primitive: "ether proto", value: "ether[12:2]"},
	{name: "vlan.id", primitive: "vlan", value: "ether[14:2] & 0xfff"}, {name: "mpls.label", primitive: "mpls"}, {name: "vxlan.vni", primitive: "vxlan"}, {name: "geneve.vni", primitive: "geneve"}, {name: "pppoe.session_id", primitive: "pppoes"},
	{name: "wlan.addr", primitive: "wlan host"}, {name: "wlan.sa", primitive: "wlan src"}, {name: "wlan.da", primitive: "wlan dst"}, {name: "wlan.ra", primitive: "wlan ra"}, {name: "wlan.ta", primitive: "wlan ta"},
	{name: "frame.len", value: "len"},
}

// wiresharkNamed finds a field.
func wiresharkNamed(name string) (f wiresharkField, ok bool) {
	for _, f := range wireshark {
		if f.name == name {
			return f, true
		}
	}
	return f, false
}

// operators are Wireshark's other words for comparisons.
var operators = map[string]string{"eq": "=", "==": "=", "ne": "!=", "gt": ">", "lt": "<", "ge": ">=", "le": "<="}

// fromWireshark translates a comparison of a field, or a field alone, which asks whether it is there.
func fromWireshark(g []string) string {
	f, known := wiresharkNamed(g[1])
	if ours, ok := fieldNamed(g[1]); ok && !known {
		f, known = wiresharkField{value: ours.Value}, ours.Where == ""
	}
	op, value := g[2], g[3]
	if word, ok := operators[op]; ok {
		op = word
	}
	switch {
	case !known:
		return g[0]
	case f.flag != "":
		if set := value == "1" || value == "true" || op == ""; set == (op != "!=") {
			return "tcp[tcpflags] & " + f.flag + " != 0"
		}
		return "tcp[tcpflags] & " + f.flag + " = 0"
	case op == "" && f.primitive == "":
		return f.value
	case op == "":
		return f.primitive
	case f.primitive == "" || op != "=" && op != "!=" && f.value != "":
		return f.value + " " + op + " " + value
	case strings.HasSuffix(f.primitive, "host") && strings.Contains(value, "/"): // a network
		f.primitive = strings.TrimSuffix(f.primitive, "host") + "net"
	}
	if op == "!=" {
		return "not " + f.primitive + " " + value
	}
	if op != "=" {
		return g[0]
	}
	return f.primitive + " " + value
}
