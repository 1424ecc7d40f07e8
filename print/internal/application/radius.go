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
	if size < header {
		d.Mark()
		return
	}
	if d.Verbose == 0 {
		d.Printf("RADIUS, %s (%d), id: 0x%02x length: %d", radiusNames.Of(v.U8(0), "Unknown Command"), v.U8(0), v.U8(1), size)
		return
	}
	d.Printf("RADIUS, length: %d\n\t%s (%d), id: 0x%02x, Authenticator: %x", size, radiusNames.Of(v.U8(0), "Unknown Command"), v.U8(0), v.U8(1), v.Bytes(4, 16))
	radiusAttributes(d, dissect.NewView(v.From(header).Data, size-header).Cursor(0))
}

// radiusAttributes prints attributes, also those inside another.
func radiusAttributes(d *Context, c *Cursor) {
	for c.Left() > 0 {
		if c.Left() < 2 || !c.Has(2) {
			d.Mark()
			return
		}
		kind, size := c.U8(), c.U8()
		a, known := radiusTable()[kind]
		if !known {
			a.name = "Unknown"
		}
		d.Printf("\n\t  %s Attribute (%d), length: %d", a.name, kind, size)
		if size < 2 {
			d.Print(" (bogus, must be >= 2)")
			return
		}
		if size-2 > c.Left() {
			d.Print(" (bogus, goes past end of packet)")
			return
		}
		d.Print(", Value: ")
		value := dissect.NewView(c.Rest().Data, size-2)
		if a.print != nil && value.Length > 0 {
			if value.Length > len(value.Data) && a.whole {
				value.NeedAll()
			}
			a.print(d, value, a.names)
		}
		if d.Verbose > 1 {
			d.Unknown(value, "\n\t    ", value.Length)
		}
		c.Bytes(size - 2)
	}
}

// radiusAttribute is an attribute: its name, how its value is printed, and the names of its numbers.
type radiusAttribute struct {
	name  string
	print func(d *Context, v View, names Names)
	names Names
	whole bool
}

