package parser

import (
	"regexp"
	"strings"
	"testing"

	"bpfc/ast"
	"bpfc/diag"
)

// What people write by habit is answered with what they would have to write.
func TestSuggestions(t *testing.T) {
	for text, want := range map[string]string{
		"port 80,443":                     `write "port 80 or 443"`,
		"src port 80, 443 ,8080":          `write "src port 80 or 443 or 8080"`,
		"tcp and port 80,443":             `write "tcp and port (80 or 443)"`,
		"host 1.2.3.4,5.6.7.8":            `write "host 1.2.3.4 or 5.6.7.8"`,
		"port (80,443)":                   `write "port (80 or 443)"`,
		"port {80 443}":                   `write "port (80 or 443)"`,
		"not port in {80, 443}":           `write "not port (80 or 443)"`,
		"tcp,udp":                         `write "tcp or udp"`,
		"not tcp,udp":                     `write "not (tcp or udp)"`,
		"port 80 443":                     `write "port 80 or 443"`,
		"portrange 80:90":                 `write "portrange 80-90"`,
		"portrange 80 90":                 `write "portrange 80-90"`,
		"tcp 80-90":                       `write "tcp portrange 80-90"`,
		"vlan 10-20":                      `write "vlan and ether[14:2] & 0xfff >= 10 and ether[14:2] & 0xfff <= 20"`,
		"udp or vlan 10-20":               `write "udp or (vlan and ether[14:2] & 0xfff >= 10 and ether[14:2] & 0xfff <= 20)"`,
		"vlan 5,6":                        `write "vlan and (ether[14:2] & 0xfff = 5 or ether[14:2] & 0xfff = 6)"`,
		"vlan 5 or 6":                     `a second vlan looks for a second tag`,
		"vlan id 5":                       `write "vlan 5"`,
		"vlan == 5":                       `write "vlan 5"`,
		"mpls label 16":                   `write "mpls 16"`,
		"vxlan vni 5":                     `write "vxlan 5"`,
		"less 100 or 200":                 `write "less 100 or less 200"`,
		"greater 100 or 200":              `write "greater 100 or greater 200"`,
		"less 100-200":                    `write "greater 100 and less 200"`,
		"len > 100 or 200":                `write "len > 100 or len > 200"`,
		"ip[8] = 5 or 6":                  `write "ip[8] = 5 or ip[8] = 6"`,
		"len 100":                         `write "len = 100"`,
		"http":                            `write "tcp port 80"`,
		"dns":                             `write "port 53"`,
		"https and host 1.2.3.4":          `write "tcp port 443 and host 1.2.3.4"`,
		"http or dns":                     `write "tcp port 80 or port 53"`,
		"dhcp and ip":                     `write "(udp port 67 or 68) and ip"`,
		"lldp":                            `write "ether proto 0x88cc"`,
		"cdp":                             `write "ether host 01:00:0c:cc:cc:cc and ether[20:2] = 0x2000"`,
		"ftp":                             `write "tcp port 20 or 21"`,
		"ipv4":                            `write "ip"`,
		"IPv6":                            `write "ip6"`,
		"icmpv6":                          `write "icmp6"`,
		"tcp http":                        `write "tcp port 80"`,
		"tcp syn":                         `write "tcp[tcpflags] & tcp-syn != 0"`,
		"tcp-syn":                         `write "tcp[tcpflags] & tcp-syn != 0"`,
		"tcp[tcpflags] == syn":            `write "tcp[tcpflags] & tcp-syn != 0"`,
		"tcp[flags] & 2 != 0":             `write "tcp[tcpflags] & 2 != 0"`,
		"icmp echo":                       `write "icmp[icmptype] = icmp-echo"`,
		"arp who-has":                     `write "arp[6:2] = 1"`,
		"incoming":                        `write "inbound"`,
		"mac 00:11:22:33:44:55":           `write "ether host 00:11:22:33:44:55"`,
		"srcport 80":                      `write "src port 80"`,
		"protocol tcp":                    `write "proto \tcp"`,
		"vlan.id == 5":                    `switch the extended language on, or write "vlan 5"`,
		"ip.ttl < 5":                      `switch the extended language on, or write "ip[8] < 5"`,
		"tcp.window < 5 and ip":           `switch the extended language on, or write "tcp[14:2] < 5 and ip"`,
		"ip.addr == 10.0.0.0/8":           `Wireshark's language; write "net 10.0.0.0/8"`,
		"ip.src != 1.2.3.4":               `Wireshark's language; write "not src host 1.2.3.4"`,
		"tcp.dstport eq 80 && ip.ttl < 5": `Wireshark's language; write "tcp dst port 80 && ip[8] < 5"`,
		"tcp.dstport > 1023":              `switch the extended language on, or write "tcp[2:2] > 1023"`,
		"tcp.flags.syn == 1":              `Wireshark's language; write "tcp[tcpflags] & tcp-syn != 0"`,
		"tcp.flags.reset == 0":            `Wireshark's language; write "tcp[tcpflags] & tcp-rst = 0"`,
		"frame.len > 100":                 `Wireshark's language; write "len > 100"`,
		"http.request.method":             `Wireshark`,
		"port = 80":                       `write "port 80"`,
		"host == 1.2.3.4":                 `write "host 1.2.3.4"`,
		"tcp port != 80":                  `write "not tcp port 80"`,
		"tcp src port > 1023":             `write "tcp src portrange 1024-65535", or over IPv4 alone "tcp[0:2] > 1023"`,
		"ip and udp dst port <= 53":       `write "ip and udp dst portrange 0-53", or over IPv4 alone "ip and udp[2:2] <= 53"`,
		"ip proto != 17":                  `write "not ip proto 17"`,
		"icmp = 8":                        `write "icmp[icmptype] = 8"`,
		"vlan > 5":                        `write "vlan and ether[14:2] & 0xfff > 5"`,
		"port <= 1023":                    `write "portrange 0-1023"`,
		"host 1.2.3.4:80":                 `write "host 1.2.3.4 and port 80"`,
		"dst 1.2.3.4:80":                  `write "dst host 1.2.3.4 and dst port 80"`,
		"port 80/tcp":                     `write "tcp port 80"`,
		"udp/53":                          `write "udp port 53"`,
		"host 10.0.0.*":                   `write "net 10.0.0"`,
		"net 10.*.*.*":                    `write "net 10"`,
		"net 10.0.0.0/255.0.0.0":          `write "net 10.0.0.0 mask 255.0.0.0"`,
		"10.0.0.0/8":                      `write "net 10.0.0.0/8"`,
		"ip 10.0.0.0/8":                   `write "ip net 10.0.0.0/8"`,
		"src ip 1.2.3.4":                  `write "ip src 1.2.3.4"`,
		"dst tcp port 80":                 `write "tcp dst port 80"`,
		"TCP PORT 80":                     `lower case: tcp port 80`,
		"tcp AND NOT udp":                 `lower case: tcp and not udp`,
		"TCP and port 80,443":             `lower case: tcp and port (80 or 443)`,
		"host 1.2.3.4 port 80":            `joined by and, or by or: "host 1.2.3.4 and port 80"`,
	} {
		_, err := Parse(text)
		e := diag.As(err)
		if e == nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !strings.Contains(e.Hint, want) {
			t.Errorf("%s: %q, want %q", text, e.Hint, want)
		}
	}
}

