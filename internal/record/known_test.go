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
// follows, or where bpfc does something else than both. Empty fields stand for
// anything; a row should be as narrow as its reason, and a row that nothing needs
// fails the test.
type difference struct {
	outcome outcome
	reason  string
	source  string // what the reason rests on: lines of libpcap's source, cases of its test suite
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
		source: "reject_link_proto_65536_EN10MB, reject_decnet_area, reject_byte_eq_256, reject_atm_vpi of 1.11's test suite",
		filter: `\b(proto|protochain) (256|300|1500|0x10000)$|^isis proto 32$|^decnet host 64|^byte 12 = 256$|^v[pc]i (256|65536)$|^dir 4$`,
	}, {
		outcome: refuses, kind: diag.Unsupported, types: bacnet,
		reason: "1.10 looks for the protocol of BACnet MS/TP at an offset that it does not have",
		source: "gencode.c:3593 (1.10.3); reject_link_proto_1_BACNET_MS_TP of 1.11's test suite",
	}, {
		outcome: accepts, types: bacnet,
		reason: "1.11 knows the addresses of BACnet MS/TP",
		source: "accept_link_broadcast_BACNET_MS_TP of 1.11's test suite",
		filter: `^link|broadcast`, says: `aid supported only on ARCnet|not a broadcast link`,
	}, {
		outcome: accepts, types: dsa,
		reason: "1.11 takes frames with DSA tags for Ethernet frames",
		source: "accept_link_broadcast_DSA_TAG_BRCM of 1.11's test suite",
		says:   `Broadcom tag|Marvell DSA|not a broadcast link|supported only on ethernet`,
	}, {
		outcome: accepts, types: []linktype.Type{linktype.PPI},
		reason: "1.11 has the primitives of 802.11 behind PPI headers",
		source: "gencode.c:8593, 8621 (1.10.3); 1.11 compiles type mgt on PPI",
		says:   `supported only (on|with) 802.11`,
	}, {
		outcome: accepts,
		reason:  "vxlan is new in 1.11",
		source:  "accept_vxlan_nullary of 1.11's test suite",
		filter:  `^vxlan`, says: `syntax error`,
	}, {
		outcome: differs,
		reason:  "1.10 loads nothing before it tests bits of a byte",
		source:  "gencode.c:7931, 7938 (1.10.3); accept_byte_and of 1.11's test suite",
		filter:  `^byte \d+ [&|]`,
	}, {
		outcome: differs,
		reason:  "1.11 leaves the reserved bits of IS-IS PDU types out",
		source:  "gencode.c:6598 (1.10.3); accept_isis_iih of 1.11's test suite",
		filter:  `^isis proto|^(l1|l2|iih|lsp|snp|csnp|psnp)\b`,
	}, {
		outcome: differs,
		reason:  "1.11 compares the destination in a short DECnet header as part of a word",
		source:  "gencode.c:4900 to 4910 (1.10.3); accept_decnet_src_host and its neighbours of 1.11's test suite",
		filter:  `^decnet (dst|host)`,
	}, {
		outcome: differs,
		reason:  "1.10 takes multicast addresses for all from 224.0.0.0 up",
		source:  "gencode.c:8204 (1.10.3); accept_ip_multicast of 1.11's test suite",
		filter:  `^ip multicast`,
	}, {
		outcome: differs,
		reason:  "1.10 looks for the destination point code in the wrong bytes",
		source:  "gencode.c:9846 (1.10.3); accept_mtp3_dpc_gt of 1.11's test suite",
		filter:  `^h?dpc`,
	}, {
		outcome: differs,
		reason:  "1.10 takes != for = in ATM and SS7",
		source:  "gencode.c:1128 (1.10.3); accept_mtp2_sio_ne of 1.11's test suite",
		filter:  `^(vpi|opc) != `,
	}, {
		outcome: differs, types: arcnet,
		reason: "1.10 reads 8-bit addresses wrongly",
		source: "gencode.c:8649 (1.10.3), gen_acode(): pcap_ether_aton() for an address of one byte",
		filter: `^link`,
	}, {
		outcome: differs, types: arcnet,
		reason: "1.11 does not know the system codes of RFC 1051 any more",
		source: "gencode.c:3464 (1.10.3), ARCTYPE_IP_OLD; accept_link_proto_ip6_ARCNET and its neighbours of 1.11's test suite",
	}, {
		outcome: differs, types: wireless,
		reason: "1.10 keeps arithmetic in the scratch word that holds the length of the headers",
		source: "gencode.c:3071, 7841 (1.10.3): a word that free_reg() has given back",
		filter: `^(len > 100 and ip|[12] > [12] .*|radio\[0\] = 0 and ip)$`,
	}, {
		outcome: differs, types: wireless,
		reason: "1.10 loads the words of an IPv6 address that a prefix does not reach",
		source: "gencode.c:4146 to 4151 (1.10.3), gen_hostop6()",
		filter: `\bnet [0-9a-f:]*::/`,
	}, {
		outcome: differs, types: append([]linktype.Type{linktype.PFLOG}, wireless...),
		reason: "libpcap computes the length of the packet's headers where the tests before geneve do not look for it",
		source: "gencode.c:2928 to 3001 (1.10.3), insert_compute_vloffsets(), after gencode.c:171, PUSH_LINKHDR",
		filter: `\bgeneve\b`,
	}, {
		outcome: differs, types: wireless[1:],
		reason: "likewise before pppoes, where something precedes the 802.11 header",
		source: "gencode.c:2928 (1.10.3), insert_compute_vloffsets(), after gencode.c:9151, gen_pppoes()",
		filter: `\bpppoes\b`,
	}, {
		outcome: differs, types: wireless,
		reason: "libpcap looks for the receiver's address in no control frame",
		source: "gencode.c:4672 (1.10.3), gen_wlanhostop(), case Q_RA: BPF_JSET of 0x08",
		filter: `^wlan ra\b`,
	}, {
		outcome: differs, types: append([]linktype.Type{linktype.SLIP}, dsa...),
		reason: "1.11 reads the direction from the header, and both directions by their own values",
		source: "gencode.c:8290, 8404 (1.10.3); accept_slip_outbound, accept_inbound_DSA_TAG_DSA of 1.11's test suite",
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
