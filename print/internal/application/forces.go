package application

var (
	forcesMessages = Names{1: "Association Setup", 2: "Association Teardown", 3: "Config", 4: "Query", 5: "Event Notification", 6: "Packet Redirect", 15: "HeartBeat", 17: "Association Response", 19: "Config Response", 20: "Query Response"}
	forcesNodes    = [4]string{"FE", "CE", "AUTH", "ForCES"}
)

// ForCES prints the head of a message between the planes of forwarding and control (RFC 5810).
func ForCES(d *Context, v View) {
	d.Proto = "forces"
	d.Printf("\n\tForCES %s ", forcesMessages.Of(v.U8(1), "ForCES Unknown message 0x%x"))
	if d.Verbose == 0 {
		return
	}
	v.Need(24)
	d.Printf("\n\tForCES Version %d len %dB flags 0x%08x ", v.U8(0)>>4, 4*v.U16(2), v.U32(20))
	d.Printf("\n\tSrcID 0x%x(%s) DstID 0x%x(%s) Correlator 0x%x", v.U32(4), forcesNodes[v.U8(4)>>6], v.U32(8), forcesNodes[v.U8(8)>>6], v.U64(12))
	if d.Verbose > 1 {
		d.Form(v.Cursor(20), "\n\tForCES flags:\n\t  %4[0-1]n(0x%=[0-1]h), prio=%=[2-4]d, %=[8-9]n(0x%=[8-9]h),\n\t  %=[10]n(0x%=[10]h), %=[11-12]n(0x%=[11-12]h)\n\t  Extra flags: rsv(b5-7) 0x%=[5-7]h rsv(b13-31) 0x%=[13-31]h\n",
			Names{0: "NoACK", 1: "SuccessACK", 2: "FailureACK", 3: "AlwaysACK"}, Names{0: "EMReserved", 1: "execute-all-or-none", 2: "execute-until-failure", 3: "continue-execute-on-failure"},
			[2]string{"Standalone", "2PCtransaction"}, Names{0: "StartofTransaction", 1: "MiddleofTransaction", 2: "EndofTransaction", 3: "abort"})
	}
}
