package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// Echo requests for paths of MPLS (RFC 8029).

var (
	lspMessages = Names{1: "MPLS Echo Request", 2: "MPLS Echo Reply"}
	lspReplies  = Names{1: "Do not reply", 2: "Reply via an IPv4/IPv6 UDP packet", 3: "Reply via an IPv4/IPv6 UDP packet with Router Alert", 4: "Reply via application level control channel"}
	lspCodes    = Names{
		0: "No return code or return code contained in the Error Code TLV", 1: "Malformed echo request received", 2: "One or more of the TLVs was not understood",
		3: "Replying router is an egress for the FEC at stack depth", 4: "Replying router has no mapping for the FEC at stack depth", 5: "Reserved", 6: "Reserved",
		7: "Reserved", 8: "Label switched at stack-depth", 9: "Label switched but no MPLS forwarding at stack-depth",
		10: "Mapping for this FEC is not the given label at stack depth", 11: "No label entry at stack-depth", 12: "Protocol not associated with interface at FEC stack depth",
		13: "Premature termination of ping due to label stack shrinking to a single label",
	}
)

// lspFields are the fields of a request.
var lspFields = List{Head: 4, Align: 4, Title: dissect.Titled("\n\t  %s TLV (%d), length: %d"), Other: "Unknown", Bytes: "\n\t    ", More: "\n\t    ",
	Ends: func(d *Context, _ dissect.Fault) { d.StopIf(true, "\n\t\t packet is too short") }, Short: lspShort, Rejected: func(d *Context, c *Cursor) { lspBytes(d, c.View, "\n\t    ") }, Values: Values{
		1: {"Target FEC Stack", 0, lspTargetStack}, 2: {"Downstream Mapping", 4, lspDownstream}, 3: {"Pad", 0, nil}, 5: {"Vendor Enterprise Code", 4, func(d *Context, c *Cursor) {
			d.Printf("\n\t    Vendor: %s (0x%04x)", dissect.Enterprises.Of(int(c.View.U32(0)), "Unknown"), c.U32())
		}},
		7: {"Interface Label Stack", 0, nil}, 9: {"Error Code", 0, nil}, 10: {"Reply TOS Byte", 0, nil}, 15: {"BFD Discriminator", 4, dissect.Form("\n\t    BFD Discriminator 0x%4x")}, 0xfc00: {"Vendor Private Code", 0, nil},
	}}

// lspShort says that a field is not whole.
func lspShort(d *Context, f dissect.Fault) {
	d.Print("\n\t      TLV is too short")
	lspBytes(d, f.Rest.Limit(f.Size), "\n\t    ")
}

// lspBytes shows a value that makes no sense, which -vv does anyway.
func lspBytes(d *Context, v View, before string) {
	if d.Verbose == 1 {
		d.Unknown(v, before, v.Length)
	}
}

// lspTargets are what the labels of a request stand for.
var lspTargets = List{Bytes: "\n\t      ", More: "\n\t      ",
	Short: func(d *Context, f dissect.Fault) {
		d.Printf("\n\t      invalid subTLV length, should be %d", f.Least)
		lspBytes(d, f.Rest.Limit(f.Size), "\n\t      ")
	}, Values: Values{
		1: {"LDP IPv4 prefix", -5, dissect.Form("\n\t      %4a/%1d")}, 12: {"BGP labeled IPv4 prefix", -5, dissect.Form("\n\t      %4a/%1d")},
		2: {"LDP IPv6 prefix", -17, dissect.Form("\n\t      %16a/%1d")}, 13: {"BGP labeled IPv6 prefix", -17, dissect.Form("\n\t      %16a/%1d")},
		3: {"RSVP IPv4 Session Query", -20, dissect.Form("\n\t      tunnel end-point %4@0a, tunnel sender %4@12a, lsp-id 0x%2@18x|\n\t      tunnel-id 0x%2@6x, extended tunnel-id %4@8a")},
		4: {"RSVP IPv6 Session Query", -56, dissect.Form("\n\t      tunnel end-point %16@0a, tunnel sender %16@36a, lsp-id 0x%2@54x|\n\t      tunnel-id 0x%2@18x, extended tunnel-id %16@20a")},
		5: {"Reserved", 0, nil}, 6: {"VPN IPv4 prefix", -13, dissect.Form("\n\t      RD: %8v, %4a/%1d", bgpDistinguisher)}, 7: {"VPN IPv6 prefix", -25, dissect.Form("\n\t      RD: %8v, %16a/%1d", bgpDistinguisher)},
		8:  {"L2 VPN endpoint", -14, dissect.Form("\n\t      RD: %8v, Sender VE ID: %2d, Receiver VE ID: %2d|\n\t      Encapsulation Type: %2n (%=d)", bgpDistinguisher, dissect.Pseudowires.Or("unknown"))},
		9:  {"FEC 128 pseudowire (old)", -10, dissect.Form("\n\t      Remote PE: %4a|\n\t      PW ID: 0x%4x, PW Type: %2n (%=d)", dissect.Pseudowires.Or("unknown"))},
		10: {"FEC 128 pseudowire", -14, dissect.Form("\n\t      Sender PE: %4a, Remote PE: %4a|\n\t      PW ID: 0x%4x, PW Type: %2n (%=d)", dissect.Pseudowires.Or("unknown"))},
	}}

