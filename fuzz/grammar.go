package fuzz

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
)

// production is one way to write a nonterminal. In the text, {name} stands for a nonterminal of the grammar or,
// where there is none of that name, for a terminal.
type production struct {
	of     string // the nonterminal
	weight int
	needs  kin  // families of the link-layer type without which the text is refused
	grows  bool // nests further: left out when the expression has reached its size
	text   string
}

// grammar is pcap-filter(7), weighted. Weights are relative within a nonterminal; common filters are common,
// and what has been wrong in some compiler before is more common than in real life.
var grammar = []production{
	{"filter", 60, kinAny, false, "{expr}"},
	{"filter", 1, kinAny, false, ""},

	{"expr", 20, kinAny, false, "{prim}"},
	{"expr", 9, kinAny, true, "{expr}{and}{expr}"},
	{"expr", 9, kinAny, true, "{expr}{or}{expr}"},
	{"expr", 5, kinAny, true, "{not}{term}"},
	{"expr", 5, kinAny, true, "({expr})"},
	{"expr", 3, kinIP, false, "{inherit}"},
	{"expr", 4, kinTags, true, "{tags}{and}{expr}"},
	{"expr", 1, kinTags, true, "({tags}{and}{expr}){or}{expr}"},
	{"expr", 1, kinIP, true, "{tunnel}{and}{expr}"},
	{"term", 6, kinAny, false, "{prim}"},
	{"term", 3, kinAny, true, "({expr})"},
	{"term", 1, kinAny, true, "{not}{term}"},
	{"and", 3, kinAny, false, " and "},
	{"and", 1, kinAny, false, " && "},
	{"or", 3, kinAny, false, " or "},
	{"or", 1, kinAny, false, " || "},
	{"not", 3, kinAny, false, "not "},
	{"not", 1, kinAny, false, "!"},

	{"inherit", 3, kinIP, false, "{hostqual}{ip4} or {ip4}"},
	{"inherit", 2, kinIP, false, "{hostqual}{ip4} and not {ip4}"},
	{"inherit", 2, kinIP, false, "{portqual}{port} or {port} or {port}"},
	{"inherit", 1, kinIP, false, "not {portqual}{port} and {port}"},
	{"inherit", 1, kinIP, false, "{dir}net {net4} or {net4}"},
	{"inherit", 1, kinIP, false, "{hostqual}{ip4} and ({portqual}{port} or {port})"},
	{"inherit", 1, kinIP, false, "{ipqual}{dir}host {ip6} or {ip6}"},
	{"inherit", 1, kinMAC, false, "ether {dir}host {mac} or {mac}"},

	{"expr", 2, kinIP, true, "{list}"},
	{"expr", 1, kinIP, true, "{not}({list})"},
	{"list", 3, kinIP, false, "{hostqual}{hosts}"},
	{"list", 3, kinIP, false, "{portqual}{ports}"},
	{"list", 2, kinIP, false, "{dir}net {nets}"},
	{"list", 1, kinIP, false, "{dir}host {hosts6}"},
	{"list", 1, kinIP, false, "{dir}net {nets6}"},
	{"list", 1, kinIP, false, "{dir}portrange {ranges}"},
	{"list", 1, kinIP, false, "ip proto {protos}"},
	{"list", 1, kinMAC, false, "ether {dir}host {macs}"},
	{"list", 1, kinTags, false, "vlan and ({portqual}{ports})"},
	{"list", 2, kinIP, false, "({dir}host {ip4} and {portqual}{port}){or}({dir}host {ip4} and {portqual}{port}){or}({dir}host {ip4} and {portqual}{port})"},
	{"list", 2, kinAny, false, "len {relop} {u8}{join}len {relop} {u8}{join}len {relop} {u16}"},
	{"list", 2, kinIP, false, "ip[8] {relop} {u8}{join}ip[8] & {u8} {relop} {u8}{join}ip[8] {relop} {u8}{join}ip[8] {relop} {u8}"},
	{"list", 1, kinIP, false, "tcp[0:2] {relop} {port}{join}tcp[2:2] {relop} {port}{join}tcp[0:2] {relop} {port}"},
	{"list", 1, kinAny, false, "link[12:2] {relop} {u16}{join}link[12] {relop} {u8}{join}link[13] & {u8} {relop} {u8}"},
	{"join", 2, kinAny, false, "{or}"},
	{"join", 1, kinAny, false, "{and}"},
	{"join", 1, kinAny, false, "{and}not "},
	{"hosts", 1, kinAny, false, "{ip4}"},
	{"hosts", 5, kinAny, true, "{ip4} or {hosts}"},
	{"hosts6", 1, kinAny, false, "{ip6}"},
	{"hosts6", 3, kinAny, true, "{ip6} or {hosts6}"},
	{"ports", 1, kinAny, false, "{port}"},
	{"ports", 5, kinAny, true, "{port} or {ports}"},
	{"nets", 1, kinAny, false, "{net4}"},
	{"nets", 4, kinAny, true, "{net4} or {nets}"},
	{"nets6", 1, kinAny, false, "{net6}"},
	{"nets6", 3, kinAny, true, "{net6} or {nets6}"},
	{"ranges", 1, kinAny, false, "{port}-{port}"},
	{"ranges", 3, kinAny, true, "{port}-{port} or {ranges}"},
	{"protos", 1, kinAny, false, "{ipproto}"},
	{"protos", 3, kinAny, true, "{ipproto} or {protos}"},
	{"macs", 1, kinAny, false, "{mac}"},
	{"macs", 3, kinAny, true, "{mac} or {macs}"},

	{"expr", 12, kinIP | kinExtended, true, "{scope} {lb} {expr} {rb}"},
	{"expr", 3, kinIP | kinExtended, true, "not {scope} {lb} {expr} {rb}"},
	{"prim", 6, kinIP | kinExtended, false, "{hostqual}in {lb}{ip4}, {ip6}, {net4}, {net6}{rb}"},
	{"prim", 6, kinIP | kinExtended, false, "{portqual}in {lb}{port}, {port}, 8000-8100{rb}"},
	{"prim", 2, kinIP | kinExtended, false, "ip[{u8}] in {lb}1-5, {u8}{rb}"},
	{"prim", 6, kinIP | kinExtended, false, "{named} {relop} {u8}"},
	{"prim", 2, kinIP | kinExtended, false, "tcp.flags & (syn|ack) {relop} syn"},
	{"prim", 2, kinTags | kinExtended, false, "vlan.id {relop} {vid}"},
	{"scope", 4, kinTags | kinExtended, false, "vlan"},
	{"scope", 2, kinTags | kinExtended, false, "vlan {vid}"},
	{"scope", 1, kinTags | kinExtended, false, "vlan in {lb}{vid}, 1-99{rb}"},
	{"scope", 2, kinTags | kinExtended, false, "mpls"},
	{"scope", 2, kinTags | kinExtended, false, "mpls {label}"},
	{"scope", 2, kinPPPoE | kinExtended, false, "pppoes"},
	{"scope", 2, kinIP | kinExtended, false, "vxlan"},
	{"scope", 1, kinIP | kinExtended, false, "vxlan {vni} port 8472"},
	{"scope", 2, kinIP | kinExtended, false, "geneve"},
	{"scope", 2, kinIP | kinExtended, false, "gre"},
	{"scope", 2, kinIP | kinExtended, false, "ipip"},
	{"scope", 2, kinIP | kinExtended, false, "gtp"},
	{"scope", 1, kinIP | kinExtended, false, "any"},

	{"tags", 6, kinTags, false, "vlan"},
	{"tags", 4, kinTags, false, "vlan {vid}"},
	{"tags", 2, kinTags, false, "vlan{and}vlan {vid}"},
	{"tags", 4, kinTags, false, "mpls"},
	{"tags", 2, kinTags, false, "mpls {label}"},
	{"tags", 2, kinTags, false, "mpls{and}mpls {label}"},
	{"tags", 2, kinPPPoE, false, "pppoes"},
	{"tags", 2, kinPPPoE, false, "pppoes {u16}"},
	{"tags", 1, kinPPPoE, false, "vlan{and}pppoes"},
	{"tags", 1, kinTags, false, "vlan{and}mpls"},
	{"tunnel", 3, kinIP, false, "geneve"},
	{"tunnel", 2, kinIP, false, "geneve {vni}"},
	{"tunnel", 1, kinIP, false, "vxlan"},
	{"tunnel", 1, kinIP, false, "vxlan {vni}"},

	{"prim", 10, kinIP, false, "{l3}"},
	{"prim", 6, kinIP, false, "{l4}"},
	{"prim", 2, kinAny, false, "{l2}"},
	{"prim", 8, kinIP, false, "{host}"},
	{"prim", 6, kinIP, false, "{net}"},
	{"prim", 8, kinIP, false, "{port_}"},
	{"prim", 4, kinIP, false, "{proto_}"},
	{"prim", 5, kinMAC, false, "{ether}"},
	{"prim", 1, kinShort, false, "link {dir}host {arc}"},
	{"prim", 3, kinIP, false, "{cast}"},
	{"prim", 4, kinAny, false, "{length}"},
	{"prim", 14, kinAny, false, "{relation}"},
	{"prim", 2, kinMAC, false, "{llc}"},
	{"prim", 1, kinMAC, false, "{isis}"},
	{"prim", 1, kinIP, false, "{decnet}"},
	{"prim", 2, kinDirection, false, "{direction}"},
	{"prim", 3, kinTags, false, "{tags}"},
	{"prim", 1, kinIP, false, "{tunnel}"},
	{"prim", 1, kinPPPoE, false, "pppoed"},
	{"prim", 8, kinWLAN, false, "{wlan}"},
	{"prim", 12, kinATM, false, "{atm}"},
	{"prim", 30, kinSS7, false, "{ss7}"},
	{"prim", 10, kinPF, false, "{pf}"},
	{"prim", 1, kinAny, false, "byte {u8} {byteop} {u8}"},

	{"l3", 5, kinIP, false, "ip"},
	{"l3", 5, kinIP, false, "ip6"},
	{"l3", 2, kinIP, false, "arp"},
	{"l3", 1, kinIP, false, "rarp"},
	{"l2", 1, kinAny, false, "atalk"},
	{"l2", 1, kinAny, false, "aarp"},
	{"l2", 1, kinAny, false, "decnet"},
	{"l2", 1, kinAny, false, "iso"},
	{"l2", 1, kinAny, false, "stp"},
	{"l2", 1, kinAny, false, "ipx"},
	{"l2", 1, kinAny, false, "netbeui"},
	{"l2", 1, kinAny, false, "lat"},
	{"l2", 1, kinAny, false, "moprc"},
	{"l2", 1, kinAny, false, "mopdl"},
	{"l4", 4, kinIP, false, "tcp"},
	{"l4", 4, kinIP, false, "udp"},
	{"l4", 2, kinIP, false, "sctp"},
	{"l4", 2, kinIP, false, "icmp"},
	{"l4", 2, kinIP, false, "icmp6"},
	{"l4", 1, kinIP, false, "igmp"},
	{"l4", 1, kinIP, false, "pim"},
	{"l4", 1, kinIP, false, "vrrp"},
	{"l4", 1, kinIP, false, "carp"},
	{"l4", 1, kinIP, false, "ah"},
	{"l4", 1, kinIP, false, "esp"},

	{"dir", 5, kinAny, false, ""},
	{"dir", 3, kinAny, false, "src "},
	{"dir", 3, kinAny, false, "dst "},
	{"dir", 1, kinAny, false, "src or dst "},
	{"dir", 1, kinAny, false, "src and dst "},
	{"ipqual", 4, kinAny, false, ""},
	{"ipqual", 1, kinAny, false, "ip6 "},
	{"hostqual", 4, kinAny, false, "{dir}host "},
	{"hostqual", 2, kinAny, false, "ip {dir}host "},
	{"hostqual", 1, kinAny, false, "arp {dir}host "},
	{"hostqual", 1, kinAny, false, "src "},
	{"hostqual", 1, kinAny, false, "dst "},
	{"host", 5, kinIP, false, "{hostqual}{ip4}"},
	{"host", 1, kinIP, false, "rarp {dir}host {ip4}"},
	{"host", 1, kinIP, false, "{ip4}"},
	{"host", 3, kinIP, false, "{dir}host {ip6}"},
	{"host", 1, kinIP, false, "ip6 {dir}host {ip6}"},
	{"host", 1, kinIP, false, "{dir}host {partial4}"},

	{"net", 4, kinIP, false, "{dir}net {net4}"},
	{"net", 1, kinIP, false, "ip {dir}net {net4}"},
	{"net", 1, kinIP, false, "arp {dir}net {net4}"},
	{"net", 1, kinIP, false, "{dir}net {partial4}"},
	{"net", 1, kinIP, false, "{dir}net {masked4}"},
	{"net", 2, kinIP, false, "{dir}net {net6}"},
	{"net", 1, kinIP, false, "ip6 {dir}net {net6}"},

	{"portqual", 4, kinAny, false, "{dir}port "},
	{"portqual", 2, kinAny, false, "tcp {dir}port "},
	{"portqual", 2, kinAny, false, "udp {dir}port "},
	{"portqual", 1, kinAny, false, "sctp {dir}port "},
	{"port_", 8, kinIP, false, "{portqual}{port}"},
	{"port_", 2, kinIP, false, "{portqual}{service}"},
	{"port_", 3, kinIP, false, "{dir}portrange {port}-{port}"},
	{"port_", 1, kinIP, false, "tcp {dir}portrange {port}-{port}"},
	{"port_", 1, kinIP, false, "udp {dir}portrange {port}-{port}"},

	{"proto_", 3, kinIP, false, "ip proto {ipproto}"},
	{"proto_", 3, kinIP, false, "ip6 proto {ipproto}"},
	{"proto_", 2, kinIP, false, "proto {ipproto}"},
	{"proto_", 1, kinIP, false, "ip protochain {ipproto}"},
	{"proto_", 1, kinIP, false, "ip6 protochain {ipproto}"},
	{"proto_", 1, kinIP, false, "protochain {ipproto}"},
	{"proto_", 4, kinAny, false, "ether proto {ethertype}"},
	{"proto_", 1, kinAny, false, "link proto {u16}"},
	{"proto_", 1, kinAny, false, `iso proto {isoproto}`},
	{"proto_", 1, kinAny, false, "isis proto {u8}"},

	{"ether", 3, kinMAC, false, "ether {dir}host {mac}"},
	{"ether", 1, kinMAC, false, "ether {etherdir}{mac}"},
	{"ether", 1, kinMAC, false, "link {dir}host {mac}"},
	{"ether", 1, kinMAC, false, "wlan {dir}host {mac}"},
	{"etherdir", 1, kinAny, false, "src "},
	{"etherdir", 1, kinAny, false, "dst "},

	{"cast", 1, kinMAC, false, "broadcast"},
	{"cast", 1, kinMAC, false, "multicast"},
	{"cast", 1, kinMAC, false, "ether broadcast"},
	{"cast", 1, kinMAC, false, "ether multicast"},
	{"cast", 2, kinIP, false, "ip multicast"},
	{"cast", 2, kinIP, false, "ip6 multicast"},
	{"cast", 1, kinIP, false, "ip broadcast"},
	{"cast", 1, kinShort, false, "link broadcast"},

	{"length", 1, kinAny, false, "less {u16}"},
	{"length", 1, kinAny, false, "greater {u16}"},
	{"length", 2, kinAny, false, "len {relop} {u16}"},
	{"length", 1, kinAny, false, "len & {u8} {relop} {u8}"},

	{"llc", 2, kinMAC, false, "llc"},
	{"llc", 3, kinMAC, false, "llc {llctype}"},
	{"isis", 2, kinMAC, false, "{isisword}"},
	{"decnet", 1, kinIP, false, "decnet src {area}"},
	{"decnet", 1, kinIP, false, "decnet dst {area}"},
	{"decnet", 1, kinIP, false, "decnet host {area}"},
	{"direction", 4, kinDirection, false, "inbound"},
	{"direction", 4, kinDirection, false, "outbound"},
	{"direction", 1, kinDirection, false, "ifindex {u16}"},

	{"wlan", 2, kinWLAN, false, "wlan {wlanaddr} {mac}"},
	{"wlan", 2, kinWLAN, false, "type {wlantype}"},
	{"wlan", 1, kinWLAN, false, "type mgt subtype {mgt}"},
	{"wlan", 1, kinWLAN, false, "type ctl subtype {ctl}"},
	{"wlan", 1, kinWLAN, false, "type data subtype {data}"},
	{"wlan", 1, kinWLAN, false, "subtype {mgt}"},
	{"wlan", 1, kinWLAN, false, "subtype {data}"},
	{"wlan", 1, kinWLAN, false, "dir {wlandir}"},
	{"wlan", 1, kinWLAN, false, "type {u2} subtype {u4}"},

	{"atm", 2, kinATM, false, "vpi {u8}"},
	{"atm", 2, kinATM, false, "vci {u16}"},
	{"atm", 1, kinATM, false, "vpi {relop} {u8}"},
	{"atm", 1, kinATM, false, "vci {relop} {u16}"},
	{"atm", 3, kinATM, false, "{atmword}"},
	{"atm", 2, kinATM, true, "lane{and}{expr}"},
	{"atm", 1, kinATM, false, "vpi ({u4} or {u8})"},

	{"ss7", 2, kinSS7, false, "{ss7word}"},
	{"ss7", 3, kinSS7, false, "{ss7field} {u8}"},
	{"ss7", 1, kinSS7, false, "{ss7field} {relop} {u8}"},
	{"ss7", 1, kinSS7, false, "{ss7field} ({u8} or {u4})"},

	{"pf", 1, kinPF, false, "ifname {ifname}"},
	{"pf", 1, kinPF, false, "on {ifname}"},
	{"pf", 1, kinPF, false, "rnr {u8}"},
	{"pf", 1, kinPF, false, "srnr {u8}"},
	{"pf", 1, kinPF, false, "rset {ifname}"},
	{"pf", 2, kinPF, false, "reason {pfreason}"},
	{"pf", 2, kinPF, false, "action {pfaction}"},

	{"relation", 6, kinAny, false, "{field} {relop} {num}"},
	{"relation", 4, kinAny, false, "{field} & {num} {relop} {num}"},
	{"relation", 4, kinAny, true, "{arith} {relop} {arith}"},
	{"relation", 3, kinIP, false, "tcp[tcpflags] & {tcpflags} {relop} {tcpflags}"},
	{"relation", 1, kinIP, false, "icmp[icmptype] {relop} {icmptype}"},
	{"relation", 1, kinIP, false, "icmp6[icmp6type] {relop} {icmp6type}"},
	{"relation", 1, kinIP, false, "icmp[icmpcode] {relop} {u4}"},
	{"relation", 1, kinIP, false, "tcp[((tcp[12] & 0xf0) >> 2):4] {relop} {num}"},
	{"relation", 1, kinIP, false, "(ip[2:2] - ((ip[0] & 0xf) << 2)) - ((tcp[12] & 0xf0) >> 2) {relop} {u8}"},
	{"relation", 1, kinIP, false, "ip[6:2] & 0x1fff {relop} {u8}"},

	{"field", 6, kinIP, false, "{acc}[{off}]"},
	{"field", 6, kinIP, false, "{acc}[{off}:{size}]"},
	{"field", 3, kinAny, false, "{linkacc}[{off}]"},
	{"field", 3, kinAny, false, "{linkacc}[{off}:{size}]"},
	{"field", 1, kinWLAN, false, "radio[{off}]"},

	{"arith", 8, kinAny, false, "{num}"},
	{"arith", 10, kinAny, false, "{field}"},
	{"arith", 3, kinAny, false, "len"},
	{"arith", 6, kinAny, true, "{arith} {arithop} {arith}"},
	{"arith", 3, kinAny, true, "({arith})"},
	{"arith", 1, kinAny, true, "-{aterm}"},
	{"arith", 2, kinIP, true, "{acc}[{arith}]"},
	{"arith", 1, kinIP, true, "{acc}[{arith}:{size}]"},
	{"aterm", 1, kinAny, false, "{field}"},
	{"aterm", 1, kinAny, false, "{num}"},
	{"aterm", 1, kinAny, true, "({arith})"},
}

