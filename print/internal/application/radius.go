package application

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"bpfc/print/internal/dissect"
)

var radiusNames = Names{1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request", 5: "Accounting-Response", 11: "Access-Challenge", 12: "Status-Server", 13: "Status-Client",
	40: "Disconnect-Request", 41: "Disconnect-ACK", 42: "Disconnect-NAK", 43: "CoA-Request", 44: "CoA-ACK", 45: "CoA-NAK", 255: "Reserved"}

// RADIUS prints RADIUS (RFC 2865), with -v the attributes.
func RADIUS(d *Context, v View) {
	const header = 20
	d.Proto = "radius"
	v.Need(header)
	size := min(v.U16(2), v.Length)
	d.MarkIf(size < header)
	if d.Verbose == 0 {
		d.Printf("RADIUS, %s (%d), id: 0x%02x length: %d", radiusNames.Of(v.U8(0), "Unknown Command"), v.U8(0), v.U8(1), size)
		return
	}
	d.Printf("RADIUS, length: %d\n\t%s (%d), id: 0x%02x, Authenticator: %x", size, radiusNames.Of(v.U8(0), "Unknown Command"), v.U8(0), v.U8(1), v.Bytes(4, 16))
	radiusAttributes().Print(d, dissect.NewView(v.From(header).Data, size-header).Cursor(0))
}

