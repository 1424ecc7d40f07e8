package parser

import (
	"slices"

	"bpfc/ast"
)

// Field is a field of a header that has a name in the extended language.
// It is safe for concurrent use as long as nobody changes it.
type Field struct {
	Name string
	// Value is what the name stands for, and Where, if it is not empty, what must hold of the
	// packet beside that. Value of vlan's fields, vlan[…], is in the extended language too.
	Value, Where string
}

// flags are the bits of tcp.flags by name, which may stand in arithmetic.
var flags = map[string]uint32{
	"fin": 0x01, "syn": 0x02, "rst": 0x04, "psh": 0x08, "push": 0x08, "ack": 0x10, "urg": 0x20, "ece": 0x40, "cwr": 0x80,
}

// dnsOver is where fields of DNS are looked for.
const dnsOver = "udp port 53"

// fields are the fields by name (RFC 791, 768, 826, 792, 1035, 4443, 8200, 9260, 9293, IEEE 802.1Q).
var fields = [...]Field{
	{"ip.version", "ip[0] >> 4", ""}, {"ip.hl", "(ip[0] & 15) << 2", ""}, {"ip.tos", "ip[1]", ""}, {"ip.dscp", "ip[1] >> 2", ""},
	{"ip.ecn", "ip[1] & 3", ""}, {"ip.len", "ip[2:2]", ""}, {"ip.id", "ip[4:2]", ""}, {"ip.flags", "ip[6] >> 5", ""},
	{"ip.df", "ip[6] >> 6 & 1", ""}, {"ip.mf", "ip[6] >> 5 & 1", ""}, {"ip.offset", "(ip[6:2] & 8191) << 3", ""},
	{"ip.ttl", "ip[8]", ""}, {"ip.proto", "ip[9]", ""}, {"ip.checksum", "ip[10:2]", ""},
	{"ip6.version", "ip6[0] >> 4", ""}, {"ip6.class", "ip6[0:2] >> 4 & 255", ""}, {"ip6.dscp", "ip6[0:2] >> 6 & 63", ""},
	{"ip6.ecn", "ip6[0:2] >> 4 & 3", ""}, {"ip6.flow", "ip6[0:4] & 1048575", ""}, {"ip6.plen", "ip6[4:2]", ""},
	{"ip6.nexthdr", "ip6[6]", ""}, {"ip6.hoplimit", "ip6[7]", ""},
	{"tcp.srcport", "tcp[0:2]", ""}, {"tcp.dstport", "tcp[2:2]", ""}, {"tcp.seq", "tcp[4:4]", ""}, {"tcp.ack", "tcp[8:4]", ""},
	{"tcp.hl", "tcp[12] >> 4 << 2", ""}, {"tcp.flags", "tcp[13]", ""}, {"tcp.window", "tcp[14:2]", ""},
	{"tcp.checksum", "tcp[16:2]", ""}, {"tcp.urgent", "tcp[18:2]", ""},
	{"udp.srcport", "udp[0:2]", ""}, {"udp.dstport", "udp[2:2]", ""}, {"udp.length", "udp[4:2]", ""}, {"udp.checksum", "udp[6:2]", ""},
	{"sctp.srcport", "sctp[0:2]", ""}, {"sctp.dstport", "sctp[2:2]", ""}, {"sctp.vtag", "sctp[4:4]", ""},
	{"icmp.type", "icmp[0]", ""}, {"icmp.code", "icmp[1]", ""}, {"icmp.id", "icmp[4:2]", ""}, {"icmp.seq", "icmp[6:2]", ""},
	{"icmp6.type", "icmp6[0]", ""}, {"icmp6.code", "icmp6[1]", ""}, {"icmp6.id", "icmp6[4:2]", ""}, {"icmp6.seq", "icmp6[6:2]", ""},
	{"arp.op", "arp[6:2]", ""}, {"igmp.type", "igmp[0]", ""},
	{"vlan.id", "vlan[0:2] & 4095", ""}, {"vlan.pcp", "vlan[0:2] >> 13", ""}, {"vlan.dei", "vlan[0:2] >> 12 & 1", ""},
	{"dns.id", "udp[8:2]", dnsOver}, {"dns.qr", "udp[10] >> 7", dnsOver}, {"dns.opcode", "udp[10] >> 3 & 15", dnsOver},
	{"dns.aa", "udp[10] >> 2 & 1", dnsOver}, {"dns.tc", "udp[10] >> 1 & 1", dnsOver}, {"dns.rd", "udp[10] & 1", dnsOver},
	{"dns.ra", "udp[11] >> 7", dnsOver}, {"dns.rcode", "udp[11] & 15", dnsOver}, {"dns.qdcount", "udp[12:2]", dnsOver},
	{"dns.ancount", "udp[14:2]", dnsOver}, {"dns.nscount", "udp[16:2]", dnsOver}, {"dns.arcount", "udp[18:2]", dnsOver},
}

// Fields lists the fields by name.
func Fields() []Field { return slices.Clone(fields[:]) }

// fieldNamed finds a field.
func fieldNamed(name string) (Field, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// field parses the name of a field: it is what the name stands for, at the name's place.
func (x *extended) field(c *climber, f Field) (value, error) {
	where := span(c.take())
	inner, err := newClimber(f.Value, x)
	if err != nil {
		return value{}, err
	}
	defer inner.release()
	v, err := inner.arith(0, quals{arith: true})
	if err != nil {
		return v, err
	}
	if f.Where != "" {
		cond, err := x.parse(f.Where)
		if err != nil {
			return v, err
		}
		ast.Move(cond, where)
		c.conds = append(c.conds, cond)
	}
	ast.Move(v.num, where)
	return value{shape: computed, num: v.num, span: where, depth: v.depth}, nil
}