// radiusTable has the attributes of RFC 2865 to 2869, 3162, 4675, 5447, 5580 and others.
var radiusTable = sync.OnceValue(func() map[int]radiusAttribute {
	return map[int]radiusAttribute{
		1: {"User-Name", radiusText, nil, false}, 2: {"User-Password", nil, nil, false}, 3: {"CHAP-Password", nil, nil, false}, 4: {"NAS-IP-Address", radiusAddress, nil, false}, 5: {"NAS-Port", radiusNumber, nil, false},
		6: {"Service-Type", radiusNumber, Names{1: "Login", 2: "Framed", 3: "Callback Login", 4: "Callback Framed", 5: "Outbound", 6: "Administrative", 7: "NAS Prompt", 8: "Authenticate Only", 9: "Callback NAS Prompt",
			10: "Call Check", 11: "Callback Administrative"}, false},
		7:  {"Framed-Protocol", radiusNumber, Names{1: "PPP", 2: "SLIP", 3: "ARAP", 4: "Gandalf proprietary", 5: "Xylogics IPX/SLIP", 6: "X.75 Synchronous"}, false},
		8:  {"Framed-IP-Address", radiusAddress, Names{-1: "User Selected", -2: "NAS Select"}, false},
		9:  {"Framed-IP-Netmask", radiusAddress, nil, false},
		10: {"Framed-Routing", radiusNumber, Names{0: "None", 1: "Send", 2: "Listen", 3: "Send&Listen"}, false}, 11: {"Filter-Id", radiusText, nil, false}, 12: {"Framed-MTU", radiusNumber, nil, false},
		13: {"Framed-Compression", radiusNumber, Names{0: "None", 1: "VJ TCP/IP", 2: "IPX", 3: "Stac-LZS"}, false}, 14: {"Login-IP-Host", radiusAddress, Names{-1: "User Selected", 0: "NAS Select"}, false},
		15: {"Login-Service", radiusNumber, Names{0: "Telnet", 1: "Rlogin", 2: "TCP Clear", 3: "PortMaster(proprietary)", 4: "LAT", 5: "X.25-PAD", 6: "X.25-T3POS", 7: "Unassigned", 8: "TCP Clear Quiet"}, false},
		16: {"Login-TCP-Port", radiusNumber, nil, false}, 17: {"Unassigned", nil, nil, false}, 18: {"Reply-Message", radiusText, nil, false}, 19: {"Callback-Number", radiusText, nil, false}, 20: {"Callback-Id", radiusText, nil, false},
		21: {"Unassigned", nil, nil, false}, 22: {"Framed-Route", radiusText, nil, false}, 23: {"Framed-IPX-Network", radiusNumber, nil, false}, 24: {"State", radiusText, nil, false}, 25: {"Class", radiusText, nil, false},
		26: {"Vendor-Specific", radiusVendor, nil, false}, 27: {"Session-Timeout", radiusSeconds, nil, false}, 28: {"Idle-Timeout", radiusSeconds, nil, false}, 29: {"Termination-Action", radiusNumber, Names{0: "Default", 1: "RADIUS-Request"}, false},
		30: {"Called-Station-Id", radiusText, nil, false}, 31: {"Calling-Station-Id", radiusText, nil, false}, 32: {"NAS-Identifier", radiusText, nil, false}, 33: {"Proxy-State", radiusText, nil, false},
		34: {"Login-LAT-Service", radiusText, nil, false}, 35: {"Login-LAT-Node", radiusText, nil, false}, 36: {"Login-LAT-Group", radiusText, nil, false}, 37: {"Framed-AppleTalk-Link", radiusNumber, nil, false},
		38: {"Framed-AppleTalk-Network", radiusNumber, nil, false}, 39: {"Framed-AppleTalk-Zone", radiusText, nil, false},
		40: {"Acct-Status-Type", radiusNumber, Names{1: "Start", 2: "Stop", 3: "Interim-Update", 4: "unassigned", 5: "unassigned", 6: "unassigned", 7: "Accounting-On", 8: "Accounting-Off", 9: "Tunnel-Start", 10: "Tunnel-Stop",
			11: "Tunnel-Reject", 12: "Tunnel-Link-Start", 13: "Tunnel-Link-Stop", 14: "Tunnel-Link-Reject", 15: "Failed"}, false},
		41: {"Acct-Delay-Time", radiusSeconds, nil, false}, 42: {"Acct-Input-Octets", radiusNumber, nil, false}, 43: {"Acct-Output-Octets", radiusNumber, nil, false}, 44: {"Acct-Session-Id", radiusText, nil, false},
		45: {"Acct-Authentic", radiusNumber, Names{1: "RADIUS", 2: "Local", 3: "Remote"}, false}, 46: {"Acct-Session-Time", radiusSeconds, nil, false}, 47: {"Acct-Input-Packets", radiusNumber, nil, false},
		48: {"Acct-Output-Packets", radiusNumber, nil, false},
		49: {"Acct-Terminate-Cause", radiusNumber, Names{1: "User Request", 2: "Lost Carrier", 3: "Lost Service", 4: "Idle Timeout", 5: "Session Timeout", 6: "Admin Reset", 7: "Admin Reboot", 8: "Port Error", 9: "NAS Error",
			10: "NAS Request", 11: "NAS Reboot", 12: "Port Unneeded", 13: "Port Preempted", 14: "Port Suspended", 15: "Service Unavailable", 16: "Callback", 17: "User Error", 18: "Host Request"}, false},
		50: {"Acct-Multi-Session-Id", radiusText, nil, false}, 51: {"Acct-Link-Count", radiusNumber, nil, false}, 52: {"Acct-Input-Gigawords", radiusNumber, nil, false}, 53: {"Acct-Output-Gigawords", radiusNumber, nil, false},
		54: {"Unassigned", nil, nil, false}, 55: {"Event-Timestamp", radiusTime, nil, false}, 56: {"Egress-VLANID", radiusNumber, radiusTags, false}, 57: {"Ingress-Filters", radiusNumber, Names{1: "Enabled", 2: "Disabled"}, false},
		58: {"Egress-VLAN-Name", radiusVLAN, nil, false}, 59: {"User-Priority-Table", nil, nil, false}, 60: {"CHAP-Challenge", radiusText, nil, false},
		61: {"NAS-Port-Type", radiusNumber, Names{0: "Async", 1: "Sync", 2: "ISDN Sync", 3: "ISDN Async V.120", 4: "ISDN Async V.110", 5: "Virtual", 6: "PIAFS", 7: "HDLC Clear Channel", 8: "X.25", 9: "X.75", 10: "G.3 Fax",
			11: "SDSL", 12: "ADSL-CAP", 13: "ADSL-DMT", 14: "ID-SL (DSL over ISDN)", 15: "Ethernet", 16: "xDSL", 17: "Cable", 18: "Wireless - Other", 19: "Wireless - IEEE 802.11"}, false},
		62: {"Port-Limit", radiusNumber, nil, false}, 63: {"Login-LAT-Port", radiusText, nil, false},
		64: {"Tunnel-Type", radiusNumber, Names{1: "PPTP", 2: "L2F", 3: "L2TP", 4: "ATMP", 5: "VTP", 6: "AH", 7: "IP-IP", 8: "MIN-IP-IP", 9: "ESP", 10: "GRE", 11: "DVS", 12: "IP-in-IP Tunneling", 13: "VLAN"}, false},
		65: {"Tunnel-Medium-Type", radiusNumber, Names{1: "IPv4", 2: "IPv6", 3: "NSAP", 4: "HDLC", 5: "BBN 1822", 6: "802", 7: "E.163", 8: "E.164", 9: "F.69", 10: "X.121", 11: "IPX", 12: "Appletalk", 13: "Decnet IV",
			14: "Banyan Vines", 15: "E.164 with NSAP subaddress"}, false},
		66: {"Tunnel-Client-Endpoint", radiusTagged, nil, false}, 67: {"Tunnel-Server-Endpoint", radiusTagged, nil, false}, 68: {"Acct-Tunnel-Connection", radiusText, nil, false}, 69: {"Tunnel-Password", radiusPassword, nil, false},
		70: {"ARAP-Password", nil, nil, false}, 71: {"ARAP-Features", nil, nil, false}, 72: {"ARAP-Zone-Access", radiusNumber, Names{1: "Only access to dfl zone", 2: "Use zone filter inclusively", 3: "unused", 4: "Use zone filter exclusively"}, false},
		73: {"ARAP-Security", radiusText, nil, false}, 74: {"ARAP-Security-Data", radiusText, nil, false}, 75: {"Password-Retry", radiusNumber, nil, false}, 76: {"Prompt", radiusNumber, Names{0: "No Echo", 1: "Echo"}, false},
		77: {"Connect-Info", radiusText, nil, false}, 78: {"Configuration-Token", radiusText, nil, false}, 79: {"EAP-Message", radiusEAP, nil, false}, 80: {"Message-Authenticator", radiusText, nil, false},
		81: {"Tunnel-Private-Group-ID", radiusTagged, nil, false}, 82: {"Tunnel-Assignment-ID", radiusTagged, nil, false}, 83: {"Tunnel-Preference", radiusPreference, nil, false}, 84: {"ARAP-Challenge-Response", radiusText, nil, false},
		85: {"Acct-Interim-Interval", radiusSeconds, nil, false}, 86: {"Acct-Tunnel-Packets-Lost", radiusNumber, nil, false}, 87: {"NAS-Port-Id", radiusText, nil, false}, 88: {"Framed-Pool", radiusText, nil, false},
		89: {"CUI", radiusText, nil, false}, 90: {"Tunnel-Client-Auth-ID", radiusTagged, nil, false}, 91: {"Tunnel-Server-Auth-ID", radiusTagged, nil, false}, 92: {"NAS-Filter-Rule", radiusText, nil, false}, 93: {"Unassigned", nil, nil, false},
		94: {"Originating-Line-Info", nil, nil, false}, 95: {"NAS-IPv6-Address", radiusAddress6, nil, false}, 96: {"Framed-Interface-ID", nil, nil, false}, 97: {"Framed-IPv6-Prefix", radiusPrefix6, nil, false}, 98: {"Login-IPv6-Host", radiusAddress6, nil, false},
		99: {"Framed-IPv6-Route", radiusText, nil, false}, 100: {"Framed-IPv6-Pool", radiusText, nil, false}, 101: {"Error-Cause", radiusNumber, nil, false}, 102: {"EAP-Key-Name", nil, nil, false},
		123: {"Delegated-IPv6-Prefix", radiusPrefix6, nil, false}, 124: {"MIP6-Feature-Vector", radiusFeatures, nil, false}, 125: {"MIP6-Home-Link-Prefix", radiusHomePrefix, nil, false},
		126: {"Operator-Name", radiusOperator, nil, false}, 127: {"Location-Information", radiusLocation, nil, false}, 128: {"Location-Data", radiusLocationData, nil, false},
		103: {"Digest-Response", radiusText, nil, false}, 104: {"Digest-Realm", radiusText, nil, false}, 105: {"Digest-Nonce", radiusText, nil, false}, 106: {"Digest-Response-Auth", radiusText, nil, false},
		107: {"Digest-Nextnonce", radiusText, nil, false}, 108: {"Digest-Method", radiusText, nil, false}, 109: {"Digest-URI", radiusText, nil, false}, 110: {"Digest-Qop", radiusText, nil, false},
		111: {"Digest-Algorithm", radiusText, nil, false}, 112: {"Digest-Entity-Body-Hash", radiusText, nil, false}, 113: {"Digest-CNonce", radiusText, nil, false}, 114: {"Digest-Nonce-Count", radiusText, nil, false},
		115: {"Digest-Username", radiusText, nil, false}, 116: {"Digest-Opaque", radiusText, nil, false}, 117: {"Digest-Auth-Param", radiusText, nil, false}, 118: {"Digest-AKA-Auts", radiusText, nil, false},
		119: {"Digest-Domain", radiusText, nil, false}, 120: {"Digest-Stale", radiusText, nil, false}, 121: {"Digest-HA1", radiusText, nil, false}, 122: {"SIP-AOR", radiusText, nil, false},
		129: {"Basic-Location-Policy-Rules", radiusLocationRules, nil, false},
	}
})

