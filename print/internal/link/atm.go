package link

import "bpfc/print/internal/dissect"

// Asynchronous Transfer Mode: frames in AAL5 (RFC 2684), and what keeps its circuits up.

// ATM prints a frame: OSI behind its own byte, LLC, or LLC behind a header of 802.6.
func ATM(d *Context, v View) {
	const header = 20
	tooShort(d, v, "atm", 1)
	if v.U8(0) == 0x03 {
		d.If(d.LinkHeader, "CNLPID ")
		d.Next(dissect.ByName, dissect.NameISO, v.From(1))
		return
	}
	tooShort(d, v, "atm", 3)
	if head := v.U24(0); head != 0xaaaa03 && head != 0xfefe03 && head != 0x060603 {
		if d.LinkHeader {
			d.Form(v.Cursor(0), "%4x%4x %4x%4x ")
		}
		tooShort(d, v, "atm", header)
		d.Header(header)
		v = v.From(header)
	}
	llcOrBytes(d, v, dissect.Stations{})
}

// atmChannels are the circuits of path 0 that carry no frames.
var atmChannels = map[int]dissect.Dissector{
	1: dissect.Says("meta: ", nil), 2: dissect.Says("broadcast sig: ", nil),
	3: atmOAM, 4: atmOAM, 5: atmSignals, 16: func(d *Context, v View) { d.Print("ilmi: "); d.Next(dissect.ByName, dissect.NameSNMP, v) },
}

// SunATM prints a frame of ATM as Sun captures it.
func SunATM(d *Context, v View) {
	const header, lane = 4, 1
	d.If(d.LinkHeader && len(v.Data) > 0, dissect.Pick(len(v.Data) > 0 && v.Data[0]&0x80 != 0, "Tx: ", "Rx: "))
	tooShort(d, v, "sunatm", header)
	path, channel := v.U8(1), v.U16(2)
	d.Header(header)
	d.Proto = "atm"
	d.PrintfIf(d.LinkHeader, "VPI:%d VCI:%d ", path, channel)
	payload := v.From(header)
	switch print := atmChannels[channel]; {
	case path == 0 && print != nil:
		print(d, payload)
	case v.U8(0)&0x0f == lane:
		atmLANE(d, payload)
	default:
		llcOrBytes(d, payload, dissect.Stations{})
	}
}

// atmLANE prints a frame of an emulated LAN, or a message that controls it.
func atmLANE(d *Context, v View) {
	const header, control = 2, 0xff00
	tooShort(d, v, "lane", header)
	if v.U16(0) == control {
		d.Form(v.Cursor(2), "lec: proto %1h vers %1h %2n", atmLANEMessages.Or("opcode-#%d"))
		return
	}
	tooShort(d, v, "ether", header+dissect.EthernetHeader)
	d.Printf("lecid:%x ", v.U16(0))
	d.Header(header)
	Ethernet(d, v.From(header))
}

var (
	atmLANEMessages = Names{0x0001: "configure request", 0x0101: "configure response", 0x0002: "join request", 0x0102: "join response", 0x0003: "ready query", 0x0103: "ready indication",
		0x0004: "register request", 0x0104: "register response", 0x0005: "unregister request", 0x0105: "unregister response", 0x0006: "ARP request", 0x0106: "ARP response", 0x0007: "flush request",
		0x0107: "flush response", 0x0008: "NARP request", 0x0009: "topology request"}
	atmCalls = Names{0x02: "Call_proceeding", 0x05: "Setup", 0x07: "Connect", 0x0f: "Connect_ack", 0x46: "Restart", 0x4d: "Release", 0x4e: "Restart_ack", 0x5a: "Release_complete", 0x75: "Status_enquiry",
		0x7d: "Status", 0x80: "Add_party", 0x81: "Add_party_ack", 0x82: "Add_party_reject", 0x83: "Drop_party", 0x84: "Drop_party_ack"}
)