// Where nothing better is known nothing is suggested, and long texts are not looked at.
func TestNoSuggestion(t *testing.T) {
	for _, text := range []string{"tcp and", "(tcp", "frobnicate the packets", "foo.bar.baz", strings.Repeat("port 80,443 or ", 20) + "tcp"} {
		if _, err := Parse(text); err == nil || strings.Contains(diag.As(err).Hint, "write \"") {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// What is said of the words that people use is in the language, and so are the translations of Wireshark's fields.
func TestSuggestedWordsParse(t *testing.T) {
	for _, word := range ast.UsualWords() {
		written := ast.Usual(word)
		completed := written
		switch written {
		case "host", "net", "src", "dst", "src host", "dst host":
			completed += " 10.0.0.1"
		case "port", "src port", "dst port", "proto":
			completed += " 80"
		case "ether":
			completed += " proto 5"
		case "ether host":
			completed += " 00:11:22:33:44:55"
		case "len":
			completed += " > 5"
		}
		if !parses(completed) {
			t.Errorf("%s is said to be %q", word, written)
		}
		if parses(word) {
			t.Errorf("%s needs no translation", word)
		}
	}
	value := regexp.MustCompile(`host|ether src|ether dst|wlan [a-z]+$`)
	for _, f := range wireshark {
		field := f.name
		number := "5"
		if value.MatchString(f.primitive) {
			number = "00:11:22:33:44:55"
			if !strings.HasPrefix(f.primitive, "ether") && !strings.HasPrefix(f.primitive, "wlan") {
				number = "10.0.0.1"
			}
		}
		for _, op := range []string{"==", "!=", "eq"} {
			text := field + " " + op + " " + number
			if _, err := Parse(text); err == nil || !regexp.MustCompile(`(Wireshark's language;|on, or) write`).MatchString(diag.As(err).Hint) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// What no port can be is not suggested.
func TestNoPortOutOfRange(t *testing.T) {
	for _, text := range []string{"tcp src port > 65535", "port < 0", "port > 70000", "port <= 65536"} {
		if _, err := Parse(text); err == nil || strings.Contains(err.Error(), "portrange") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
