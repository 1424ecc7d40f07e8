package old

import "fmt"

var (
	tipcUsers = Names{0: "Low Importance Data payload", 1: "Medium Importance Data payload", 2: "High Importance Data payload", 3: "Critical Importance Data payload",
		5: "Broadcast Link Protocol internal", 6: "Message Bundler Protocol internal", 7: "Link State Protocol internal", 8: "Connection Manager internal", 10: "Link Changeover Protocol internal",
		11: "Name Table Update Protocol internal", 12: "Message Fragmentation Protocol internal", 13: "Neighbor Detection Protocol internal"}
	tipcMessages = Names{0: "CONN_MSG", 1: "MCAST_MSG", 2: "NAMED_MSG", 3: "DIRECT_MSG"}
)

// TIPC prints Transparent Inter-Process Communication.
func TIPC(d *Context, v View) {
	d.Proto = "tipc"
	d.CutIf(v.Length < 8 || len(v.Data) < 4)
	head := v.U32(0)
	version, user, size, length := int(head>>29), int(head>>25&15), int(head>>21&15), int(head&0x1ffff)
	node := func(at int) string {
		n := v.U32(at)
		return fmt.Sprintf("%d.%d.%d", n>>24, n>>12&0xfff, n&0xfff)
	}
	line := func(from, to, kind string) {
		d.Printf("TIPC v%d.0 %s > %s, headerlength %d bytes, MessageSize %d bytes, %s, messageType %s", version, from, to, size*4, length, tipcUsers.Of(user, "unknown"), kind)
	}
	need := func(n int) {
		d.CutIf(len(v.Data) < n)
	}
	switch user {
	case 0, 1, 2, 3, 8, 11:
		need(24)
		kind := tipcMessages.Of(v.U8(4)>>5, "Unknown")
		if size <= 6 {
			line(fmt.Sprintf("%s:%d", node(12), v.U32(16)), fmt.Sprintf("%d", v.U32(20)), kind)
			return
		}
		need(32)
		line(fmt.Sprintf("%s:%d", node(24), v.U32(16)), fmt.Sprintf("%s:%d", node(28), v.U32(20)), kind)
		if d.Verbose > 0 {
			d.Printf("\n\tPrevious Node %s, Broadcast Ack %d, Link Ack %d, Link Sequence %d", node(12), v.U16(6), v.U16(8), v.U16(10))
		}
	case 13:
		need(16)
		line(node(12), node(8), Names{0: "Link request", 1: "Link response"}.Of(v.U8(4)>>5, "Unknown"))
		if d.Verbose > 0 {
			need(24)
			d.Printf("\n\tNodeSignature %d, network_id %d, media_id %d", v.U16(6), v.U32(16), v.U8(23))
		}
	case 5, 6, 7, 10, 12:
		need(32)
		line(node(24), node(28), fmt.Sprintf("%s (0x%08x)", tipcMessages.Of(v.U8(4)>>5, "Unknown"), v.U32(4)))
		if d.Verbose > 0 {
			need(40)
			d.Printf("\n\tPrevious Node %s, Session No. %d, Broadcast Ack %d, Sequence Gap %d,  Broadcast Gap After %d, Broadcast Gap To %d, ", node(12), v.U16(20), v.U16(6), v.U16(4)&0x1fff, v.U16(8), v.U16(10))
			d.Printf("Last Sent Packet No. %d, Next sent Packet No. %d, Transport Sequence %d, msg_count %d, Link Tolerance %d", v.U16(16), v.U16(18), v.U32(32), v.U16(36), v.U16(38))
		}
	}
}