var radiusTags = Names{0x31: "Tagged", 0x32: "Untagged"}

// radiusTag prints the tag by which attributes of one tunnel are known (RFC 2868).
func radiusTag(d *Context, tag int) {
	if tag == 0 {
		d.Print("Tag[Unused] ")
		return
	}
	d.Printf("Tag[%d] ", tag)
}

// radiusTagged prints a text that may have a tag before it, which is below any character.
func radiusTagged(d *Context, v View, _ Names) {
	if tag := v.U8(0); tag <= 31 {
		radiusTag(d, tag)
		v = v.From(1)
	}
	radiusText(d, v, nil)
}

// radiusPassword prints a tag, and a number and a text that are encrypted with it.
func radiusPassword(d *Context, v View, _ Names) {
	if v.Length < 3 {
		d.Mark()
		return
	}
	tag := v.U8(0)
	radiusTag(d, dissect.Pick(tag <= 31, tag, 0))
	d.Printf("Salt %d ", v.U16(1))
	radiusText(d, v.From(3), nil)
}

// radiusPreference prints a number behind a tag.
func radiusPreference(d *Context, v View, _ Names) {
	if v.Length != 4 {
		d.Printf("ERROR: length %d != 4", v.Length)
		return
	}
	radiusTag(d, v.U8(0))
	d.Printf("%d", v.U24(1))
}

