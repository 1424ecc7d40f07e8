package witness

import (
	"fmt"
	"slices"
	"strings"

	"bpfc/linktype"
	"bpfc/print"
)

// parse takes a packet apart into headers. short is the header in which it ends, nil where
// all are there.
func parse(from *kind, data []byte) (s *stack, short *kind) {
	s = &stack{}
	for k := from; k != nil; {
		if k.form != nil {
			k = k.form(s, len(s.layers), data)
		}
		n := len(k.fresh())
		if k == ospf && len(s.layers) > 0 && s.layers[len(s.layers)-1].kind != ipv4 {
			n = len(ospf3)
		}
		if k == ipv4 && len(data) > 0 && data[0]>>4 == 6 && s.free4() {
			k, n = ipv6, 40
		}
		if len(data) < n {
			s.data = data
			return s, k
		}
		l := layer{kind: k, b: data[:n], pin: make([]byte, n)}
		for f := range k.all() {
			if f.role == headerLength {
				n = max(n, int(f.get(data))*4)
			}
		}
		if len(data) < n {
			s.data = data
			return s, k
		}
		l.b, l.pin = slices.Clone(data[:n]), make([]byte, n)
		s.layers = append(s.layers, l)
		data = data[n:]
		k = s.following(len(s.layers) - 1)
	}
	s.data = data
	return s, nil
}

// free4 tells whether the next header's version alone tells what it is.
func (s *stack) free4() bool {
	n := len(s.layers)
	return n == 0 || !s.layers[n-1].kind.announces()
}

// following is the kind of the header behind a layer, as its fields say it.
func (s *stack) following(i int) (next *kind) {
	l := &s.layers[i]
	next = l.kind.carries
	for f := range l.kind.all() {
		switch v := f.get(l.b); f.role {
		case follows:
			next = f.next(v)
		case bottom:
			if v == 0 {
				return mpls
			}
		case offset:
			if v != 0 {
				return nil
			}
		}
	}
	for f := range l.kind.all() { // behind what says what follows
		if f.role == offset && f.get(l.b) != 0 {
			return nil
		}
	}
	return next
}

// malformed names what is wrong with a packet: fields that do not have the value that
// the rest of the packet asks for, and the header in which it ends.
func malformed(from *kind, data []byte) (list []string) {
	s, short := parse(from, data)
	if short != nil {
		list = append(list, fmt.Sprintf("the packet ends within the %s header", short.name))
	}
	right := s.bytes()
	for i := range s.layers {
		at := s.start(i)
		l := &s.layers[i]
		fresh := l.kind.fresh()
		for f := range l.kind.all() {
			wrong := false
			switch f.role {
			case length, derived, follows: // a length may stand for what follows
				wrong = f.get(data[at:]) != f.get(right[at:])
			case headerLength:
				wrong = int(f.get(data[at:]))*4 < l.kind.least
			case fixed:
				wrong = f.get(data[at:]) != f.get(fresh)
			case listed:
				wrong = !slices.Contains(f.likely, f.get(data[at:]))
			case version:
				v := f.get(data[at:])
				wrong = v != map[*kind]uint32{ipv4: 4, ipv6: 6}[l.kind]
			}
			if wrong {
				list = append(list, named(l.kind, f))
			}
		}
		if l.kind == sctp && len(s.data)%4 != 0 {
			list = append(list, "SCTP padding")
		}
	}
	return list
}

// named is a field's name with that of its header, once.
func named(k *kind, f *field) string {
	if strings.HasPrefix(f.name, k.name) {
		return f.name
	}
	return k.name + " " + f.name
}

// complaint is what a printer of packets finds wrong with one, "" if nothing.
func complaint(t linktype.Type, data []byte, wireLen uint32) string {
	text := string(print.New(print.Options{Time: print.NoTime, Verbose: 2}).Append(nil, &print.Packet{LinkType: t, Data: data, WireLen: wireLen}))
	for _, sign := range []string{"[|", "bad ", "invalid", "incorrect", "wrong ", "Invalid"} {
		if i := strings.Index(text, sign); i >= 0 {
			// the words before it tell what it is about
			from := max(strings.LastIndexAny(text[:i], ",\n:")+1, i-40)
			rest, _, _ := strings.Cut(text[from:], "\n")
			return strings.TrimSpace(rest[:min(len(rest), 40)])
		}
	}
	return ""
}
