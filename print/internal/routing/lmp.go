package routing

var lmpNames = Names{1: "Config", 2: "Config ACK", 3: "Config NACK", 4: "Hello", 5: "Begin Verify", 6: "Begin Verify ACK", 7: "Begin Verify NACK", 8: "End Verify", 9: "End Verify ACK", 10: "Test",
	11: "Test Status Success", 12: "Test Status Failure", 13: "Test Status ACK", 14: "Link Summary", 15: "Link Summary ACK", 16: "Link Summary NACK", 17: "Channel Status", 18: "Channel Status ACK",
	19: "Channel Status Request", 20: "Channel Status Response", 50: "Service Config", 51: "Service Config ACK", 52: "Service Config NACK"}

// LMP prints the head of the Link Management Protocol (RFC 4204).
func LMP(d *Context, v View) {
	d.Proto = "lmp"
	v.Need(8)
	if version := v.U8(0) >> 4; version != 1 {
		d.Printf("LMP version %d packet not supported", version)
		return
	}
	d.Printf("LMPv1 %s Message, length: %d", lmpNames.Of(v.U8(3), "unknown (%d)"), v.Length)
}
