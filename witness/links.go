package witness

import "bpfc/linktype"

// first is the header that packets of a link-layer type begin with, nil where there is
// no builder.
func first(t linktype.Type) *kind {
	switch t {
	case linktype.EN10MB:
		return ethernet
	case linktype.RAW, linktype.IPV4:
		return ipv4
	case linktype.IPV6:
		return ipv6
	case linktype.NULL:
		return familyHeader
	case linktype.LOOP:
		return familyLoop
	case linktype.LINUX_SLL:
		return cooked
	case linktype.LINUX_SLL2:
		return cooked2
	case linktype.PPP, linktype.PPP_SERIAL:
		return pppSerial
	case linktype.C_HDLC:
		return chdlc
	}
	return nil
}

// Builds tells whether real packets of a link-layer type can be made. Of others, the
// packets are the fewest bytes that match.
func Builds(t linktype.Type) bool { return first(t) != nil }
