package application

// RADIUS prints RADIUS (RFC 2865).
func RADIUS(d *Context, v View) {
	d.Proto = "radius"
	v.Need(4)
	names := Names{1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request", 5: "Accounting-Response", 11: "Access-Challenge", 12: "Status-Server", 13: "Status-Client",
		40: "Disconnect-Request", 41: "Disconnect-ACK", 42: "Disconnect-NAK", 43: "CoA-Request", 44: "CoA-ACK", 45: "CoA-NAK", 255: "Reserved"}
	d.Printf("RADIUS, %s (%d), id: 0x%02x length: %d", names.Of(v.U8(0), "Unknown Command"), v.U8(0), v.U8(1), v.U16(2))
}