// atmSignals prints a message that makes or ends a circuit (Q.2931).
func atmSignals(d *Context, v View) {
	const q2931 = 9
	d.CutIf(len(v.Data) < 1)
	kind := v.U8(0)
	d.StopIf(kind != q2931, "SSCOP, proto %d ", kind)
	d.CutIf(len(v.Data) < 6)
	d.Printf("Q.2931:%s CALL_REF:0x%06x", atmCalls.Of(v.U8(5), "msgtype#%d"), v.U24(2))
}

var (
	atmFlows = Names{3: "OAM F4 (segment)", 4: "OAM F4 (end)"}
	atmKinds = Names{0: "user data, uncongested, SDU 0", 1: "user data, uncongested, SDU 1", 2: "user data, congested, SDU 0", 3: "user data, congested, SDU 1", 4: "VCC OAM F5 flow segment",
		5: "VCC OAM F5 flow end-to-end", 6: "Traffic Control and resource Mgmt"}
	atmCells     = Names{1: "Fault Management", 2: "Performance Management", 8: "activate/deactivate", 15: "System Management"}
	atmFunctions = map[int]Names{1: {0: "AIS", 1: "RDI", 4: "Continuity Check", 8: "Loopback"}, 2: {0: "Forward Monitoring", 1: "Backward Reporting", 2: "Monitoring and Reporting"},
		8: {0: "Performance Monitoring", 1: "Continuity Check"}}
)

// atmOAM prints a cell of operation and maintenance (ITU-T I.610).
func atmOAM(d *Context, v View) {
	const header, checked, fields, fault = 5, 48, 46, 1
	d.Proto = "oam"
	v.Need(header + 1)
	head := v.U32(1)
	channel := int(head >> 4 & 0xffff)
	d.Printf("%s, vpi %d, vci %d, payload [ %s ], clp %d, length %d", atmFlows.Of(channel, "OAM F5"), head>>20&0xff, channel, atmKinds.Of(int(head>>1&7), "Unknown"), head&1, v.Length)
	if d.Verbose == 0 {
		return
	}
	c := v.From(header)
	cell, function := c.U8(0)>>4, c.U8(0)&15
	d.Printf("\n\tcell-type %s (%d), func-type %s (%d)", atmCells.Of(cell, "unknown"), cell, atmFunctions[cell].Of(function, dissect.Pick(atmFunctions[cell] == nil, "unknown", "none")), function)
	switch {
	case cell == fault && function == 8:
		c.Need(fields)
		d.Printf("\n\tLoopback-Indicator %s, Correlation-Tag 0x%08x", dissect.Pick(c.U8(1)&1 != 0, "Request", "Reply"), c.U32(2))
		atmLocation(d, "\n\tLocation-ID ", c.Bytes(7, 12))
		atmLocation(d, "\n\tSource-ID   ", c.Bytes(19, 12))
	case cell == fault && function < 2:
		c.Need(fields)
		d.Printf("\n\tFailure-type 0x%02x", c.U8(1))
		atmLocation(d, "\n\tLocation-ID ", c.Bytes(3, 16))
	}
	sum := c.U16(checked-2) & 0x3ff
	d.Printf("\n\tcksum 0x%03x (%scorrect)", sum, dissect.If(!crc10(c.Bytes(0, checked)), "in"))
}

// atmLocation prints a place in a network.
func atmLocation(d *Context, before string, b []byte) {
	d.Print(before)
	for ; len(b) > 0; b = b[2:] {
		d.Printf("%02x%02x ", b[0], b[1])
	}
}

// crc10 tells whether a cell that ends with its checksum came as it was sent (ITU-T I.610, 7.1).
func crc10(b []byte) bool {
	const polynomial = 0x633
	rest := 0
	for _, x := range b {
		for bit := 7; bit >= 0; bit-- {
			if rest = rest<<1 | int(x)>>bit&1; rest&0x400 != 0 {
				rest ^= polynomial
			}
		}
	}
	return rest == 0
}