// words are the terminals that are drawn from a list.
var words = map[string][]string{
	"acc":       {"ip", "ip", "ip", "ip6", "ip6", "tcp", "tcp", "udp", "udp", "icmp", "icmp6", "arp", "rarp", "sctp", "igmp", "pim", "vrrp", "carp", "decnet", "atalk", "lat", "moprc", "mopdl"},
	"linkacc":   {"ether", "link", "ether", "link", "ppp", "slip", "fddi", "tr", "wlan"},
	"size":      {"1", "2", "4"},
	"lb":        {"{"},
	"rb":        {"}"},
	"named":     {"ip.ttl", "ip.dscp", "ip6.hoplimit", "tcp.window", "udp.length", "icmp.type", "icmp6.type", "arp.op", "dns.qr", "sctp.vtag"},
	"relop":     {"=", "==", "!=", ">", "<", ">=", "<="},
	"byteop":    {"=", "<", ">", "&", "|"},
	"arithop":   {"+", "+", "-", "-", "*", "/", "%", "&", "&", "|", "^", "<<", ">>"},
	"service":   {"http", "domain", "ftp", "ftp-data", "ssh", "https", "ntp", "syslog", "tftp", "telnet"},
	"ipproto":   {`\tcp`, `\udp`, `\icmp`, `\ah`, `\esp`, `\pim`, "6", "17", "1", "0", "44", "43", "60", "50", "51", "58", "132", "255", "41", "4"},
	"isoproto":  {`\clnp`, `\esis`, `\isis`, "0x81", "0x82", "1"},
	"llctype":   {"i", "s", "u", "rr", "rnr", "rej", "ui", "ua", "disc", "sabme", "test", "xid", "frmr"},
	"isisword":  {"iso", "clnp", "esis", "isis", "l1", "l2", "iih", "lsp", "snp", "csnp", "psnp"},
	"wlanaddr":  {"ra", "ta", "addr1", "addr2", "addr3", "addr4", "host", "src", "dst"},
	"wlantype":  {"mgt", "ctl", "data", "0", "1", "2"},
	"mgt":       {"assoc-req", "assoc-resp", "reassoc-req", "probe-req", "probe-resp", "beacon", "atim", "disassoc", "auth", "deauth"},
	"ctl":       {"ps-poll", "rts", "cts", "ack", "cf-end", "cf-end-ack"},
	"data":      {"data", "data-cf-ack", "null", "cf-poll", "qos-data", "qos", "qos-cf-ack-poll", "qos-data-cf-poll"},
	"wlandir":   {"nods", "tods", "fromds", "dstods", "0", "1", "2", "3"},
	"atmword":   {"lane", "metac", "bcc", "oamf4sc", "oamf4ec", "sc", "ilmic", "connectmsg", "metaconnect", "oam", "oamf4", "llc"},
	"ss7word":   {"fisu", "lssu", "lsu", "msu", "hfisu", "hlssu", "hmsu"},
	"ss7field":  {"sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls"},
	"ifname":    {"en0", "em1", "lo", "foo"},
	"pfreason":  {"match", "bad-offset", "fragment", "short", "normalize", "memory", "1", "7"},
	"pfaction":  {"pass", "block", "nat", "rdr", "binat", "scrub"},
	"tcpflags":  {"tcp-syn", "tcp-fin", "tcp-ack", "(tcp-syn|tcp-fin)", "(tcp-rst|tcp-ack)", "tcp-push", "0x12", "2", "0"},
	"icmptype":  {"icmp-echo", "icmp-echoreply", "icmp-unreach", "8", "0"},
	"icmp6type": {"icmp6-echo", "icmp6-neighborsolicit", "128", "135"},
}

