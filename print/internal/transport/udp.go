package transport

import "bpfc/print/internal/dissect"

const maxUDP = 65535 // bytes that the length of a datagram can tell

// UDP prints a UDP datagram (RFC 768).
func UDP(d *Context, v View) {
	h := d.IP
	d.Proto, d.Source, d.Destination = "udp", h.Src, h.Dst
	if len(v.Data) < 4 {
		d.PrintfIf(h.Known, "%s > %s: ", d.Address(h.Src), d.Address(h.Dst))
		panic(dissect.Truncated{})
	}
	src, dst := v.U16(0), v.U16(2)
	length := 0
	if v.Length >= 8 && len(v.Data) >= 6 {
		length = v.U16(4)
	}
	if length == 0 && v.Length > maxUDP {
		length = v.Length // a jumbogram (RFC 2675)
	}
	forced := d.Registry.Has(dissect.ByForcedUDP, d.Forced)
	// As tcpdump, which prints nothing at all where another type is forced on TCP, and leaves it to a remote procedure call.
	if length < 8 || len(v.Data) < 6 || d.Forced == 0 || forced && d.Forced != dissect.ForceRPC {
		d.Ports(h, src, dst, "udp")
	}
	d.LeaveIf(v.Length < 8, "truncated-udp %d", v.Length)
	dissect.TruncateIf(len(v.Data) < 6)
	d.LeaveIf(length < 8, "truncated-udplength %d", length)
	dissect.TruncateIf(len(v.Data) < 8)
	if d.Layers != nil {
		d.Layer("udp", "src_port", src, "dst_port", dst, "payload_length", length-8)
	}
	payload := v.From(8)
	payload.Length = min(payload.Length, length-8) // what is captured beyond is still seen, as in tcpdump
	d.Src, d.Dst = src, dst
	if d.Forced != 0 {
		d.Within(func() { d.Next(dissect.ByForcedUDP, d.Forced, payload) })
		return
	}
	if !d.Quiet && isNFS(payload, src, dst) {
		d.Next(dissect.ByName, dissect.NameNFS, payload)
		return
	}
	// As tcpdump: the checksum of UDP over IPv6 with -v, over IPv4 with -vv.
	if !h.Fragment && !d.IgnoreChecksums && (d.Verbose > 1 || d.Verbose == 1 && h.Version == 6) {
		udpChecksum(d, v, h, length)
	}
	if !d.Quiet && isKIP(payload, src, dst) {
		d.If(d.Verbose > 0, "kip ")
		d.Next(dissect.ByName, dissect.NameKIP, payload)
		return
	}
	if !d.Quiet {
		if f := d.ByPort(dissect.Port{dissect.ByUDP, src}, dissect.Port{dissect.ByUDPFrom, src}, dissect.Port{dissect.ByUDP, dst}, dissect.Port{dissect.ByUDPTo, dst}); f != nil {
			d.Within(func() { f(d, payload) })
			return
		}
	}
	d.StopIf(length > v.Length && !h.Fragment, "UDP, bad length %d > %d", length-8, v.Length-8)
	d.Printf("UDP, length %d", length-8)
}

func udpChecksum(d *Context, v View, h *dissect.IPHeader, length int) {
	sum := v.U16(6)
	length = min(length, v.Length)
	if sum == 0 && h.Version == 4 {
		d.Print("[no cksum] ")
	} else if len(v.Data) >= length {
		d.Verify(h.PseudoHeader(dissect.ProtoUDP, length), v.Data[:length], sum, "[udp sum ok] ", "[bad udp cksum 0x%04x -> 0x%04x!] ")
	}
}

// isKIP tells AppleTalk's packets, by their ports and the type in LocalTalk's header.
func isKIP(v View, src, dst int) bool {
	const long = 2
	port := func(n int) bool { return n >= 200 && n < 328 || n >= 768 && n < 896 || n >= 16512 && n < 16640 }
	return len(v.Data) > 2 && v.U8(2) == long && (port(src) || port(dst))
}

// isNFS tells a call or a reply of NFS, which is printed before all else that is known of a datagram.
func isNFS(v View, src, dst int) bool {
	const port, call, reply = 2049, 0, 1
	return len(v.Data) >= 8 && (dst == port && v.U32(4) == call || src == port && v.U32(4) == reply)
}
