package print

// udpRules are the dissectors of what UDP carries, by port.
func udpRules() []portRule {
	return []portRule{
		{either, []int{53}, (*dissector).dns}, {either, []int{5353}, (*dissector).mdns}, {either, []int{5355}, (*dissector).mdns},
		{either, []int{525}, (*dissector).timed}, {either, []int{69}, (*dissector).tftp}, {either, []int{67, 68}, (*dissector).bootp}, {either, []int{520}, (*dissector).rip}, {either, []int{654}, (*dissector).aodv},
		{either, []int{500}, (*dissector).isakmp}, {either, []int{4500}, (*dissector).espInUDP}, {either, []int{7500, 8500}, (*dissector).isakmp},
		{either, []int{123}, (*dissector).ntp}, {either, []int{88, 750}, (*dissector).kerberos}, {either, []int{1701}, (*dissector).l2tp},
		{either, []int{2103, 2104}, (*dissector).zephyr}, {either, []int{7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009}, (*dissector).rx},
		{either, []int{521}, (*dissector).ripng}, {either, []int{546, 547}, (*dissector).dhcp6}, {either, []int{6696, 6697}, (*dissector).babel}, {either, []int{8231}, (*dissector).hncp},
		{either, []int{496}, (*dissector).autoRP}, {either, []int{1645, 1812, 1646, 1813, 1700, 3799}, (*dissector).radius}, {toPort, []int{1985}, (*dissector).hsrp},
		{either, []int{646}, (*dissector).ldp}, {either, []int{698}, (*dissector).olsr}, {fromPort, []int{49152}, (*dissector).bcmLI},
		{toPort, []int{3784}, (*dissector).bfdControl}, {toPort, []int{4784}, (*dissector).bfdMultihop},
		{toPort, []int{6784}, (*dissector).bfdLag}, {toPort, []int{3785}, (*dissector).bfdEcho},
		{either, []int{701}, (*dissector).lmp}, {toPort, []int{12223}, (*dissector).lwappToController}, {fromPort, []int{12223}, (*dissector).lwapp}, {either, []int{12222}, (*dissector).lwapp},
		{either, []int{6343}, (*dissector).sflow}, {either, []int{514}, (*dissector).syslog}, {either, []int{8472}, (*dissector).otv},
		{either, []int{4789}, (*dissector).vxlan}, {either, []int{6081}, (*dissector).geneve}, {either, []int{6635}, (*dissector).mplsInUDP},
		{either, []int{4342}, (*dissector).lisp}, {either, []int{4790}, (*dissector).vxlanGPE}, {either, []int{30490}, (*dissector).someIP}, {either, []int{319, 320}, (*dissector).ptp},
		{either, []int{5060}, sip},
	}
}

// sip prints the Session Initiation Protocol (RFC 3261).
func sip(d *dissector, v view) {
	d.lines(v, "sip", "SIP", "ACK", "BYE", "CANCEL", "DO", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "QAUTH", "REFER", "REGISTER", "SPRACK", "SUBSCRIBE", "UPDATE", "PUBLISH")
}

// portSide says which port of a packet a rule is about.
type portSide int

const (
	either portSide = iota
	fromPort
	toPort
)

// portRule says what packets with some ports carry. Of the rules of a list that a packet fits, the first counts.
type portRule struct {
	side  portSide
	ports []int
	print func(*dissector, view)
}

// portTable finds the rule of a packet.
type portTable struct {
	rules []portRule
	ranks map[portKey]int // of the first rule
}

type portKey struct {
	side portSide // fromPort or toPort
	port int
}

func newPortTable(rules []portRule) portTable {
	t := portTable{rules, map[portKey]int{}}
	for rank, r := range rules {
		for _, port := range r.ports {
			for _, side := range []portSide{fromPort, toPort} {
				key := portKey{side, port}
				if _, taken := t.ranks[key]; !taken && (r.side == either || r.side == side) {
					t.ranks[key] = rank
				}
			}
		}
	}
	return t
}

// find gives the dissector of a packet, nil if there is none.
func (t *portTable) find(src, dst int) func(*dissector, view) {
	a, from := t.ranks[portKey{fromPort, src}]
	b, to := t.ranks[portKey{toPort, dst}]
	switch {
	case from && (!to || a < b):
		return t.rules[a].print
	case to:
		return t.rules[b].print
	}
	return nil
}

const maxUDP = 65535 // bytes that the length of a datagram can tell

// udp prints a UDP datagram (RFC 768).
func (d *dissector) udp(v view, h *ipHeader) {
	d.proto, d.source, d.destination = "udp", h.src, h.dst
	if len(v.b) < 4 {
		if h.known {
			d.printf("%s > %s: ", d.address(h.src), d.address(h.dst))
		}
		panic(truncated{})
	}
	src, dst := v.u16(0), v.u16(2)
	names := [2]string{d.port(src, "udp"), d.port(dst, "udp")}
	if v.length < 8 {
		d.ports(h, names[0], names[1])
		d.printf("truncated-udp %d", v.length)
		return
	}
	if len(v.b) < 6 {
		d.ports(h, names[0], names[1])
		panic(truncated{})
	}
	length := v.u16(4)
	if length == 0 && v.length > maxUDP {
		length = v.length // a jumbogram (RFC 2675)
	}
	if length < 8 {
		d.ports(h, names[0], names[1])
		d.printf("truncated-udplength %d", length)
		return
	}
	d.ports(h, names[0], names[1])
	if len(v.b) < 8 {
		panic(truncated{})
	}
	payload := v.from(8)
	payload.length = min(payload.length, length-8) // what is captured beyond is still seen, as in tcpdump
	d.src, d.dst = src, dst
	if !d.o.Quiet && d.nfsOverUDP(payload, "") {
		return
	}
	// As tcpdump: the checksum of UDP over IPv6 with -v, over IPv4 with -vv.
	if !h.fragment && (d.o.Verbose > 1 || d.o.Verbose == 1 && h.version == 6) {
		d.udpChecksum(v, h, length)
	}
	if !d.o.Quiet {
		if f := d.p.udpPorts.find(src, dst); f != nil {
			d.within(func() { f(d, payload) })
			return
		}
	}
	if length > v.length && !h.fragment {
		d.printf("UDP, bad length %d > %d", length-8, v.length-8)
		return
	}
	d.printf("UDP, length %d", length-8)
}

func (d *dissector) udpChecksum(v view, h *ipHeader, length int) {
	sum := v.u16(6)
	length = min(length, v.length)
	switch {
	case sum == 0 && h.version == 4:
		d.print("[no cksum] ")
	case len(v.b) >= length:
		if bad := checksum(h.pseudoHeader(protoUDP, length), v.b[:length]); bad != 0 {
			d.printf("[bad udp cksum 0x%04x -> 0x%04x!] ", sum, expected(sum, bad))
		} else {
			d.print("[udp sum ok] ")
		}
	}
}
