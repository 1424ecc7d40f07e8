package routing

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// Echo requests for paths of MPLS (RFC 8029).

var (
	lspMessages = Names{1: "MPLS Echo Request", 2: "MPLS Echo Reply"}
	lspReplies  = Names{1: "Do not reply", 2: "Reply via an IPv4/IPv6 UDP packet", 3: "Reply via an IPv4/IPv6 UDP packet with Router Alert", 4: "Reply via application level control channel"}
	lspCodes    = Names{0: "No return code or return code contained in the Error Code TLV", 1: "Malformed echo request", 2: "One or more of the TLVs was not understood",
		3: "Replying router is an egress for the FEC at stack depth", 4: "No mapping for the FEC at stack depth", 6: "Reserved", 7: "Reserved", 8: "Label switched at stack depth", 9: "Label switched but no MPLS forwarding at stack depth",
		10: "Mapping for this FEC is not the given label at stack depth", 11: "No label entry at stack depth", 12: "Protocol not associated with interface at FEC stack depth", 13: "Premature termination of ping due to label stack shrinking to a single label"}
)

// lspFields are the fields of a request.
var lspFields = List{Head: 4, Least: 4, Align: 4, Title: dissect.Titled("\n\t  %s TLV (%d), length: %d"), Other: "Unknown", Bytes: "\n\t    ", More: "\n\t    ",
	Ends: func(d *Context, _ dissect.Fault) { d.StopIf(true, "\n\t\t TLV contents go past end of message") }, Values: Values{
		1: {"Target FEC Stack", 0, lspTargets.Print}, 2: {"Downstream mapping", 0, nil}, 3: {"Pad", 0, nil}, 4: {"Error Code", 0, nil}, 5: {"Vendor Enterprise Code", 0, nil}, 7: {"Interface Label Stack", 0, nil},
		9: {"Errored TLVs", 0, nil}, 10: {"Reply TOS Byte", 0, nil}, 15: {"BFD Discriminator", 0, nil},
	}}

// lspTargets are what the labels of a request stand for.
var lspTargets = List{Head: 4, Least: 4, Align: 4, Title: dissect.Titled("\n\t    %s subTLV (%d), length: %d"), Other: "unknown", Bytes: "\n\t      ",
	Ends:  func(d *Context, _ dissect.Fault) { d.StopIf(true, "\n\t\t subTLV contents go past end of TLV") },
	Short: dissect.Prints("\n\t      invalid subTLV length"), Values: Values{
		1: {"LDP IPv4 prefix", 5, dissect.Form("\n\t      %4a/%1d")}, 12: {"BGP IPv4 prefix", 5, dissect.Form("\n\t      %4a/%1d")},
		2: {"LDP IPv6 prefix", 17, dissect.Form("\n\t      %16a/%1d")}, 13: {"BGP IPv6 prefix", 17, dissect.Form("\n\t      %16a/%1d")},
		3: {"RSVP IPv4 Session Query", 20, dissect.Form("\n\t      tunnel end-point %4@0a, tunnel sender %4@12a, lsp-id 0x%2@18x|\n\t      tunnel-id 0x%2@6x, extended tunnel-id %4@8a")},
		4: {"RSVP IPv6 Session Query", 56, dissect.Form("\n\t      tunnel end-point %16@0a, tunnel sender %16@36a, lsp-id 0x%2@54x|\n\t      tunnel-id 0x%2@18x, extended tunnel-id %16@20a")},
		6: {"VPN IPv4 prefix", 13, dissect.Form("\n\t      RD: %8v, %4a/%1d", bgpDistinguisher)}, 7: {"VPN IPv6 prefix", 25, dissect.Form("\n\t      RD: %8v, %16a/%1d", bgpDistinguisher)},
		8:  {"L2 VPN endpoint", 14, dissect.Form("\n\t      RD: %8v, Sender VE ID: %2d, Receiver VE ID: %2d\n\t      Encapsulation Type: %2d", bgpDistinguisher)},
		9:  {"L2 circuit pseudowire (old)", 10, dissect.Form("\n\t      Remote PE: %4a\n\t      PW ID: 0x%4x, PW Type: %2d")},
		10: {"L2 circuit pseudowire", 14, dissect.Form("\n\t      Sender PE: %4a, Remote PE: %4a\n\t      PW ID: 0x%4x, PW Type: %2d")},
	}}

// LSPPing prints a request or a reply, with -v what it is about.
func LSPPing(d *Context, v View) {
	const header = 32
	d.Proto = "lspping"
	dissect.TruncateIf(v.Length < header)
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
	if code >= 3 && code <= 12 {
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
