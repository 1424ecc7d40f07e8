package craft_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"bpfc"
	"bpfc/craft"
	"bpfc/linktype"
	"bpfc/names"
)

// Packets are what a filter takes them for.
func TestPackets(t *testing.T) {
	c := bpfc.NewCompiler(names.Map{})
	for _, tt := range []struct {
		link   linktype.Type
		layers map[string]string
		filter string
	}{
		{linktype.EN10MB, map[string]string{"ip": "src=10.0.0.1,dst=10.0.0.2", "tcp": "dport=80,flags=SA"}, "src host 10.0.0.1 and tcp dst port 80 and tcp[13] = 0x12"},
		{linktype.EN10MB, map[string]string{"vlan": "id=7,priority=3", "ip": "src=2001:db8::1,dst=2001:db8::2", "udp": ""}, "vlan 7 and ip6 and udp dst port 53"},
		{linktype.EN10MB, map[string]string{"arp": "op=reply,sender=10.0.0.1,target=10.0.0.2", "eth": "src=02:00:00:00:00:09"}, "ether src 02:00:00:00:00:09 and arp[6:2] = 2"},
		{linktype.RAW, map[string]string{"ip": "", "icmp": "type=8,id=3"}, "icmp[0] = 8 and icmp[4:2] = 3"},
		{linktype.EN10MB, map[string]string{"eth": "type=0x88b5", "payload-hex": "01 02:03"}, "ether proto 0x88b5 and ether[14:2] = 0x0102"},
		{linktype.RAW, map[string]string{"ip": "proto=99,ttl=1,id=5"}, "ip[9] = 99 and ip[8] = 1 and ip[4:2] = 5"},
	} {
		d := craft.Description{Layers: tt.layers}
		packet, err := d.Packet(tt.link)
		if err != nil {
			t.Errorf("%v: %v", tt.layers, err)
			continue
		}
		prog, err := c.Compile(tt.filter, bpfc.WithLinkType(tt.link))
		if err != nil {
			t.Fatal(err)
		}
		m, err := prog.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		if m.Match(packet, uint32(len(packet))) == 0 {
			t.Errorf("%v is not %q: % x", tt.layers, tt.filter, packet)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Lengths and checksums are those that gopacket writes for the same layers.
func TestAgainstGopacket(t *testing.T) {
	for _, fields := range []map[string]string{
		{"ip": "src=10.0.0.1,dst=10.0.0.2,tos=3,id=7", "tcp": "flags=FPUEW,seq=4294967295,ack=9", "payload": "odd"},
		{"ip": "src=2001:db8::1,dst=2001:db8::2,tos=255,ttl=1", "tcp": "flags=.", "payload": "even"},
		{"ip": "", "udp": "sport=65535,dport=9", "payload-hex": "ffff"},
		{"ip": "src=::1,dst=::2", "udp": "dport=9", "payload": "abc"},
		{"ip": "", "icmp": "type=3,code=1", "payload": "x"},
		{"ip": "src=::1,dst=::2", "icmp": "id=65535"},
		{"arp": "sender=10.0.0.1,target=10.0.0.2,target-mac=02:00:00:00:00:03"},
		{"vlan": "id=4095,priority=7", "ip": "", "udp": ""},
		{"vlan": "", "arp": ""},
		{"payload": "nothing but data"},
	} {
		d := craft.Description{Layers: fields}
		packet, err := d.Packet(linktype.EN10MB)
		if err != nil {
			t.Fatal(err)
		}
		decoded := gopacket.NewPacket(packet, layers.LayerTypeEthernet, gopacket.DecodeOptions{})
		var stack []gopacket.SerializableLayer
		for _, l := range decoded.Layers() {
			switch l := l.(type) {
			case *layers.TCP:
				err = l.SetNetworkLayerForChecksum(decoded.NetworkLayer())
			case *layers.UDP:
				err = l.SetNetworkLayerForChecksum(decoded.NetworkLayer())
			case *layers.ICMPv6:
				err = l.SetNetworkLayerForChecksum(decoded.NetworkLayer())
			}
			if err != nil {
				t.Fatal(err)
			}
			if s, ok := l.(gopacket.SerializableLayer); ok {
				stack = append(stack, s)
			}
		}
		if fields["payload"] == "nothing but data" { // gopacket takes it for LLC, and does not write that again
			if got := string(packet[14:30]); packet[12] != 0 || packet[13] != 16 || got != fields["payload"] {
				t.Errorf("% x", packet)
			}
			continue
		}
		buffer := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, stack...); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(buffer.Bytes(), packet) {
			t.Errorf("%v:\n% x\ngopacket:\n% x", fields, packet, buffer.Bytes())
		}
	}
}

// What makes no packet is refused in the words of who described it.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		link   linktype.Type
		layers map[string]string
		want   string
	}{
		{linktype.EN10MB, map[string]string{"tcp": "", "ip": "", "udp": ""}, "--tcp, --udp and --icmp: give one of them"},
		{linktype.EN10MB, map[string]string{"udp": ""}, "need --ip"},
		{linktype.EN10MB, map[string]string{"ip": "src=10.0.0.1,dst=::1"}, "--ip: src and dst are of different versions"},
		{linktype.EN10MB, map[string]string{"ip": "ttl=256"}, "ttl=256 is no number of 8 bits"},
		{linktype.EN10MB, map[string]string{"ip": "hops=3"}, `no field "hops"`},
		{linktype.EN10MB, map[string]string{"ip": "ttl"}, "a field is written name=value"},
		{linktype.EN10MB, map[string]string{"payload": "a", "payload-hex": "00"}, "--payload and --payload-hex"},
		{linktype.EN10MB, map[string]string{"payload-hex": "0"}, "--payload-hex: "},
		{linktype.EN10MB, map[string]string{"arp": "", "ip": ""}, "--arp and --ip"},
		{linktype.RAW, map[string]string{"eth": "", "ip": ""}, "leave out --eth"},
		{linktype.RAW, map[string]string{"payload": "x"}, "describe it with --ip"},
		{linktype.IEEE802_11, map[string]string{"ip": ""}, "link-layer type IEEE802_11"},
	} {
		d := craft.Description{Layers: tt.layers, Prefix: "--"}
		packet, err := d.Packet(tt.link)
		var bad *craft.Error
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) || packet != nil {
			t.Errorf("%v: %v, want %q", tt.layers, err, tt.want)
		}
	}
	plain := craft.Description{Layers: map[string]string{"udp": ""}}
	if _, err := plain.Packet(linktype.EN10MB); err == nil || bytes.Contains([]byte(err.Error()), []byte("--")) {
		t.Errorf("without a prefix: %v", err)
	}
}
