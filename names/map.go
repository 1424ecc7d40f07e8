package names

import (
	"context"
	"net/netip"
	"strings"
)

// Map answers from Go maps; a nil map knows no names, so that Map{} knows none at all. Keys of Hosts, Networks and
// Ethers must be in lower case, because those names are asked for in any. The maps must not change while it is in use.
// It is safe for concurrent use as long as nobody changes it.
type Map struct {
	Hosts     map[string][]netip.Addr
	Ports     map[string][]PortEntry
	Protocols map[string]int
	Networks  map[string]uint32 // host byte order
	Ethers    map[string][6]byte
}

// Host looks in m.Hosts. The slice that it gives is the map's own.
func (m Map) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	return fromMap(ctx, m.Hosts, KindHost, name, strings.ToLower(name))
}

// Port looks in m.Ports. The slice that it gives is the map's own.
func (m Map) Port(ctx context.Context, name string) ([]PortEntry, error) {
	return fromMap(ctx, m.Ports, KindPort, name, name)
}

// Protocol looks in m.Protocols.
func (m Map) Protocol(ctx context.Context, name string) (int, error) {
	return fromMap(ctx, m.Protocols, KindProtocol, name, name)
}

// Network looks in m.Networks.
func (m Map) Network(ctx context.Context, name string) (uint32, error) {
	return fromMap(ctx, m.Networks, KindNetwork, name, strings.ToLower(name))
}

// Ether looks in m.Ethers.
func (m Map) Ether(ctx context.Context, name string) ([6]byte, error) {
	return fromMap(ctx, m.Ethers, KindEther, name, strings.ToLower(name))
}

func fromMap[T any](ctx context.Context, m map[string]T, kind, name, key string) (answer T, err error) {
	if err := ctx.Err(); err != nil {
		return answer, err
	}
	answer, ok := m[key]
	if !ok {
		return answer, &NotFoundError{Kind: kind, Name: name, Suggestion: nearest(name, m)}
	}
	return answer, nil
}
