package routing

import "bpfc/print/internal/dissect"

// The Link Management Protocol (RFC 4204).

var (
	lmpNames = Names{1: "Config", 2: "Config ACK", 3: "Config NACK", 4: "Hello", 5: "Begin Verify", 6: "Begin Verify ACK", 7: "Begin Verify NACK", 8: "End Verify", 9: "End Verify ACK", 10: "Test",
		11: "Test Status Success", 12: "Test Status Failure", 13: "Test Status ACK", 14: "Link Summary", 15: "Link Summary ACK", 16: "Link Summary NACK", 17: "Channel Status", 18: "Channel Status ACK",
		19: "Channel Status Request", 20: "Channel Status Response", 50: "Service Config", 51: "Service Config ACK", 52: "Service Config NACK"}
	lmpFlags   = Flags{{0x01, "Control Channel Down"}, {0x02, "LMP restart"}}
	lmpClasses = Names{1: "Control Channel ID", 2: "Node ID", 3: "Link ID", 4: "Interface ID", 5: "Message ID", 6: "Configuration", 7: "Hello", 8: "Verify Begin", 9: "Verify Begin ACK", 10: "Verify ID",
		11: "TE Link", 12: "Data Link", 13: "Channel Status", 14: "Channel Status Request", 20: "Error Code", 51: "Service Config"}

	lmpTELinks       = Flags{{0x01, "Fault Management Supported"}, {0x02, "Link Verification Supported"}}
	lmpDataLinks     = Flags{{0x01, "Data Link Port"}, {0x02, "Allocated for user traffic"}, {0x04, "Failed link"}}
	lmpStates        = Names{1: "Signal Okay", 2: "Signal Degraded", 3: "Signal Fail"}
	lmpVerify        = Flags{{0x01, "Verify all links"}, {0x02, "Data link type"}}
	lmpVerifyErrors  = Flags{{0x01, "Link Verification Procedure Not supported"}, {0x02, "Unwilling to verify"}, {0x04, "Unsupported verification transport mechanism"}, {0x08, "Link-Id configuration error"}, {0x10, "Unknown object c-type"}}
	lmpSummaryErrors = Flags{{0x01, "Unacceptable non-negotiable LINK-SUMMARY parameters"}, {0x02, "Renegotiate LINK-SUMMARY parameters"}, {0x04, "Invalid TE-LINK Object"}, {0x08, "Invalid DATA-LINK Object"},
		{0x10, "Unknown TE-LINK Object c-type"}, {0x20, "Unknown DATA-LINK Object c-type"}}
	lmpProtocols     = Flags{{0x01, "RSVP Supported"}, {0x02, "LDP Supported"}}
	lmpTransparency  = Flags{{0x01, "Path/VC Overhead Transparency Supported"}, {0x02, "Line/MS Overhead Transparency Supported"}, {0x04, "Section/RS Overhead Transparency Supported"}}
	lmpConcatenation = Flags{{0x01, "Contiguous Concatenation Types Supported"}}
	lmpOverhead      = Flags{{0x01, "Standard SOH/RSOH Transparency Supported"}, {0x02, "Standard LOH/MSOH Transparency Supported"}}
	lmpTandem        = Flags{{0x01, "Transparent Tandem Connection Monitoring Supported"}}
	lmpDiversity     = Flags{{0x01, "Node Diversity Supported"}, {0x02, "Link Diversity Supported"}, {0x04, "SRLG Diversity Supported"}}
	lmpServiceLinks  = Names{5: "SDH ITU-T G.707", 6: "SONET ANSI T1.105"}
	lmpSignals       = map[int]Names{
		5: {5: "VC-3", 6: "VC-4", 7: "STM-0", 8: "STM-1", 9: "STM-4", 10: "STM-16", 11: "STM-64", 12: "STM-256"},
		6: {5: "STS-1 SPE", 6: "STS-3c SPE", 7: "STS-1", 8: "STM-3", 9: "STM-12", 10: "STM-48", 11: "STM-192", 12: "STM-768"}}
)

const (
	lmpChannel = "\n\t\t    Active: %4@4[0]n (%=[0]d)\n\t\t    Direction: %4@4[1]n (%=[1]d)\n\t\t    Channel Status: %4@4[6-31]n (%=[6-31]d)"
	lmpLink    = "\n\t    Flags: [%1n]|%3_"
)

