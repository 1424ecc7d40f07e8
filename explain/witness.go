package explain

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"bpfc/ast"
	"bpfc/names"
)

// witness is a resolver that remembers what it has been told.
type witness struct {
	from names.Resolver

	mu    sync.Mutex
	heard map[string]string // by name: what it stands for
}

func (w *witness) note(name, means string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.heard == nil {
		w.heard = map[string]string{}
	}
	w.heard[name] = means
}

// about lists what the names in a primitive stand for.
func (w *witness) about(e ast.Expr) (list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ast.Walk(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Name)
		if !ok {
			return true
		}
		for _, name := range append([]string{id.Text}, strings.Split(id.Text, "-")...) {
			if means, ok := w.heard[name]; ok {
				list = append(list, name+" is "+means)
				if name == id.Text {
					break
				}
			}
		}
		return true
	})
	return list
}

func (w *witness) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	addrs, err := w.from.Host(ctx, name)
	if err == nil {
		texts := make([]string, len(addrs))
		for i, a := range addrs {
			texts[i] = a.String()
		}
		w.note(name, enumerate(texts, "or"))
	}
	return addrs, err
}

func (w *witness) Port(ctx context.Context, name string) ([]names.PortEntry, error) {
	ports, err := w.from.Port(ctx, name)
	if err == nil {
		texts := make([]string, len(ports))
		for i, p := range ports {
			texts[i] = fmt.Sprintf("%s port %d", p.Proto, p.Port)
		}
		w.note(name, enumerate(texts, "and"))
	}
	return ports, err
}

func (w *witness) Protocol(ctx context.Context, name string) (int, error) {
	n, err := w.from.Protocol(ctx, name)
	if err == nil {
		w.note(name, fmt.Sprintf("IP protocol %d", n))
	}
	return n, err
}

func (w *witness) Network(ctx context.Context, name string) (uint32, error) {
	n, err := w.from.Network(ctx, name)
	if err == nil {
		w.note(name, "the network "+dotted(n))
	}
	return n, err
}

func (w *witness) Ether(ctx context.Context, name string) ([6]byte, error) {
	a, err := w.from.Ether(ctx, name)
	if err == nil {
		w.note(name, mac(a[:]))
	}
	return a, err
}
