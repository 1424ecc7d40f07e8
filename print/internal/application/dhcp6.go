package application

import "bpfc/print/internal/dissect"

// The Dynamic Host Configuration Protocol for IPv6 (RFC 8415).

var dhcp6Messages = Names{1: "solicit", 2: "advertise", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 7: "reply", 8: "release", 9: "decline", 10: "reconf", 11: "inf-req", dhcp6RelayForward: "relay-fwd",
	dhcp6RelayReply: "relay-reply", 14: "leasequery", 15: "leasequery-reply"}

const (
	dhcp6Port         = 547
	dhcp6RelayForward = 12
	dhcp6RelayReply   = 13
)

// DHCP6 prints a message, with -v its options.
func DHCP6(d *Context, v View) {
	d.Proto = "dhcp6"
	d.Print("dhcp6")
	d.CutIf(v.Length < 4)
	v.Need(4)
	kind := v.U8(0)
	d.Printf(" %s", dhcp6Messages.Of(kind, "msgtype-%d"))
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
	dhcp6Options.Print(d, v.Cursor(at))
	d.Print(")")
}

// dhcp6Options are the options, each in parentheses.
var dhcp6Options = List{Head: 4, When: dissect.IfCaptured, Ends: dissect.Marked, Title: func(d *Context, _ int, name string, _ int) { d.Printf(" (%s", name) }, Other: "opt_%d", Done: ")", Short: dissect.Prints(" ?"), Values: Values{
	1: {"client-ID", 2, dhcp6Identity}, 2: {"server-ID", 2, dhcp6Identity},
	3: {"IA_NA", 12, dhcp6Association}, 25: {"IA_PD", 12, dhcp6Association}, 4: {"IA_TA", 4, dissect.Form(" IAID:%4d|%p", dissect.Again)},
	5: {"IA_ADDR", 16, dissect.Form(" %16a%8>{ pltime:%4d vltime:%4d|%p}", dissect.Again)},
	6: {"option-request", 0, dhcp6Requested}, 43: {"Echo-request-option", 0, dhcp6Requested},
	7: {"preference", -1, dissect.Form(" %1d")}, 8: {"elapsed-time", -2, dissect.Form(" %2d")}, 32: {"lifetime", -4, dissect.Form(" %4d")}, 46: {"Clt-time", -4, dissect.Form(" %4d")},
	9: {"relay-message", 0, dissect.Form(" (%p", dhcp6Inside)}, 11: {"authentication", 11, dhcp6Authentication}, 12: {"server-unicast", 16, dissect.Form(" %16a")},
	13: {"status-code", 2, dissect.Form(" %2n", Names{0: "Success", 1: "UnspecFail", 2: "NoAddrsAvail", 3: "NoBinding", 4: "NotOnLink", 5: "UseMulticast", 6: "NoPrefixAvail", 7: "UnknownQueryType", 8: "MalformedQuery", 9: "NotConfigured", 10: "NotAllowed"}.Or("code%d"))},
	14: {"rapid-commit", 0, nil}, 15: {"user-class", 0, nil}, 16: {"vendor-class", 0, nil}, 17: {"vendor-specific-info", 0, nil}, 20: {"reconfigure-accept", 0, nil},
	18: {"interface-ID", 0, dhcp6Bytes}, 38: {"subscriber-ID", 0, dhcp6Bytes}, 19: {"reconfigure-message", 1, dissect.Form("%1n", Names{5: " for renew", 11: " for inf-req"}.Or(" for ???(%02x)"))},
	21: {"SIP-servers-domain", 0, dhcp6Domains}, 24: {"DNS-search-list", 0, dhcp6Domains}, 29: {"NIS-domain-name", 0, dhcp6Domains}, 30: {"NIS+-domain-name", 0, dhcp6Domains}, 33: {"BCMCS-domain-name", 0, dhcp6Domains},
	22: {"SIP-servers-address", 0, dhcp6Addresses}, 23: {"DNS-server", 0, dhcp6Addresses}, 27: {"NIS-server", 0, dhcp6Addresses}, 28: {"NIS+-server", 0, dhcp6Addresses}, 31: {"SNTP-servers", 0, dhcp6Addresses},
	34: {"BCMCS-server", 0, dhcp6Addresses}, 40: {"PANA-agent", 0, dhcp6Addresses}, 48: {"LQ-client-link", 0, dhcp6Addresses},
	26: {"IA_PD-prefix", 25, dissect.Form(" %16@9a/%1@8d pltime:%4d vltime:%4d|%17_%p", dissect.Again)},
	37: {"remote-ID", 4, dissect.Form(" %4i|%p", dhcp6Bytes)}, 39: {"Client-FQDN", 0, nil}, 41: {"new-POSIX-timezone", 0, nil}, 36: {"Geoconf-Civic", 0, nil}, 42: {"POSIX-tz-database", 0, nil},
	44: {"Lease-query", 17, dissect.Form("%1n%16v%p", Names{1: " by-address", 2: " by-clientID"}.Or(" type_%d"), dissect.Given(" link-addr:"), dissect.Again)},
	45: {"LQ-client-data", 0, dissect.Again}, 47: {"LQ-relay-data", 16, dissect.Form(" %16a |%p", dhcp6Inside)}, 56: {"NTP-server", 0, dhcp6Time.Print}, 60: {"Bootfile-param", 0, nil}, 112: {"MUD-URL", 0, dissect.Form(" %*s")},
	64: {"AFTR-Name", 3, func(d *Context, c *Cursor) {
		for v, at := c.View, 0; at < v.Length && v.U8(at) != 0; at += 1 + v.U8(at) {
			d.Print(dissect.Pick(at == 0, " ", "."))
			d.Text(v.Bytes(at+1, min(v.U8(at), max(v.Length-at-1, 0))))
		}
	}},
}}

