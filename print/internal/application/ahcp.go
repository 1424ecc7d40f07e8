package application

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"bpfc/print/internal/dissect"
)

var ahcpTypes = Names{0: "Discover", 1: "Offer", 2: "Request", 3: "Ack", 4: "Nack", 5: "Release"}

// AHCP prints the Ad-Hoc Configuration Protocol, with -v its head, with -vv its options.
func AHCP(d *Context, v View) {
	const header, magic = 24, 43
	d.Proto = "ahcp"
	d.Print("AHCP")
	d.InvalidRestIf(v.Length < 2 || v.U8(0) != magic, v)
	version := v.U8(1)
	d.Printf(" Version %d", version)
	if version != 1 || d.Verbose == 0 {
		v.NeedAll()
		return
	}
	d.InvalidRestIf(v.Length < header+4, v)
	d.Printf("\n\tHopcount %d, Original Hopcount %d, Nonce 0x%08x, Source Id %s, Destination Id %s", v.U8(2), v.U8(3), v.U32(4), d.MAC(v.Bytes(8, 8)), d.MAC(v.Bytes(16, 8)))
	d.Printf("\n\t%s, Length %d", ahcpTypes.Of(v.U8(header), "Unknown-%d"), v.U16(header+2))
	if c := v.Cursor(header + 4); d.Verbose > 1 && v.U16(header+2) > 0 {
		size := v.U16(header + 2)
		d.InvalidRestIf(size > c.Left(), v)
		ahcpOptions.Print(d, dissect.NewView(c.Rest().Data, size).Cursor(0))
	}
	v.NeedAll()
}

// ahcpAddress writes an address as a number, ahcpPrefix one with its length in bits behind it.
func ahcpAddress(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	return dissect.AddressText(a)
}

func ahcpPrefix(b []byte) string {
	return fmt.Sprintf("%s/%d", ahcpAddress(b[:len(b)-1]), b[len(b)-1])
}

func ahcpTime(n int) string { return time.Unix(int64(n), 0).UTC().Format("2006-01-02 15:04:05 UTC") }

// ahcpList makes a printer of values of so many bytes, as many as there are; rejected if one is cut.
func ahcpList(size int, write func([]byte) string) dissect.Printer {
	return dissect.Form(strings.ReplaceAll("%1>{%N!: %Nv%*{%N!, %Nv}}", "N", fmt.Sprint(size)), write, write)
}

// ahcpHead prints the name of an option whose length is missing, and gives what is left behind its type; of others, their values.
func ahcpHead(d *Context, f dissect.Fault) View {
	if f.Size != dissect.HeadMissing {
		return f.Rest
	}
	d.Print("\n\t " + ahcpValues.Name(f.Rest.U8(0), "Unknown-%d"))
	return f.Rest.From(1)
}

// ahcpOptions are the options, each on a line.
var ahcpOptions = List{Head: 2, Alone: Names{0: "\n\t Pad", 1: "\n\t Mandatory"}, Title: func(d *Context, _ int, name string, _ int) { d.Print("\n\t " + name) }, Other: "Unknown-%d",
	Ends: func(d *Context, f dissect.Fault) { d.InvalidRestIf(true, ahcpHead(d, f)) },
	Cut: func(d *Context, f dissect.Fault) {
		ahcpHead(d, f)
		dissect.TruncateIf(true)
	},
	Short: func(d *Context, _ dissect.Fault) { d.Invalid() }, Rejected: func(d *Context, _ *Cursor) { d.Invalid() }, Unknown: dissect.Form(" (Length %L)"), Values: ahcpValues}

var ahcpValues = Values{
	2: {"Origin Time", -4, dissect.Form(": %4n", ahcpTime)}, 3: {"Expires", -4, dissect.Form(": %4ds")}, 4: {"My-IPv6-Address", 0, ahcpList(16, ahcpAddress)}, 5: {"My-IPv4-Address", 0, ahcpList(4, ahcpAddress)},
	6: {"IPv6 Prefix", 0, ahcpList(17, ahcpPrefix)}, 7: {"IPv4 Prefix", 0, nil}, 8: {"IPv6 Address", 0, ahcpList(16, ahcpAddress)}, 9: {"IPv4 Address", 0, ahcpList(4, ahcpAddress)},
	10: {"IPv6 Prefix Delegation", 0, ahcpList(17, ahcpPrefix)}, 11: {"IPv4 Prefix Delegation", 0, ahcpList(5, ahcpPrefix)}, 12: {"Name Server", 0, ahcpList(16, ahcpAddress)}, 13: {"NTP Server", 0, ahcpList(16, ahcpAddress)},
}
