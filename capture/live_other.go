//go:build !linux

package capture

// openPacket: AF_PACKET is Linux's.
var openPacket opener

// ProbeLink tells what a filter for an interface has to be compiled for.
func ProbeLink(o LiveOptions) (Link, error) {
	open, err := backend(o.Backend)
	if err != nil {
		return Link{}, err
	}
	h, err := open(o)
	if err != nil {
		return Link{}, err
	}
	defer h.Close()
	return h.Link(), nil
}
