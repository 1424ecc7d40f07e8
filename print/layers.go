package print

import (
	"encoding/json"
	"errors"
)

// Layer is a header of a packet and what it says: of Ethernet (eth), its VLAN tags (vlan), ARP (arp), IP (ip), ICMP (icmp,
// icmp6), TCP (tcp), UDP (udp) and SCTP (sctp). Names of fields are stable. It is safe for concurrent use as long as nobody
// changes it.
type Layer struct {
	Protocol string
	Fields   []Field // in the order of the header, as far as that makes sense
}

// Field is a value in a header: an int, a uint32, a string or a bool. Lengths are in bytes, addresses are written as numbers.
// It is safe for concurrent use as long as nobody changes it.
type Field struct {
	Name  string
	Value any
}

// Layers gives the headers of the packet that was printed last, from the outermost on, as far as they were captured and are
// understood; nothing without [Options].Layers.
func (p *Printer) Layers() []Layer {
	layers := make([]Layer, 0, len(p.layers))
	for _, l := range p.layers {
		fields := make([]Field, 0, len(l.Fields))
		for _, f := range l.Fields {
			fields = append(fields, Field(f))
		}
		layers = append(layers, Layer{l.Protocol, fields})
	}
	return layers
}

// MarshalJSON writes the layer as an object: its protocol, then its fields.
func (l Layer) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	for i, f := range append([]Field{{"protocol", l.Protocol}}, l.Fields...) {
		name, err := json.Marshal(f.Name)
		value, wrong := json.Marshal(f.Value)
		if err = errors.Join(err, wrong); err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}
