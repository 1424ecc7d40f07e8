package ast

import (
	"maps"
	"slices"
)

// usual has what people ask for by a name that is no keyword: protocols that the language knows by a port or a number only
// (IANA's registries of services, protocols and EtherTypes), and words of other programs.
var usual = map[string]string{
	// Services.
	"http": "tcp port 80", "https": "tcp port 443", "tls": "tcp port 443", "ssl": "tcp port 443", "quic": "udp port 443",
	"http2": "tcp port 443", "http3": "udp port 443", "web": "tcp port 80 or 443", "www": "tcp port 80",
	"dns": "port 53", "mdns": "udp port 5353", "llmnr": "port 5355", "ssdp": "udp port 1900", "upnp": "udp port 1900",
	"dhcp": "udp port 67 or 68", "bootp": "udp port 67 or 68", "dhcpv6": "udp port 546 or 547", "dhcp6": "udp port 546 or 547",
	"ntp": "udp port 123", "snmp": "udp port 161 or 162", "syslog": "udp port 514", "tftp": "udp port 69",
	"ssh": "tcp port 22", "sftp": "tcp port 22", "telnet": "tcp port 23", "ftp": "tcp port 20 or 21", "rsync": "tcp port 873",
	"smtp": "tcp port 25", "smtps": "tcp port 465", "submission": "tcp port 587", "mail": "tcp port 25 or 465 or 587",
	"pop": "tcp port 110", "pop3": "tcp port 110", "pop3s": "tcp port 995", "imap": "tcp port 143", "imaps": "tcp port 993",
	"ldap": "port 389", "ldaps": "tcp port 636", "kerberos": "port 88", "krb5": "port 88", "radius": "udp port 1812 or 1813",
	"smb": "tcp port 445", "cifs": "tcp port 445", "netbios": "portrange 137-139", "nbns": "udp port 137", "rdp": "tcp port 3389",
	"vnc": "tcp port 5900", "nfs": "port 2049", "rpc": "port 111", "sunrpc": "port 111", "x11": "tcp portrange 6000-6063",
	"mysql": "tcp port 3306", "postgres": "tcp port 5432", "postgresql": "tcp port 5432", "redis": "tcp port 6379", "mqtt": "tcp port 1883",
	"sip": "port 5060 or 5061", "rtsp": "port 554", "irc": "tcp port 6667", "git": "tcp port 9418", "modbus": "tcp port 502",
	"bgp": "tcp port 179", "rip": "udp port 520", "ripng": "udp port 521", "ldp": "port 646", "bfd": "udp port 3784 or 3785", "hsrp": "udp port 1985",
	"ike": "udp port 500 or 4500", "isakmp": "udp port 500 or 4500", "ipsec": "esp or ah or udp port 500 or 4500", "openvpn": "port 1194",
	"wireguard": "udp port 51820", "l2tp": "udp port 1701", "pptp": "tcp port 1723", "gtp": "udp port 2123 or 2152", "teredo": "udp port 3544",
	"netflow": "udp port 2055", "ipfix": "port 4739", "sflow": "udp port 6343",
	// Protocols over IP.
	"ospf": "ip proto 89", "eigrp": "ip proto 88", "gre": "ip proto 47", "ipip": "ip proto 4", "6in4": "ip proto 41", "dccp": "ip proto 33",
	"rsvp": "ip proto 46", "udplite": "proto 136", "mobility": "ip6 proto 135",
	// Protocols of the link layer.
	"lldp": "ether proto 0x88cc", "eapol": "ether proto 0x888e", "eap": "ether proto 0x888e", "lacp": "ether proto 0x8809", "ptp": "ether proto 0x88f7 or udp port 319 or 320",
	"cdp": "ether host 01:00:0c:cc:cc:cc and ether[20:2] = 0x2000", "vtp": "ether host 01:00:0c:cc:cc:cc and ether[20:2] = 0x2003",
	"wol": "ether proto 0x0842", "homeplug": "ether proto 0x88e1", "profinet": "ether proto 0x8892", "macsec": "ether proto 0x88e5", "rstp": "stp", "bpdu": "stp",
	// Kinds of packets.
	"syn": "tcp[tcpflags] & tcp-syn != 0", "fin": "tcp[tcpflags] & tcp-fin != 0", "rst": "tcp[tcpflags] & tcp-rst != 0",
	"psh": "tcp[tcpflags] & tcp-push != 0", "urg": "tcp[tcpflags] & tcp-urg != 0", "ack": "tcp[tcpflags] & tcp-ack != 0",
	"ping": "icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply", "unicast": "not broadcast and not multicast",
	"fragment": "ip[6:2] & 0x3fff != 0", "fragments": "ip[6:2] & 0x3fff != 0",
	// Other words for ours.
	"ipv4": "ip", "ip4": "ip", "inet": "ip", "ipv6": "ip6", "inet6": "ip6", "icmp4": "icmp", "icmpv6": "icmp6", "ethernet": "ether", "eth": "ether",
	"mac": "ether host", "ipaddr": "host", "addr": "host", "address": "host", "hosts": "host", "ports": "port", "network": "net", "subnet": "net",
	"srcport": "src port", "sport": "src port", "dstport": "dst port", "dport": "dst port", "srchost": "src host", "dsthost": "dst host",
	"source": "src", "destination": "dst", "dest": "dst", "protocol": "proto", "dot1q": "vlan", "pppoe": "pppoes",
	"in": "inbound", "incoming": "inbound", "ingress": "inbound", "out": "outbound", "outgoing": "outbound", "egress": "outbound",
	"size": "len",
}

// Usual gives what the language says for a word that people use and it does not have: for "http" it is "tcp port 80". Some are
// whole expressions, others keywords; "" where nothing is known.
func Usual(word string) string { return usual[word] }

// UsualWords lists the words for which [Usual] knows something, in alphabetical order.
func UsualWords() []string { return slices.Sorted(maps.Keys(usual)) }
