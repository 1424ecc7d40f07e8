package print

import (
	"bytes"
	"fmt"
)

// bootp prints BOOTP and DHCP (RFC 951, 2131).
func (d *dissector) bootp(v view) {
	d.proto = "bootp"
	op := v.u8(0)
	d.printf("BOOTP/DHCP, %s", NamesT{1: "Request", 2: "Reply"}.of(op, "unknown (0x%02x)"))
	if hardware, size := v.u8(1), v.u8(2); hardware == 1 && size == 6 && op == 1 {
		d.printf(" from %s", mac(v.bytes(28, 6)))
	}
	d.printf(", length %d", v.length)
	if d.Verbose > 0 {
		d.bootpFields(v)
	}
}

// bootpFields prints what is set, for -v, with the DHCP options.
func (d *dissector) bootpFields(v view) {
	v.need(10)
	if hardware := v.u8(1); hardware != 1 {
		d.printf(", htype %d", hardware)
	}
	if size := v.u8(2); size != 6 {
		d.printf(", hlen %d", size)
	}
	if hops := v.u8(3); hops != 0 {
		d.printf(", hops %d", hops)
	}
	if xid := v.u32(4); xid != 0 {
		d.printf(", xid 0x%x", xid)
	}
	if secs := v.u16(8); secs != 0 {
		d.printf(", secs %d", secs)
	}
	d.printf(", Flags [%s]", FlagsT{{0x8000, "Broadcast"}}.of(v.u16(10), ", "))
	if d.Verbose > 1 {
		d.printf(" (0x%04x)", v.u16(10))
	}
	for i, name := range []string{"Client-IP", "Your-IP", "Server-IP", "Gateway-IP"} {
		if b := v.bytes(12+4*i, 4); !allZero(b) {
			d.printf("\n\t  %s %s", name, d.ip4(b))
		}
	}
	if v.u8(1) == 1 && v.u8(2) == 6 {
		d.printf("\n\t  Client-Ethernet-Address %s", mac(v.bytes(28, 6)))
	}
	for _, f := range []struct {
		at, n int
		name  string
	}{{44, 64, "sname"}, {108, 128, "file"}} {
		if v.u8(f.at) == 0 {
			continue
		}
		field := v.b[f.at:min(f.at+f.n, len(v.b))]
		text, _, ended := bytes.Cut(field, []byte{0})
		d.printf("\n\t  %s \"", f.name)
		d.text(text)
		d.print("\"")
		if !ended && len(field) < f.n {
			d.cut()
		}
	}
	if len(v.b) > 240 && v.u32(236) == 0x63825363 {
		d.print("\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x63825363")
		d.dhcpOptions(v.cursor(240))
	}
}

var dhcpOptionNames = NamesT{1: "Subnet-Mask", 2: "Time-Zone", 3: "Default-Gateway", 4: "Time-Server", 5: "IEN-Name-Server", 6: "Domain-Name-Server", 7: "LOG", 9: "LPR-Server",
	12: "Hostname", 13: "BS", 15: "Domain-Name", 16: "SS", 17: "RP", 23: "TTL", 26: "MTU", 28: "BR", 31: "Router-Discovery", 33: "Static-Route", 40: "YD", 41: "YS", 42: "NTP", 43: "Vendor-Option",
	44: "Netbios-Name-Server", 46: "Netbios-Node", 47: "Netbios-Scope", 56: "MSG", 66: "TFTP", 67: "BF", 77: "User-Class", 81: "FQDN", 91: "Last-Transaction-Time", 92: "Associated-IP", 101: "TZ-Name",
	116: "NOAUTO", 121: "Classless-Static-Route", 150: "TFTP-Server-Address", 161: "MUD-URL", 249: "Classless-Static-Route-Microsoft",
	50: "Requested-IP", 51: "Lease-Time",
	53: "DHCP-Message", 54: "Server-ID", 55: "Parameter-Request", 57: "MSZ", 58: "RN", 59: "RB", 60: "Vendor-Class", 61: "Client-ID", 82: "Agent-Information"}