// Grammar writes random filter expressions. Its zero value is not usable; use NewGrammar. One
// value serves one goroutine.
type Grammar struct {
	r      *rand.Rand
	link   Link
	budget int                 // productions that may still grow
	said   map[string][]string // what terminals gave in this expression: repeated now and then
}

// NewGrammar returns a generator of filter expressions for a link-layer type. The same random source gives the same
// expressions.
func NewGrammar(r *rand.Rand, dlt int) *Grammar {
	return &Grammar{r: r, link: linkOf(dlt)}
}

// Extend has the generator write expressions of the extended language too.
func (g *Grammar) Extend() { g.link.kin |= kinExtended }

// Filter writes an expression. size bounds the number of times it nests or chains; 0 gives a single primitive.
func (g *Grammar) Filter(size int) string {
	g.budget = size
	g.said = map[string][]string{}
	return g.expand("filter")
}

var (
	productionsOf = sync.OnceValue(indexGrammar)
	terminals     = sync.OnceValue(terminalTable)
)

func indexGrammar() map[string][]production {
	m := map[string][]production{}
	for _, p := range grammar {
		m[p.of] = append(m[p.of], p)
	}
	return m
}

// expand writes a nonterminal or a terminal.
func (g *Grammar) expand(name string) string {
	if ps, ok := productionsOf()[name]; ok {
		return g.fill(g.pick(ps).text)
	}
	if said := g.said[name]; len(said) > 0 && g.r.IntN(4) == 0 {
		return said[g.r.IntN(len(said))]
	}
	var s string
	if w, ok := words[name]; ok {
		s = w[g.r.IntN(len(w))]
	} else {
		s = terminals()[name](g)
	}
	g.said[name] = append(g.said[name], s)
	return s
}

