package link

import "bpfc/print/internal/dissect"

// The Precision Time Protocol (IEEE 1588).

var (
	ptpControls = Names{0: "Sync", 1: "Delay_Req", 2: "Follow_Up", 3: "Delay_Resp", 4: "Management", 5: "Other"}
	ptpFlags    = Flags{{0x1, "l1 61"}, {0x2, "l1 59"}, {0x4, "utc reasonable"}, {0x8, "timescale"}, {0x10, "time tracable"}, {0x20, "frequency tracable"},
		{0x100, "alternate master"}, {0x200, "two step"}, {0x400, "unicast"}, {0x1000, "profile specific 1"}, {0x2000, "profile specific 2"}, {0x4000, "security mask"}, {0x18c0, "unknown"}}
)

const (
	ptpStamp = "TimeStamp :| %6d seconds,| %4d nanoseconds"
	ptpPort  = "|, port identity : 0x%8h|, port id : %2d"
)

// ptpMessages are the messages by their types, with what is behind their heads.
var ptpMessages = List{Values: Values{
	0x0: {"sync msg", 0, dissect.Form(", origin" + ptpStamp)}, 0x1: {"delay req msg", 0, dissect.Form(", origin" + ptpStamp)}, 0x2: {"peer delay req msg", 0, dissect.Form(", preciseOrigin" + ptpStamp + ptpPort)},
	0x3: {"peer delay resp msg", 0, dissect.Form(", receive" + ptpStamp + ptpPort)}, 0x8: {"follow up msg", 0, dissect.Form(", preciseOrigin" + ptpStamp)}, 0x9: {"delay resp msg", 0, dissect.Form(", receive" + ptpStamp + ptpPort)},
	0xa: {"pdelay resp fup msg", 0, dissect.Form(", preciseOrigin" + ptpStamp + ptpPort)},
	0xb: {"announce msg", 0, dissect.Form(", originTimeStamp :| %6d seconds| %4d nanoseconds|, origin cur utc :%2d|, rsvd : %1d|, gm priority_1 : %1d|, gm clock class : %1d|, gm clock accuracy : %1d|" +
		", gm clock variance : %2d|, gm priority_2 : %1d|, gm clock id : 0x%8h|, steps removed : %2d|, time source : 0x%1h")},
	0xc: {"signalling msg", 0, dissect.Form(ptpPort)},
	// As in tcpdump, the last four are the first byte of the body.
	0xd: {"management msg", 0, dissect.Form(ptpPort + "|, , start boundary hops  %1@0d, , boundary hops  %=d, , flags  0x%=h, , reserved  0x%=h")},
}}

// PTP prints a message of version 2 in full.
func PTP(d *Context, v View) {
	const header = 34
	d.Proto = "ptp"
	d.LeaveIf(v.Length < header, " [length %d < %d] (invalid)", v.Length, header)
	version := v.U16(0) & 0xff
	d.Printf("PTPv%d%s", version, dissect.If(version == 1, " (not implemented)"))
	if version == 2 {
		ptp2(d, v.Cursor(0))
	}
}

func ptp2(d *Context, c *Cursor) {
	kind := c.View.U8(c.At) & 15
	d.Form(c, ", v1 compat : %1[3]n, msg type : %=[4-7]n|%1_, length : %2d|, domain : %1d|, reserved1 : %1d|, Flags [%2n]|, NS correction : %6d|, sub NS correction : %2d|, reserved2 : %4d|"+
		", clock identity : 0x%8h|, port id : %2d|, seq id : %2d|, control : %1d (%=n)|, log message interval : %1d",
		[2]string{"no", "yes"}, func(n int) string { return ptpMessages.Values.Name(n, "Reserved") }, ptpFlags, ptpControls.Or("Reserved"))
	ptpMessages.Value(d, kind, c.Rest())
}
