package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// The Dynamic Host Configuration Protocol for IPv6 (RFC 8415).

var dhcp6Messages = Names{1: "solicit", 2: "advertise", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 7: "reply", 8: "release", 9: "decline", 10: "reconf", 11: "inf-req", dhcp6RelayForward: "relay-fwd",
	dhcp6RelayReply: "relay-reply", 14: "leasequery", 15: "lq-reply"}

const (
	dhcp6RelayForward = 12
	dhcp6RelayReply   = 13
)

// DHCP6 prints a message, with -v its options.
func DHCP6(d *Context, v View) {
	d.Proto = "dhcp6"
	kind := v.U8(0)
	d.Printf("dhcp6 %s", dhcp6Messages.Of(kind, "msgtype-%d"))
	if d.Verbose == 0 {
		return
	}
	d.Print(" (")
	at := 4
	if kind == dhcp6RelayForward || kind == dhcp6RelayReply {
		d.Printf("linkaddr=%s", d.IP6(v.Bytes(2, 16)))
		d.Printf(" peeraddr=%s", d.IP6(v.Bytes(18, 16)))
		at = 34
	} else {
		d.Printf("xid=%x", v.U24(1))
	}
	dhcp6Options(d, v.Cursor(at))
	d.Print(")")
}

// dhcp6Option is an option: its name, the least size of its value in bytes, and what prints that; nil for none that is printed.
type dhcp6Option struct {
	name  string
	least int
	print func(d *Context, v View)
}

// dhcp6Rows are the options by their numbers.
type dhcp6Rows map[int]dhcp6Option

// dhcp6Table gives the options, which a printer makes when it meets the first.
func dhcp6Table(d *Context) dhcp6Rows {
	rows := dissect.Remembered[dhcp6Rows](d)
	if *rows == nil {
		*rows = makeDHCP6Rows()
	}
	return *rows
}

