package names

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// DefaultTimeout is how long System lets one lookup take.
const DefaultTimeout = 5 * time.Second

// System answers as the C library would: hosts through the system's resolver (which reads /etc/hosts and asks the network),
// everything else from the files of /etc, or their place on Windows. Where there is no services or protocols file, the
// most usual names are still known. Each lookup ends after DefaultTimeout at the latest.
func System() Resolver { return SystemTimeout(DefaultTimeout) }

// SystemTimeout is System with another limit on the time of one lookup; 0 or less means none but the context's own.
func SystemTimeout(limit time.Duration) Resolver {
	return &system{files: Dir(etc()), resolver: systemResolver(), limit: limit}
}

// etc is where the system keeps the files of names.
func etc() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("SystemRoot"), "System32", "drivers", "etc")
	}
	return "/etc"
}

type system struct {
	files    Resolver
	resolver hostResolver
	limit    time.Duration
}

// hostResolver is what system needs of net.Resolver, see systemResolver.
type hostResolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupPort(ctx context.Context, network, service string) (int, error)
}

func (s *system) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	addrs, err := s.resolver.LookupNetIP(ctx, "ip", name)
	if err != nil && saysUnknown(err) {
		return nil, s.unknownHost(ctx, name)
	}
	if IsTimeout(err) && !errors.Is(err, context.DeadlineExceeded) { // the resolver's own patience
		err = fmt.Errorf("%w: %w", err, context.DeadlineExceeded)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up host %.80q: %w", name, err)
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap().WithZone("")
	}
	return slices.Compact(addrs), nil
}

// unknownHost is the error for a host that the system does not know, with a near name from the hosts file if there is one.
func (s *system) unknownHost(ctx context.Context, name string) error {
	unknown := &NotFoundError{Kind: KindHost, Name: name}
	var known *NotFoundError
	if _, err := s.files.Host(ctx, name); errors.As(err, &known) {
		unknown.Suggestion = known.Suggestion
	}
	return unknown
}

func (s *system) Port(ctx context.Context, name string) ([]PortEntry, error) {
	ports, err := s.files.Port(ctx, name)
	if !IsNotFound(err) {
		return ports, err
	}
	// The resolver knows the usual services on systems that have no file of them.
	for _, proto := range []string{"tcp", "udp"} {
		if port, err := s.resolver.LookupPort(ctx, proto, name); err == nil {
			ports = append(ports, PortEntry{Port: uint16(port), Proto: proto})
		}
	}
	if ports == nil {
		return nil, err
	}
	return ports, nil
}

// usualProtocols are for systems without a protocols file (numbers: IANA, Protocol Numbers).
var usualProtocols = Map{Protocols: map[string]int{
	"ip": 0, "icmp": 1, "igmp": 2, "ipencap": 4, "tcp": 6, "udp": 17, "dccp": 33, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
	"ipv6-icmp": 58, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132, "udplite": 136,
}}

func (s *system) Protocol(ctx context.Context, name string) (int, error) {
	number, err := s.files.Protocol(ctx, name)
	if !IsNotFound(err) {
		return number, err
	}
	if number, e := usualProtocols.Protocol(ctx, name); e == nil {
		return number, nil
	}
	return 0, err
}

func (s *system) Network(ctx context.Context, name string) (uint32, error) {
	return s.files.Network(ctx, name)
}

func (s *system) Ether(ctx context.Context, name string) ([6]byte, error) {
	return s.files.Ether(ctx, name)
}

func (s *system) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.limit <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.limit)
}
