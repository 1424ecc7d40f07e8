package traffic

import (
	"fmt"
	"net/netip"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/print"
)

// headers is what a packet says of itself: its protocol as people call it, and where it is IP, who talks to whom.
type headers struct {
	protocol string
	src, dst netip.AddrPort // ports are 0 where there are none, addresses invalid
	ports    bool
}

// reader reads headers by the dissectors of package print, which know all link-layer types that have IP behind them.
type reader struct {
	printer *print.Printer
	text    []byte
}

func newReader() reader {
	return reader{printer: print.New(print.Options{Time: print.NoTime, Quiet: true, Layers: true})}
}

// read takes the outermost IP header, and what is right behind it.
func (r *reader) read(p *capture.Packet, link linktype.Type) headers {
	r.text = r.printer.Append(r.text[:0], &print.Packet{LinkType: link, Data: p.Data, WireLen: p.WireLen})
	h := headers{protocol: "other"}
	layers := r.printer.Layers()
	for i, l := range layers {
		switch l.Protocol {
		case "eth", "vlan":
			h.protocol = etherName(number(l, "type"))
		case "arp":
			h.protocol = "ARP"
		case "ip":
			h.ip(l, layers[i+1:])
			return h
		}
	}
	return h
}

// ip takes what an IP header and the one behind it say.
func (h *headers) ip(ip print.Layer, behind []print.Layer) {
	h.protocol = ipName(number(ip, "protocol"))
	var srcPort, dstPort int
	if len(behind) > 0 {
		next := behind[0]
		if name, ok := transportNames[next.Protocol]; ok {
			h.protocol = name
		}
		if _, h.ports = field(next, "src_port").(int); h.ports {
			srcPort, dstPort = number(next, "src_port"), number(next, "dst_port")
		}
	}
	h.src, h.dst = address(ip, "src", srcPort), address(ip, "dst", dstPort)
}

func field(l print.Layer, name string) any {
	for _, f := range l.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

func number(l print.Layer, name string) int {
	n, _ := field(l, name).(int)
	return n
}

func address(l print.Layer, name string, port int) netip.AddrPort {
	s, _ := field(l, name).(string)
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, uint16(port))
}

// transportNames are the layers that package print tells apart behind IP.
var transportNames = map[string]string{"tcp": "TCP", "udp": "UDP", "sctp": "SCTP", "icmp": "ICMP", "icmp6": "ICMPv6"}

// ipNames are IP protocols as people call them, by IANA's numbers.
var ipNames = map[int]string{0: "IPv6 hop-by-hop options", 1: "ICMP", 2: "IGMP", 4: "IPv4 in IP", 6: "TCP", 17: "UDP", 33: "DCCP", 41: "IPv6 in IP", 43: "IPv6 routing",
	44: "IPv6 fragment", 46: "RSVP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 59: "IPv6 without a next header", 60: "IPv6 options", 88: "EIGRP", 89: "OSPF",
	103: "PIM", 108: "IPComp", 112: "VRRP", 113: "PGM", 115: "L2TP", 132: "SCTP", 136: "UDP-Lite", 137: "MPLS in IP", 143: "Ethernet in IP"}

func ipName(n int) string {
	if name, ok := ipNames[n]; ok {
		return name
	}
	return fmt.Sprintf("IP protocol %d", n)
}

// etherNames are EtherTypes as people call them, by IEEE's numbers; those that IP is found behind are here for packets cut
// before it.
var etherNames = map[int]string{0x0800: "IPv4", 0x0806: "ARP", 0x8035: "RARP", 0x809b: "AppleTalk", 0x80f3: "AppleTalk ARP", 0x8100: "VLAN", 0x8137: "IPX",
	0x86dd: "IPv6", 0x8808: "pause frames", 0x8809: "LACP and slow protocols", 0x8847: "MPLS", 0x8848: "MPLS", 0x8863: "PPPoE discovery", 0x8864: "PPPoE",
	0x888e: "EAPOL", 0x88a2: "ATA over Ethernet", 0x88a8: "VLAN", 0x88ca: "TIPC", 0x88cc: "LLDP", 0x88e5: "MACsec", 0x88f7: "PTP", 0x8902: "CFM", 0x9000: "loopback"}

func etherName(n int) string {
	name, ok := etherNames[n]
	switch {
	case ok:
		return name
	case n <= 1500:
		return "LLC (STP, CDP …)"
	}
	return fmt.Sprintf("EtherType 0x%04x", n)
}

// services are the names of ports that people know without looking; IANA's list, as far as it is heard of.
var services = map[uint16]string{20: "FTP data", 21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 67: "DHCP", 68: "DHCP", 69: "TFTP", 80: "HTTP", 88: "Kerberos",
	110: "POP3", 123: "NTP", 137: "NetBIOS names", 138: "NetBIOS", 139: "NetBIOS", 143: "IMAP", 161: "SNMP", 162: "SNMP traps", 179: "BGP", 389: "LDAP", 443: "HTTPS",
	445: "SMB", 500: "IKE", 514: "syslog", 520: "RIP", 546: "DHCPv6", 547: "DHCPv6", 587: "SMTP", 636: "LDAPS", 853: "DNS over TLS", 873: "rsync", 993: "IMAPS",
	1194: "OpenVPN", 1433: "SQL Server", 1701: "L2TP", 1812: "RADIUS", 1813: "RADIUS", 1883: "MQTT", 1900: "SSDP", 2049: "NFS", 3306: "MySQL", 3389: "RDP",
	3478: "STUN", 4500: "IPsec NAT", 4789: "VXLAN", 5060: "SIP", 5222: "XMPP", 5353: "mDNS", 5355: "LLMNR", 5432: "PostgreSQL", 5672: "AMQP", 5900: "VNC", 6379: "Redis",
	6443: "Kubernetes", 8080: "HTTP", 8443: "HTTPS", 9092: "Kafka", 9100: "node exporter", 9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB", 51820: "WireGuard"}

// port is a port of a transport protocol.
type port struct {
	protocol string
	number   uint16
}

func (p port) String() string {
	name := fmt.Sprintf("%d %s", p.number, p.protocol)
	if s, ok := services[p.number]; ok {
		return name + " " + s
	}
	return name
}

// service is the port of the two that the conversation is with: one that has a name before one that has none, else the
// lower one, since clients take high ones.
func (h *headers) service() port {
	a, b := h.src.Port(), h.dst.Port()
	_, aKnown := services[a]
	_, bKnown := services[b]
	if aKnown != bKnown && aKnown || aKnown == bKnown && a < b {
		return port{h.protocol, a}
	}
	return port{h.protocol, b}
}

// conversation is two ends that talk by a protocol, in one order whoever sends.
type conversation struct {
	protocol string
	a, b     netip.AddrPort
}

func (h *headers) conversation() conversation {
	a, b := h.src, h.dst
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return conversation{h.protocol, a, b}
}

func (c conversation) String() string {
	if c.a.Port() == 0 && c.b.Port() == 0 {
		return fmt.Sprintf("%s ↔ %s %s", c.a.Addr(), c.b.Addr(), c.protocol)
	}
	return fmt.Sprintf("%s ↔ %s %s", c.a, c.b, c.protocol)
}
