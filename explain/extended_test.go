package explain

import (
	"context"
	"strings"
	"testing"

	"bpfc/explain/lint"
	"bpfc/linktype"
	"bpfc/names"
)

// What is in the extended language only is said in its own words: other headers are found there.
func TestExtendedSentences(t *testing.T) {
	for expr, want := range map[string][]string{
		"port in {80, 8000-8100}":          {"over IPv4 or IPv6 (and no fragment but the first) and the source or destination port is 80", "lies between 8000 and 8100"},
		"tcp[13] = 2":                      {"TCP over IPv4 or IPv6 and no fragment but the first, and byte 13 of the TCP header is 2"},
		"tcp.flags = 2":                    {"byte 13 of the TCP header (tcp.flags) is 2"},
		"icmp[0] = 8":                      {"ICMP over IPv4 and no fragment"},
		"icmp6.type = 128":                 {"the packet is ICMPv6 and no fragment but the first, and byte 0 of the ICMPv6 header (icmp6.type) is 128"},
		"tcp":                              {"the packet is TCP over IPv4 or IPv6\n"},
		"ip6 proto 17":                     {"the packet is IPv6 and what it carries is 17 (UDP)\n"},
		"vxlan in {1, 2} port 8472 { ip }": {"UDP to port 8472", "its network identifier is in {1, 2}\n"},
		"vlan.id = 5":                      {"has a VLAN tag here", "(vlan.id) is 5"},
		"any { ip and not gre { arp } }":   {"in up to 3 tunnels", "(the packet is IPv4; and not ((the packet is GRE", "of what is inside: the packet is ARP)))"},
	} {
		o := Options{LinkType: linktype.EN10MB, Names: names.Map{}, Language: lint.Language{Extended: true}}
		f, err := New(context.Background(), expr, o)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		text := f.Text()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", expr, w, text)
			}
		}
		if strings.Contains(text, "without extension headers") || strings.Contains(text, "follows the fixed header") {
			t.Errorf("%s: libpcap's words in\n%s", expr, text)
		}
	}
}
