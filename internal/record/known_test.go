package main

import (
	"regexp"
	"slices"

	"bpfc/diag"
	"bpfc/linktype"
)

// outcome is how bpfc differs from a recording.
type outcome string

const (
	refuses outcome = "refuses what libpcap accepts"
	accepts outcome = "accepts what libpcap refuses"
	differs outcome = "compiles to something else"
)

// difference is where libpcap 1.10 does something else than 1.11, which bpfc
// follows. Empty fields stand for anything; a row should be as narrow as its
// reason, and a row that nothing needs fails the test.
type difference struct {
	outcome outcome
	reason  string
	types   []linktype.Type
	filter  string    // regular expression
	says    string    // regular expression: the recorded refusal
	kind    diag.Kind // of bpfc's refusal
}

var (
	wireless = []linktype.Type{linktype.IEEE802_11, linktype.PRISM_HEADER, linktype.IEEE802_11_RADIO, linktype.IEEE802_11_RADIO_AVS, linktype.PPI}
	arcnet   = []linktype.Type{linktype.ARCNET, linktype.ARCNET_LINUX}
	dsa      = []linktype.Type{linktype.DSA_TAG_BRCM, linktype.DSA_TAG_DSA}
	bacnet   = []linktype.Type{linktype.BACNET_MS_TP}
)

var differences = []difference{
	{
		outcome: refuses, kind: diag.Range,
		reason: "1.11 checks that a value fits its field",
		filter: `\b(proto|protochain) (256|300|1500|0x10000)$|^isis proto 32$|^decnet host 64|^byte 12 = 256$|^v[pc]i (256|65536)$|^dir 4$`,
	}, {
		outcome: refuses, kind: diag.Unsupported, types: bacnet,
		reason: "1.10 looks for the protocol of BACnet MS/TP at an offset that it does not have",
	}, {
		outcome: accepts, types: bacnet,
		reason: "1.11 knows the addresses of BACnet MS/TP",
		filter: `^link|broadcast`, says: `aid supported only on ARCnet|not a broadcast link`,
	}, {
		outcome: accepts, types: dsa,
		reason: "1.11 takes frames with DSA tags for Ethernet frames",
		says:   `Broadcom tag|Marvell DSA|not a broadcast link|supported only on ethernet`,
	}, {
		outcome: accepts, types: []linktype.Type{linktype.PPI},
		reason: "1.11 has the primitives of 802.11 behind PPI headers",
		says:   `supported only (on|with) 802.11`,
	}, {
		outcome: accepts,
		reason:  "vxlan is new in 1.11",
		filter:  `^vxlan`, says: `syntax error`,
	}, {
		outcome: differs,
		reason:  "1.10 loads nothing before it tests bits of a byte",
		filter:  `^byte \d+ [&|]`,
	}, {
		outcome: differs,
		reason:  "1.11 leaves the reserved bits of IS-IS PDU types out",
		filter:  `^isis proto|^(l1|l2|iih|lsp|snp|csnp|psnp)\b`,
	}, {
		outcome: differs,
		reason:  "1.11 compares the destination in a short DECnet header as part of a word",
		filter:  `^decnet (dst|host)`,
	}, {
		outcome: differs,
		reason:  "1.10 takes multicast addresses for all from 224.0.0.0 up",
		filter:  `^ip multicast`,
	}, {
		outcome: differs,
		reason:  "1.10 looks for the destination point code in the wrong bytes",
		filter:  `^h?dpc`,
	}, {
		outcome: differs,
		reason:  "1.10 takes != for = in ATM and SS7",
		filter:  `^(vpi|opc) != `,
	}, {
		outcome: differs, types: arcnet,
		reason: "1.10 reads 8-bit addresses wrongly",
		filter: `^link`,
	}, {
		outcome: differs, types: arcnet,
		reason: "1.11 does not know the system codes of RFC 1051 any more",
	}, {
		outcome: differs, types: wireless,
		reason: "1.10 keeps arithmetic in the scratch word that holds the length of the headers",
		filter: `^(len > 100 and ip|[12] > [12] .*|radio\[0\] = 0 and ip)$`,
	}, {
		outcome: differs, types: wireless,
		reason: "1.10 loads the words of an IPv6 address that a prefix does not reach",
		filter: `\bnet [0-9a-f:]*::/`,
	}, {
		outcome: differs, types: append([]linktype.Type{linktype.SLIP}, dsa...),
		reason: "1.11 reads the direction from the header, and both directions by their own values",
		filter: `^(in|out)bound`,
	},
}

// known finds the row for a difference.
func (r recorded) known(o outcome, kind diag.Kind) int {
	return slices.IndexFunc(differences, func(d difference) bool {
		return d.outcome == o &&
			(d.types == nil || slices.Contains(d.types, r.linkType)) &&
			(d.kind == "" || d.kind == kind) &&
			regexp.MustCompile(d.filter).MatchString(r.Filter) &&
			regexp.MustCompile(d.says).MatchString(r.Error)
	})
}
