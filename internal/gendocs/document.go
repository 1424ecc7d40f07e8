package main

import (
	"fmt"
	"strconv"
	"strings"

	"bpfc/linktype"
)

const intro = `<!-- Written by internal/gendocs out of the compiler itself: do not edit, run go generate ./internal/gendocs -->
# Link-layer types

What the filter language can tell on each link-layer type. The [language reference](language.md) says what the
primitives mean. On every type, known or not, there are ` + "`len`, `less`, `greater`, `byte`, `link[…]`" + ` and whatever
and, or, not and arithmetic make of them.

In the tables, **yes** means that the primitive looks at the packet; **never** that it is taken, but no packet of the type
can match; **live** that it needs ` + "`--linux-extensions`" + `, for programs that run in the Linux kernel on live packets. Where a
cell is empty, the primitive is refused. Types that have the same row stand together.
`

// document makes the whole file.
func document() (string, error) {
	var b strings.Builder
	b.WriteString(intro)
	for _, t := range tables {
		if err := t.write(&b); err != nil {
			return "", err
		}
	}
	if err := writeLayouts(&b); err != nil {
		return "", err
	}
	writeTypes(&b)
	return b.String(), nil
}

func (t table) write(b *strings.Builder) error {
	with, without, err := groups(t.columns)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", t.title, t.text)
	heads := make([]string, len(t.columns))
	for i, c := range t.columns {
		heads[i] = c.head
	}
	line(b, "type", heads...)
	b.WriteString("|" + strings.Repeat(" --- |", len(heads)+1) + "\n")
	for _, g := range with {
		line(b, typeNames(g.types), g.row...)
	}
	fmt.Fprintf(b, "\nNone of these on the other %d types.\n", len(without))
	return nil
}

// protocolFields says how a header tells what it carries.
var protocolFields = map[linktype.ProtocolField]string{
	linktype.NoProtocol:      "nothing tells",
	linktype.EtherType:       "EtherType",
	linktype.EthernetField:   "EtherType, or length and LLC",
	linktype.LLCHeader:       "LLC, SNAP",
	linktype.WLANFrame:       "LLC in data frames",
	linktype.SunATMHeader:    "LLC, if the header says so",
	linktype.CookedField:     "EtherType, or LLC",
	linktype.VersionNibble:   "version of IP",
	linktype.OnlyIPv4:        "always IPv4",
	linktype.OnlyIPv6:        "always IPv6",
	linktype.PPPField:        "PPP protocol",
	linktype.PPPBSDOSField:   "PPP protocol",
	linktype.HDLCField:       "EtherType",
	linktype.LoopbackFamily:  "address family, 32 bits",
	linktype.PFLogFamily:     "address family, 8 bits",
	linktype.ARCnetField:     "ARCnet system code",
	linktype.LocalTalkHeader: "always AppleTalk",
	linktype.FrameRelayNLPID: "NLPID",
	linktype.JuniperMagic:    "only the magic number is checked",
	linktype.IPNetFamily:     "address family, 8 bits",
}

var prefixes = map[linktype.Prefix]string{
	linktype.NoPrefix:       "",
	linktype.PrismPrefix:    "Prism or AVS header, then 802.11",
	linktype.AVSPrefix:      "AVS header, then 802.11",
	linktype.RadiotapPrefix: "radiotap header, then 802.11",
	linktype.PPIPrefix:      "PPI header, then 802.11 only",
}

// writeLayouts writes where things are in the packets of each type that has a
// row of data.
func writeLayouts(b *strings.Builder) error {
	b.WriteString(`
## Where the headers are

Offsets in bytes from the start of the packet, as the compiler has them. A + stands before those to which the length of a
variable part is added.

| type | protocol is told by | link-layer header | protocol field | payload | network header | with LLC, without SNAP | before it |
| --- | --- | --- | --- | --- | --- | --- | --- |
`)
	for _, t := range linktype.All() {
		l := t.Layout()
		if l.Protocol == linktype.NoProtocol && l.Addresses == linktype.NoAddresses && l.SS7 == 0 && l.Payload == linktype.NotSet {
			continue
		}
		how, ok := protocolFields[l.Protocol]
		before, ok2 := prefixes[l.Prefix]
		if !ok || !ok2 {
			return fmt.Errorf("%s: no words for how its protocol is told (%d) or for what precedes it (%d)", t, l.Protocol, l.Prefix)
		}
		if l.SS7 != 0 {
			before = "length indicator at " + strconv.Itoa(int(l.SS7))
		}
		prefixed := l.Prefix != linktype.NoPrefix
		line(b, t.String(), how, at(l.Header, 0, prefixed), at(l.ProtocolOff, 0, prefixed), at(l.Payload, 0, l.VariablePayload),
			at(l.Payload, l.Net, l.VariablePayload), at(l.Payload, l.NetLLC, l.VariablePayload), before)
	}
	return nil
}

// at prints an offset, empty if there is none.
func at(base, off uint32, variable bool) string {
	if base == linktype.NotSet || off == linktype.NotSet {
		return ""
	}
	s := strconv.Itoa(int(base + off))
	if variable {
		s = "+" + s
	}
	return s
}

func writeTypes(b *strings.Builder) {
	b.WriteString(`
## All types

By their DLT_ numbers, with the LINKTYPE_ numbers of capture files where those differ. ` + "`-y`" + ` takes the name or the
number.

| number | name | in files | what it is |
| --- | --- | --- | --- |
`)
	for _, l := range linktype.All() {
		file := ""
		if n := l.FileNumber(); n != uint16(l) {
			file = strconv.Itoa(int(n))
		}
		line(b, strconv.Itoa(int(l)), l.String(), file, l.Description())
	}
}
