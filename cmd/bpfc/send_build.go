package main

import (
	"errors"

	"github.com/spf13/pflag"

	"bpfc/craft"
	"bpfc/linktype"
)

// packetDescription is a packet as flags describe it, one for each layer.
type packetDescription struct{ set *pflag.FlagSet }

func (d *packetDescription) register(f *pflag.FlagSet) {
	d.set = f
	for _, l := range craft.Layers() {
		f.String(l.Name, "", l.Fields)
	}
}

// layers are those that are given.
func (d *packetDescription) layers() map[string]string {
	given := map[string]string{}
	for _, l := range craft.Layers() {
		if f := d.set.Lookup(l.Name); f.Changed {
			given[l.Name] = f.Value.String()
		}
	}
	return given
}

// empty tells whether no layer is given.
func (d *packetDescription) empty() bool { return len(d.layers()) == 0 }

// packet builds the bytes for an interface of a link-layer type.
func (d *packetDescription) packet(link linktype.Type) ([]byte, error) {
	described := craft.Description{Layers: d.layers(), Prefix: "--"}
	packet, err := described.Packet(link)
	if bad := (*craft.Error)(nil); errors.As(err, &bad) {
		return nil, &usageError{err}
	}
	return packet, err
}
