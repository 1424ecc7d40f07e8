package print

import "fmt"

var (
	tipcUsers = NamesT{0: "Low Importance Data payload", 1: "Medium Importance Data payload", 2: "High Importance Data payload", 3: "Critical Importance Data payload",
		5: "Broadcast Link Protocol internal", 6: "Message Bundler Protocol internal", 7: "Link State Protocol internal", 8: "Connection Manager internal", 10: "Link Changeover Protocol internal",
		11: "Name Table Update Protocol internal", 12: "Message Fragmentation Protocol internal", 13: "Neighbor Detection Protocol internal"}
	tipcMessages = NamesT{0: "CONN_MSG", 1: "MCAST_MSG", 2: "NAMED_MSG", 3: "DIRECT_MSG"}
)

// tipc prints Transparent Inter-Process Communication.
func (d *dissector) tipc(v view) {
	d.proto = "tipc"
	if v.length < 8 || len(v.b) < 4 {
		d.cut()
	}
	head := v.u32(0)
	version, user, size, length := int(head>>29), int(head>>25&15), int(head>>21&15), int(head&0xffff)
	node := func(at int) string {
		n := v.u32(at)
		return fmt.Sprintf("%d.%d.%d", n>>24, n>>12&0xfff, n&0xfff)
	}
	line := func(from, to, kind string) {
		d.printf("TIPC v%d.0 %s > %s, headerlength %d bytes, MessageSize %d bytes, %s, messageType %s", version, from, to, size*4, length, tipcUsers.of(user, "unknown"), kind)
	}
	need := func(n int) {
		if len(v.b) < n {
			d.cut()
		}
	}
	switch user {
	case 0, 1, 2, 3, 8, 11:
		need(24)
		kind := tipcMessages.of(v.u8(4)>>5, "Unknown")
		if size <= 6 {
			line(fmt.Sprintf("%s:%d", node(12), v.u32(16)), fmt.Sprintf("%d", v.u32(20)), kind)
			return
		}
		need(32)
		line(fmt.Sprintf("%s:%d", node(24), v.u32(16)), fmt.Sprintf("%s:%d", node(28), v.u32(20)), kind)
		if d.Verbose > 0 {
			d.printf("\n\tPrevious Node %s, Broadcast Ack %d, Link Ack %d, Link Sequence %d", node(12), v.u16(6), v.u16(8), v.u16(10))
		}
	case 13:
		need(16)
		line(node(12), node(8), NamesT{0: "Link request", 1: "Link response"}.of(v.u8(4)>>5, "Unknown"))
		if d.Verbose > 0 {
			need(24)
			d.printf("\n\tNodeSignature %d, network_id %d, media_id %d", v.u16(6), v.u32(16), v.u8(23))
		}
	case 5, 6, 7, 10, 12:
		need(32)
		line(node(24), node(28), fmt.Sprintf("%s (0x%08x)", tipcMessages.of(v.u8(4)>>5, "Unknown"), v.u32(4)))
		if d.Verbose > 0 {
			need(40)
			d.printf("\n\tPrevious Node %s, Session No. %d, Broadcast Ack %d, Sequence Gap %d,  Broadcast Gap After %d, Broadcast Gap To %d, ", node(12), v.u16(20), v.u16(6), v.u16(4)&0x1fff, v.u16(8), v.u16(10))
			d.printf("Last Sent Packet No. %d, Next sent Packet No. %d, Transport Sequence %d, msg_count %d, Link Tolerance %d", v.u16(16), v.u16(18), v.u32(32), v.u16(36), v.u16(38))
		}
	}
}

// aarp prints AppleTalk's address resolution.
func (d *dissector) aarp(v view) {
	const size = 28
	d.proto = "aarp"
	d.print("aarp ")
	if v.length < size || len(v.b) < size {
		d.cut()
	}
	hardware, protocol, op := v.u16(0), v.u16(2), v.u16(6)
	node := func(at int) string { return fmt.Sprintf("%d.%d", v.u16(at+1), v.u8(at+3)) }
	if hardware == 1 && protocol == 0x809b && v.u8(4) == 6 && v.u8(5) == 4 {
		switch op {
		case 1:
			d.printf("who-has %s tell %s", node(24), node(14))
			return
		case 2:
			d.printf("reply %s is-at %s", node(14), mac(v.bytes(8, 6)))
			return
		case 3:
			d.printf("probe %s tell %s", node(14), node(24))
			return
		}
	}
	d.printf("len %d op %d htype %d ptype 0x%x halen %d palen %d", v.length, op, hardware, protocol, v.u8(4), v.u8(5))
}

var rsvpNames = NamesT{1: "Path", 2: "Resv", 3: "PathErr", 4: "ResvErr", 5: "PathTear", 6: "ResvTear", 7: "ResvConf", 12: "Bundle", 13: "ACK", 14: "Hello (Old)", 15: "SummaryRefresh", 20: "Hello"}

// rsvp prints the head of the Resource Reservation Protocol (RFC 2205).
func (d *dissector) rsvp(v view) {
	d.proto = "rsvp"
	v.need(8)
	if version := v.u8(0) >> 4; version != 1 {
		d.printf("ERROR: RSVP version %d packet not supported", version)
		return
	}
	d.printf("RSVPv1 %s Message, length: %d", rsvpNames.of(v.u8(1), "unknown (%d)"), v.length)
}
