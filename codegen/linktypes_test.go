package codegen_test

import (
	"strings"
	"testing"

	"bpfc/diag"
	"bpfc/linktype"
)

// samples has an example of every primitive.
var samples = []string{
	"len > 100", "less 64", "greater 64", "byte 3 = 7", "link[0] = 1", "link[link[0]:2] = 1", "radio[0] = 1",
	"ip", "ip6", "arp", "rarp", "atalk", "aarp", "decnet", "iso", "stp", "ipx", "netbeui", "lat", "sca", "moprc", "mopdl",
	"tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "igrp", "pim", "vrrp", "carp", "ah", "esp",
	"esis", "isis", "clnp", "l1", "l2", "iih", "lsp", "snp", "csnp", "psnp",
	"host 10.1.2.3", "host server", "src and dst host fe80::1", "net 10.0.0.0/8", "dst net lan", "net 2001:db8::/33", "arp host 10.1.2.3", "rarp net 10",
	"port 80", "tcp src port stream", "portrange 10-20", "udp portrange 30-20", "sctp dst port 5",
	"proto 17", `ip proto \tcp`, "ip6 proto 58", "protochain 6", "ip protochain 51", "ether proto 0x800", "ether proto 6", "ether proto 0x88cc",
	"iso proto 0x81", "isis proto 18", "decnet host 1.5", "decnet src 1.5", "decnet dst 1.5",
	"ip[0] = 1", "ip6[6] = 17", "arp[6:2] = 1", "tcp[13] & 2 != 0", "udp[ip[0]:2] = 53", "icmp6[0] = 128",
	"ether host 00:11:22:33:44:55", "ether src 00:11:22:33:44:55", "link host $05", "broadcast", "multicast", "ip broadcast", "ip multicast", "ip6 multicast", "gateway router",
	"wlan addr1 00:11:22:33:44:55", "wlan ra 00:11:22:33:44:55", "wlan addr4 00:11:22:33:44:55", "type mgt", "type data subtype qos-data", "subtype beacon", "dir nods",
	"inbound", "outbound", "ifindex 1", "llc", "llc ui", "llc i",
	"vlan", "vlan 5 and ip", "vlan and vlan", "mpls", "mpls 5 and mpls and ip", "pppoed", "pppoes", "pppoes 5 and tcp port 80",
	"not vxlan and ip", "geneve or vlan or tcp port 80", "vlan and vxlan or tcp[0] = 1", "pppoes or not vxlan and geneve and udp", "pppoes and len > 5 and ether[0] = 1 or ip",
	"geneve", "geneve 5 and ip6", "geneve and ether host 00:11:22:33:44:55", "vxlan 5 and tcp port 80", "vxlan and vlan and ip",
	"lane and ip", "metac", "oam", "connectmsg", "metaconnect", "vpi 5", "vci > 31",
	"fisu", "lssu", "msu", "hfisu", "hlssu", "hmsu", "sio 5", "opc 100", "dpc 100", "sls 3", "hopc 100",
	"ifname em0", "rset foo", "rnr 5", "srnr 1", "reason match", "action pass",
}

// always is what every link-layer type has.
var always = []string{"len > 100", "less 64", "greater 64", "byte 3 = 7", "link[0] = 1", "link[link[0]:2] = 1", "less 10 and link[2] > 5"}

func TestAlways(t *testing.T) {
	for _, l := range append(linktype.All(), linktype.DECT_NR-1) {
		for _, filter := range always {
			mustGenerate(t, filter, options(on(l)))
		}
	}
}

// On every type, each primitive either compiles or is refused as something that
// the type does not have. (An address of 802.11 is asked for by a qualifier.)
func TestEveryLinkType(t *testing.T) {
	for _, l := range linktype.All() {
		accepted := 0
		for _, filter := range samples {
			_, err := generate(t, filter, options(on(l), netmask(0xffffff00)))
			if e := diag.As(err); err != nil && (e == nil || e.Kind != diag.Unsupported && !strings.Contains(e.Msg, "802.11 addresses")) {
				t.Errorf("%s %q: %v", l, filter, err)
			}
			if err == nil {
				accepted++
			}
		}
		if l.Layout().Protocol == linktype.NoProtocol && accepted > len(samples)/3 {
			t.Errorf("%s, of which nothing is known, takes %d of %d primitives", l, accepted, len(samples))
		}
		if l.Layout().Protocol != linktype.NoProtocol && accepted < len(samples)/3 {
			t.Errorf("%s takes only %d of %d primitives", l, accepted, len(samples))
		}
	}
}