// radiusAttributes are, made when they are asked for, the attributes of RFC 2865 to 2869, 3162, 4675, 5447, 5580 and others.
var radiusAttributes = sync.OnceValue(func() *List {
	return &List{Head: 2, Whole: true, Partly: true, Title: dissect.Titled("\n\t  %s Attribute (%d), length: %d"), Other: "Unknown", Before: ", Value: ", More: "\n\t    ", Cut: dissect.Marked,
		Ends: func(d *Context, f dissect.Fault) {
			switch {
			case f.Size == dissect.HeadMissing:
				d.Mark()
			case f.Size < 0:
				d.Print(" (bogus, must be >= 2)")
			default:
				d.Print(" (bogus, goes past end of packet)")
			}
		},
		Short: func(d *Context, f dissect.Fault) {
			d.PrintfIf(f.Size > 0, "ERROR: length %d %s %d", f.Size, f.Relation, f.Least)
		},
		Values: Values{
			1: {"User-Name", 0, radiusText}, 2: {"User-Password", 0, nil}, 3: {"CHAP-Password", 0, nil}, 4: {"NAS-IP-Address", -4, radiusAddress}, 5: {"NAS-Port", -4, radiusNumber},
			6: {"Service-Type", -4, dissect.Form("%4n", Names{1: "Login", 2: "Framed", 3: "Callback Login", 4: "Callback Framed", 5: "Outbound", 6: "Administrative", 7: "NAS Prompt", 8: "Authenticate Only", 9: "Callback NAS Prompt",
				10: "Call Check", 11: "Callback Administrative"}.Or("#%d"))},
			7:  {"Framed-Protocol", -4, dissect.Form("%4n", Names{1: "PPP", 2: "SLIP", 3: "ARAP", 4: "Gandalf proprietary", 5: "Xylogics IPX/SLIP", 6: "X.75 Synchronous"}.Or("#%d"))},
			8:  {"Framed-IP-Address", -4, radiusSelected("\xff\xff\xff\xfe")},
			9:  {"Framed-IP-Netmask", -4, radiusAddress},
			10: {"Framed-Routing", -4, dissect.Form("%4n", Names{0: "None", 1: "Send", 2: "Listen", 3: "Send&Listen"}.Or("#%d"))}, 11: {"Filter-Id", 0, radiusText}, 12: {"Framed-MTU", -4, radiusNumber},
			13: {"Framed-Compression", -4, dissect.Form("%4n", Names{0: "None", 1: "VJ TCP/IP", 2: "IPX", 3: "Stac-LZS"}.Or("#%d"))}, 14: {"Login-IP-Host", -4, radiusSelected("\x00\x00\x00\x00")},
			15: {"Login-Service", -4, dissect.Form("%4n", Names{0: "Telnet", 1: "Rlogin", 2: "TCP Clear", 3: "PortMaster(proprietary)", 4: "LAT", 5: "X.25-PAD", 6: "X.25-T3POS", 7: "Unassigned", 8: "TCP Clear Quiet"}.Or("#%d"))},
			16: {"Login-TCP-Port", -4, radiusNumber}, 17: {"Unassigned", 0, nil}, 18: {"Reply-Message", 0, radiusText}, 19: {"Callback-Number", 0, radiusText}, 20: {"Callback-Id", 0, radiusText},
			21: {"Unassigned", 0, nil}, 22: {"Framed-Route", 0, radiusText}, 23: {"Framed-IPX-Network", -4, radiusNumber}, 24: {"State", 0, radiusText}, 25: {"Class", 0, radiusText},
			26: {"Vendor-Specific", 1, radiusVendor}, 27: {"Session-Timeout", -4, radiusSeconds}, 28: {"Idle-Timeout", -4, radiusSeconds}, 29: {"Termination-Action", -4, dissect.Form("%4n", Names{0: "Default", 1: "RADIUS-Request"}.Or("#%d"))},
			30: {"Called-Station-Id", 0, radiusText}, 31: {"Calling-Station-Id", 0, radiusText}, 32: {"NAS-Identifier", 0, radiusText}, 33: {"Proxy-State", 0, radiusText},
			34: {"Login-LAT-Service", 0, radiusText}, 35: {"Login-LAT-Node", 0, radiusText}, 36: {"Login-LAT-Group", 0, radiusText}, 37: {"Framed-AppleTalk-Link", -4, radiusNumber},
			38: {"Framed-AppleTalk-Network", -4, radiusNumber}, 39: {"Framed-AppleTalk-Zone", 0, radiusText},
			40: {"Acct-Status-Type", -4, dissect.Form("%4n", Names{1: "Start", 2: "Stop", 3: "Interim-Update", 4: "unassigned", 5: "unassigned", 6: "unassigned", 7: "Accounting-On", 8: "Accounting-Off", 9: "Tunnel-Start", 10: "Tunnel-Stop",
				11: "Tunnel-Reject", 12: "Tunnel-Link-Start", 13: "Tunnel-Link-Stop", 14: "Tunnel-Link-Reject", 15: "Failed"}.Or("#%d"))},
			41: {"Acct-Delay-Time", -4, radiusSeconds}, 42: {"Acct-Input-Octets", -4, radiusNumber}, 43: {"Acct-Output-Octets", -4, radiusNumber}, 44: {"Acct-Session-Id", 0, radiusText},
			45: {"Acct-Authentic", -4, dissect.Form("%4n", Names{1: "RADIUS", 2: "Local", 3: "Remote"}.Or("#%d"))}, 46: {"Acct-Session-Time", -4, radiusSeconds}, 47: {"Acct-Input-Packets", -4, radiusNumber},
			48: {"Acct-Output-Packets", -4, radiusNumber},
			49: {"Acct-Terminate-Cause", -4, dissect.Form("%4n", Names{1: "User Request", 2: "Lost Carrier", 3: "Lost Service", 4: "Idle Timeout", 5: "Session Timeout", 6: "Admin Reset", 7: "Admin Reboot", 8: "Port Error", 9: "NAS Error",
				10: "NAS Request", 11: "NAS Reboot", 12: "Port Unneeded", 13: "Port Preempted", 14: "Port Suspended", 15: "Service Unavailable", 16: "Callback", 17: "User Error", 18: "Host Request"}.Or("#%d"))},
			50: {"Acct-Multi-Session-Id", 0, radiusText}, 51: {"Acct-Link-Count", -4, radiusNumber}, 52: {"Acct-Input-Gigawords", -4, radiusNumber}, 53: {"Acct-Output-Gigawords", -4, radiusNumber},
			54: {"Unassigned", 0, nil}, 55: {"Event-Timestamp", -4, radiusTime}, 56: {"Egress-VLANID", -4, dissect.Form("%1n (0x%=x) %3d", radiusTags.Or("Unknown tag"))}, 57: {"Ingress-Filters", -4, dissect.Form("%4n", Names{1: "Enabled", 2: "Disabled"}.Or("#%d"))},
			58: {"Egress-VLAN-Name", 1, radiusVLAN}, 59: {"User-Priority-Table", 0, nil}, 60: {"CHAP-Challenge", 0, radiusText},
			61: {"NAS-Port-Type", -4, dissect.Form("%4n", Names{0: "Async", 1: "Sync", 2: "ISDN Sync", 3: "ISDN Async V.120", 4: "ISDN Async V.110", 5: "Virtual", 6: "PIAFS", 7: "HDLC Clear Channel", 8: "X.25", 9: "X.75", 10: "G.3 Fax",
				11: "SDSL", 12: "ADSL-CAP", 13: "ADSL-DMT", 14: "ID-SL (DSL over ISDN)", 15: "Ethernet", 16: "xDSL", 17: "Cable", 18: "Wireless - Other", 19: "Wireless - IEEE 802.11"}.Or("#%d"))},
			62: {"Port-Limit", -4, radiusNumber}, 63: {"Login-LAT-Port", 0, radiusText},
			64: {"Tunnel-Type", -4, dissect.Form("%1n%3n", radiusTag, Names{1: "PPTP", 2: "L2F", 3: "L2TP", 4: "ATMP", 5: "VTP", 6: "AH", 7: "IP-IP", 8: "MIN-IP-IP", 9: "ESP", 10: "GRE", 11: "DVS", 12: "IP-in-IP Tunneling", 13: "VLAN"}.Or("#%d"))},
			65: {"Tunnel-Medium-Type", -4, dissect.Form("%1n%3n", radiusTag, Names{1: "IPv4", 2: "IPv6", 3: "NSAP", 4: "HDLC", 5: "BBN 1822", 6: "802", 7: "E.163", 8: "E.164", 9: "F.69", 10: "X.121", 11: "IPX", 12: "Appletalk", 13: "Decnet IV",
				14: "Banyan Vines", 15: "E.164 with NSAP subaddress"}.Or("#%d"))},
			66: {"Tunnel-Client-Endpoint", 1, radiusTagged}, 67: {"Tunnel-Server-Endpoint", 1, radiusTagged}, 68: {"Acct-Tunnel-Connection", 0, radiusText}, 69: {"Tunnel-Password", 1, radiusPassword},
			70: {"ARAP-Password", -16, dissect.Form("User_challenge (%8v) User_resp(%8v)", upperHex, upperHex)}, 71: {"ARAP-Features", -14, dissect.Form("User %1n change password, Min password length: %1d, created at: %4v, expires in: %4v, Current Time: %4v", [2]string{"cannot", "can"}, upperHex, upperHex, upperHex)}, 72: {"ARAP-Zone-Access", -4, dissect.Form("%4n", Names{1: "Only access to dfl zone", 2: "Use zone filter inclusively", 3: "unused", 4: "Use zone filter exclusively"}.Or("#%d"))},
			73: {"ARAP-Security", 0, radiusText}, 74: {"ARAP-Security-Data", 0, radiusText}, 75: {"Password-Retry", -4, radiusNumber}, 76: {"Prompt", -4, dissect.Form("%4n", Names{0: "No Echo", 1: "Echo"}.Or("#%d"))},
			77: {"Connect-Info", 0, radiusText}, 78: {"Configuration-Token", 0, radiusText}, 79: {"EAP-Message", 1, radiusEAP}, 80: {"Message-Authenticator", 0, radiusText},
			81: {"Tunnel-Private-Group-ID", 1, radiusTagged}, 82: {"Tunnel-Assignment-ID", 1, radiusTagged}, 83: {"Tunnel-Preference", -4, radiusPreference}, 84: {"ARAP-Challenge-Response", 0, radiusText},
			85: {"Acct-Interim-Interval", -4, radiusSeconds}, 86: {"Acct-Tunnel-Packets-Lost", -4, radiusNumber}, 87: {"NAS-Port-Id", 0, radiusText}, 88: {"Framed-Pool", 0, radiusText},
			89: {"CUI", 0, radiusText}, 90: {"Tunnel-Client-Auth-ID", 1, radiusTagged}, 91: {"Tunnel-Server-Auth-ID", 1, radiusTagged}, 92: {"NAS-Filter-Rule", 0, radiusText}, 93: {"Unassigned", 0, nil},
			94: {"Originating-Line-Info", 0, nil}, 95: {"NAS-IPv6-Address", -16, radiusAddress6}, 96: {"Framed-Interface-ID", 0, nil}, 97: {"Framed-IPv6-Prefix", 1, radiusPrefix6}, 98: {"Login-IPv6-Host", -16, radiusAddress6},
			99: {"Framed-IPv6-Route", 0, radiusText}, 100: {"Framed-IPv6-Pool", 0, radiusText}, 101: {"Error-Cause", 0, radiusCause}, 102: {"EAP-Key-Name", 0, nil},
			123: {"Delegated-IPv6-Prefix", 1, radiusPrefix6}, 124: {"MIP6-Feature-Vector", -8, radiusFeatures}, 125: {"MIP6-Home-Link-Prefix", -17, radiusHomePrefix},
			126: {"Operator-Name", 2, radiusOperator}, 127: {"Location-Information", 21, radiusLocation}, 128: {"Location-Data", 3, radiusLocationData},
			103: {"Digest-Response", 0, radiusText}, 104: {"Digest-Realm", 0, radiusText}, 105: {"Digest-Nonce", 0, radiusText}, 106: {"Digest-Response-Auth", 0, radiusText},
			107: {"Digest-Nextnonce", 0, radiusText}, 108: {"Digest-Method", 0, radiusText}, 109: {"Digest-URI", 0, radiusText}, 110: {"Digest-Qop", 0, radiusText},
			111: {"Digest-Algorithm", 0, radiusText}, 112: {"Digest-Entity-Body-Hash", 0, radiusText}, 113: {"Digest-CNonce", 0, radiusText}, 114: {"Digest-Nonce-Count", 0, radiusText},
			115: {"Digest-Username", 0, radiusText}, 116: {"Digest-Opaque", 0, radiusText}, 117: {"Digest-Auth-Param", 0, radiusText}, 118: {"Digest-AKA-Auts", 0, radiusText},
			119: {"Digest-Domain", 0, radiusText}, 120: {"Digest-Stale", 0, radiusText}, 121: {"Digest-HA1", 0, radiusText}, 122: {"SIP-AOR", 0, radiusText},
			129: {"Basic-Location-Policy-Rules", 10, radiusLocationRules},
		}}
})

