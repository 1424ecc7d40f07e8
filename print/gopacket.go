package print

import (
	"fmt"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// decodedByGopacket prints the layers that gopacket makes of an ethertype
// without a dissector here; false if it knows the type no better.
func (d *dissector) decodedByGopacket(kind int, v view) bool {
	t := layers.EthernetType(kind)
	if t.LayerType() == gopacket.LayerTypeDecodeFailure || t.LayerType() == gopacket.LayerTypeZero {
		return false
	}
	text, ok := describe(t, v.b)
	if ok {
		d.printf("%s, length %d", text, v.length)
	}
	return ok
}

// other prints a link-layer type that has no dissector here.
func (d *dissector) other(v view) {
	if d.packet.LinkType < 256 { // gopacket's type is 8 bits wide
		if text, ok := describe(layers.LinkType(d.packet.LinkType), v.b); ok {
			d.printf("%s, length %d", text, v.length)
			return
		}
	}
	d.printf("link-layer type %d, length %d", d.packet.LinkType, v.length)
	d.hexLines(v)
}

// describe names the layers that a decoder finds, and the one at which it
// fails or panics; gopacket's decoders are not all safe on hostile bytes.
func describe(decoder gopacket.Decoder, data []byte) (text string, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			text, ok = fmt.Sprintf("[decoder failed: %v]", firstLine(fmt.Sprint(r))), true
		}
	}()
	packet := gopacket.NewPacket(data, decoder, gopacket.DecodeOptions{NoCopy: true, SkipDecodeRecovery: true})
	var names []string
	for _, layer := range packet.Layers() {
		if layer.LayerType() == gopacket.LayerTypeDecodeFailure {
			names = append(names, "[|"+failedLayer(names)+"]")
			break
		}
		names = append(names, layer.LayerType().String())
	}
	return strings.Join(names, " "), len(names) > 0 && !strings.HasPrefix(names[0], "[|")
}

func failedLayer(before []string) string {
	if len(before) == 0 {
		return "link"
	}
	return strings.ToLower(before[len(before)-1]) + " payload"
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
