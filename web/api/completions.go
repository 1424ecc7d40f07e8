package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"bpfc/diag"
	"bpfc/lexer"
	"bpfc/parser"
	"bpfc/web/rpc"

	"bpfc"
)

// Completion is something that can be typed. It is a value, and so safe for concurrent use.
type Completion struct {
	Text     string `json:"text"`
	Doc      string `json:"doc"`
	Kind     string `json:"kind"` // primitive, qualifier, constant, operator, field
	Extended bool   `json:"extended"`
}

// usual are the words that people type most; the rest of the reserved words come behind them.
var usual = []Completion{
	{"host", "the source or destination is this address", "qualifier", false},
	{"net", "the source or destination is in this network, as 10.0.0.0/8", "qualifier", false},
	{"port", "the source or destination port is this one, over TCP, UDP or SCTP", "qualifier", false},
	{"portrange", "the source or destination port is in this range, as 8000-8100", "qualifier", false},
	{"src", "only the source is looked at", "qualifier", false},
	{"dst", "only the destination is looked at", "qualifier", false},
	{"tcp", "the packet is TCP, over IPv4 or IPv6; before port, only TCP", "primitive", false},
	{"udp", "the packet is UDP, over IPv4 or IPv6; before port, only UDP", "primitive", false},
	{"sctp", "the packet is SCTP, over IPv4 or IPv6", "primitive", false},
	{"icmp", "the packet is ICMP, over IPv4", "primitive", false},
	{"icmp6", "the packet is ICMPv6", "primitive", false},
	{"ip", "the packet is IPv4", "primitive", false},
	{"ip6", "the packet is IPv6", "primitive", false},
	{"arp", "the packet is ARP", "primitive", false},
	{"rarp", "the packet is Reverse ARP", "primitive", false},
	{"igmp", "the packet is IGMP", "primitive", false},
	{"ether", "what follows is about the link layer, as in ether host", "qualifier", false},
	{"and", "both sides match; as strong as or, from left to right", "operator", false},
	{"or", "at least one side matches; as strong as and, from left to right", "operator", false},
	{"not", "what follows does not match; stronger than and and or", "operator", false},
	{"vlan", "the packet has a VLAN tag; what is written after it looks behind the tag", "primitive", false},
	{"mpls", "the packet has an MPLS label; what is written after it looks behind the label", "primitive", false},
	{"pppoes", "a PPPoE session packet; what is written after it looks behind its header", "primitive", false},
	{"pppoed", "a PPPoE discovery packet", "primitive", false},
	{"geneve", "a Geneve tunnel over UDP port 6081; what is written after it looks inside", "primitive", false},
	{"vxlan", "a VXLAN tunnel over UDP port 4789; what is written after it looks inside", "primitive", false},
	{"broadcast", "sent to all stations: ether broadcast, or ip broadcast with a netmask", "primitive", false},
	{"multicast", "sent to a group: ether multicast, ip multicast, ip6 multicast", "primitive", false},
	{"less", "the length on the wire is at most this", "primitive", false},
	{"greater", "the length on the wire is at least this", "primitive", false},
	{"len", "the length on the wire, to be compared, as in len > 1000", "primitive", false},
	{"proto", "the protocol has this number: ip proto 47, ether proto 0x88cc", "qualifier", false},
	{"protochain", "the protocol is anywhere in the chain of headers", "qualifier", false},
	{"gateway", "the packet went through this host: its hardware address, but not its IP address", "qualifier", false},
	{"mask", "a netmask behind a network: net 10.0.0.0 mask 255.0.0.0", "qualifier", false},
	{"inbound", "the packet came in", "primitive", false},
	{"outbound", "the packet went out", "primitive", false},
	{"tcpflags", "the byte of the TCP flags, as in tcp[tcpflags] & tcp-syn != 0", "constant", false},
	{"icmptype", "the byte of the ICMP type, as in icmp[icmptype] = icmp-echo", "constant", false},
	{"icmpcode", "the byte of the ICMP code", "constant", false},
	{"tcp-syn", "the SYN flag, 0x02", "constant", false},
	{"tcp-ack", "the ACK flag, 0x10", "constant", false},
	{"tcp-fin", "the FIN flag, 0x01", "constant", false},
	{"tcp-rst", "the RST flag, 0x04", "constant", false},
	{"tcp-push", "the PSH flag, 0x08", "constant", false},
	{"icmp-echo", "an echo request, 8", "constant", false},
	{"icmp-echoreply", "an echo reply, 0", "constant", false},
	{"in", "one of a set, as in port in {80, 443}", "operator", true},
	{"gre", "with braces: what is inside a GRE tunnel", "primitive", true},
	{"ipip", "with braces: what is inside IP in IP", "primitive", true},
	{"gtp", "with braces: what is inside a GTP-U tunnel", "primitive", true},
	{"any", "with braces: the packet, or one in a tunnel of it", "primitive", true},
}

