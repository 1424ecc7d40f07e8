package lexer

import (
	"strings"

	plexer "github.com/alecthomas/participle/v2/lexer"
)

// Type is the class of a token. Words that the grammar treats alike share one: "tcp" and "ip6" are both Proto, and the
// parser looks at the token's text where it matters which.
// It is a value, and so safe for concurrent use.
type Type = plexer.TokenType

// The classes of token. The comment gives the words or the form.
const (
	EOF Type = plexer.EOF

	Num        Type = -2 - iota // 80, 0x50, 0120, tcp-syn: a number or a named constant
	Name                        // www.example.org, \tcp: what is none of the other words
	IPv4                        // 10.1, 10.1.2, 10.1.2.3
	IPv6                        // fe80::1, ::ffff:10.0.0.1
	MAC                         // 00:11:22:33:44:55 and the other notations
	ARCnet                      // $1f
	And                         // and, &&
	Or                          // or, ||
	Not                         // not, !
	Rel                         // < <= > >= = == !=, except as below
	Less                        // <
	More                        // >
	Equal                       // = ==
	Minus                       // -
	Slash                       // /
	Op                          // + * % ^ << >>
	BitAnd                      // &
	BitOr                       // |
	LParen                      // (
	RParen                      // )
	LBracket                    // [
	RBracket                    // ]
	Colon                       // :
	Proto                       // ip, tcp, ether: a protocol qualifier
	SrcDst                      // src, dst
	AddrN                       // addr1 … addr4, ra, ta
	AddrType                    // host, net, port, portrange
	OnlyType                    // proto, protochain, gateway: type qualifiers that take no direction
	Mask                        // mask
	Len                         // len, length
	Cast                        // broadcast, multicast
	Flag                        // a test without operand: inbound, pppoed, lane, fisu …
	NumTest                     // a test of one number: less, greater, ifindex, srnr
	RuleNum                     // rnr, rulenum: as NumTest, and "llc rnr"
	OptNumTest                  // a test with or without number: vlan, mpls, pppoes, geneve, vxlan
	NameTest                    // a test of one name: on, ifname, rset, ruleset, action
	Reason                      // reason
	Byte                        // byte
	LLC                         // llc
	Field                       // an ATM or SS7 field: vpi, vci, sio, opc …
	FrameType                   // type
	Subtype                     // subtype
	FrameDir                    // dir, direction
	LBrace                      // {
	RBrace                      // }
	Comma                       // ,
	File                        // @list.txt: the file that a set is in
)

// symbols are the names under which a grammar refers to the classes.
var symbols = map[string]Type{
	"EOF": EOF, "Num": Num, "Name": Name, "IPv4": IPv4, "IPv6": IPv6, "MAC": MAC, "ARCnet": ARCnet,
	"And": And, "Or": Or, "Not": Not, "Rel": Rel, "Less": Less, "More": More, "Equal": Equal,
	"Minus": Minus, "Slash": Slash, "Op": Op, "BitAnd": BitAnd, "BitOr": BitOr,
	"LParen": LParen, "RParen": RParen, "LBracket": LBracket, "RBracket": RBracket, "Colon": Colon,
	"Proto": Proto, "SrcDst": SrcDst, "AddrN": AddrN, "AddrType": AddrType, "OnlyType": OnlyType,
	"Mask": Mask, "Len": Len, "Cast": Cast, "Flag": Flag, "NumTest": NumTest, "RuleNum": RuleNum,
	"OptNumTest": OptNumTest, "NameTest": NameTest, "Reason": Reason, "Byte": Byte, "LLC": LLC,
	"Field": Field, "FrameType": FrameType, "Subtype": Subtype, "FrameDir": FrameDir,
	"LBrace": LBrace, "RBrace": RBrace, "Comma": Comma, "File": File,
}