var dhcpMessages = NamesT{1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NACK", 7: "Release", 8: "Inform", 10: "LeaseQuery", 11: "LeaseUnassigned", 12: "LeaseUnknown", 13: "LeaseActive"}

// dhcp6 prints the message type of DHCPv6 (RFC 8415).
func (d *dissector) dhcp6(v view) {
	d.proto = "dhcp6"
	name := NamesT{1: "solicit", 2: "advertise", 3: "request", 4: "confirm", 5: "renew", 6: "rebind", 7: "reply", 8: "release", 9: "decline", 10: "reconf", 11: "inf-req", 12: "relay-fwd", 13: "relay-reply", 14: "leasequery", 15: "lq-reply"}.of(v.u8(0), "msgtype-%d")
	d.printf("dhcp6 %s", name)
}

// tftp prints TFTP (RFC 1350).
func (d *dissector) tftp(v view) {
	d.proto = "tftp"
	d.printf("TFTP, length %d", v.length)
	if v.length < 2 {
		panic(truncated{})
	}
	op := v.u16(0)
	d.printf(", %s", NamesT{1: "RRQ", 2: "WRQ", 3: "DATA", 4: "ACK", 5: "ERROR", 6: "OACK"}.of(op, "tftp-#%d"))
	c := v.cursor(2)
	text := func() {
		field := c.rest().b
		b, _, ended := bytes.Cut(field, []byte{0})
		d.text(b)
		if !ended && len(c.b) < c.length {
			d.cut()
		}
		c.at = min(c.at+len(b)+1, len(c.b))
	}
	switch op {
	case 1, 2, 6:
		if op != 6 {
			d.print(" \"")
			text()
			d.print("\"")
		}
		for c.has(1) && c.left() > 0 {
			if c.view.u8(c.at) != 0 {
				d.print(" ")
			}
			text()
		}
	case 3, 4:
		d.printf(" block %d", c.u16())
	case 5:
		d.printf(" %d", c.u16())
		d.print(" \"")
		text()
		d.print("\"")
	}
}

var (
	syslogFacilities = []string{"kernel", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	syslogSeverities = []string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}
)

// syslog prints a message of syslog (RFC 3164, 5424).
func (d *dissector) syslog(v view) {
	d.proto = "syslog"
	if v.u8(0) != '<' {
		d.invalid()
		return
	}
	n, at := 0, 1
	for ; at <= 3; at++ {
		c := v.u8(at)
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + c - '0'
	}
	if v.u8(at) != '>' {
		d.invalid()
		return
	}
	at++
	facility, severity := n>>3&0x7f, n&7
	name := fmt.Sprintf("unknown (%d)", facility)
	if facility < len(syslogFacilities) {
		name = syslogFacilities[facility]
	}
	if d.Verbose == 0 {
		d.printf("SYSLOG %s.%s, length: %d", name, syslogSeverities[severity], v.length)
		return
	}
	d.printf("SYSLOG, length: %d\n\tFacility %s (%d), Severity %s (%d)\n\tMsg: ", v.length, name, facility, syslogSeverities[severity], severity)
	if v.length > at {
		d.counted(v.cursor(at), v.length-at)
	}
	if d.Verbose > 1 {
		d.unknown(v, "\n\t", v.length)
	}
}

// rip prints RIP (RFC 1058, 2453).
func (d *dissector) rip(v view) {
	d.proto = "rip"
	v.need(4)
	d.printf("RIPv%d, %s, length: %d", v.u8(1), NamesT{1: "Request", 2: "Response", 9: "Update Request", 10: "Update Response", 11: "Update Acknowledge"}.of(v.u8(0), "unknown command %d"), v.length)
}

// hsrp prints the Hot Standby Router Protocol (RFC 2281).
func (d *dissector) hsrp(v view) {
	d.proto = "hsrp"
	version := v.u8(0)
	d.printf("HSRPv%d", version)
	if version != 0 {
		return
	}
	d.print("-")
	v.need(7)
	d.printf("%s %d: state=%s ", NamesT{0: "hello", 1: "coup", 2: "resign"}.of(v.u8(1), "unknown (%d)"), v.length,
		NamesT{0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active"}.of(v.u8(2), "Unknown (%d)"))
	d.printf("group=%d ", v.u8(6))
	if v.u8(7) != 0 {
		d.printf("reserved=0x%x ", v.u8(7))
	}
	d.printf("addr=%s", d.ip4(v.bytes(16, 4)))
	if d.Verbose > 0 {
		d.printf(" hellotime=%s holdtime=%s priority=%d", relativeTime(uint32(v.u8(3))), relativeTime(uint32(v.u8(4))), v.u8(5))
		d.print(" auth=\"")
		text, _, _ := bytes.Cut(v.bytes(8, 8), []byte{0})
		d.text(text)
		d.print("\"")
	}
}

// radius prints RADIUS (RFC 2865).
func (d *dissector) radius(v view) {
	d.proto = "radius"
	v.need(4)
	names := NamesT{1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request", 5: "Accounting-Response", 11: "Access-Challenge", 12: "Status-Server", 13: "Status-Client",
		40: "Disconnect-Request", 41: "Disconnect-ACK", 42: "Disconnect-NAK", 43: "CoA-Request", 44: "CoA-ACK", 45: "CoA-NAK", 255: "Reserved"}
	d.printf("RADIUS, %s (%d), id: 0x%02x length: %d", names.of(v.u8(0), "Unknown Command"), v.u8(0), v.u8(1), v.u16(2))
}

// sflow prints the head of an sFlow datagram.
func (d *dissector) sflow(v view) {
	const header, header6 = 28, 40
	d.proto = "sflow"
	version, kind := v.u32(0), v.u32(4)
	if kind == 1 && v.length < header || kind == 2 && v.length < header6 {
		d.printf("sFlowv%d [length %d < %d]", version, v.length, header)
		d.invalid()
		return
	}
	v.need(header)
	if version != 5 {
		d.printf("sFlow version %d packet not supported", version)
		return
	}
	name, n := "IPv6", 16
	if kind == 1 {
		name, n = "IPv4", 4
	}
	d.printf("sFlowv%d, %s agent %s, agent-id %d, ", version, name, d.address(v.bytes(8, n)), v.u32(8+n))
	if d.Verbose == 0 {
		d.printf("length %d", v.length)
		return
	}
	d.printf("seqnum %d, uptime %d, samples %d, length %d", v.u32(12+n), v.u32(16+n), v.u32(20+n), v.length)
	d.sflowSamples(v.cursor(24+n), int64(v.u32(20+n)))
}

// kerberosTypes are the messages of Kerberos 4.
var kerberosTypes = NamesT{2: "KDC_REQUEST", 4: "KDC_REPLY", 6: "APPL_REQUEST", 8: "APPL_REQUEST_MUTUAL", 10: "ERR_REPLY", 12: "PRIVATE", 14: "SAFE", 16: "APPL_ERR", 126: "DIE"}

// kerberos prints version 4 in part, and the number of version 5.
func (d *dissector) kerberos(v view) {
	d.proto = "krb"
	if len(v.b) == 0 {
		d.mark()
		return
	}
	switch version := v.u8(0); version {
	case 1, 2, 3:
		d.printf(" v%d", version)
	case 4:
		d.printf(" v%d", version)
		d.kerberos4(v)
	case 106, 107:
		d.print(" v5")
	}
}

var kerberosErrors = NamesT{0: "OK", 1: "NAME_EXP", 2: "SERVICE_EXP", 3: "AUTH_EXP", 4: "PKT_VER", 5: "NAME_MAST_KEY_VER", 6: "SERV_MAST_KEY_VER", 7: "BYTE_ORDER",
	8: "PRINCIPAL_UNKNOWN", 9: "PRINCIPAL_NOT_UNIQUE", 10: "NULL_KEY"}

func (d *dissector) kerberos4(v view) {
	if len(v.b) < 2 {
		d.mark()
		return
	}
	kind, little := v.u8(1)&^1, v.u8(1)&1 != 0
	d.printf(" %s %s: ", map[bool]string{true: "le", false: "be"}[little], kerberosTypes.of(kind, "#%d"))
	c := v.cursor(2)
	short := func() int {
		if b := c.bytes(2); little {
			return int(b[1])<<8 | int(b[0])
		} else {
			return int(b[0])<<8 | int(b[1])
		}
	}
	parts := func(after ...string) {
		for _, s := range after {
			d.kerberosPart(c)
			d.print(s)
		}
	}
	switch kind {
	case 2:
		parts(".", "@", "")
		c.at += 4 // the time
		d.printf(" %dmin ", c.u8()*5)
		parts(".", "")
	case 6:
		d.printf("v%d ", v.u8(4))
		c.at = 5
		parts("")
		d.printf(" (%d)", c.u8())
		d.printf(" (%d)", c.u8())
	case 4:
		parts(".", "@", "")
		c.at += 10
		d.printf(" (%d)", short())
	case 10:
		parts(".", "@", "")
		c.at += 4
		d.printf(" %s ", kerberosErrors.of(short(), "#%d"))
		c.at += 2
		parts("")
	default:
		d.print("(unknown)")
	}
}

// kerberosPart prints a text that a zero ends.
func (d *dissector) kerberosPart(c *cursor) {
	text, _, ended := bytes.Cut(c.b[min(c.at, len(c.b)):], []byte{0})
	d.text(text)
	if !ended {
		d.cut()
	}
	c.at += len(text) + 1
}

var (
	ikePhases   = map[bool]string{true: "phase 1", false: "phase 2/others"}
	ikeTypes    = NamesT{0: "none", 1: "base", 2: "ident", 3: "auth", 4: "agg", 5: "inf", 32: "oakley-quick", 33: "oakley-newgroup", 34: "ikev2_init", 35: "ikev2_auth", 36: "child_sa", 37: "inf2"}
	ikePayloads = NamesT{0: "none", 1: "sa", 2: "p", 3: "t", 4: "ke", 5: "id", 6: "cert", 7: "cr", 8: "hash", 9: "sig", 10: "nonce", 11: "n", 12: "d", 13: "vid",
		33: "v2sa", 34: "v2ke", 35: "v2IDi", 36: "v2IDr", 37: "v2cert", 38: "v2CR", 39: "v2auth", 40: "v2nonce", 41: "v2n", 42: "v2d", 43: "v2vid", 44: "v2TSi", 45: "v2TSr", 46: "v2e", 47: "v2cp", 48: "v2eap"}
)

// isakmp prints the head of IKE (RFC 2408, 7296).
func (d *dissector) isakmp(v view) {
	const header = 28
	d.proto = "isakmp"
	if len(v.b) < header {
		d.mark()
		return
	}
	d.print("isakmp")
	major := v.u8(17) >> 4
	if d.Verbose > 0 {
		d.printf(" %d.%d msgid %08x", major, v.u8(17)&15, v.u32(20))
	}
	if d.Verbose > 1 {
		d.printf(" cookie %016x->%016x", v.u64(0), v.u64(8))
	}
	d.print(":")
	first, kind, bits := v.u32(20) == 0, v.u8(18), v.u8(19)
	letters, encrypted := "", bits&1 != 0
	switch major {
	case 1:
		d.printf(" %s %s %s", ikePhases[first], d.ikeRole(v), ikeTypes.of(kind, "#%d"))
		letters = mark(encrypted, "E") + mark(bits&2 != 0, "C")
	case 2:
		d.printf(" %s %s", map[bool]string{true: "parent_sa", false: "child_sa "}[first], ikeTypes.of(kind, "#%d"))
		letters = mark(bits&0x08 != 0, "I") + mark(bits&0x10 != 0, "V") + mark(bits&0x20 != 0, "R")
	default:
		return
	}
	if bits != 0 {
		d.printf("[%s]", letters)
	}
	if d.Verbose == 0 {
		return
	}
	d.print(":")
	if encrypted {
		d.printf(" [encrypted %s]", ikePayloads.of(v.u8(16), "#%d"))
	} else {
		d.ikePayloads(v.cursor(header), v.u8(16), major)
	}
	if length := v.u32(24); int64(length) != int64(v.length) {
		d.printf(" (len mismatch: isakmp %d/ip %d)", length, v.length)
	}
}

// ikePayloads prints the names of payloads.
func (d *dissector) ikePayloads(c *cursor, kind, major int) {
	for kind != 0 {
		if !c.has(4) || !c.has(c.view.u16(c.at+2)) {
			d.printf(" [|%s]", ikePayloads.of(kind, "#%d"))
			return
		}
		next, size := c.view.u8(c.at), c.view.u16(c.at+2)
		d.print("\n    (")
		if size <= 4 {
			d.print(")")
			return
		}
		d.printf("%s)", ikePayloads.of(kind, "#%d"))
		c.at += size
		kind = next
	}
}

// exchange is who speaks to whom in a key exchange.
type exchange struct{ initiator, responder string }

// ikeRole tells the initiator's messages from the responder's: the first
// message of an exchange has no responder cookie and says who began.
func (d *dissector) ikeRole(v view) string {
	cookie := v.u64(0)
	exchanges := remembered[exchangeRing](d)
	known, ok := exchanges.find(cookie)
	here := exchange{string(d.source), string(d.destination)}
	switch {
	case !ok && v.u64(8) != 0:
		return "?"
	case !ok:
		exchanges.add(cookie, here)
		return "I"
	case here == known:
		return "I"
	case here.initiator == known.responder && here.responder == known.initiator:
		return "R"
	}
	return "?"
}

// maxExchanges is how many key exchanges are remembered, as in tcpdump.
const maxExchanges = 20

// exchangeRing holds the latest key exchanges.
type exchangeRing struct {
	cookies   [maxExchanges]uint64
	exchanges [maxExchanges]exchange
	next, n   int
}

func (r *exchangeRing) find(cookie uint64) (exchange, bool) {
	for i := range r.n {
		if r.cookies[i] == cookie {
			return r.exchanges[i], true
		}
	}
	return exchange{}, false
}

func (r *exchangeRing) add(cookie uint64, e exchange) {
	r.cookies[r.next], r.exchanges[r.next] = cookie, e
	r.next = (r.next + 1) % maxExchanges
	r.n = min(r.n+1, maxExchanges)
}

// hncpTypes are the TLVs of the Home Networking Control Protocol (RFC 7787, 7788).
var hncpTypes = NamesT{1: "Request network state", 2: "Request node state", 3: "Node endpoint", 4: "Network state", 5: "Node state", 8: "Peer", 9: "Keep-alive interval",
	10: "Trust-Verdict", 32: "HNCP-Version", 33: "External-Connection", 34: "Delegated-Prefix", 43: "Prefix-Policy", 37: "DHCPv4-Data", 38: "DHCPv6-Data", 35: "Assigned-Prefix", 36: "Node-Address", 39: "DNS-Delegated-Zone", 40: "Domain-Name", 41: "Node-Name", 42: "Managed-PSK"}

// hncp prints the names of the TLVs, those that repeat once.
func (d *dissector) hncp(v view) {
	d.proto = "hncp"
	d.printf("hncp (%d)", v.length)
	last, times, separator := "", 0, " "
	flush := func() {
		if times > 0 {
			d.print(separator + last)
			separator = ", "
		}
		if times > 1 {
			d.printf(" (x%d)", times)
		}
	}
	for c := v.cursor(0); c.left() > 0; times++ {
		if !c.has(4) {
			d.cut()
		}
		kind, size := c.u16(), c.u16()
		if !c.has(size) {
			d.cut()
		}
		if name := hncpTypes.of(kind, hncpUnknown(kind)); name != last {
			flush()
			last, times = name, 0
		}
		c.at += (size + 3) &^ 3
	}
	flush()
}

// hncpUnknown says what the numbers without a name are for.
func hncpUnknown(kind int) string {
	switch {
	case kind == 0:
		return "Reserved"
	case kind >= 768 && kind <= 1023:
		return "Private Use"
	}
	return "Future use"
}

// someIP prints the header of Scalable service-Oriented MiddlewarE over IP.
func (d *dissector) someIP(v view) {
	const header = 16
	d.proto = "someip"
	d.print("SOMEIP")
	if v.length < header {
		d.invalidRest(v)
		return
	}
	id := v.u16(2)
	d.printf(", service %d, %s %d", v.u16(0), map[bool]string{true: "event", false: "method"}[id&0x8000 != 0], id&0x7fff)
	d.printf(", len %d", v.u32(4))
	d.printf(", client %d", v.u16(8))
	d.printf(", session %d", v.u16(10))
	d.printf(", pver %d", v.u8(12))
	d.printf(", iver %d", v.u8(13))
	d.printf(", msgtype %s", someIPTypes.of(v.u8(14), "Unknown"))
	d.printf(", retcode %s\n", someIPCodes.of(v.u8(15), "Unknown"))
}

var (
	someIPTypes = NamesT{0x00: "REQUEST", 0x01: "REQUEST_NO_RETURN", 0x02: "NOTIFICATION", 0x40: "REQUEST_ACK", 0x41: "REQUEST_NO_RETURN_ACK", 0x42: "NOTIFICATION_ACK",
		0x80: "RESPONSE", 0x81: "ERROR", 0xc0: "RESPONSE_ACK", 0xc1: "ERROR_ACK"}
	someIPCodes = NamesT{0: "E_OK", 1: "E_NOT_OK", 2: "E_UNKNOWN_SERVICE", 3: "E_UNKNOWN_METHOD", 4: "E_NOT_READY", 5: "E_NOT_REACHABLE", 6: "E_TIMEOUT", 7: "E_WRONG_PROTOCOL_VERSION",
		8: "E_WRONG_INTERFACE_VERSION", 9: "E_MALFORMED_MESSAGE", 10: "E_WRONG_MESSAGE_TYPE"}
)

// ssh prints the line by which both ends of a connection begin.
func (d *dissector) ssh(v view) {
	d.proto = "ssh"
	for i, c := range "SSH-" {
		if v.u8(i) != int(c) {
			return
		}
	}
	for i := 4; i < v.length; i++ {
		c := v.u8(i)
		switch {
		case c == '\n', c == '\r' && i+1 < v.length && v.u8(i+1) == '\n':
			d.printf(": SSH: %s", v.b[:i])
			return
		case c < 0x20 || c >= 0x7f:
			return
		}
	}
}

func (d *dissector) rpki(v view) {
	d.proto = "rpki_rtr"
	d.print(", RPKI-RTR")
}

var sctpChunks = NamesT{0: "DATA", 1: "INIT", 2: "INIT ACK", 3: "SACK", 4: "HB REQ", 5: "HB ACK", 6: "ABORT", 7: "SHUTDOWN", 8: "SHUTDOWN ACK", 9: "ERROR", 10: "COOKIE ECHO", 11: "COOKIE ACK", 12: "ECN ECHO", 13: "CWR", 14: "SHUTDOWN COMPLETE", 15: "AUTH", 0xc1: "ASCONF ACK", 0x80: "ASCONF", 0x82: "RE-CONFIG", 0xc0: "FORWARD CUM TSN"}

// sctp prints SCTP's ports and chunks (RFC 9260).
func (d *dissector) sctp(v view) {
	h := d.ip
	const header = 12
	d.proto = "sctp"
	if v.length < header {
		d.printf("truncated-sctp - %d bytes missing!", header-v.length)
		return
	}
	v.need(header)
	d.ports(h, d.port(v.u16(0), "sctp"), d.port(v.u16(2), "sctp"))
	d.print("sctp")
	v = v.from(header)
	for n := 1; v.length > 0; n++ {
		if v.length >= 4 {
			v.need(4)
		}
		switch {
		case d.Verbose > 1:
			d.print("\n\t")
		case n == 1:
			d.print(" (")
		default:
			d.print(", (")
		}
		d.printf("%d) ", n)
		if v.length < 4 {
			d.print("[chunk descriptor cut off at end of packet]")
			return
		}
		kind, size := v.u8(0), v.u16(2)
		if size < 4 {
			d.printf("[Bad chunk length %d, < size of chunk descriptor]", size)
			return
		}
		d.printf("[%s] ", sctpChunks.of(kind, "Unknown chunk type: 0x%x"))
		if size < map[int]int{0: 16, 1: 20, 2: 20, 3: 16}[kind] {
			d.printf("bogus chunk length %d]", size)
			return
		}
		d.sctpChunk(v, kind, size)
		v = v.from((size + 3) &^ 3)
	}
}

// sctpPayloads are payload protocol identifiers.
var sctpPayloads = NamesT{1: "IUA", 2: "M2UA", 3: "M3UA", 4: "SUA", 5: "M2PA", 6: "V5UA", 7: "H.248", 8: "BICC/Q.2150.3", 9: "TALI", 10: "DUA", 11: "ASAP", 12: "ENRP", 13: "H.323"}

func (d *dissector) sctpChunk(v view, kind, size int) {
	switch kind {
	case 0:
		bits := v.u8(1)
		d.print(mark(bits&4 != 0, "(U)") + mark(bits&2 != 0, "(B)") + mark(bits&1 != 0, "(E)") + mark(bits&7 != 0, " "))
		d.printf("[TSN: %d] [SID: %d] [SSEQ %d] [PPID %s] ", v.u32(4), v.u16(8), v.u16(10), sctpPayloads.of(int(v.u32(12)), "0x%x"))
		if d.Verbose > 1 {
			d.print("[Payload" + mark(d.ShowUnknown, ":"))
			d.hexLines(v.from(16).limit(size - 16))
			d.print("]")
		}
	case 1, 2:
		d.printf("[init tag: %d] [rwnd: %d] [OS: %d] [MIS: %d] [init TSN: %d] ", v.u32(4), v.u32(8), v.u16(12), v.u16(14), v.u32(16))
	case 3:
		ack, at := v.u32(4), 16
		d.printf("[cum ack %d] [a_rwnd %d] [#gap acks %d] [#dup tsns %d] ", ack, v.u32(8), v.u16(12), v.u16(14))
		for n := 1; n <= v.u16(12) && at+4 <= size; n++ {
			d.printf("\n\t\t[gap ack block #%d: start = %d, end = %d] ", n, ack+uint32(v.u16(at)), ack+uint32(v.u16(at+2)))
			at += 4
		}
		for n := 1; n <= v.u16(14) && at+4 <= size; n++ {
			d.printf("\n\t\t[dup TSN #%d: %d] ", n, v.u32(at))
			at += 4
		}
	}
}
