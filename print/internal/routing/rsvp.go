package routing

var rsvpNames = Names{1: "Path", 2: "Resv", 3: "PathErr", 4: "ResvErr", 5: "PathTear", 6: "ResvTear", 7: "ResvConf", 12: "Bundle", 13: "ACK", 14: "Hello (Old)", 15: "SummaryRefresh", 20: "Hello"}

// RSVP prints the head of the Resource Reservation Protocol (RFC 2205).
func RSVP(d *Context, v View) {
	d.Proto = "rsvp"
	v.Need(8)
	if version := v.U8(0) >> 4; version != 1 {
		d.Printf("ERROR: RSVP version %d packet not supported", version)
		return
	}
	d.Printf("RSVPv1 %s Message, length: %d", rsvpNames.Of(v.U8(1), "unknown (%d)"), v.Length)
}