var radiusTags = Names{0x31: "Tagged", 0x32: "Untagged"}

// The forms that many values have.
var (
	radiusNumber     = dissect.Form("%4d")
	radiusAddress    = dissect.Form("%4a")
	radiusAddress6   = dissect.Form("%16a")
	radiusPreference = dissect.Form("%1n%3d", radiusTag)
	radiusVLAN       = dissect.Form("%1n (0x%=x) %p", radiusTags.Or("Unknown tag"), radiusText)
	radiusHomePrefix = dissect.Form("%16@1a/%1d")
	radiusSeconds    = dissect.Form("%4n", func(n int) string {
		switch {
		case n < 60:
			return fmt.Sprintf("%02d secs", n)
		case n < 3600:
			return fmt.Sprintf("%02d:%02d min", n/60, n%60)
		}
		return fmt.Sprintf("%02d:%02d:%02d hours", n/3600, n/60%60, n%60)
	})
	radiusTime = dissect.Form("%4n", func(d *Context, n int) string {
		return time.Unix(int64(n), 0).In(d.Location).Format("Mon Jan _2 15:04:05 2006")
	})
	radiusFeatures = dissect.Form("[%8n]", func(bits uint64) string {
		low := Flags{{1, "MIP6_INTEGRATED"}, {2, "LOCAL_HOME_AGENT_ASSIGNMENT"}}
		high := Flags{{1 << 8, "PMIP6_SUPPORTED"}, {1 << 9, "IP4_HOA_SUPPORTED"}, {1 << 10, "LOCAL_MAG_ROUTING_SUPPORTED"},
			{1 << 11, "ASSIGN_LOCAL_IP"}, {1 << 12, "MIP4_SUPPORTED"}, {1 << 13, "OPTIMIZED_IDLE_MODE_MOBILITY"}}
		var names []string
		for _, text := range []string{low.Of(int(bits&3), ", "), high.Of(int(bits>>32&0x3fff), ", ")} {
			if text != "none" {
				names = append(names, text)
			}
		}
		return strings.Join(names, ", ")
	})
	radiusOperator = dissect.Form("[%1n] %p", Names{0x30: "TADIG", 0x31: "REALM", 0x32: "E212", 0x33: "ICC", 0xfe: "IANA Reserved", 0xff: "IANA Reserved"}.Or("unknown namespace %d"), radiusText)
)

