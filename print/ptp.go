package print

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
	ptpMessages = NamesT{ptpSync: "sync msg", ptpDelayRequest: "delay req msg", ptpPeerDelayRequest: "peer delay req msg", ptpPeerDelayResponse: "peer delay resp msg",
		ptpFollowUp: "follow up msg", ptpDelayResponse: "delay resp msg", ptpPeerDelayFollowUp: "pdelay resp fup msg", ptpAnnounce: "announce msg",
		ptpSignalling: "signalling msg", ptpManagement: "management msg"}
	ptpControls = NamesT{0: "Sync", 1: "Delay_Req", 2: "Follow_Up", 3: "Delay_Resp", 4: "Management", 5: "Other"}
	ptpFlags    = FlagsT{{0x1, "l1 61"}, {0x2, "l1 59"}, {0x4, "utc reasonable"}, {0x8, "timescale"}, {0x10, "time tracable"}, {0x20, "frequency tracable"},
		{0x100, "alternate master"}, {0x200, "two step"}, {0x400, "unicast"}, {0x1000, "profile specific 1"}, {0x2000, "profile specific 2"}, {0x4000, "security mask"}, {0x18c0, "unknown"}}
	ptpStamps = NamesT{ptpSync: "originTimeStamp", ptpDelayRequest: "originTimeStamp", ptpFollowUp: "preciseOriginTimeStamp",
		ptpPeerDelayRequest: "preciseOriginTimeStamp", ptpPeerDelayResponse: "receiveTimeStamp", ptpDelayResponse: "receiveTimeStamp", ptpPeerDelayFollowUp: "preciseOriginTimeStamp"}
)

// ptp prints a message of version 2 in full.
func (d *dissector) ptp(v view) {
	const header = 34
	d.proto = "ptp"
	if v.length < header {
		d.mark()
		return
	}
	version := v.u16(0) & 0xff
	d.printf("PTPv%d", version)
	switch version {
	case 1:
		d.print(" (not implemented)")
	case 2:
		d.ptp2(v.cursor(0))
	}
}

func (d *dissector) ptp2(c *cursor) {
	first := c.u8()
	kind := first & 15
	d.printf(", v1 compat : %s", map[bool]string{true: "yes", false: "no"}[first&0x10 != 0])
	d.printf(", msg type : %s", ptpMessages.of(kind, "none"))
	c.at++
	d.printf(", length : %d", c.u16())
	d.printf(", domain : %d", c.u8())
	d.printf(", reserved1 : %d", c.u8())
	d.printf(", Flags [%s]", ptpFlags.of(c.u16(), ", "))
	d.printf(", NS correction : %d", uint64(c.u16())<<32|uint64(c.u32()))
	d.printf(", sub NS correction : %d", c.u16())
	d.printf(", reserved2 : %d", c.u32())
	d.printf(", clock identity : 0x%x", c.u64())
	d.printf(", port id : %d", c.u16())
	d.printf(", seq id : %d", c.u16())
	control := c.u8()
	d.printf(", control : %d (%s)", control, ptpControls.of(control, "none"))
	d.printf(", log message interval : %d", c.u8())
	switch kind {
	case ptpSync, ptpDelayRequest, ptpFollowUp:
		d.ptpTime(c, ptpStamps[kind], ",")
	case ptpPeerDelayRequest, ptpPeerDelayResponse, ptpDelayResponse, ptpPeerDelayFollowUp:
		d.ptpTime(c, ptpStamps[kind], ",")
		d.ptpPort(c)
	case ptpAnnounce:
		d.ptpAnnounce(c)
	case ptpSignalling:
		d.ptpPort(c)
	case ptpManagement:
		body := c.rest()
		d.ptpPort(c)
		// As in tcpdump, all four are the first byte of the body.
		d.printf(", , start boundary hops  %d, , boundary hops  %d, , flags  0x%x, , reserved  0x%x", body.u8(0), body.u8(0), body.u8(0), body.u8(0))
	}
}

func (d *dissector) ptpTime(c *cursor, name, separator string) {
	d.printf(", %s :", name)
	d.printf(" %d seconds%s", uint64(c.u16())<<32|uint64(c.u32()), separator)
	d.printf(" %d nanoseconds", c.u32())
}

func (d *dissector) ptpPort(c *cursor) {
	d.printf(", port identity : 0x%x", c.u64())
	d.printf(", port id : %d", c.u16())
}

func (d *dissector) ptpAnnounce(c *cursor) {
	d.ptpTime(c, "originTimeStamp", "")
	d.printf(", origin cur utc :%d", c.u16())
	d.printf(", rsvd : %d", c.u8())
	d.printf(", gm priority_1 : %d", c.u8())
	d.printf(", gm clock class : %d", c.u8())
	d.printf(", gm clock accuracy : %d", c.u8())
	d.printf(", gm clock variance : %d", c.u16())
	d.printf(", gm priority_2 : %d", c.u8())
	d.printf(", gm clock id : 0x%x", c.u64())
	d.printf(", steps removed : %d", c.u16())
	d.printf(", time source : 0x%x", c.u8())
}