// radiusSeconds prints a time as hours, minutes and seconds.
func radiusSeconds(d *Context, v View, _ Names) {
	if v.Length != 4 {
		d.Printf("ERROR: length %d != 4", v.Length)
		return
	}
	switch n := v.U32(0); {
	case n < 60:
		d.Printf("%02d secs", n)
	case n < 3600:
		d.Printf("%02d:%02d min", n/60, n%60)
	default:
		d.Printf("%02d:%02d:%02d hours", n/3600, n/60%60, n%60)
	}
}

// radiusText prints a text up to a zero: other characters as dots.
func radiusText(d *Context, v View, _ Names) {
	for i := range v.Length {
		c := v.U8(i)
		if c == 0 {
			return
		}
		d.Print(dissect.Pick(c >= 0x20 && c < 0x7f, string(rune(c)), "."))
	}
}

func radiusVLAN(d *Context, v View, _ Names) {
	d.Printf("%s (0x%02x) ", radiusTags.Of(v.U8(0), "Unknown tag"), v.U8(0))
	radiusText(d, v.From(1), nil)
}

func radiusNumber(d *Context, v View, names Names) {
	if v.Length != 4 {
		d.Printf("ERROR: length %d != 4", v.Length)
		return
	}
	n := int(v.U32(0))
	if names[0x31] == "Tagged" {
		d.Printf("%s (0x%02x) %d", names.Of(n>>24, "Unknown tag"), n>>24, n&0xffffff)
	} else if names != nil {
		if names[13] == "VLAN" || names[7] == "E.163" {
			radiusTag(d, n>>24)
			n &= 0xffffff
		}
		d.Print(names.Of(n, "#%d"))
	} else {
		d.Printf("%d", uint32(n))
	}
}