// radiusTag writes the tag by which attributes of one tunnel are known (RFC 2868).
func radiusTag(tag int) string {
	return dissect.Pick(tag == 0, "Tag[Unused] ", fmt.Sprintf("Tag[%d] ", tag))
}

// radiusTagged prints a text that may have a tag before it, which is below any character.
func radiusTagged(d *Context, c *Cursor) {
	if c.View.U8(0) <= 31 {
		d.Form(c, "%1n", radiusTag)
	}
	radiusText(d, c)
}

// radiusPassword prints a tag, and a number and a text that are encrypted with it.
func radiusPassword(d *Context, c *Cursor) {
	if c.Length < 3 {
		d.Mark()
		return
	}
	tag := func(n int) string { return radiusTag(dissect.Pick(n <= 31, n, 0)) }
	d.Form(c, "%1n|Salt %2d %p", tag, radiusText)
}

// radiusText prints a text up to a zero: other characters as dots.
func radiusText(d *Context, c *Cursor) {
	for c.Left() > 0 {
		b := c.Bytes(1)
		if b[0] == 0 {
			return
		}
		d.Print(dissect.Dotted(b))
	}
}

// radiusSelected makes a printer of an address, in whose place it may say who selects one.
func radiusSelected(server string) dissect.Printer {
	return dissect.Form("%4v", func(d *Context, b []byte) string {
		switch string(b) {
		case server:
			return "NAS Select"
		case "\xff\xff\xff\xff":
			return "User Selected"
		}
		return d.IP4(b)
	})
}

