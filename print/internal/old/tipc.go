package old

import (
	"fmt"
	"strconv"
)

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
	c, user, size := v.Cursor(0), v.U8(0)>>1&15, int(v.U32(0)>>21&15)
	line := func(addresses, kind string, kinds Names) {
		d.Form(c, "TIPC v%4@0[0-2]d.0 "+addresses+", headerlength %4@0[7-10]n bytes, MessageSize %=[15-31]d bytes, %=[3-6]n, messageType "+kind, func(words int) string { return strconv.Itoa(4 * words) }, tipcUsers, kinds.Or("Unknown"))
	}
	need := func(n int) { d.CutIf(len(v.Data) < n) }
	switch user {
	case 0, 1, 2, 3, 8, 11:
		need(24)
		if size <= 6 {
			line(tipcNode(12)+":%4@16d > %4@20d", "%1@4[0-2]n", tipcMessages)
			return
		}
		need(32)
		line(tipcNode(24)+":%4@16d > "+tipcNode(28)+":%4@20d", "%1@4[0-2]n", tipcMessages)
		d.Form(c, "%1+{\n\tPrevious Node "+tipcNode(12)+", Broadcast Ack %2@6d, Link Ack %2@8d, Link Sequence %2@10d}")
	case 13:
		need(16)
		line(tipcNode(12)+" > "+tipcNode(8), "%1@4[0-2]n", Names{0: "Link request", 1: "Link response"})
		d.Form(c, "%1+{%24~\n\tNodeSignature %2@6d, network_id %4@16d, media_id %1@23d}")
	case 5, 6, 7, 10, 12:
		need(32)
		line(tipcNode(24)+" > "+tipcNode(28), "%4@4[0-2]n (0x%=x)", tipcMessages)
		d.Form(c, "%1+{%40~\n\tPrevious Node "+tipcNode(12)+", Session No. %2@20d, Broadcast Ack %2@6d, Sequence Gap %2@4[3-15]d,  Broadcast Gap After %2@8d, Broadcast Gap To %2@10d, "+
			"Last Sent Packet No. %2@16d, Next sent Packet No. %2@18d, Transport Sequence %4@32d, msg_count %2@36d, Link Tolerance %2@38d}")
	}
}

// tipcNode is the form of a node: zone, cluster and number, at an offset.
func tipcNode(at int) string { return fmt.Sprintf("%%4@%d[0-7]d.%%=[8-19]d.%%=[20-31]d", at) }
