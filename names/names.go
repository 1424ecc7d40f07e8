// Package names turns the names in a filter into numbers: hosts, ports, protocols, networks and Ethernet addresses.
//
// The compiler asks one interface, Resolver, and does not care who answers:
//
//   - Dir reads the files hosts, services, protocols, networks and ethers of one directory and never asks the network,
//     so that what a filter means depends on nothing else;
//   - System does what the C library would: the files of /etc and the system's resolver, under a time limit;
//   - Map answers from Go maps, for programs that bring names of their own;
//   - First asks several in turn.
//
// Who compares names how follows the C library: host, network and ethers names in any case, services and protocols
// exactly as written. All of them are safe for concurrent use.
//
// The package keeps its API compatible within a major version.
package names

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// Resolver looks names up. A name that does not exist is a *NotFoundError; any other error means that the question could
// not be answered (a file that cannot be read, a time limit, a cancelled context).
// The resolvers of this package are safe for concurrent use; others must be where filters are compiled in parallel.
type Resolver interface {
	// Host gives all addresses of a host, of both families, in the order of their source. IPv4 addresses are never
	// in their IPv6-mapped form.
	Host(ctx context.Context, name string) ([]netip.Addr, error)
	// Port gives every port that a service name stands for, with its transport protocol.
	Port(ctx context.Context, name string) ([]PortEntry, error)
	// Protocol gives the number of an IP protocol, 0 to 255.
	Protocol(ctx context.Context, name string) (int, error)
	// Network gives the number of a network as getnetbyname(3) does: in host byte order, 10.0.0.0 is 0x0a000000.
	Network(ctx context.Context, name string) (uint32, error)
	// Ether gives the MAC address of a host, in transmission order.
	Ether(ctx context.Context, name string) ([6]byte, error)
}

// PortEntry is one line of services(5).
// It is safe for concurrent use as long as nobody changes it.
type PortEntry struct {
	Port  uint16 // in host byte order
	Proto string // "tcp", "udp", "sctp" and the like, in lower case
}

// The kinds of name, as they stand in NotFoundError.Kind.
const (
	KindHost     = "host"
	KindPort     = "port"
	KindProtocol = "protocol"
	KindNetwork  = "network"
	KindEther    = "ethernet host"
)

// NotFoundError says that a name does not exist, wherever the resolver looks.
// It is safe for concurrent use as long as nobody changes it.
type NotFoundError struct {
	// Kind is one of the Kind constants.
	Kind string
	// Name is the name as it was asked for.
	Name string
	// Source says where it was looked for, such as a file's path; may be empty.
	Source string
	// Suggestion is a name that does exist and is near; may be empty.
	Suggestion string
}

// Error names the name, and where it was looked for.
func (e *NotFoundError) Error() string {
	s := fmt.Sprintf("unknown %s %.80q", e.Kind, e.Name)
	if e.Source != "" {
		s += " in " + e.Source
	}
	return s
}

// IsNotFound tells whether err says that a name does not exist, rather than that it could not be looked up.
func IsNotFound(err error) bool {
	var e *NotFoundError
	return errors.As(err, &e)
}

// IsTimeout tells whether err says that a lookup was not answered in time: because the context's time was over, or that
// of whoever was asked.
func IsTimeout(err error) bool {
	var t interface{ Timeout() bool } // as net.Error has it
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// First asks the resolvers in turn and gives the first answer. A *NotFoundError makes it go on to the next; any other
// error ends the search. With nobody to ask, or nobody who knows, the last *NotFoundError is the answer.
func First(resolvers ...Resolver) Resolver { return first(resolvers) }

type first []Resolver

func (f first) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	return ask(f, KindHost, name, func(r Resolver) ([]netip.Addr, error) { return r.Host(ctx, name) })
}

func (f first) Port(ctx context.Context, name string) ([]PortEntry, error) {
	return ask(f, KindPort, name, func(r Resolver) ([]PortEntry, error) { return r.Port(ctx, name) })
}

func (f first) Protocol(ctx context.Context, name string) (int, error) {
	return ask(f, KindProtocol, name, func(r Resolver) (int, error) { return r.Protocol(ctx, name) })
}

func (f first) Network(ctx context.Context, name string) (uint32, error) {
	return ask(f, KindNetwork, name, func(r Resolver) (uint32, error) { return r.Network(ctx, name) })
}

func (f first) Ether(ctx context.Context, name string) ([6]byte, error) {
	return ask(f, KindEther, name, func(r Resolver) ([6]byte, error) { return r.Ether(ctx, name) })
}

func ask[T any](f first, kind, name string, question func(Resolver) (T, error)) (answer T, err error) {
	err = &NotFoundError{Kind: kind, Name: name}
	for _, r := range f {
		if answer, err = question(r); !IsNotFound(err) {
			return answer, err
		}
	}
	return answer, err
}
