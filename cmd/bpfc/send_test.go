package main

import (
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// A built packet decodes to what was asked for, and -v finds its checksums right.
func TestBuild(t *testing.T) {
	tests := []struct {
		flags []string
		want  []gopacket.LayerType
	}{
		{[]string{"--ip", "src=192.0.2.1,dst=192.0.2.2,ttl=3", "--tcp", "sport=1,dport=2,flags=SA,seq=7"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeIPv4, layers.LayerTypeTCP}},
		{[]string{"--ip", "src=2001:db8::1,dst=2001:db8::2", "--udp", "", "--payload", "odd"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeIPv6, layers.LayerTypeUDP}},
		{[]string{"--vlan", "id=9", "--ip", "src=192.0.2.1,dst=192.0.2.2", "--icmp", "id=5"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeDot1Q, layers.LayerTypeIPv4, layers.LayerTypeICMPv4}},
		{[]string{"--ip", "src=fe80::1,dst=fe80::2", "--icmp", "seq=2"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeIPv6, layers.LayerTypeICMPv6}},
		{[]string{"--arp", "sender=192.0.2.1,target=192.0.2.2"}, []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeARP}},
		{[]string{"--eth", "type=0x88b5,src=02:00:00:00:00:09", "--payload-hex", "00 01:02"}, []gopacket.LayerType{layers.LayerTypeEthernet}},
	}
	for _, tt := range tests {
		b := described(t, tt.flags...)
		p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
		for _, l := range tt.want {
			if p.Layer(l) == nil {
				t.Errorf("%q: no %v in %v", tt.flags, l, p)
			}
		}
		got := exec(t, "", append([]string{"send", "--dry-run"}, tt.flags...)...)
		if got.status != exitOK || !strings.Contains(got.stdout, "0x0000:") {
			t.Errorf("%q: %+v", tt.flags, got)
		}
	}
}

func TestSendErrors(t *testing.T) {
	tests := []struct{ args, stderr string }{
		{"--dry-run", "nothing to send"},
		{"--ip src=192.0.2.1", "-i"},
		{"--dry-run --tcp dport=1", "--ip"},
		{"--dry-run --ip src=x", "no IP address"},
		{"--dry-run --ip src=::1,dst=192.0.2.1", "versions"},
		{"--dry-run --ip ttl=256", "8 bits"},
		{"--dry-run --ip color=red", "color"},
		{"--dry-run --ip ttl=1,ttl=2", "once"},
		{"--dry-run --ip ttl=1 --tcp flags=XY", "letters"},
		{"--dry-run --ip ttl=1 --tcp dport=1 --udp dport=1", "one of them"},
		{"--dry-run --payload-hex 0", "--payload-hex"},
		{"--dry-run --eth src=1:2", "Ethernet address"},
		{"--dry-run --payload x tcp", "filter"},
		{"--dry-run --payload x --rate -1", "negative"},
	}
	for _, tt := range tests {
		got := exec(t, "", append([]string{"send"}, strings.Fields(tt.args)...)...)
		if got.status != exitUsage || !strings.Contains(got.stderr, tt.stderr) {
			t.Errorf("%s: %+v", tt.args, got)
		}
	}
}

func TestSendDryRunOfFile(t *testing.T) {
	got := exec(t, "", "send", "--dry-run", "-r", trace(t, 4), "--repeat", "2", "src", "port", "1002")
	if got.status != exitOK || strings.Count(got.stdout, "192.0.2.1.1002 >") != 2 {
		t.Errorf("%+v", got)
	}
}