func radiusAddress(d *Context, v View, names Names) {
	if v.Length != 4 {
		d.Printf("ERROR: length %d != 4", v.Length)
		return
	}
	if name := names[int(int32(v.U32(0)))]; name != "" {
		d.Print(name)
	} else {
		d.Print(d.IP4(v.Bytes(0, 4)))
	}
}

func radiusAddress6(d *Context, v View, _ Names) {
	if v.Length != 16 {
		d.Printf("ERROR: length %d != 16", v.Length)
		return
	}
	d.Print(d.IP6(v.Bytes(0, 16)))
}

func radiusPrefix6(d *Context, v View, _ Names) {
	if v.Length < 2 || v.Length > 18 {
		d.Printf("ERROR: length %d not in range (2..18)", v.Length)
		return
	}
	if bits := v.U8(1); bits > 128 {
		d.Printf("ERROR: netmask %d not in range (0..128)", bits)
		return
	}
	radiusPrefix(d, v.From(2), v.U8(1))
}

func radiusPrefix(d *Context, v View, bits int) {
	prefix := make([]byte, 16)
	copy(prefix, v.Bytes(0, min(v.Length, 16)))
	d.Printf("%s/%d", d.IP6(prefix), bits)
}

func radiusHomePrefix(d *Context, v View, _ Names) {
	const size = 17
	if v.Length != size {
		d.Printf("ERROR: length %d != %d", v.Length, size)
		return
	}
	radiusPrefix(d, v.From(1), v.U8(0))
}

func radiusFeatures(d *Context, v View, _ Names) {
	if v.Length != 8 {
		d.Printf("ERROR: length %d != 8", v.Length)
		return
	}
	d.Print("[")
	separator, bits := "", v.U64(0)
	for _, f := range []struct {
		bit  uint64
		name string
	}{{1, "MIP6_INTEGRATED"}, {2, "LOCAL_HOME_AGENT_ASSIGNMENT"}, {1 << 40, "PMIP6_SUPPORTED"}, {1 << 41, "IP4_HOA_SUPPORTED"}, {1 << 42, "LOCAL_MAG_ROUTING_SUPPORTED"}, {1 << 43, "ASSIGN_LOCAL_IP"}, {1 << 44, "MIP4_SUPPORTED"},
		{1 << 45, "OPTIMIZED_IDLE_MODE_MOBILITY"}} {
		if bits&f.bit != 0 {
			d.Print(separator + f.name)
			separator = ", "
		}
	}
	d.Print("]")
}