func makeDHCP6Rows() dhcp6Rows {
	addresses := func(d *Context, v View) {
		if v.Length%16 != 0 {
			d.Print(" ?")
			return
		}
		for at := 0; at < v.Length; at += 16 {
			d.Printf(" %s", d.IP6(v.Bytes(at, 16)))
		}
	}
	domains := func(d *Context, v View) {
		names := dissect.DomainReader{D: d, V: v}
		for at := 0; at != dissect.CutOff && at < v.Length; {
			d.Print(" ")
			at = names.Name(at)
		}
	}
	id := func(d *Context, v View) { dhcp6Bytes(d, v, " ") }
	number := func(size int) func(*Context, View) {
		return func(d *Context, v View) {
			n := uint64(0)
			for i := range size {
				n = n<<8 | uint64(v.U8(i))
			}
			if v.Length != size {
				d.Print(" ?")
				return
			}
			d.Printf(" %d", n)
		}
	}
	requested := func(d *Context, v View) {
		for at := 0; at+2 <= v.Length; at += 2 {
			n := v.U16(at)
			d.Printf(" %s", dhcp6Name(d, n))
		}
	}
	return dhcp6Rows{
		1: {"client-ID", 2, dhcp6Identity}, 2: {"server-ID", 2, dhcp6Identity},
		3: {"IA_NA", 12, dhcp6Association}, 25: {"IA_PD", 12, dhcp6Association},
		4: {"IA_TA", 4, func(d *Context, v View) {
			d.Printf(" IAID:%d", v.U32(0))
			dhcp6Options(d, v.Cursor(4))
		}},
		5: {"IA_ADDR", 16, func(d *Context, v View) {
			d.Printf(" %s", d.IP6(v.Bytes(0, 16)))
			if v.Length >= 24 {
				d.Printf(" pltime:%d vltime:%d", v.U32(16), v.U32(20))
				dhcp6Options(d, v.Cursor(24))
			}
		}},
		6: {"option-request", 0, requested}, 43: {"ERO", 0, requested},
		7: {"preference", 1, number(1)}, 8: {"elapsed-time", 2, number(2)}, 32: {"lifetime", 4, number(4)}, 46: {"Clt-time", 4, number(4)},
		9: {"relay-message", 0, func(d *Context, v View) {
			d.Print(" (")
			d.Within(func() { DHCP6(d, v) })
		}},
		11: {"authentication", 11, dhcp6Authentication},
		12: {"server-unicast", 16, func(d *Context, v View) { d.Printf(" %s", d.IP6(v.Bytes(0, 16))) }},
		13: {"status-code", 2, func(d *Context, v View) {
			d.Printf(" %s", Names{0: "Success", 1: "UnspecFail", 2: "NoAddrsAvail", 3: "NoBinding", 4: "NotOnLink", 5: "UseMulticast", 6: "NoPrefixAvail", 7: "UnknownQueryType", 8: "MalformedQuery", 9: "NotConfigured", 10: "NotAllowed"}.Of(v.U16(0), "code%d"))
		}},
		14: {"rapid-commit", 0, nil}, 15: {"user-class", 0, nil}, 16: {"vendor-class", 0, nil}, 17: {"vendor-specific-info", 0, nil}, 20: {"reconfigure-accept", 0, nil},
		18: {"interface-ID", 0, id}, 38: {"subscriber-ID", 0, id},
		19: {"reconfigure-message", 1, func(d *Context, v View) {
			d.Print(Names{5: " for renew", 11: " for inf-req"}.Of(v.U8(0), " for ???(%02x)"))
		}},
		21: {"SIP-servers-domain", 0, domains}, 24: {"DNS-search-list", 0, domains}, 29: {"NIS-domain-name", 0, domains}, 30: {"NISP-domain-name", 0, domains}, 33: {"BCMCS-domain-name", 0, domains},
		22: {"SIP-servers-address", 0, addresses}, 23: {"DNS-server", 0, addresses}, 27: {"NIS-server", 0, addresses}, 28: {"NISP-server", 0, addresses}, 31: {"SNTP-servers", 0, addresses}, 34: {"BCMCS-server", 0, addresses},
		40: {"PANA-agent", 0, addresses}, 48: {"Lq-client-link", 0, addresses},
		26: {"IA_PD-prefix", 25, func(d *Context, v View) {
			d.Printf(" %s/%d pltime:%d vltime:%d", d.IP6(v.Bytes(9, 16)), v.U8(8), v.U32(0), v.U32(4))
			dhcp6Options(d, v.Cursor(25))
		}},
		37: {"remote-ID", 4, func(d *Context, v View) { dhcp6Bytes(d, v.From(4), fmt.Sprintf(" %d ", int32(v.U32(0)))) }},
		39: {"Client-FQDN", 0, nil}, 41: {"new-POSIX-timezone", 0, nil}, 42: {"POSIX-timezone", 0, nil},
		44: {"Lq-query", 17, func(d *Context, v View) {
			d.Print(Names{1: " by-address", 2: " by-clientID"}.Of(v.U8(0), " type_%d"))
			if link := v.Bytes(1, 16); !dissect.AllZero(link) {
				d.Printf(" link-addr:%s", d.IP6(link))
			}
			dhcp6Options(d, v.Cursor(17))
		}},
		45: {"Client-data", 0, func(d *Context, v View) { dhcp6Options(d, v.Cursor(0)) }},
		47: {"Lq-relay-data", 16, func(d *Context, v View) {
			d.Printf(" %s ", d.IP6(v.Bytes(0, 16)))
			d.Within(func() { DHCP6(d, v.From(16)) })
		}},
		56: {"NTP-server", 0, dhcp6Time},
		60: {"Bootfile-param", 0, nil},
		112: {"MUD-URL", 0, func(d *Context, v View) {
			d.Print(" ")
			d.Text(v.Data)
		}},
		64: {"AFTR-Name", 3, func(d *Context, v View) {
			for at := 0; at < v.Length && v.U8(at) != 0; at += 1 + v.U8(at) {
				d.Print(dissect.Pick(at == 0, " ", "."))
				d.Text(v.Bytes(at+1, min(v.U8(at), max(v.Length-at-1, 0))))
			}
		}},
	}
}