func radiusPrefix6(d *Context, c *Cursor) {
	if c.Length < 2 || c.Length > 18 {
		d.Printf("ERROR: length %d not in range (2..18)", c.Length)
		return
	}
	bits := c.View.U8(1)
	if bits > 128 {
		d.Printf("ERROR: netmask %d not in range (0..128)", bits)
		return
	}
	prefix := make([]byte, 16)
	copy(prefix, c.View.Bytes(2, c.Length-2))
	d.Printf("%s/%d", d.IP6(prefix), bits)
}

// radiusEAP prints a message of EAP, if it is not one of the pieces of a longer one.
func radiusEAP(d *Context, c *Cursor) {
	if c.View.U16(2) != c.Length {
		d.Print("EAP fragment?")
		return
	}
	d.Next(dissect.ByName, dissect.NameEAP, c.View)
}

// radiusWhole makes a printer of what must all be captured.
func radiusWhole(form string, tables ...any) dissect.Printer {
	return func(d *Context, c *Cursor) {
		if c.Length > len(c.Data) {
			d.Mark() // twice, as tcpdump
			c.View.NeedAll()
		}
		d.Form(c, form, tables...)
	}
}

// How a location was found, it, and what may be done with it (RFC 5580, 4.2 to 4.4).
var (
	radiusLocation = radiusWhole("index %2d, code %1n, entity %1n, |sighting time %8v, time to live %8v, method \"%*s\"",
		Names{0: "Civic", 1: "Geospatial"}.Or("Unknown (%d)"), Names{0: "User", 1: "RADIUS client"}.Or("Unknown (%d)"), dissect.NTPText, dissect.NTPText)
	radiusLocationData  = radiusWhole("index %2d, location%p", func(d *Context, c *Cursor) { d.HexAndText("\n\t    ", c.Rest()) })
	radiusLocationRules = radiusWhole("flags [%2n], retention expires %8v%1>{, note well \"%*s\"}", radiusRules, dissect.NTPText)
)

var radiusRules = func() (names Flags) {
	for bit := range 15 { // those that must be zero, the last first
		names = append(names, dissect.Flag{Bit: 1 << bit, Name: fmt.Sprintf("MBZ-%d", 15-bit)})
	}
	return append(names, dissect.Flag{Bit: 0x8000, Name: "Retransmission Allowed"})
}()

// radiusVendor prints the attributes of a vendor.
func radiusVendor(d *Context, c *Cursor) {
	if c.Length < 4 {
		d.Mark()
		return
	}
	d.Form(c, "Vendor: %4n (%=d)", dissect.Enterprises.Or("Unknown"))
	for c.Left() >= 2 {
		kind, size := c.U8(), c.U8()
		switch {
		case size < 2:
			d.Printf("\n\t    Vendor Attribute: %d, Length: %d (bogus, must be >= 2)", kind, size)
			return
		case size-2 > c.Left():
			d.Printf("\n\t    Vendor Attribute: %d, Length: %d (bogus, goes past end of vendor-specific attribute)", kind, size)
			return
		}
		d.Printf("\n\t    Vendor Attribute: %d, Length: %d, Value: ", kind, size-2)
		d.Print(dissect.Dotted(c.Bytes(size - 2)))
	}
}

// upperHex writes bytes in hexadecimal with capitals.
func upperHex(b []byte) string { return fmt.Sprintf("%X", b) }

// radiusCause prints why a change of authorization was refused (RFC 5176, 3.5).
func radiusCause(d *Context, c *Cursor) {
	if c.Length != 4 {
		d.PrintfIf(c.Length > 0, "Error: length %d != 4", c.Length)
		return
	}
	d.Form(c, "Error cause %4d: %=n", Names{201: "Residual Session Context Removed", 202: "Invalid EAP Packet (Ignored)", 401: "Unsupported Attribute", 402: "Missing Attribute", 403: "NAS Identification Mismatch",
		404: "Invalid Request", 405: "Unsupported Service", 406: "Unsupported Extension", 407: "Invalid Attribute Value", 501: "Administratively Prohibited", 502: "Request Not Routable (Proxy)", 503: "Session Context Not Found",
		504: "Session Context Not Removable", 505: "Other Proxy Processing Error", 506: "Resources Unavailable", 507: "Request Initiated", 508: "Multiple Session Selection Unsupported", 509: "Location Info Required"}.Or("Error-Cause %d not known"))
}