// lspTargetStack prints them. As in tcpdump, the head of one is not counted where the next is looked for.
func lspTargetStack(d *Context, c *Cursor) {
	const header = 4
	for left := c.Left(); left > 0; {
		d.RejectIf(left < header, "\n\t      TLV is too short")
		at := c.At
		kind, size := c.U16(), c.U16()
		d.RejectIf(left < size, "\n\t      TLV is too short")
		d.Printf("\n\t    %s subTLV (%d), length: %d", lspTargets.Values.Name(kind, "Unknown"), kind, size)
		lspTargets.Value(d, kind, dissect.NewView(c.View.Bytes(c.At, size), size))
		size = (size + 3) &^ 3
		d.StopIf(left < size, "\n\t\t TLV is too short")
		c.At = at + size
		left -= size + header
	}
}

var lspAddresses = Values{1: {"IPv4", 8, dissect.Form("\n\t    Downstream IP: %4a\n\t    Downstream Interface IP: %4a")}, 2: {"Unnumbered IPv4", 8, dissect.Form("\n\t    Downstream IP: %4a\n\t    Downstream Interface Index: 0x%4x")},
	3: {"IPv6", 32, dissect.Form("\n\t    Downstream IP: %16a\n\t    Downstream Interface IP: %16a")}, 4: {"IPv6", 20, dissect.Form("\n\t    Downstream IP: %16a\n\t    Downstream Interface Index: 0x%4x")}}

// lspDownstream prints where a router sends a packet on.
func lspDownstream(d *Context, c *Cursor) {
	mtu, kind := c.U16(), c.U8()
	d.Printf("\n\t    MTU: %d, Address-Type: %s (%d)", mtu, lspAddresses.Name(kind, "unknown"), kind)
	c.U8()
	row := lspAddresses[kind]
	d.RejectIf(c.Left() < row.Least || c.Left() < row.Least+4, "\n\t      TLV is too short")
	if row.Print != nil {
		row.Print(d, c)
	}
	lspBytes(d, c.View, "\n\t    ")
}

// LSPPing prints a request or a reply, with -v what it is about.
func LSPPing(d *Context, v View) {
	const header = 32
	d.Proto = "lspping"
	d.StopIf(v.Length < header, "\n\t\t packet is too short")
	v.Need(header)
	version, kind := v.U16(0), v.U8(4)
	d.StopIf(version != 1, "LSP-PING version %d packet not supported", version)
	if d.Verbose == 0 {
		d.Printf("LSP-PINGv%d, %s, seq %d, length: %d", version, lspMessages.Of(kind, "unknown (%d)"), v.U32(12), v.Length)
		return
	}
	d.Printf("\n\tLSP-PINGv%d, msg-type: %s (%d), length: %d\n\t  reply-mode: %s (%d)", version, lspMessages.Of(kind, "unknown"), kind, v.Length, lspReplies.Of(v.U8(5), "unknown"), v.U8(5))
	code := v.U8(6)
	depth := ""
	if code == 3 || code == 4 || code == 8 || code >= 10 && code <= 12 {
		depth = fmt.Sprintf(" %d", v.U8(7))
	}
	d.Printf("\n\t  Return Code: %s%s (%d)\n\t  Return Subcode: (%d)", lspCodes.Of(code, "unknown"), depth, code, v.U8(7))
	d.Printf("\n\t  Sender Handle: 0x%08x, Sequence: %d\n\t  Sender Timestamp: %s ", v.U32(8), v.U32(12), dissect.NTPTime(v.U64(16)))
	d.Print("Receiver Timestamp: ")
	if at := v.U64(24); at == 0 {
		d.Print("no timestamp")
	} else {
		d.Print(dissect.NTPTime(at))
	}
	lspFields.Print(d, v.Cursor(header))
}
