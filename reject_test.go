package bpfc_test

import (
	"errors"
	"testing"

	"bpfc"
)

// The part that contradicts is named with the parentheses that it is written with.
func TestContradictingPart(t *testing.T) {
	for filter, part := range map[string]string{
		"ip and ip6": "ip and ip6",
		"arp and (udp[ip[0]] = 3 or llc) and not ether proto 0x88cc": "arp and (udp[ip[0]] = 3 or llc)",
		"((ip) and (ip6))":                             "(ip) and (ip6)",
		"( ip ) and ( ip6 ) and tcp":                   "( ip ) and ( ip6 )",
		"tcp and (( ip6 and (arp ) ) or ip[0] > 256 )": "ip6 and (arp )",
		"port 80 and tcp src and dst port 443":         "port 80 and tcp src and dst port 443",
		"vlan and tcp and udp":                         "tcp and udp",
	} {
		_, err := bpfc.Compile(filter)
		var e *bpfc.Error
		if !errors.As(err, &e) || e.Kind != "rejects-all" {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := filter[e.Pos:e.End]; got != part {
			t.Errorf("%s: names %q, want %q", filter, got, part)
		}
	}
}
