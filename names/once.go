package names

import (
	"context"
	"net/netip"
	"sync"
)

// Once asks r for each name once, and gives the same answer or error from then on. A filter that is compiled with it
// means the same host wherever the name stands, even if r rotates its answers or does not answer at all. It is safe for
// concurrent use if r is, and is meant for one compilation, or many that belong together: it never forgets.
func Once(r Resolver) Resolver { return &once{from: r} }

type once struct {
	from      Resolver
	hosts     memory[[]netip.Addr]
	ports     memory[[]PortEntry]
	protocols memory[int]
	networks  memory[uint32]
	ethers    memory[[6]byte]
}

// memory has what was answered, by name as it was asked for.
type memory[T any] struct {
	mu sync.Mutex
	by map[string]*answer[T]
}

type answer[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (o *once) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	return remember(&o.hosts, ctx, name, o.from.Host)
}

func (o *once) Port(ctx context.Context, name string) ([]PortEntry, error) {
	return remember(&o.ports, ctx, name, o.from.Port)
}

func (o *once) Protocol(ctx context.Context, name string) (int, error) {
	return remember(&o.protocols, ctx, name, o.from.Protocol)
}

func (o *once) Network(ctx context.Context, name string) (uint32, error) {
	return remember(&o.networks, ctx, name, o.from.Network)
}

func (o *once) Ether(ctx context.Context, name string) ([6]byte, error) {
	return remember(&o.ethers, ctx, name, o.from.Ether)
}

func remember[T any](m *memory[T], ctx context.Context, name string, ask func(context.Context, string) (T, error)) (T, error) {
	m.mu.Lock()
	a := m.by[name]
	if a == nil {
		if m.by == nil {
			m.by = map[string]*answer[T]{}
		}
		a = &answer[T]{}
		m.by[name] = a
	}
	m.mu.Unlock()
	a.once.Do(func() { a.value, a.err = ask(ctx, name) })
	return a.value, a.err
}