// words lists the reserved words of each class.
var words = map[Type][]string{
	And: {"and"}, Or: {"or"}, Not: {"not"},
	Proto: {
		"ether", "link", "ppp", "slip", "fddi", "tr", "wlan", "arp", "rarp", "ip", "sctp", "tcp", "udp", "icmp",
		"igmp", "igrp", "pim", "vrrp", "carp", "radio", "ip6", "icmp6", "ah", "esp", "atalk", "aarp", "decnet",
		"lat", "sca", "moprc", "mopdl", "iso", "esis", "es-is", "isis", "is-is", "l1", "l2", "iih", "lsp", "snp",
		"csnp", "psnp", "clnp", "stp", "ipx", "netbeui",
	},
	SrcDst: {"src", "dst"},
	AddrN: {
		"addr1", "addr2", "addr3", "addr4", "address1", "address2", "address3", "address4", "ra", "ta",
	},
	AddrType: {"host", "net", "port", "portrange"},
	OnlyType: {"proto", "protochain", "gateway"},
	Mask:     {"mask"},
	Len:      {"len", "length"},
	Cast:     {"broadcast", "multicast"},
	Flag: {
		"inbound", "outbound", "pppoed",
		"lane", "metac", "bcc", "oam", "oamf4", "oamf4ec", "oamf4sc", "sc", "ilmic", "connectmsg", "metaconnect",
		"fisu", "lssu", "lsu", "msu", "hfisu", "hlssu", "hmsu",
	},
	NumTest:    {"less", "greater", "ifindex", "srnr", "subrulenum"},
	RuleNum:    {"rnr", "rulenum"},
	OptNumTest: {"vlan", "mpls", "pppoes", "geneve", "vxlan"},
	NameTest:   {"on", "ifname", "rset", "ruleset", "action"},
	Reason:     {"reason"},
	Byte:       {"byte"},
	LLC:        {"llc"},
	Field:      {"vpi", "vci", "sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls"},
	FrameType:  {"type"},
	Subtype:    {"subtype"},
	FrameDir:   {"dir", "direction"},
}

// constants are the names that stand for numbers: offsets of fields, values of ICMP and ICMPv6 types (RFC 792, the
// IANA registry of ICMPv6 parameters) and TCP flags (RFC 9293, RFC 3168).
var constants = map[string]uint32{
	"icmptype": 0, "icmpcode": 1,
	"icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5, "icmp-echo": 8,
	"icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12,
	"icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16,
	"icmp-maskreq": 17, "icmp-maskreply": 18,

	"icmp6type": 0, "icmp6code": 1,
	"icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3, "icmp6-parameterproblem": 4,
	"icmp6-echo": 128, "icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130,
	"icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132,
	"icmp6-routersolicit": 133, "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136,
	"icmp6-redirect": 137, "icmp6-routerrenum": 138, "icmp6-nodeinformationquery": 139,
	"icmp6-nodeinformationresponse": 140, "icmp6-ineighbordiscoverysolicit": 141,
	"icmp6-ineighbordiscoveryadvert": 142, "icmp6-multicastlistenerreportv2": 143,
	"icmp6-homeagentdiscoveryrequest": 144, "icmp6-homeagentdiscoveryreply": 145,
	"icmp6-mobileprefixsolicit": 146, "icmp6-mobileprefixadvert": 147, "icmp6-certpathsolicit": 148,
	"icmp6-certpathadvert": 149, "icmp6-multicastrouteradvert": 151, "icmp6-multicastroutersolicit": 152,
	"icmp6-multicastrouterterm": 153,

	"tcpflags": 13, "tcp-fin": 0x01, "tcp-syn": 0x02, "tcp-rst": 0x04, "tcp-push": 0x08, "tcp-ack": 0x10,
	"tcp-urg": 0x20, "tcp-ece": 0x40, "tcp-cwr": 0x80,
}

// keywords maps every reserved word and named constant to its class.
var keywords = func() map[string]Type {
	m := make(map[string]Type, 256)
	for typ, list := range words {
		for _, w := range list {
			m[w] = typ
		}
	}
	for w := range constants {
		m[w] = Num
	}
	return m
}()

// WordsByName gives the reserved words of the class that a grammar knows by name, in any case of letters.
func WordsByName(name string) []string {
	for symbol, t := range symbols {
		if strings.EqualFold(symbol, name) {
			return words[t]
		}
	}
	return nil
}

// Keyword gives the class of a reserved word or named constant.
func Keyword(word string) (t Type, ok bool) {
	t, ok = keywords[word]
	return t, ok
}

// Keywords gives all reserved words and named constants, the usual ones first: an order made for finding a near miss.
func Keywords() []string {
	list := []string{}
	for _, t := range []Type{AddrType, SrcDst, Proto, And, Or, Not, OnlyType, OptNumTest, Cast, NumTest, Len, Mask, Byte,
		LLC, Flag, NameTest, RuleNum, Reason, FrameType, Subtype, FrameDir, AddrN, Field} {
		list = append(list, words[t]...)
	}
	return append(list, constantNames()...)
}