// documented are classes of words whose members have no sentence of their own.
var documented = map[lexer.Type][2]string{
	lexer.Proto: {"primitive", "the packet is of this protocol"}, lexer.Flag: {"primitive", "a test of its own, for some link types"},
	lexer.AddrN: {"qualifier", "an address of an 802.11 header"}, lexer.NumTest: {"primitive", "compares with a number"},
	lexer.NameTest: {"primitive", "a field of a packet filter's log"}, lexer.Field: {"primitive", "a field of ATM or SS7"},
	lexer.Num: {"constant", "a number by its name"},
}

var completions = allCompletions()

func allCompletions() []Completion {
	list, there := slices.Clone(usual), map[string]bool{}
	for _, c := range list {
		there[c.Text] = true
	}
	for _, w := range lexer.Keywords() {
		if there[w] {
			continue
		}
		c := Completion{w, "a word of the language", "qualifier", false}
		if tokens, err := lexer.Tokens(w); err == nil && len(tokens) > 0 {
			if d, ok := documented[tokens[0].Type]; ok {
				c.Kind, c.Doc = d[0], d[1]
			}
		}
		list = append(list, c)
	}
	for _, f := range parser.Fields() {
		doc := "stands for " + f.Value
		if f.Where != "" {
			doc += " of " + f.Where
		}
		list = append(list, Completion{f.Name, doc, "field", true})
	}
	return list
}

// Completing is what fits at a place. It is safe for concurrent use as long as nobody changes it.
type Completing struct {
	Replace rpc.Span     `json:"replace"`
	Items   []Completion `json:"items"`
}

// inWord tells whether a byte can be part of what is typed.
func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("-_.", b) >= 0
}

// mostItems bounds a list of completions.
const mostItems = 30

// complete gives the words that begin with what is typed before the place. What the parser would take there comes first.
func (s *service) complete(ctx context.Context, p placeParams) (*Completing, error) {
	u := NewUnits(p.Source.Expr)
	end := u.Byte(p.Pos)
	start := end
	for start > 0 && inWord(p.Source.Expr[start-1]) {
		start--
	}
	typed := strings.ToLower(p.Source.Expr[start:end])
	c := &Completing{Replace: u.Span(start, end), Items: []Completion{}}
	expected := s.expected(ctx, &p.Source, start)
	for _, item := range completions {
		if (p.Source.Extended || !item.Extended) && strings.HasPrefix(item.Text, typed) {
			c.Items = append(c.Items, item)
		}
	}
	for name, entries := range resolverPorts() {
		if typed != "" && strings.HasPrefix(name, typed) && strings.HasSuffix(strings.TrimRight(p.Source.Expr[:start], " "), "port") {
			c.Items = append(c.Items, Completion{name, "port " + entries, "constant", false})
		}
	}
	rank := func(item Completion) int {
		if slices.Contains(expected, item.Text) || item.Kind == "constant" && strings.HasPrefix(item.Doc, "port ") {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(c.Items, func(a, b Completion) int {
		return cmp.Or(rank(a)-rank(b), slices.IndexFunc(completions, is(a))-slices.IndexFunc(completions, is(b)), strings.Compare(a.Text, b.Text))
	})
	c.Items = c.Items[:min(len(c.Items), mostItems)]
	return c, nil
}

func is(a Completion) func(Completion) bool {
	return func(b Completion) bool { return a.Text == b.Text }
}

// expected asks the parser what it would take at a place.
func (s *service) expected(ctx context.Context, src *Source, pos int) []string {
	if len(src.Expr) > shortExpr {
		return nil
	}
	cut := *src
	cut.Expr = src.Expr[:pos] + " \x01" // that is no word
	t, err := cut.Settings()
	if err != nil {
		return nil
	}
	_, err = bpfc.Graph(cut.Expr, t.Options(ctx)...)
	if e := diag.As(err); e != nil {
		return e.Expected
	}
	return nil
}