// lmpObjects are what a message holds, by class and type.
var lmpObjects = List{Bytes: "\n\t    ", More: "\n\t    ", Short: dissect.Prints(" (not correct for object)"), Values: Values{
	0x101: {"Local", -4, dissect.Form(lmpControl)}, 0x102: {"Remote", -4, dissect.Form(lmpControl)},
	0x201: {"Local", -4, dissect.Form(lmpNode)}, 0x202: {"Remote", -4, dissect.Form(lmpNode)},
	0x301: {"IPv4 Local", -4, dissect.Form(lmpLink4)}, 0x302: {"IPv4 Remote", -4, dissect.Form(lmpLink4)}, 0x303: {"IPv6 Local", -16, dissect.Form(lmpLink6)}, 0x304: {"IPv6 Remote", -16, dissect.Form(lmpLink6)},
	0x305: {"Unnumbered Local", -4, dissect.Form(lmpLinkNumber)}, 0x306: {"Unnumbered Remote", -4, dissect.Form(lmpLinkNumber)},
	0x401: {"IPv4 Local", -4, dissect.Form(lmpLink4)}, 0x402: {"IPv4 Remote", -4, dissect.Form(lmpLink4)}, 0x403: {"IPv6 Local", -16, dissect.Form(lmpLink6)}, 0x404: {"IPv6 Remote", -16, dissect.Form(lmpLink6)},
	0x405: {"Unnumbered Local", -4, dissect.Form(lmpLinkNumber)}, 0x406: {"Unnumbered Remote", -4, dissect.Form(lmpLinkNumber)},
	0x501: {"1", -4, dissect.Form("\n\t    Message ID: %4d (0x%=x)")}, 0x502: {"2", -4, dissect.Form("\n\t    Message ID Ack: %4d (0x%=x)")},
	0x601: {"1", -4, dissect.Form("\n\t    Hello Interval: %2d\n\t    Hello Dead Interval: %2d")}, 0x701: {"1", -8, dissect.Form("\n\t    Tx Seq: %4d, Rx Seq: %4d")},
	0x801: {"1", -20, dissect.Form("\n\t    Flags: %2n|\n\t    Verify Interval: %2d\n\t    Data links: %4d\n\t    Encoding type: %1n|%1_\n\t    Verify Transport Mechanism: %2d (0x%=h)%=[0]n|\n\t    Transmission Rate: %4f\n\t    Wavelength: %4d",
		lmpVerify, teEncodings.Or("Unknown"), [2]string{" (Payload test messages capable)", ""})},
	0x901: {"1", -4, dissect.Form("\n\t    Verify Dead Interval: %2d\n\t    Verify Transport Response: %2d")}, 0xa01: {"1", -4, dissect.Form("\n\t    Verify ID: %4d")},
	0xb01: {"IPv4", -12, dissect.Form(lmpLink+"\n\t    Local Link-ID: %4a (0x%4@4x)\n\t    Remote Link-ID: %4a (0x%4@8x)", lmpTELinks)},
	0xb02: {"IPv6", -36, dissect.Form(lmpLink+"\n\t    Local Link-ID: %16a (0x%4@4x)\n\t    Remote Link-ID: %16a (0x%4@20x)", lmpTELinks)},
	0xb03: {"Unnumbered", -12, dissect.Form(lmpLink+"\n\t    Local Link-ID: %4d (0x%=x)\n\t    Remote Link-ID: %4d (0x%=x)", lmpTELinks)},
	0xc01: {"IPv4", 12, lmpData("\n\t    Local Interface ID: %4a (0x%4@4x)\n\t    Remote Interface ID: %4a (0x%4@8x)")},
	0xc02: {"IPv6", 36, lmpData("\n\t    Local Interface ID: %16a (0x%4@4x)\n\t    Remote Interface ID: %16a (0x%4@20x)")},
	0xc03: {"Unnumbered", 12, lmpData("\n\t    Local Interface ID: %4d (0x%=x)\n\t    Remote Interface ID: %4d (0x%=x)")},
	0xd01: {"IPv4", 0, lmpChannels(8, "\n\t    Interface ID: %4a (0x%4@0x)")}, 0xd02: {"IPv6", 0, lmpChannels(20, "\n\t    Interface ID: %16a (0x%4@0x)")},
	0xd03: {"Unnumbered", 0, lmpChannels(8, "\n\t    Interface ID: %4d (0x%=x)")},
	0xe01: {"IPv4", 0, dissect.Every(4, "", dissect.Form("\n\t    Interface ID: %4a (0x%4@0x)"))}, 0xe02: {"IPv6", 0, dissect.Every(16, "", dissect.Form("\n\t    Interface ID: %16a (0x%4@0x)"))},
	0xe03:  {"Unnumbered", 0, dissect.Every(4, "", dissect.Form("\n\t    Interface ID: %4d (0x%=x)"))},
	0x1401: {"1", -4, dissect.Form("\n\t    Error Code: %4n", lmpVerifyErrors)}, 0x1402: {"2", -4, dissect.Form("\n\t    Error Code: %4n", lmpSummaryErrors)},
	0x3301: {"1", -4, dissect.Form("\n\t Flags: %1n\n\t  UNI Version: %1d", lmpProtocols)},
	0x3302: {"2", -16, lmpService},
	0x3303: {"3", -8, dissect.Form("\n\t Transparency Flags: %4n|\n\t TCM Monitoring Flags: %1@7n", lmpOverhead, lmpTandem)},
	0x3304: {"4", -4, dissect.Form("\n\t Diversity: Flags: %1@3n", lmpDiversity)},
}}

