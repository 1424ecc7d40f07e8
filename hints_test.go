package bpfc_test

import (
	"errors"
	"strings"
	"testing"

	"bpfc"
	"bpfc/names"
)

// What people write by habit is answered with what would work instead.
func TestHints(t *testing.T) {
	for filter, hint := range map[string]string{
		"ip host ::1":                    "write ip6 instead of ip",
		"tcp host 1.2.3.4":               "tcp and host",
		"net 10.1.2.3/8":                 "10.0.0.0/8",
		"net 1.2.3.4 mask 255.255.255.0": "1.2.3.0 mask 255.255.255.0",
		"ip proto tcp":                   `\tcp`,
		"host udp":                       `\udp`,
		"TCP port 80":                    "lower case: tcp",
		"ip.addr == 1.2.3.4":             "Wireshark",
		"port 80:90":                     "portrange",
		"port 80,443":                    "port 80 or 443",
		"port 80-90":                     `"portrange 80-90"`,
		"tcp dst port 80-90":             `"tcp dst portrange 80-90"`,
		"vlan 10-20":                     `"vlan and ether[14:2] & 0xfff >= 10 and ether[14:2] & 0xfff <= 20"`,
		"vlan.id == 5":                   `"vlan 5"`,
		"http":                           `"tcp port 80"`,
		"dns":                            `"port 53"`,
		"lldp":                           `"ether proto 0x88cc"`,
		"cdp":                            "01:00:0c:cc:cc:cc",
		"ipv4":                           `"ip"`,
		"less 100 or 200":                `"less 100 or less 200"`,
		"src 10.0.0.0/8":                 `"src net 10.0.0.0/8"`,
		"ip dst 10.0.0.0 mask 255.0.0.0": `"ip dst net 10.0.0.0 mask 255.0.0.0"`,
		"src 2001:db8::/32":              `"src net 2001:db8::/32"`,
		"host 10.0.0.0/8":                `"net 10.0.0.0/8"`,
		"host 10.0.0.1-10.0.0.9":         "no ranges of addresses",
		"host 10.0.0.1 or dns":           `"port 53"`,
		"icmp type 8":                    "icmp[icmptype]",
		"ether proto ipv4":               "did you mean 'ip'?",
		"len => 5":                       `">="`,
		"tcp[13] =! 2":                   `"!="`,
		"vpi 5":                          "SUNATM",
		"hmsu":                           "MTP2",
		"action pass":                    "PFLOG",
	} {
		_, err := bpfc.Compile(filter, bpfc.WithNames(names.Map{}))
		var e *bpfc.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: %v, want a hint with %q", filter, err, hint)
		}
	}
}

// The message for a network without net speaks of no word that nobody wrote.
func TestNetworkWithoutNet(t *testing.T) {
	_, err := bpfc.Compile("src 10.0.0.0/8")
	if err == nil || strings.Contains(err.Error(), "host") {
		t.Error(err)
	}
}

// What is suggested for several VLANs matches packets with these tags.
func TestFieldSuggestedVLANs(t *testing.T) {
	for filter, tags := range map[string]map[uint16]bool{
		"vlan 10-20":     {9: false, 10: true, 15: true, 20: true, 21: false},
		"vlan 5,6":       {4: false, 5: true, 6: true, 7: false},
		"vlan 5 or 9":    {5: true, 6: false, 9: true},
		"vlan.id == 5":   {5: true, 6: false},
		"vlan.id >= 100": {99: false, 100: true},
	} {
		_, err := bpfc.Compile(filter)
		var e *bpfc.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		_, suggested, _ := strings.Cut(e.Hint, `write "`)
		p, err := bpfc.Compile(strings.TrimSuffix(suggested, `"`))
		if err != nil {
			t.Errorf("%s: %s: %v", filter, e.Hint, err)
			continue
		}
		m, err := p.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		for tag, want := range tags {
			pkt := append(make([]byte, 12), 0x81, 0, 0x60|byte(tag>>8), byte(tag), 8, 0, 0x45)
			if got := m.Match(pkt, 60) != 0; got != want {
				t.Errorf("%s: %s: tag %d matches: %v", filter, suggested, tag, got)
			}
		}
		m.Close()
	}
}

// A long name is not repeated in full.
func TestLongNamesAreCut(t *testing.T) {
	name := strings.Repeat("x", 1<<20)
	for _, filter := range []string{"host " + name, "net " + name, "port " + name, "portrange " + name, "ip proto " + name, "ether host " + name, "ifname " + name, name} {
		_, err := bpfc.Compile(filter, bpfc.WithNames(&names.Map{}))
		if err == nil || len(err.Error()) > 600 {
			t.Errorf("%.20s…: an error of %d bytes", filter, len(err.Error()))
		}
	}
}