// pick draws one of the productions by weight, from those that fit the size left and the link-layer type.
func (g *Grammar) pick(ps []production) production {
	strict := g.r.IntN(64) != 0 // else: one that the link-layer type does not have, to see it refused
	fits := func(p production) bool {
		if p.grows && g.budget <= 0 {
			return false
		}
		if p.needs&kinExtended&^g.link.kin != 0 {
			return false
		}
		return !strict || p.needs == 0 || p.needs&g.link.kin == p.needs
	}
	total := 0
	for _, p := range ps {
		if fits(p) {
			total += p.weight
		}
	}
	if total == 0 { // a nonterminal that the link-layer type has nothing of
		return ps[g.r.IntN(len(ps))]
	}
	n := g.r.IntN(total)
	for _, p := range ps {
		if !fits(p) {
			continue
		}
		if n -= p.weight; n < 0 {
			if p.grows {
				g.budget--
			}
			return p
		}
	}
	panic("unreachable: the weights add up to total")
}

// fill replaces the {names} of a production's text.
func (g *Grammar) fill(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(g.expand(name))
		text = after
	}
}

// terminalTable holds the terminals that are computed.
func terminalTable() map[string]func(*Grammar) string {
	return map[string]func(*Grammar) string{
		"u2":  func(g *Grammar) string { return g.number(2) },
		"u4":  func(g *Grammar) string { return g.number(4) },
		"u8":  func(g *Grammar) string { return g.number(8) },
		"u16": func(g *Grammar) string { return g.number(16) },
		"num": func(g *Grammar) string {
			return g.number([]int{2, 4, 8, 8, 8, 16, 16, 32}[g.r.IntN(8)])
		},
		"off": func(g *Grammar) string {
			if g.r.IntN(20) == 0 {
				return strconv.Itoa(g.r.IntN(300))
			}
			return strconv.Itoa(g.r.IntN(24))
		},
		"vid":   func(g *Grammar) string { return g.number(12) },
		"label": func(g *Grammar) string { return g.number([]int{4, 10, 20}[g.r.IntN(3)]) },
		"vni":   func(g *Grammar) string { return g.number([]int{4, 24}[g.r.IntN(2)]) },
		"port": func(g *Grammar) string {
			if g.r.IntN(2) == 0 {
				return []string{"80", "53", "443", "22", "4789", "6081", "123"}[g.r.IntN(7)]
			}
			return strconv.Itoa(int(g.bits(16)))
		},
		"ethertype": func(g *Grammar) string {
			list := []string{`\ip`, `\ip6`, `\arp`, `\rarp`, `\iso`, `\stp`, `\ipx`, `\netbeui`, `\atalk`, `\aarp`, `\decnet`, `\lat`, `\loopback`,
				"0x800", "0x86dd", "0x0806", "0x8100", "0x8847", "0x88cc", "0xfe", "0x42", "1500", "1501", "0x600"}
			if g.r.IntN(6) == 0 {
				return g.number(16)
			}
			return list[g.r.IntN(len(list))]
		},
		"area":     func(g *Grammar) string { return fmt.Sprintf("%d.%d", g.bits(6), g.bits(10)) },
		"arc":      func(g *Grammar) string { return fmt.Sprintf("$%x", g.bits(8)) },
		"ip4":      (*Grammar).ip4,
		"partial4": (*Grammar).partial4,
		"net4":     (*Grammar).net4,
		"masked4":  (*Grammar).masked4,
		"ip6":      (*Grammar).ip6,
		"net6":     (*Grammar).net6,
		"mac":      (*Grammar).mac,
	}
}