const (
	lmpControl    = "\n\t    Control Channel ID: %4d (0x%=x)"
	lmpNode       = "\n\t    Node ID: %4a (0x%4@0x)"
	lmpLink4      = "\n\t    IPv4 Link ID: %4a (0x%4@0x)"
	lmpLink6      = "\n\t    IPv6 Link ID: %16a (0x%4@0x)"
	lmpLinkNumber = "\n\t    Link ID: %4d (0x%=x)"
)

// LMP prints a message, with -v its objects.
func LMP(d *Context, v View) {
	const header, object = 8, 4
	d.Proto = "lmp"
	v.Need(header)
	version, kind := v.U8(0)>>4, v.U8(3)
	d.StopIf(version != 1, "LMP version %d packet not supported", version)
	if d.Verbose == 0 {
		d.Printf("LMPv1 %s Message, length: %d", lmpNames.Of(kind, "unknown (%d)"), v.Length)
		return
	}
	size := v.U16(4)
	d.Printf("\n\tLMPv1, msg-type: %s, Flags: [%s], length: %d", lmpNames.Of(kind, "unknown, type: %d"), lmpFlags.Of(v.U8(2), ", "), size)
	d.StopIf(size < header, " (too short)")
	if size > v.Length {
		d.Print(" (too long)")
		size = v.Length
	}
	for c := v.Cursor(header); c.At < size; {
		c.View.Need(c.At + object)
		at := c.At
		kind := c.U8()
		class, whole := c.U8(), c.U16()
		number := class<<8 | kind&0x7f
		d.Printf("\n\t  %s Object (%d), Class-Type: %s (%d) Flags: [%snegotiable], length: %d", lmpClasses.Of(class, "Unknown"), class, lmpObjects.Values.Name(number, "Unknown"), kind&0x7f,
			dissect.If(kind&0x80 == 0, "non-"), whole)
		d.StopIf(whole < object, " (too short)")
		d.StopIf(whole%4 != 0, " (not a multiple of 4)")
		lmpObjects.Value(d, number, c.Take(whole-object))
		if left := size - at; whole > left {
			d.TooShort("remaining objects length", left, "<", whole)
			return
		}
	}
}

// lmpChannels prints the states of channels.
func lmpChannels(size int, form string) dissect.Printer {
	at := map[int]string{8: "%4@4", 20: "%4@16"}[size]
	form += "\n\t\t    Active: " + at + "[0]n (%=[0]d)\n\t\t    Direction: " + at + "[1]n (%=[1]d)\n\t\t    Channel Status: " + at + "[6-31]n (%=[6-31]d)|%4_"
	return dissect.Every(size, "", dissect.Form(form, [2]string{"Non-allocated", "Allocated"}, [2]string{"Receive", "Transmit"}, lmpStates.Or("Unknown")))
}

// lmpData prints a link and what is said of it.
func lmpData(form string) dissect.Printer {
	return func(d *Context, c *Cursor) {
		d.Form(c, lmpLink+form, lmpDataLinks)
		for c.Left() > 0 {
			kind, size := c.View.U8(c.At), c.View.U8(c.At+1)
			d.Printf("\n\t    Subobject, Type: %s (%d), Length: %d", Names{1: "Interface Switching Type", 2: "Wavelength"}.Of(kind, "Unknown"), kind, size)
			switch value := c.From(c.At + 2).Cursor(0); {
			case size < 4:
				d.Print(" (too short)")
				return
			case size%4 != 0:
				d.Print(" (not a multiple of 4)")
				return
			case size > c.Left():
				d.Print(" (goes past the end of the object)")
				return
			case kind == 1:
				d.Form(value, "\n\t      Switching Type: %1n (%=d)|\n\t      Encoding Type: %1n (%=d)|\n\t      Min Reservable Bandwidth: %4f|\n\t      Max Reservable Bandwidth: %4f", teSwitching.Or("Unknown"), teEncodings.Or("Unknown"))
			case kind == 2:
				d.Form(value, "%2_\n\t      Wavelength: %4d")
			default:
				if d.Verbose == 1 {
					d.Unknown(c.View, "\n\t    ", c.Length)
				}
				return
			}
			c.At += size
		}
	}
}

// lmpService prints what a service needs of a connection.
func lmpService(d *Context, c *Cursor) {
	link, signal := c.U8(), c.U8()
	d.Printf("\n\t Link Type: %s (%d)", lmpServiceLinks.Of(link, "Unknown"), link)
	if names, ok := lmpSignals[link]; ok {
		d.Printf("\n\t Signal Type: %s (%d)", names.Of(signal, "Unknown"), signal)
	}
	d.Form(c, "\n\t Transparency: %1n\n\t Contiguous Concatenation Types: %1n\n\t Minimum NCC: %2d\n\t Maximum NCC: %2d\n\t Minimum NVC:%2d\n\t Maximum NVC:%2d\n\t    Local Interface ID: %4a (0x%4@10x)",
		lmpTransparency, lmpConcatenation)
}
