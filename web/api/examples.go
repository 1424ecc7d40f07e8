package api

import (
	"fmt"
	"strings"
)

// Example is a filter of the start page. It is safe for concurrent use as long as nobody changes it.
type Example struct {
	Title  string         `json:"title"`
	Why    string         `json:"why"`
	Source map[string]any `json:"source"` // what it sets
	Other  string         `json:"other,omitempty"`
}

// examples are from what people ask again and again on lists and in forums.
var examples = []Example{
	{Title: "Web traffic", Why: "A filter to begin with. Look at the program: IPv4 and IPv6 are both asked, and fragments that have no ports are left out.",
		Source: map[string]any{"expr": "tcp port 80 or tcp port 443"}},
	{Title: "My filter finds nothing on a trunk port", Why: "Packets there have a VLAN tag before the IP header, so \"host 10.0.0.1\" looks in the wrong place. Ask for the tag first, or see through tags.",
		Source: map[string]any{"expr": "vlan and host 10.0.0.1"}, Other: "host 10.0.0.1"},
	{Title: "\"vlan or host\" misses half of it", Why: "Once vlan is written, all that stands behind it looks four bytes further, even in the other branch of or. Write the untagged part first.",
		Source: map[string]any{"expr": "vlan 10 or host 10.0.0.1"}, Other: "host 10.0.0.1 or vlan 10"},
	{Title: "and, or, and no parentheses", Why: "and and or are equally strong and go from left to right: this is (port 53 or host 10.0.0.1) and tcp, which is rarely meant.",
		Source: map[string]any{"expr": "port 53 or host 10.0.0.1 and tcp"}, Other: "port 53 or (host 10.0.0.1 and tcp)"},
	{Title: "not host A and B", Why: "not binds to what follows it alone. To leave out both hosts, both have to be inside the parentheses.",
		Source: map[string]any{"expr": "not host 10.0.0.1 and host 10.0.0.2"}, Other: "not (host 10.0.0.1 or host 10.0.0.2)"},
	{Title: "Where are the fragments?", Why: "Only the first fragment of a datagram has ports. \"udp port 53\" leaves out the others; to see them, ask for the fragment offset too.",
		Source: map[string]any{"expr": "udp port 53 or (udp and ip[6:2] & 0x1fff != 0)"}, Other: "udp port 53"},
	{Title: "SYN without ACK", Why: "tcp[13] = 2 wants no other flag at all; a SYN with ECE or CWR is left out. A mask asks for the two flags alone.",
		Source: map[string]any{"expr": "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn"}, Other: "tcp[13] = 2"},
	{Title: "TCP flags in IPv6", Why: "tcp[13] looks at IPv4 alone. In IPv6 the same byte is 53 bytes behind the start of the IP header, if no extension header is there.",
		Source: map[string]any{"expr": "tcp[13] & 2 != 0"}, Other: "tcp[13] & 2 != 0 or (ip6[6] = 6 and ip6[53] & 2 != 0)"},
	{Title: "net 10.1.2.0 is not what it looks like", Why: "Without a prefix length, the zeros at the end are the host: net 10.1.2.0 is 10.1.2.0/24, but host 10.1.2.0 is one address.",
		Source: map[string]any{"expr": "host 10.1.2.0 and port 53"}},
	{Title: "Everything but my own SSH session", Why: "On a machine that is reached by SSH, capturing \"not port 22\" leaves out all SSH. Leave out your own connection only.",
		Source: map[string]any{"expr": "not (host 192.0.2.7 and tcp port 22)"}, Other: "not port 22"},
	{Title: "Large packets of one direction", Why: "greater and len are about the length on the wire, whatever was captured of the packet.",
		Source: map[string]any{"expr": "src net 10.0.0.0/8 and greater 1400"}},
	{Title: "HTTP requests by their first letters", Why: "The data of TCP begin where its header says: tcp[12] & 0xf0 >> 2 is that length. 0x47455420 is \"GET \".",
		Source: map[string]any{"expr": "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420"}},
	{Title: "Inside VXLAN", Why: "What stands behind vxlan is about the packet inside the tunnel.",
		Source: map[string]any{"expr": "vxlan 100 and host 192.168.1.1"}},
	{Title: "Sets and fields by name", Why: "The extended language has what libpcap refuses: sets, scopes in braces, names of fields.",
		Source: map[string]any{"expr": "port in {80, 443, 8000-8100} and ip.ttl < 5", "extended": true}},
	{Title: "Whatever the tags are", Why: "With \"see through\", a filter finds its headers behind VLAN tags, MPLS labels and PPPoE without saying so.",
		Source: map[string]any{"expr": "tcp port 443", "seeThrough": []string{"vlan"}}},
	{Title: "Forty hosts", Why: "The optimizer makes one set of a list and searches it by halves: compare the graph as written with the optimized one.",
		Source: map[string]any{"expr": hosts(40)}},
}

// hosts is a list of so many hosts.
func hosts(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("host 192.0.2.%d", 1+3*i)
	}
	return strings.Join(list, " or ")
}