// bits draws a number of up to n bits; its ends are more likely than the middle.
func (g *Grammar) bits(n int) uint32 {
	top := uint32(1)<<(n-1)<<1 - 1
	switch g.r.IntN(8) {
	case 0:
		return 0
	case 1:
		return top
	case 2:
		return uint32(1) << g.r.IntN(n)
	case 3:
		return (uint32(1)<<g.r.IntN(n) - 1) & top
	}
	return g.r.Uint32() & top
}

// number writes a number of up to n bits in one of C's notations.
func (g *Grammar) number(n int) string {
	v := g.bits(n)
	switch g.r.IntN(6) {
	case 0:
		return fmt.Sprintf("0x%x", v)
	case 1:
		return fmt.Sprintf("0%o", v)
	}
	return strconv.FormatUint(uint64(v), 10)
}

// address4 draws from few networks, so that addresses of one expression are often near each other.
func (g *Grammar) address4() [4]byte {
	nets := [][2]byte{{10, 0}, {10, 1}, {192, 168}, {172, 16}, {127, 0}, {224, 0}, {255, 255}, {0, 0}}
	n := nets[g.r.IntN(len(nets))]
	return [4]byte{n[0], n[1], byte(g.bits(8)), byte(g.bits(8))}
}

func dotted(a [4]byte) string { return fmt.Sprintf("%d.%d.%d.%d", a[0], a[1], a[2], a[3]) }

