// Package socket names the kinds of socket that the Linux kernel runs filters on. They differ in where the packet starts that a
// program sees, so a program is made for one kind: give it to bpfc.WithSocket, or ask a socket with capture.SocketKind.
//
// The kernel runs a socket's filter (sk_filter) where the protocol puts a packet into the socket's queue, with skb->data where
// the protocol has it by then. What lies before is still there, and classic BPF reaches it through SKF_NET_OFF, see package
// socket/lower, which turns a program for IP packets into one for such a socket. What is said here of data and length is that
// of Linux 6.18, where the tests of package capture hold each kind against it.
//
// The package keeps its API compatible within a major version.
package socket

import (
	"fmt"
	"strings"

	"bpfc/diag"
	"bpfc/linktype"
)

// Kind is a kind of socket.
// It is a value, and so safe for concurrent use.
type Kind uint8

// The kinds. For each but Packet, a filter is compiled for the link-layer type RAW: the packet starts at its IP header, `len`
// is the length of the IP packet in bytes, and fragments have been put together before.
const (
	// Packet is AF_PACKET with SOCK_RAW, the default: data start at the link-layer header, whose type is the interface's.
	Packet Kind = iota
	// Cooked is AF_PACKET with SOCK_DGRAM: data start at the network header, len is what follows the link-layer header, padding
	// included. What is not IP comes, too, and is told from it by its first four bits alone: bind such a socket to ETH_P_IP or
	// ETH_P_IPV6. Fragments come as they are.
	Cooked
	// UDP is SOCK_DGRAM for UDP and UDP-Lite, over IPv4, IPv6 or both: data start at the UDP header.
	UDP
	// TCP is SOCK_STREAM for TCP, over IPv4, IPv6 or both: data start at the TCP header. A connection has the filter of the
	// listener that accepted it. The peer sends a segment that the filter rejects again and again, so the connection hangs
	// unless the filter goes by what all of its segments share. A listener's filter sees only what arrives to open connections.
	TCP
	// RawIPv4 is AF_INET with SOCK_RAW, for ICMP or any protocol: data start at the IP header.
	RawIPv4
	// RawIPv6 is AF_INET6 with SOCK_RAW: data start at the header of the socket's protocol, behind IPv6 and extension headers.
	RawIPv6
	// Ping is SOCK_DGRAM for ICMP or ICMPv6: data start at the ICMP header.
	Ping
	// Unix is AF_UNIX with SOCK_DGRAM or SOCK_SEQPACKET: there are no headers, only data, of which len is the length. The
	// kernel runs no filter on stream sockets of AF_UNIX.
	Unix
)

// Start is where the data start that a program sees.
// It is a value, and so safe for concurrent use.
type Start uint8

// The starts.
const (
	LinkHeader Start = iota
	NetworkHeader
	TransportHeader
	Payload
)

var kinds = [...]struct {
	name, description string
	start             Start
}{
	Packet:  {"packet", "a packet socket (AF_PACKET, SOCK_RAW)", LinkHeader},
	Cooked:  {"cooked", "a packet socket without link-layer headers (AF_PACKET, SOCK_DGRAM)", NetworkHeader},
	UDP:     {"udp", "a UDP socket", TransportHeader},
	TCP:     {"tcp", "a TCP socket", TransportHeader},
	RawIPv4: {"raw4", "a raw IPv4 socket", NetworkHeader},
	RawIPv6: {"raw6", "a raw IPv6 socket", TransportHeader},
	Ping:    {"ping", "an ICMP datagram socket", TransportHeader},
	Unix:    {"unix", "a UNIX socket", Payload},
}

// All lists the kinds.
func All() []Kind {
	all := make([]Kind, len(kinds))
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Valid tells whether k is one of the kinds.
func (k Kind) Valid() bool { return int(k) < len(kinds) }

// String is the name that [Parse] reads.
func (k Kind) String() string {
	if !k.Valid() {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kinds[k].name
}

// Description says in a few words, with its article, what the kind is.
func (k Kind) Description() string {
	if !k.Valid() {
		return k.String()
	}
	return kinds[k].description
}

// Start tells where the data start. The kind must be valid.
func (k Kind) Start() Start { return kinds[k].start }

// LinkType is what filters for the kind are compiled for; ok is false for Packet, where the interface decides.
func (k Kind) LinkType() (t linktype.Type, ok bool) { return linktype.RAW, k != Packet }

// Parse reads the name of a kind, in any case. The error is a *diag.Error of kind Unknown.
func Parse(s string) (Kind, error) {
	names := make([]string, len(kinds))
	for k, row := range kinds {
		if strings.EqualFold(s, row.name) {
			return Kind(k), nil
		}
		names[k] = row.name
	}
	return Packet, diag.New(diag.Unknown, 0, 0, "no kind of socket %.40q", s).WithHint("there are %s", strings.Join(names, ", "))
}
