package capture

import (
	"fmt"

	"golang.org/x/sys/unix"

	"bpfc/socket"
)

// socketType is what the kernel calls a kind of socket (socket(2)).
type socketType struct{ domain, kind, protocol int }

// anyProtocol stands for every protocol that has no row of its own.
const anyProtocol = -1

var socketKinds = map[socketType]socket.Kind{
	{unix.AF_PACKET, unix.SOCK_RAW, anyProtocol}:           socket.Packet,
	{unix.AF_PACKET, unix.SOCK_DGRAM, anyProtocol}:         socket.Cooked,
	{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDP}:      socket.UDP,
	{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDP}:     socket.UDP,
	{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE}:  socket.UDP,
	{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE}: socket.UDP,
	{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP}:     socket.TCP,
	{unix.AF_INET6, unix.SOCK_STREAM, unix.IPPROTO_TCP}:    socket.TCP,
	{unix.AF_INET, unix.SOCK_RAW, anyProtocol}:             socket.RawIPv4,
	{unix.AF_INET6, unix.SOCK_RAW, anyProtocol}:            socket.RawIPv6,
	{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}:     socket.Ping,
	{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6}:  socket.Ping,
	{unix.AF_UNIX, unix.SOCK_DGRAM, anyProtocol}:           socket.Unix,
	{unix.AF_UNIX, unix.SOCK_SEQPACKET, anyProtocol}:       socket.Unix,
}

// noFilters says why there is no kind for some sockets.
var noFilters = map[socketType]string{
	{unix.AF_UNIX, unix.SOCK_STREAM, anyProtocol}:         "the kernel runs no filter on stream sockets of AF_UNIX",
	{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}:  noMultipath,
	{unix.AF_INET6, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}: noMultipath,
}

const noMultipath = "Multipath TCP takes no filter: switch it off with SetMultipathTCP(false) of net.ListenConfig or net.Dialer"

// socketKind asks the kernel what a descriptor is.
func socketKind(fd int) (socket.Kind, error) {
	var t socketType
	for _, ask := range []struct {
		option int
		answer *int
	}{{unix.SO_DOMAIN, &t.domain}, {unix.SO_TYPE, &t.kind}, {unix.SO_PROTOCOL, &t.protocol}} {
		var err error
		if *ask.answer, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, ask.option); err != nil {
			return 0, fmt.Errorf("asking for the kind of a socket: %w", err)
		}
	}
	general := socketType{t.domain, t.kind, anyProtocol}
	for _, row := range [...]socketType{t, general} {
		if kind, ok := socketKinds[row]; ok {
			return kind, nil
		}
		if why, ok := noFilters[row]; ok {
			return 0, fmt.Errorf("socket filters: %s", why)
		}
	}
	return 0, fmt.Errorf("socket filters: where data start is not known for sockets of family %d, type %d, protocol %d", t.domain, t.kind, t.protocol)
}
