package pcap_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"bpfc/internal/netns"
)

// On "any" the second version of the cooked header can be chosen, which says on which interface a packet came.
func TestProgramCookedV2(t *testing.T) {
	netns.Veth(t)
	h := live(t, "any", 65535, 50*time.Millisecond)
	if h.LinkType() != 113 {
		t.Errorf("link type %d", h.LinkType())
	}
	if err := h.SetLinkType(276); err != nil || h.LinkType() != 276 {
		t.Fatalf("%d, %v", h.LinkType(), err)
	}
	if err := h.SetBPFFilter("udp dst port 53 and inbound"); err != nil {
		t.Fatal(err)
	}
	packet := udp(t, 1, 53, 3)
	send(t, "left", udp(t, 1, 54, 3), packet)
	right, err := net.InterfaceByName("right")
	if err != nil {
		t.Fatal(err)
	}
	data, _ := receive(t, h)
	if len(data) != len(packet)+6 || !bytes.Equal(data[20:], packet[14:]) || binary.BigEndian.Uint32(data[4:]) != uint32(right.Index) {
		t.Errorf("%x", data)
	}
	nothing(t, h)
}
