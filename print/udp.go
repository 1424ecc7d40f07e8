package print

// udpPorts are the dissectors of what UDP carries, by port; the source port's
// or the destination port's.
func udpPorts() portTable {
	return portTable{
		53: (*dissector).dns, 5353: (*dissector).mdns, 5355: (*dissector).mdns,
		67: (*dissector).bootp, 68: (*dissector).bootp, 69: (*dissector).tftp, 123: (*dissector).ntp,
		88: (*dissector).kerberos, 750: (*dissector).kerberos, 500: (*dissector).isakmp, 4500: (*dissector).espInUDP,
		514: (*dissector).syslog, 520: (*dissector).rip, 546: (*dissector).dhcp6, 547: (*dissector).dhcp6, 646: (*dissector).ldp,
		1812: (*dissector).radius, 1813: (*dissector).radius, 1645: (*dissector).radius, 1646: (*dissector).radius, 1700: (*dissector).radius, 3799: (*dissector).radius,
		4789: (*dissector).vxlan, 6081: (*dissector).geneve, 8472: (*dissector).otv, 6343: (*dissector).sflow, 6635: (*dissector).mplsInUDP,
		49152: (*dissector).bcmLI, 8231: (*dissector).hncp, 6696: (*dissector).babel, 6697: (*dissector).babel,
	}
}

// udpDestinations are those found by the destination port only.
func udpDestinations() portTable {
	return portTable{
		1985: (*dissector).hsrp, 3784: (*dissector).bfdControl, 3785: (*dissector).bfdEcho, 4784: (*dissector).bfdMultihop, 6784: (*dissector).bfdLag,
	}
}

// portTable finds the dissector of a port.
type portTable map[int]func(*dissector, view)

// udp prints a UDP datagram (RFC 768).
func (d *dissector) udp(v view, h *ipHeader) {
	d.proto, d.source = "udp", h.src
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
	if length == 0 {
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
	if length < v.length {
		payload = payload.limit(length - 8)
	}
	// As tcpdump: the checksum of UDP over IPv6 with -v, over IPv4 with -vv.
	if !h.fragment && (d.o.Verbose > 1 || d.o.Verbose == 1 && h.version == 6) {
		d.udpChecksum(v, h, length)
	}
	if !d.o.Quiet {
		for _, f := range []func(*dissector, view){d.p.udpDestinations[dst], d.p.udpPorts[src], d.p.udpPorts[dst], rxPort(src, dst)} {
			if f != nil {
				d.within(func() { f(d, payload) })
				return
			}
		}
	}
	if length > v.length && !h.fragment {
		d.printf("UDP, bad length %d > %d", length-8, v.length-8)
		return
	}
	d.printf("UDP, length %d", length-8)
}

func rxPort(ports ...int) func(*dissector, view) {
	for _, p := range ports {
		if p >= 7000 && p <= 7009 {
			return (*dissector).rx
		}
	}
	return nil
}

func (d *dissector) udpChecksum(v view, h *ipHeader, length int) {
	sum := v.u16(6)
	switch {
	case sum == 0 && h.version == 4:
		d.print("[no cksum] ")
	case len(v.b) >= length && v.length >= length:
		if bad := checksum(h.pseudoHeader(protoUDP, length), v.b[:length]); bad != 0 {
			d.printf("[bad udp cksum 0x%04x -> 0x%04x!] ", sum, expected(sum, bad))
		} else {
			d.print("[udp sum ok] ")
		}
	}
}
