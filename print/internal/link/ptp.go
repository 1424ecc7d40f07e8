package link

import "bpfc/print/internal/dissect"

// The Precision Time Protocol (IEEE 1588).

const (
	ptpSync              = 0x0
	ptpDelayRequest      = 0x1
	ptpPeerDelayRequest  = 0x2
	ptpPeerDelayResponse = 0x3
	ptpFollowUp          = 0x8
	ptpDelayResponse     = 0x9
	ptpPeerDelayFollowUp = 0xa
	ptpAnnounce          = 0xb
	ptpSignalling        = 0xc
	ptpManagement        = 0xd
)

var (
	ptpMessages = Names{ptpSync: "sync msg", ptpDelayRequest: "delay req msg", ptpPeerDelayRequest: "peer delay req msg", ptpPeerDelayResponse: "peer delay resp msg",
		ptpFollowUp: "follow up msg", ptpDelayResponse: "delay resp msg", ptpPeerDelayFollowUp: "pdelay resp fup msg", ptpAnnounce: "announce msg",
		ptpSignalling: "signalling msg", ptpManagement: "management msg"}
	ptpControls = Names{0: "Sync", 1: "Delay_Req", 2: "Follow_Up", 3: "Delay_Resp", 4: "Management", 5: "Other"}
	ptpFlags    = Flags{{0x1, "l1 61"}, {0x2, "l1 59"}, {0x4, "utc reasonable"}, {0x8, "timescale"}, {0x10, "time tracable"}, {0x20, "frequency tracable"},
		{0x100, "alternate master"}, {0x200, "two step"}, {0x400, "unicast"}, {0x1000, "profile specific 1"}, {0x2000, "profile specific 2"}, {0x4000, "security mask"}, {0x18c0, "unknown"}}
	ptpStamps = Names{ptpSync: "originTimeStamp", ptpDelayRequest: "originTimeStamp", ptpFollowUp: "preciseOriginTimeStamp",
		ptpPeerDelayRequest: "preciseOriginTimeStamp", ptpPeerDelayResponse: "receiveTimeStamp", ptpDelayResponse: "receiveTimeStamp", ptpPeerDelayFollowUp: "preciseOriginTimeStamp"}
)

// PTP prints a message of version 2 in full.
func PTP(d *Context, v View) {
	const header = 34
	d.Proto = "ptp"
	if v.Length < header {
		d.TooShort("length", v.Length, "<", header)
		return
	}
	version := v.U16(0) & 0xff
	d.Printf("PTPv%d", version)
	switch version {
	case 1:
		d.Print(" (not implemented)")
	case 2:
		ptp2(d, v.Cursor(0))
	}
}

func ptp2(d *Context, c *Cursor) {
	first := c.U8()
	kind := first & 15
	d.Printf(", v1 compat : %s", dissect.Pick(first&0x10 != 0, "yes", "no"))
	d.Printf(", msg type : %s", ptpMessages.Of(kind, "none"))
	c.At++
	d.Printf(", length : %d", c.U16())
	d.Printf(", domain : %d", c.U8())
	d.Printf(", reserved1 : %d", c.U8())
	d.Printf(", Flags [%s]", ptpFlags.Of(c.U16(), ", "))
	d.Printf(", NS correction : %d", uint64(c.U16())<<32|uint64(c.U32()))
	d.Printf(", sub NS correction : %d", c.U16())
	d.Printf(", reserved2 : %d", c.U32())
	d.Printf(", clock identity : 0x%x", c.U64())
	d.Printf(", port id : %d", c.U16())
	d.Printf(", seq id : %d", c.U16())
	control := c.U8()
	d.Printf(", control : %d (%s)", control, ptpControls.Of(control, "none"))
	d.Printf(", log message interval : %d", c.U8())
	switch kind {
	case ptpSync, ptpDelayRequest, ptpFollowUp:
		ptpTime(d, c, ptpStamps[kind], ",")
	case ptpPeerDelayRequest, ptpPeerDelayResponse, ptpDelayResponse, ptpPeerDelayFollowUp:
		ptpTime(d, c, ptpStamps[kind], ",")
		ptpPort(d, c)
	case ptpAnnounce:
		printPTPAnnounce(d, c)
	case ptpSignalling:
		ptpPort(d, c)
	case ptpManagement:
		body := c.Rest()
		ptpPort(d, c)
		// As in tcpdump, all four are the first byte of the body.
		d.Printf(", , start boundary hops  %d, , boundary hops  %d, , flags  0x%x, , reserved  0x%x", body.U8(0), body.U8(0), body.U8(0), body.U8(0))
	}
}

func ptpTime(d *Context, c *Cursor, name, separator string) {
	d.Printf(", %s :", name)
	d.Printf(" %d seconds%s", uint64(c.U16())<<32|uint64(c.U32()), separator)
	d.Printf(" %d nanoseconds", c.U32())
}

func ptpPort(d *Context, c *Cursor) {
	d.Printf(", port identity : 0x%x", c.U64())
	d.Printf(", port id : %d", c.U16())
}

func printPTPAnnounce(d *Context, c *Cursor) {
	ptpTime(d, c, "originTimeStamp", "")
	d.Printf(", origin cur utc :%d", c.U16())
	d.Printf(", rsvd : %d", c.U8())
	d.Printf(", gm priority_1 : %d", c.U8())
	d.Printf(", gm clock class : %d", c.U8())
	d.Printf(", gm clock accuracy : %d", c.U8())
	d.Printf(", gm clock variance : %d", c.U16())
	d.Printf(", gm priority_2 : %d", c.U8())
	d.Printf(", gm clock id : 0x%x", c.U64())
	d.Printf(", steps removed : %d", c.U16())
	d.Printf(", time source : 0x%x", c.U8())
}
