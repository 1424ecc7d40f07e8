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
	lspFields  = Names{1: "Target FEC Stack", 2: "Downstream mapping", 3: "Pad", 4: "Error Code", 5: "Vendor Enterprise Code", 7: "Interface Label Stack", 9: "Errored TLVs", 10: "Reply TOS Byte", 15: "BFD Discriminator"}
	lspTargets = Names{1: "LDP IPv4 prefix", 2: "LDP IPv6 prefix", 3: "RSVP IPv4 Session Query", 4: "RSVP IPv6 Session Query", 6: "VPN IPv4 prefix", 7: "VPN IPv6 prefix", 8: "L2 VPN endpoint", 9: "L2 circuit pseudowire (old)",
		10: "L2 circuit pseudowire", 12: "BGP IPv4 prefix", 13: "BGP IPv6 prefix"}
)

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
	for c := v.Cursor(header); c.Left() >= 4; {
		c.View.Need(c.At + 4)
		kind, size := c.U16(), c.U16()
		if size == 0 {
			return
		}
		d.Printf("\n\t  %s TLV (%d), length: %d", lspFields.Of(kind, "Unknown"), kind, size)
		d.StopIf(size > c.Left(), "\n\t\t TLV contents go past end of message")
		padded := min((size+3)&^3, c.Left())
		value := c.Take(padded).Limit(size)
		if kind == 1 {
			lspStack(d, value.Cursor(0))
		} else if d.Verbose <= 1 {
			d.Unknown(value, "\n\t    ", size)
		}
		if d.Verbose > 1 {
			d.Unknown(value, "\n\t    ", size)
		}
	}
}

// lspStack prints what the labels of a request stand for.
func lspStack(d *Context, c *Cursor) {
	for c.Left() >= 4 {
		kind, size := c.U16(), c.U16()
		d.Printf("\n\t    %s subTLV (%d), length: %d", lspTargets.Of(kind, "unknown"), kind, size)
		d.StopIf(size > c.Left(), "\n\t\t subTLV contents go past end of TLV")
		v := c.Take(size)
		if least := map[int]int{1: 5, 2: 17, 3: 20, 4: 56, 6: 13, 7: 25, 12: 5, 13: 17, 8: 14, 9: 10, 10: 14}[kind]; size < least {
			d.Printf("\n\t      invalid subTLV length")
			continue
		}
		switch kind {
		case 1, 12:
			d.Printf("\n\t      %s/%d", d.IP4(v.Bytes(0, 4)), v.U8(4))
		case 2, 13:
			d.Printf("\n\t      %s/%d", d.IP6(v.Bytes(0, 16)), v.U8(16))
		case 3:
			d.Printf("\n\t      tunnel end-point %s, tunnel sender %s, lsp-id 0x%04x", d.IP4(v.Bytes(0, 4)), d.IP4(v.Bytes(12, 4)), v.U16(18))
			d.Printf("\n\t      tunnel-id 0x%04x, extended tunnel-id %s", v.U16(6), d.IP4(v.Bytes(8, 4)))
		case 4:
			d.Printf("\n\t      tunnel end-point %s, tunnel sender %s, lsp-id 0x%04x", d.IP6(v.Bytes(0, 16)), d.IP6(v.Bytes(36, 16)), v.U16(54))
			d.Printf("\n\t      tunnel-id 0x%04x, extended tunnel-id %s", v.U16(18), d.IP6(v.Bytes(20, 16)))
		case 6:
			d.Printf("\n\t      RD: %s, %s/%d", bgpDistinguisher(d, v.Bytes(0, 8)), d.IP4(v.Bytes(8, 4)), v.U8(12))
		case 7:
			d.Printf("\n\t      RD: %s, %s/%d", bgpDistinguisher(d, v.Bytes(0, 8)), d.IP6(v.Bytes(8, 16)), v.U8(24))
		case 8:
			d.Printf("\n\t      RD: %s, Sender VE ID: %d, Receiver VE ID: %d\n\t      Encapsulation Type: %d", bgpDistinguisher(d, v.Bytes(0, 8)), v.U16(8), v.U16(10), v.U16(12))
		case 9:
			d.Printf("\n\t      Remote PE: %s\n\t      PW ID: 0x%08x, PW Type: %d", d.IP4(v.Bytes(0, 4)), v.U32(4), v.U16(8))
		case 10:
			d.Printf("\n\t      Sender PE: %s, Remote PE: %s\n\t      PW ID: 0x%08x, PW Type: %d", d.IP4(v.Bytes(0, 4)), d.IP4(v.Bytes(4, 4)), v.U32(8), v.U16(12))
		default:
			if d.Verbose <= 1 {
				d.Unknown(v, "\n\t      ", size)
			}
		}
		c.At += min(-size&3, c.Left())
	}
}