// dhcp6Inside prints the message that a relay passes on.
func dhcp6Inside(d *Context, c *Cursor) {
	d.Within(func() { d.Next(dissect.ByUDP, dhcp6Port, c.Rest()) })
}

func dhcp6Addresses(d *Context, c *Cursor) {
	if c.Length%16 != 0 {
		d.Print(" ?")
		return
	}
	dissect.Every(16, "", dissect.Form(" %16a"))(d, c)
}

func dhcp6Domains(d *Context, c *Cursor) {
	d.Try(func() { d.Form(c, "%*{ %p}", dissect.Domain) })
}

func dhcp6Requested(d *Context, c *Cursor) {
	names := d.InList()
	for c.Left() >= 2 {
		d.Printf(" %s", names.Values.Name(c.U16(), names.Other))
	}
}

// dhcp6Time are servers of NTP (RFC 5908): addresses and names.
var dhcp6Time = List{Head: 4, Least: 4, Title: func(d *Context, kind int, _ string, _ int) { d.Printf(" subopt:%d", kind) }, Ends: dissect.Prints(" ?"), Short: dissect.Prints(" ?"), Unknown: dissect.Form(" ?"), Values: Values{
	1: {"", -16, dissect.Form(" %16a")}, 2: {"", -16, dissect.Form(" %16a")},
	3: {"", 0, func(d *Context, c *Cursor) { d.Try(func() { d.Form(c, " %p", dissect.Domain) }) }},
}}

// dhcp6Bytes prints up to ten bytes.
func dhcp6Bytes(d *Context, c *Cursor) {
	b := c.Rest().Data
	d.Printf(" %x...", b[:min(len(b), 10)])
}

// dhcp6Identity prints what identifies a client or a server.
func dhcp6Identity(d *Context, c *Cursor) {
	switch v := c.View; {
	case v.U16(0) == 1 && v.Length >= 6:
		d.Form(c, " hwaddr/time type %2@2d time %4@4d %8_%*b")
	case v.U16(0) == 2 && v.Length >= 8:
		d.Printf(" vid %x", v.Data[2:min(10, len(v.Data))])
	case v.U16(0) == 3 && v.Length >= 4:
		d.Form(c, " hwaddr type %2@2d %4_%*b")
	case v.U16(0) >= 1 && v.U16(0) <= 3:
		d.Print(" ?")
	default:
		d.Form(c, " type %2d")
	}
}

// dhcp6Association prints an identity association: addresses or prefixes that belong together.
var dhcp6Association = dissect.Form(" IAID:%4d T1:%4d T2:%4d|%p", dissect.Again)

func dhcp6Authentication(d *Context, c *Cursor) {
	const delayed, reconfigure, header = 2, 3, 11
	d.Form(c, " proto: %1n, alg: %1n, RDM: %1n, RD: %2x %2x %2x %2x", Names{delayed: "delayed", reconfigure: "reconfigure"}.Or("%d"), Names{1: "HMAC-MD5"}.Or("%d"), Names{0: "mono"}.Or("%d"))
	switch proto, n := c.View.U8(0), c.Left(); {
	case proto == delayed && n == 0, proto != delayed && proto != reconfigure:
	case proto == delayed && n < 20, proto == reconfigure && n != 17:
		d.Print(" ??")
	case proto == delayed:
		if n > 20 {
			d.Printf(", realm: %x", c.Bytes(n-20))
		}
		d.Form(c, ", key ID: %4x, HMAC-MD5: %4x %4x %4x %4x")
	default:
		d.Form(c, "%1n value=%16b", Names{1: " reconfig-key", 2: " type=HMAC-MD5"}.Or(" type=unknown(%d)"))
	}
}
