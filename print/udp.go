package print

const maxUDP = 65535 // bytes that the length of a datagram can tell

// udp prints a UDP datagram (RFC 768).
func (d *dissector) udp(v view) {
	h := d.ip
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
	if !d.Quiet && isNFS(payload, src, dst) {
		d.next(byName, nameNFS, payload)
		return
	}
	// As tcpdump: the checksum of UDP over IPv6 with -v, over IPv4 with -vv.
	if !h.fragment && (d.Verbose > 1 || d.Verbose == 1 && h.version == 6) {
		d.udpChecksum(v, h, length)
	}
	if !d.Quiet {
		if f := d.byPort(port{byUDP, src}, port{byUDPFrom, src}, port{byUDP, dst}, port{byUDPTo, dst}); f != nil {
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

// isNFS tells a call or a reply of NFS, which is printed before all else that is known of a datagram.
func isNFS(v view, src, dst int) bool {
	const port, call, reply = 2049, 0, 1
	return len(v.b) >= 8 && (dst == port && v.u32(4) == call || src == port && v.u32(4) == reply)
}
