package names

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

// rotating gives another answer each time, and an error every third time.
type rotating struct{ asked int }

func (r *rotating) next() (int, error) {
	if r.asked++; r.asked%3 == 0 {
		return 0, errors.New("no answer")
	}
	return r.asked, nil
}

func (r *rotating) Host(context.Context, string) ([]netip.Addr, error) {
	n, err := r.next()
	return []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})}, err
}

func (r *rotating) Port(context.Context, string) ([]PortEntry, error) {
	n, err := r.next()
	return []PortEntry{{Port: uint16(n), Proto: "tcp"}}, err
}

func (r *rotating) Protocol(context.Context, string) (int, error) { return r.next() }

func (r *rotating) Network(context.Context, string) (uint32, error) {
	n, err := r.next()
	return uint32(n), err
}

func (r *rotating) Ether(context.Context, string) ([6]byte, error) {
	n, err := r.next()
	return [6]byte{byte(n)}, err
}

func TestOnce(t *testing.T) {
	ctx, from := context.Background(), &rotating{}
	o := Once(from)
	ask := map[string]func(name string) (any, error){
		"host":     func(name string) (any, error) { a, err := o.Host(ctx, name); return a[0], err },
		"port":     func(name string) (any, error) { a, err := o.Port(ctx, name); return a[0], err },
		"protocol": func(name string) (any, error) { a, err := o.Protocol(ctx, name); return a, err },
		"network":  func(name string) (any, error) { a, err := o.Network(ctx, name); return a, err },
		"ether":    func(name string) (any, error) { a, err := o.Ether(ctx, name); return a, err },
	}
	for kind, f := range ask {
		for _, name := range []string{"a", "b", "c"} {
			first, firstErr := f(name)
			if again, err := f(name); again != first || err != firstErr {
				t.Errorf("%s %s: first %v, %v, then %v, %v", kind, name, first, firstErr, again, err)
			}
		}
	}
	if from.asked != 15 {
		t.Errorf("asked %d times", from.asked)
	}
}