func (g *Grammar) ip4() string { return dotted(g.address4()) }

// partial4 is an address of one to three parts: its own mask.
func (g *Grammar) partial4() string {
	return strings.Join(strings.Split(g.ip4(), ".")[:1+g.r.IntN(3)], ".")
}

// masked returns an address without host bits, so that libpcap accepts it as a network.
func (g *Grammar) masked(bits int) string {
	a := g.address4()
	v := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	v = uint32(uint64(v) >> (32 - bits) << (32 - bits))
	return dotted([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
}

func (g *Grammar) net4() string {
	bits := g.r.IntN(33)
	if g.r.IntN(40) == 0 {
		return fmt.Sprintf("%s/%d", g.ip4(), bits) // host bits set: refused
	}
	return fmt.Sprintf("%s/%d", g.masked(bits), bits)
}

func (g *Grammar) masked4() string {
	bits := g.r.IntN(33)
	m := uint32(uint64(0xffffffff) << (32 - bits))
	return fmt.Sprintf("%s mask %s", g.masked(bits), dotted([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}))
}

// address6 draws from few networks, with zero words that make :: possible.
func (g *Grammar) address6() [8]uint16 {
	var a [8]uint16
	copy(a[:], [][]uint16{{0x2001, 0xdb8}, {0xfe80}, {0xff02}, {0xfd00, 0xa1b2}, {0}}[g.r.IntN(5)])
	for i := 2 + g.r.IntN(6); i < 8; i++ {
		a[i] = uint16(g.bits(16))
	}
	return a
}

func text6(a [8]uint16) string {
	s := make([]string, 8)
	for i, w := range a {
		s[i] = strconv.FormatUint(uint64(w), 16)
	}
	return strings.Join(s, ":")
}

func (g *Grammar) ip6() string {
	a := g.address6()
	if a[2]|a[3]|a[4] == 0 && g.r.IntN(2) == 0 {
		return fmt.Sprintf("%x:%x::%x:%x:%x", a[0], a[1], a[5], a[6], a[7])
	}
	return text6(a)
}

func (g *Grammar) net6() string {
	a := g.address6()
	bits := g.r.IntN(129)
	for i := range a {
		keep := min(max(bits-16*i, 0), 16)
		a[i] = uint16(uint32(a[i]) >> (16 - keep) << (16 - keep))
	}
	return fmt.Sprintf("%s/%d", text6(a), bits)
}

func (g *Grammar) mac() string {
	m := [6]byte{0x00, 0x11, 0x22, 0x33, byte(g.bits(8)), byte(g.bits(8))}
	if g.r.IntN(4) == 0 {
		m = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	}
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("%02x-%02x-%02x-%02x-%02x-%02x", m[0], m[1], m[2], m[3], m[4], m[5])
	case 1:
		return fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5])
	}
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}
