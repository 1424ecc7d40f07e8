// Package linktype names the link-layer types: what the first byte of a packet is the beginning of.
//
// A type goes by two numbers. Programs use the DLT_ number, which is what Type holds; capture files use the LINKTYPE_
// number. They are the same but for a handful, where operating systems disagreed on the DLT_ number and the
// files were given one of their own. Type.FileNumber and FromFile translate.
//
// The package keeps its API compatible within a major version.
package linktype

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bpfc/diag"
)

// Type is a link-layer type, by its DLT_ number. Any value is legal; those without a row in the table have no name and
// are printed as numbers.
// It is a value, and so safe for concurrent use.
type Type uint16

type row struct {
	typ         Type
	name        string
	description string
}

// fileNumbers are the types whose LINKTYPE_ number in capture files differs from the DLT_ number
// (pcap-common.c of libpcap, https://www.tcpdump.org/linktypes.html).
var fileNumbers = [...]struct {
	typ  Type
	file uint16
}{
	{ATM_RFC1483, 100},
	{RAW, 101},
	{SLIP_BSDOS, 102},
	{PPP_BSDOS, 103},
	{ATM_CLIP, 106},
}

// Other names by which libpcap's header has known a type.
var aliases = [...]struct {
	name string
	typ  Type
}{
	{"CHDLC", C_HDLC},
	{"ETHERNET", EN10MB},
	{"FR", FRELAY},
	{"IEEE802_15_4_WITHFCS", IEEE802_15_4},
	{"IPMB_LINUX", I2C_LINUX},
	{"LINUX_PPP_WITHDIRECTION", PPP_PPPD},
	{"PPP_WITH_DIRECTION", PPP_PPPD},
	{"USB", USB_FREEBSD},
}

// find gives the row of a type.
func find(t Type) (row, bool) {
	i, ok := slices.BinarySearchFunc(rows[:], t, func(r row, t Type) int { return int(r.typ) - int(t) })
	if !ok {
		return row{}, false
	}
	return rows[i], true
}

// Parse reads a type as a user writes it: a DLT_ name in any case, with or without that prefix, or its DLT_ number
// in decimal. An unknown name is an error (*diag.Error of kind Unknown) that suggests a near one; an unknown number
// up to 65,535 is taken as it is.
func Parse(s string) (Type, error) {
	name := strings.ToUpper(strings.TrimSpace(s))
	name = strings.TrimPrefix(name, "DLT_")
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return Type(n), nil
	}
	for _, r := range rows {
		if r.name == name {
			return r.typ, nil
		}
	}
	for _, a := range aliases {
		if a.name == name {
			return a.typ, nil
		}
	}
	return 0, unknown(s, name)
}

func unknown(s, name string) error {
	e := diag.New(diag.Unknown, 0, 0, "no link-layer type %.80q", s)
	names := make([]string, 0, len(rows)+len(aliases))
	for _, r := range rows {
		names = append(names, r.name)
	}
	for _, a := range aliases {
		names = append(names, a.name)
	}
	if near := diag.Nearest(name, names); near != "" {
		return e.WithHint("did you mean %s?", near)
	}
	return e.WithHint("give a DLT_ name such as EN10MB, or a number")
}

// String gives the DLT_ name without its prefix, and for a type without a name its number.
func (t Type) String() string {
	if r, ok := find(t); ok {
		return r.name
	}
	return strconv.Itoa(int(t))
}

// Description says in a few words what the type is; for a type without a name it says "DLT n".
func (t Type) Description() string {
	if r, ok := find(t); ok {
		return r.description
	}
	return fmt.Sprintf("DLT %d", int(t))
}

// Known tells whether the type has a row in the table.
func (t Type) Known() bool {
	_, ok := find(t)
	return ok
}

// Assigned tells whether the type is one that libpcap makes filters for: those with a row, and the numbers between 104 and
// the last one given out, of which at least the bytes can be looked at.
func (t Type) Assigned() bool {
	const firstCommon = C_HDLC // from here on DLT_ and LINKTYPE_ numbers are the same, one after the other
	return t.Known() || t >= firstCommon && t <= rows[len(rows)-1].typ
}

// FileNumber gives the LINKTYPE_ number under which capture files record the type.
func (t Type) FileNumber() uint16 {
	for _, f := range fileNumbers {
		if f.typ == t {
			return f.file
		}
	}
	return uint16(t)
}

// FromFile gives the type for a LINKTYPE_ number out of a capture file: the lower 16 bits of a pcap header's last word, or
// the link type of a pcapng interface. Numbers without a known type are taken for DLT_ numbers, as libpcap does.
func FromFile(linktype uint16) Type {
	for _, f := range fileNumbers {
		if f.file == linktype {
			return f.typ
		}
	}
	return Type(linktype)
}

// All lists every type with a name, by ascending number. The caller owns the slice.
func All() []Type {
	all := make([]Type, len(rows))
	for i, r := range rows {
		all[i] = r.typ
	}
	return all
}
