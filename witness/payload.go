package witness

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// hexBytes reads hexadecimal digits; blanks are for the reader.
func hexBytes(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// echo is what stands behind the checksum of an ICMP echo: identifier, sequence number, data.
var echo = append(hexBytes("00010001"), strings.Repeat(filler, 2)[:56]...)

// quoted is a packet as ICMP errors quote it.
func quoted(ip *kind) []byte {
	s := &stack{}
	s.push(ip)
	s.write(map[*kind]int{ipv4: 9, ipv6: 6}[ip], 1, 17)
	return s.bytes()
}

func icmpContents() map[uint32][]byte {
	none := make([]byte, 4)
	about := quoted(ipv4)
	m := map[uint32][]byte{
		0: echo, 8: echo, 3: slices.Concat(none, about), 4: slices.Concat(none, about), 11: slices.Concat(none, about), 12: slices.Concat(none, about),
		5: slices.Concat(hexBytes("c00002fe"), about), 9: hexBytes("01 02 0708 c00002fe 00000000"), 10: none,
		17: hexBytes("00010001 00000000"), 18: hexBytes("00010001 ffffff00"),
	}
	m[13] = hexBytes("00010001 00000001 00000000 00000000")
	m[14] = hexBytes("00010001 00000001 00000002 00000002")
	return m
}

func icmp6Contents() map[uint32][]byte {
	none := make([]byte, 4)
	about := slices.Concat(none, quoted(ipv6))
	const host, group = "20010db8000000000000000000000002", "ff020000000000000000000000010003"
	return map[uint32][]byte{
		128: echo, 129: echo, 1: about, 2: slices.Concat(hexBytes("00000500"), quoted(ipv6)), 3: about, 4: about,
		130: hexBytes("0000 0000" + group), 131: hexBytes("0000 0000" + group), 132: hexBytes("0000 0000" + group),
		133: none, 134: hexBytes("40 00 0708 00000000 00000000"),
		135: hexBytes("00000000" + host + "0101 020000000001"), 136: hexBytes("60000000" + host + "0201 020000000001"),
		137: hexBytes("00000000" + host + host), 143: hexBytes("0000 0001 04 00 0000" + group),
	}
}

// ospf3 is a hello of version 3, which goes over IPv6.
var ospf3 = hexBytes("03 01 0024 c0000201 00000000 0000 00 00 00000001 01 000013 000a 0028 00000000 00000000")

// service is what is said at a well-known port: by who asks, whose destination it is, and by who answers.
type service struct {
	ports       []uint16
	ask, answer []byte
}

func said(ask, answer string, ports ...uint16) service {
	return service{ports, []byte(ask), []byte(answer)}
}

func tcpServices() []service {
	query, reply := dnsQuery(), dnsReply()
	sized := func(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }
	keepalive := strings.Repeat("\xff", 16) + "\x00\x13\x04"
	hello, serverHello := tlsHello(1), tlsHello(2)
	return []service{
		said("USER anonymous\r\n", "220 ready\r\n", 21),
		said("SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2\r\n", 22),
		said("\xff\xfb\x18", "\xff\xfd\x18", 23),
		said("EHLO client.example\r\n", "220 mail.example ESMTP\r\n", 25, 587),
		{[]uint16{53}, sized(query), sized(reply)},
		said("GET / HTTP/1.1\r\nHost: www.example\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 80, 8080, 8000, 8888, 3128),
		said("USER someone\r\n", "+OK ready\r\n", 110),
		said("a1 CAPABILITY\r\n", "* OK ready\r\n", 143),
		said(keepalive, keepalive, 179),
		{[]uint16{443, 465, 636, 853, 993, 995, 8443}, hello, serverHello},
		{[]uint16{5060}, sipRequest("TCP"), sipReply("TCP")},
		said("*1\r\n$4\r\nPING\r\n", "+PONG\r\n", 6379),
	}
}

func udpServices() []service {
	ntp := func(mode byte) []byte { return append([]byte{0x20 | mode, 2, 6, 0xec}, make([]byte, 44)...) }
	ike := hexBytes("0102030405060708 0000000000000000 00 20 22 08 00000000 0000001c")
	rip := hexBytes("01 02 0000 0000 0000 00000000 00000000 00000000 00000010")
	rip2 := hexBytes("02 02 0000 0002 0000 0a000000 ff000000 00000000 00000001")
	return []service{
		{[]uint16{53, 5353, 5355}, dnsQuery(), dnsReply()},
		{[]uint16{67}, dhcp(1, 1), dhcp(2, 2)}, {[]uint16{68}, dhcp(2, 2), dhcp(1, 1)},
		said("\x00\x01file\x00octet\x00", "\x00\x03\x00\x01data", 69),
		{[]uint16{123}, ntp(3), ntp(4)},
		{[]uint16{137}, nbnsQuery(), nbnsQuery()},
		{[]uint16{161}, snmp(0xa0), snmp(0xa2)}, {[]uint16{162}, snmp(0xa7), snmp(0xa2)},
		{[]uint16{500}, ike, ike}, said("\xff", "\xff", 4500),
		said("<13>Jan  1 00:00:00 host program: message", "<13>Jan  1 00:00:00 host program: message", 514),
		{[]uint16{520}, rip, rip2},
		{[]uint16{521}, hexBytes("01 01 0000 00000000000000000000000000000000 0000 00 10"), hexBytes("02 01 0000 20010db8000000000000000000000000 0000 20 01")},
		{[]uint16{546, 547}, hexBytes("01 000001 0001000a 00030001 020000000001 00080002 0000"), hexBytes("02 000001 0001000a 00030001 020000000001 0002000a 00030001 020000000002")},
		said("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n", "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n", 1900),
		{[]uint16{1812, 1645}, append(hexBytes("01 01 0014"), make([]byte, 16)...), append(hexBytes("03 01 0014"), make([]byte, 16)...)},
		{[]uint16{1813, 1646}, append(hexBytes("04 01 0014"), make([]byte, 16)...), append(hexBytes("05 01 0014"), make([]byte, 16)...)},
		said("\x2a\x02\x00\x00", "\x2a\x02\x00\x00", 6696, 6697), // Babel
		{[]uint16{5060}, sipRequest("UDP"), sipReply("UDP")},
		{[]uint16{4789}, nil, append(hexBytes("08000000 00000100 020000000002 020000000001 0800"), quoted(ipv4)...)}, // VXLAN that answers; what asks has headers
		{[]uint16{6081}, nil, append(hexBytes("0000 0800 00000100"), quoted(ipv4)...)},
		{[]uint16{4790}, append(hexBytes("0c 000001 00000100"), quoted(ipv4)...), append(hexBytes("0c 000001 00000100"), quoted(ipv4)...)}, // VXLAN-GPE
	}
}

// speech is what is said from one port to another, nil where nothing is known of them.
func speech(services []service, from, to uint16) []byte {
	for i := range services {
		switch s := &services[i]; {
		case slices.Contains(s.ports, to):
			return s.ask
		case slices.Contains(s.ports, from):
			return s.answer
		}
	}
	return nil
}

func dnsQuery() []byte {
	return append(hexBytes("0001 0100 0001 0000 0000 0000"), "\x03www\x07example\x00\x00\x01\x00\x01"...)
}

func dnsReply() []byte {
	b := append(hexBytes("0001 8180 0001 0001 0000 0000"), "\x03www\x07example\x00\x00\x01\x00\x01"...)
	return append(b, hexBytes("c00c 0001 0001 0000003c 0004 c0000201")...)
}

// dhcp is a message with an operation (1 of clients, 2 of servers) and a DHCP message type.
func dhcp(op, message byte) []byte {
	b := make([]byte, 236)
	copy(b, []byte{op, 1, 6, 0, 0, 0, 0, 1})
	copy(b[28:], hexBytes("020000000001"))
	if op == 2 {
		copy(b[16:], hexBytes("c0000201"))
	}
	b = append(b, hexBytes("63825363 3501")...)
	b = append(b, message, 0xff)
	return append(b, make([]byte, 300-len(b))...)
}

// nbnsQuery asks for the name "*".
func nbnsQuery() []byte {
	b := append(hexBytes("0001 0010 0001 0000 0000 0000 20"), "CK"+strings.Repeat("A", 30)...)
	return append(b, hexBytes("00 0021 0001")...)
}

// ber is a tag with its length and value, which are short.
func ber(tag byte, parts ...[]byte) []byte {
	value := slices.Concat(parts...)
	return append([]byte{tag, byte(len(value))}, value...)
}

// snmp is a message of version 2c about sysUpTime, by the tag of its kind.
func snmp(kind byte) []byte {
	number := func(n byte) []byte { return ber(2, []byte{n}) }
	binding := ber(0x30, ber(6, hexBytes("2b06010201010300")), hexBytes("0500"))
	return ber(0x30, number(1), ber(4, []byte("public")), ber(kind, number(1), number(0), number(0), ber(0x30, binding)))
}

// tlsHello is a handshake message of TLS 1.2: 1 of clients, 2 of servers.
func tlsHello(kind byte) []byte {
	body := append(hexBytes("0303"), strings.Repeat(filler, 1)[:32]...)
	if kind == 1 {
		body = append(body, hexBytes("00 0004 c02f 009c 01 00 0010 0000 000c 000a 00 0007")...)
		body = append(body, "example"...)
	} else {
		body = append(body, hexBytes("00 c02f 00")...)
	}
	hand := append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	return append([]byte{0x16, 3, 1, byte(len(hand) >> 8), byte(len(hand))}, hand...)
}

func sipRequest(transport string) []byte {
	return []byte("OPTIONS sip:b@example SIP/2.0\r\nVia: SIP/2.0/" + transport + " a.example;branch=z9hG4bK1\r\nFrom: <sip:a@example>;tag=1\r\nTo: <sip:b@example>\r\n" +
		"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
}

func sipReply(transport string) []byte {
	return []byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/" + transport + " a.example;branch=z9hG4bK1\r\nFrom: <sip:a@example>;tag=1\r\nTo: <sip:b@example>;tag=2\r\n" +
		"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
}