func radiusOperator(d *Context, v View, _ Names) {
	names := Names{0x30: "TADIG", 0x31: "REALM", 0x32: "E212", 0x33: "ICC", 0xfe: "IANA Reserved", 0xff: "IANA Reserved"}
	if v.Length < 2 {
		d.Printf("ERROR: length %d < 2", v.Length)
		return
	}
	d.Printf("[%s] ", names.Of(v.U8(0), "unknown namespace %d"))
	radiusText(d, v.From(1), nil)
}

// radiusEAP prints a message of EAP, if it is not one of the pieces of a longer one.
func radiusEAP(d *Context, v View, _ Names) {
	if v.U16(2) != v.Length {
		d.Print("EAP fragment?")
		return
	}
	d.Next(dissect.ByName, dissect.NameEAP, v)
}

// radiusLeast says that a value has too few bytes, and tells whether it has.
func radiusLeast(d *Context, v View, least int) bool {
	if v.Length >= least && v.Length > len(v.Data) {
		d.Mark() // twice, as tcpdump
		v.NeedAll()
	}
	d.PrintfIf(v.Length < least, "ERROR: length %d < %d", v.Length, least)
	return v.Length < least
}

// radiusLocation prints how a location was found (RFC 5580, 4.2).
func radiusLocation(d *Context, v View, _ Names) {
	const header = 20
	if radiusLeast(d, v, header+1) {
		return
	}
	d.Printf("index %d, code %s, entity %s, ", v.U16(0), Names{0: "Civic", 1: "Geospatial"}.Of(v.U8(2), "Unknown (%d)"), Names{0: "User", 1: "RADIUS client"}.Of(v.U8(3), "Unknown (%d)"))
	d.Printf("sighting time %s, time to live %s, method \"", dissect.NTPTime(v.U64(4)), dissect.NTPTime(v.U64(12)))
	d.Counted(v.Cursor(header), v.Length-header)
	d.Print("\"")
}

func radiusLocationData(d *Context, v View, _ Names) {
	if radiusLeast(d, v, 3) {
		return
	}
	d.Printf("index %d, location", v.U16(0))
	for line := range strings.Lines(string(dissect.AppendHex(nil, v.From(2).Bytes(0, v.Length-2), true))) {
		d.Print("\n\t    " + strings.Trim(line, "\t\n"))
	}
}

// radiusLocationRules prints what may be done with a location (RFC 5580, 4.4).
func radiusLocationRules(d *Context, v View, _ Names) {
	const header = 10
	if radiusLeast(d, v, header) {
		return
	}
	names := Flags{}
	for bit := 1; bit < 16; bit++ { // those that must be zero, the last first
		names = append(names, dissect.Flag{Bit: 1 << (bit - 1), Name: fmt.Sprintf("MBZ-%d", 16-bit)})
	}
	names = append(names, dissect.Flag{Bit: 0x8000, Name: "Retransmission Allowed"})
	d.Printf("flags [%s], retention expires %s", names.Of(v.U16(0), ", "), dissect.NTPTime(v.U64(2)))
	if v.Length > header {
		d.Print(", note well \"")
		d.Counted(v.Cursor(header), v.Length-header)
		d.Print("\"")
	}
}

func radiusTime(d *Context, v View, _ Names) {
	if v.Length != 4 {
		d.Printf("ERROR: length %d != 4", v.Length)
		return
	}
	d.Print(time.Unix(int64(v.U32(0)), 0).In(d.Location).Format("Mon Jan _2 15:04:05 2006"))
}

// radiusVendor prints the attributes of a vendor.
func radiusVendor(d *Context, v View, _ Names) {
	if v.Length < 4 {
		d.Mark()
		return
	}
	id := int(v.U32(0))
	d.Printf("Vendor: %s (%d)", dissect.Enterprises.Of(id, "Unknown"), uint32(id))
	for c := v.Cursor(4); c.Left() >= 2; {
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
		for _, b := range c.Bytes(size - 2) {
			d.Print(dissect.Pick(b >= 0x20 && b < 0x7f, string(rune(b)), "."))
		}
	}
}