// dhcp6Time prints servers of NTP (RFC 5908): addresses and names.
func dhcp6Time(d *Context, v View) {
	for c := v.Cursor(0); c.Left() >= 4; {
		kind, size := c.U16(), c.U16()
		d.Printf(" subopt:%d", kind)
		if size > c.Left() {
			d.Print(" ?")
			return
		}
		switch value := c.Take(size); {
		case (kind == 1 || kind == 2) && size == 16:
			d.Printf(" %s", d.IP6(value.Bytes(0, 16)))
		case kind == 3:
			d.Print(" ")
			names := dissect.DomainReader{D: d, V: value}
			names.Name(0)
		default:
			d.Print(" ?")
		}
	}
}

func dhcp6Name(d *Context, n int) string {
	if o, ok := dhcp6Table(d)[n]; ok {
		return o.name
	}
	return fmt.Sprintf("opt_%d", n)
}

// dhcp6Options prints options, each in parentheses.
func dhcp6Options(d *Context, c *Cursor) {
	for c.Left() > 0 {
		dissect.TruncateIf(c.Left() < 4 || !c.Has(4))
		kind, size := c.U16(), c.U16()
		dissect.TruncateIf(size > c.Left() || !c.Has(size))
		d.Printf(" (%s", dhcp6Name(d, kind))
		o, value := dhcp6Table(d)[kind], c.Take(size)
		switch {
		case o.print == nil:
		case size < o.least:
			d.Print(" ?")
		default:
			o.print(d, value)
		}
		d.Print(")")
	}
}

// dhcp6Bytes prints up to ten bytes.
func dhcp6Bytes(d *Context, v View, before string) {
	d.Printf("%s%x...", before, v.Data[:min(len(v.Data), 10)])
}

// dhcp6Identity prints what identifies a client or a server.
func dhcp6Identity(d *Context, v View) {
	switch kind := v.U16(0); {
	case kind == 1 && v.Length >= 6:
		d.Printf(" hwaddr/time type %d time %d %x", v.U16(2), v.U32(4), v.Data[8:])
	case kind == 2 && v.Length >= 8:
		d.Printf(" vid %x", v.Data[2:min(10, len(v.Data))])
	case kind == 3 && v.Length >= 4:
		d.Printf(" hwaddr type %d %x", v.U16(2), v.Data[4:])
	case kind >= 1 && kind <= 3:
		d.Print(" ?")
	default:
		d.Printf(" type %d", kind)
	}
}

// dhcp6Association prints an identity association: addresses or prefixes that belong together.
func dhcp6Association(d *Context, v View) {
	d.Printf(" IAID:%d T1:%d T2:%d", v.U32(0), v.U32(4), v.U32(8))
	dhcp6Options(d, v.Cursor(12))
}

func dhcp6Authentication(d *Context, v View) {
	const delayed, reconfigure, header = 2, 3, 11
	proto := v.U8(0)
	d.Printf(" proto: %s", Names{delayed: "delayed", reconfigure: "reconfigure"}.Of(proto, "%d"))
	d.Printf(", alg: %s", Names{1: "HMAC-MD5"}.Of(v.U8(1), "%d"))
	d.Printf(", RDM: %s", Names{0: "mono"}.Of(v.U8(2), "%d"))
	d.Printf(", RD: %04x %04x %04x %04x", v.U16(3), v.U16(5), v.U16(7), v.U16(9))
	c, n := v.Cursor(header), v.Length-header
	switch {
	case proto == delayed && n == 0, proto != delayed && proto != reconfigure:
	case proto == delayed && n < 20, proto == reconfigure && n != 17:
		d.Print(" ??")
	case proto == delayed:
		if n > 20 {
			d.Printf(", realm: %x", c.Bytes(n-20))
		}
		d.Printf(", key ID: %08x, HMAC-MD5: %08x %08x %08x %08x", c.U32(), c.U32(), c.U32(), c.U32(), c.U32())
	default:
		d.Print(Names{1: " reconfig-key", 2: " type=HMAC-MD5"}.Of(c.U8(), " type=unknown(%d)"))
		d.Printf(" value=%x", c.Bytes(16))
	}
}
