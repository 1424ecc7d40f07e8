package fuzz

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/diag"
)

// Known is a disagreement that is understood, and is not the fault of the implementation under test. A row must be as narrow as its
// reason: what it explains is not looked at again.
// It is safe for concurrent use as long as nobody changes it.
type Known struct {
	Name   string
	Reason string
	// Source is what the reason rests on: lines of the source of what is compared, or recorded cases.
	Source string
	// Explains says whether a difference is this one.
	Explains func(d *Difference) bool
}

// KnownDifferences is the table of all that is known. The rows for engines hang on what happened while the
// program ran on the packet (Events), those for compilers on the expression and on what libpcap says.
func KnownDifferences() []Known {
	return append([]Known(nil), known()...)
}

// Expressions that libpcap 1.10 compiles to another meaning than 1.11.
const (
	byteBits      = `\bbyte\s+\S+\s*[&|]`
	ipMulticast   = `\bip\s+multicast\b`
	isisWords     = `\b(isis\s+proto|l1|l2|iih|lsp|snp|csnp|psnp)\b`
	decnetAddress = `\bdecnet\s+(src|dst|host)\b`
	unequalField  = `\b(vpi|vci|h?(sio|opc|dpc|sls))\s*!=`
)

// The sources are lines of libpcap 1.10.3, as released; cases of the test suite of its development version, 1.11, by their names there
// (accept_…, reject_…), and what it compiled them to; and functions of Linux 6.18.
var known = sync.OnceValue(func() []Known {
	return []Known{
		{"kernel-shift", "the kernel masks a shift by the index register to 5 bits; libpcap gives 0 for 32 and more",
			"kernel/bpf/core.c, ___bpf_prog_run(), SHT: DST OP ((u32) SRC & 31)",
			ran("kernel", EventShiftX)},
		{"kernel-wrap", "the kernel adds the index register and the constant of an indirect load in 32 bits; libpcap rejects where the sum exceeds them",
			"net/core/filter.c, convert_bpf_ld_abs(), and the int offset of bpf_skb_load_helper_8()",
			ran("kernel", EventIndirectWrap)},
		{"kernel-headers", "the kernel reads the network header at offsets from -0x100000 and the link-layer header from -0x200000; libpcap rejects",
			"kernel/bpf/core.c, bpf_internal_load_pointer_neg_helper(): SKF_NET_OFF, SKF_LL_OFF",
			ran("kernel", EventNegative)},
		{"kernel-ancillary", "the kernel has ancillary data at offsets from -0x1000; libpcap rejects",
			"net/core/filter.c, convert_bpf_extensions(): SKF_AD_OFF",
			ran("kernel", EventAncillary)},
		{"kernel-length", "over AF_UNIX there is no length on the wire: the kernel's is the captured length",
			"net/core/filter.c, bpf_convert_filter(), BPF_LD | BPF_W | BPF_LEN: offsetof(struct sk_buff, len)",
			ranShort("kernel")},
		{"kernel-loop", "the kernel takes forward jumps only; protochain loops run in user space",
			"net/core/filter.c, bpf_check_classic(), BPF_JMP | BPF_JA: ftest->k >= (unsigned int)(flen - pc - 1)",
			refused("kernel", EventLoop)},
		{"xnet-length", "x/net/bpf is not told the length on the wire: its is the captured length",
			"golang.org/x/net v0.62.0 bpf/vm_instructions.go:116: uint32(len(in))",
			ranShort("x/net/bpf")},
		{"xnet-ancillary", "x/net/bpf implements no ancillary load but the length",
			"golang.org/x/net v0.62.0 bpf/vm.go:56, case LoadExtension",
			refused("x/net/bpf", EventAncillary)},
		{"xnet-negation", "x/net/bpf does not implement negation",
			"golang.org/x/net v0.62.0 bpf/vm.go:98, in the list of what is not implemented: NegateA",
			refused("x/net/bpf", EventNeg)},
		{"xnet-ldx-len", "x/net/bpf disassembles ldx len to ld len",
			"golang.org/x/net v0.62.0 bpf/instructions.go:66, case opAddrModePacketLen, which does not look at the register",
			refused("x/net/bpf", EventLenToX)},
		{"xnet-loop", "x/net/bpf takes forward jumps only",
			"golang.org/x/net v0.62.0 bpf/vm.go:27, case Jump: the distance is unsigned and checked against the end",
			refused("x/net/bpf", EventLoop)},
		{"libpcap-scratch", "libpcap 1.10 starts with whatever its scratch memory holds, 1.11 with zeros",
			"bpf_filter.c:99 (1.10.3): uint32_t mem[BPF_MEMWORDS], which 1.11 sets to {0}",
			ran("libpcap 1.10", EventUnwrittenWord)},
		readsUnwritten(onLinks(meaning10("libpcap-unset-offsets", "libpcap puts the length of the packet's own headers into the word of the header that the expression ends at, and tests before pppoes and geneve read another, which nothing has written",
			"gencode.c:2928 to 3001 (1.10.3), insert_compute_vloffsets(): off_linkhdr.reg and off_linkpl.reg, which gencode.c:171, PUSH_LINKHDR, has replaced",
			`\b(pppoes|geneve)\b`), variableLinks...)),
		readsUnwritten(meaning10("libpcap-scratch-compiled", "libpcap compiles geneve to programs that read scratch memory before writing it, and 1.10 does not clear it",
			"gencode.c:9454 (1.10.3), gen_geneve_ll_check(): reads off_linkhdr.reg, which gen_geneve_offsets() sets for Geneve only; bpf_filter.c:99",
			`\bgeneve\b`)),
		{"libpcap-ppi-unchecked", "libpcap checks that there is an 802.11 frame behind a PPI header only where the expression ends at that frame",
			"gencode.c:3021 (1.10.3), gen_ppi_dlt_check(): linktype, which gencode.c:171, PUSH_LINKHDR, has replaced", otherFrameBehindPPI},
		{"libpcap-wlan-ra", "libpcap looks for wlan ra in no control frame, against pcap-filter(7)",
			"gencode.c:4672 (1.10.3), gen_wlanhostop(), case Q_RA: BPF_JSET of 0x08, which is not set in the type of control frames", receiverOfControlFrame},
		{"bpfc-folded", "a division by zero or a shift too far that shows only once constants are folded is refused with the optimizer only, as by libpcap",
			"optimize.c:804, 810, 1304, 1307, 1340 (1.10.3), fold_op() and opt_stmt(), against gencode.c:7777 for what is written as a constant",
			func(d *Difference) bool {
				return d.Kind == KindAccept && against(d, "bpfc unoptimized") && d.Answers[1].Err == nil && Folded(d.Answers[0].Err)
			}},
		onLinks(Known{"libpcap-dead-fold", "libpcap does not look at arithmetic whose outcome changes nothing, as it often does where all protocols are the same test",
			"optimize.c:2087 (1.10.3), opt_blks(): only blocks that can still be reached; gencode.c:3590: one test for every protocol",
			func(d *Difference) bool {
				text, ok := says10(d)
				return ok && d.Kind == KindAccept && text == "" && Folded(d.Answers[0].Err)
			}}, juniperLinks...),
		// What libpcap 1.11 takes and 1.10 does not.
		accept10("libpcap-dlt", "1.10 does not know the link-layer type",
			"gencode.c:1710, 1717 (1.10.3), init_linktype(), with pcap/dlt.h:1567, DLT_MATCHING_MAX 289", ``, `^unknown data link type`),
		accept10("libpcap-vxlan", "vxlan came with 1.11",
			"accept_vxlan_nullary; scanner.l of 1.10.3 has no such word", `\bvxlan\b`, `syntax error|vxlan|supports link-level host name$`),
		accept10("libpcap-names", "the EtherType names lldp and slow came with 1.11",
			"accept_ether_proto_lldp; nametoaddr.c:592 (1.10.3), eproto_db", `\b(lldp|slow)\b`, `^unknown ether proto`),
		accept10("libpcap-ba", "the 802.11 control subtypes ba and bar came with 1.11",
			"accept_wlan_subtype_ba; grammar.y.in:174 (1.10.3), ieee80211_ctl_subtypes", `\bbar?\b`, `^unknown 802.11`),
		accept10("libpcap-gateway", "1.10 built with IPv6 has no gateway",
			"accept_gateway_name_en10mb; gencode.c:6946 (1.10.3)", `\bgateway\b`, `not supported in this configuration`),
		onLinks(accept10("libpcap-dsa", "1.10 reads next to nothing behind Broadcom and Marvell switch tags",
			"accept_link_broadcast_DSA_TAG_BRCM; gencode.c:1710 (1.10.3), init_linktype(): only raw link[N:M] filtering is supported", ``,
			`Broadcom tag|Marvell DSA|supported only on|not a broadcast link`), 281, 284),
		onLinks(accept10("libpcap-ppi", "1.10 has no 802.11 primitives on PPI",
			"gencode.c:8593, 8621 (1.10.3); 1.11 compiles type mgt on PPI to a test that begins with ld [4], jeq #0x69000000", `\b(type|subtype|dir)\b`, `supported only (on|with)`), 192),
		onLinks(accept10("libpcap-bacnet", "link-layer addresses of BACnet MS/TP came with 1.11",
			"accept_link_broadcast_BACNET_MS_TP; gencode.c:7991, 8661 (1.10.3)", `\$|broadcast`, `supported only on ARCnet|not a broadcast link`), 165),
		// What 1.10 takes and 1.11 refuses.
		refusedAs(accept10("libpcap-live", "1.11 refuses inbound, outbound and ifindex where the link-layer header does not tell, unless the capture is live",
			"reject_inbound_linux_A429 and its like; gencode.c:8397 (1.10.3), gen_inbound(): only savefiles are refused", `\b(inbound|outbound|ifindex)\b`, `^$`), diag.Unsupported),
		onLinks(refusedAs(accept10("libpcap-bacnet-protocols", "1.11 refuses tests of the protocol on BACnet MS/TP, of which 1.10 made a comparison of nothing",
			"reject_link_proto_1_BACNET_MS_TP; gencode.c:3593 (1.10.3)", ``, `^$`), diag.Unsupported), 165),
		refusedAs(accept10("libpcap-proto-range", "1.11 checks the range of link proto",
			"reject_link_proto_65536_EN10MB; gencode.c:6426 (1.10.3), gen_proto(), case Q_LINK", `\bproto\b`, `^$`), diag.Range),
		refusedAs(accept10("libpcap-decnet-range", "1.11 checks the form of DECnet addresses",
			"reject_decnet_area, reject_decnet_node; nametoaddr.c:697 (1.10.3), __pcap_atodn(): sscanf and masks", `\bdecnet\b`, `^$`), diag.Range, diag.Qualifier),
		refusedAs(accept10("libpcap-byte-range", "1.11 checks the value of byte",
			"reject_byte_eq_256; gencode.c:7903 (1.10.3), gen_byteop()", `\bbyte\b`, `^$`), diag.Range),
		refusedAs(accept10("libpcap-vpi-range", "1.11 checks the value of vpi",
			"reject_atm_vpi; gencode.c:9481 (1.10.3), case A_VPI", `\bvpi\b`, `^$`), diag.Range),
		onLinks(refusedAs(accept10("libpcap-slip-direction", "1.11 finds a contradiction between the direction byte of SLIP and the version number, which 1.10 tests for another value",
			"accept_slip_outbound (jeq #1); gencode.c:8290 (1.10.3), case DLT_SLIP (not 0)",
			`\b(inbound|outbound)\b`, `^$`), diag.RejectsAll), 8),
		accept10("libpcap-all-ones", "1.10's optimizer takes a mask of 0xffffffff for 0",
			"optimize.c:1125 (1.10.3): JF(b) = JT(b) where jset tests 0xffffffff", `(?i)0xffffffff|4294967295|037777777777`, `^expression rejects all packets$`),
		onLinks(refusedAs(accept10("libpcap-behind-atm", "1.11 has no ATM primitives behind lane and in tunnels",
			"gencode.c:9634 (1.10.3), case A_LANE, which leaves is_atm set; 1.11 asks for the link-layer type instead (reject_vpi_1_EN10MB), which they change",
			`\b(lane|geneve|vxlan)\b.*\b(vpi|vci|lane|llc|metac|bcc|oam\w*|sc|ilmic|connectmsg|metaconnect)\b`, `^$`), diag.Unsupported), 123),
		accept10("libpcap-other-contradictions", "1.10 finds a contradiction in what it takes the expression to mean, which is not what 1.11 does",
			"the sources of libpcap-byte, -ip-multicast, -isis, -decnet and -unequal, below",
			byteBits+"|"+ipMulticast+"|"+isisWords+"|"+decnetAddress+"|"+unequalField, `^expression rejects all packets$`),
		onLinks(accept10("libpcap-arcnet-contradictions", "1.10 finds a contradiction between its own protocol identifiers on ARCnet",
			"the sources of libpcap-arcnet, below", ``,
			`^expression rejects all packets$`), 7, 129),
		refusedAs(accept10("libpcap-no-contradictions", "1.11 finds a contradiction in an expression that 1.10 takes to mean something else",
			"the sources of libpcap-byte, -ip-multicast, -isis, -decnet and -unequal, below",
			byteBits+"|"+ipMulticast+"|"+isisWords+"|"+decnetAddress+"|"+unequalField, `^$`), diag.RejectsAll),
		// What both take and mean differently.
		meaning10("libpcap-byte", "1.10 compiles byte with & and | without loading the byte",
			"accept_byte_or, accept_byte_and; gencode.c:7931, 7938 (1.10.3), gen_byteop(): the operation alone", byteBits),
		meaning10("libpcap-ip-multicast", "1.10 takes all addresses from 224.0.0.0 for multicast, 1.11 those up to 239.255.255.255",
			"accept_ip_multicast; gencode.c:8204 (1.10.3): gen_cmp_ge(…, 224)", ipMulticast),
		meaning10("libpcap-isis", "1.11 looks at the five bits of the IS-IS PDU type, 1.10 at the whole byte",
			"accept_isis_iih; gencode.c:6598 (1.10.3), gen_proto(), case Q_ISIS: gen_cmp", isisWords),
		meaning10("libpcap-decnet", "1.10 compares DECnet addresses in another byte order and place",
			"accept_decnet_src_host; gencode.c:4888 to 4910 (1.10.3), gen_dnhostop(): ntohs", decnetAddress),
		onLinks(meaning10("libpcap-slip", "1.10 tests another value for outbound on SLIP",
			"accept_slip_outbound (jeq #1); gencode.c:8290 (1.10.3), case DLT_SLIP (not 0)", `\b(inbound|outbound)\b`), 8),
		onLinks(meaning10("libpcap-arcnet", "1.10 has other offsets and protocol identifiers on ARCnet",
			"accept_link_proto_ip6_ARCNET, accept_link_proto_ip6_ARCNET_LINUX; gencode.c:1201, 3464 (1.10.3)", ``), 7, 129),
		onLinks(meaning10("libpcap-dsa-direction", "1.10 asks the kernel for the direction, 1.11 the Marvell switch tag",
			"accept_inbound_DSA_TAG_DSA; gencode.c:8404 (1.10.3), gen_inbound(): SKF_AD_PKTTYPE", `\b(inbound|outbound)\b`), 281, 284),
		onlyCut(meaning10("libpcap-net-words", "1.10 loads the words of an address that the mask of a network ignores, where its optimizer does not see it",
			"gencode.c:4146 to 4151 (1.10.3), gen_hostop6(): gen_mcmp for all four words, whatever the mask",
			`\bnet\s+[0-9a-f:.]+(/|\s+mask\b)`)),
		onlyCut(meaning10("libpcap-point-code", "1.10 loads a word for a destination point code, 1.11 a half-word",
			"accept_mtp3_dpc_gt (ldh); gencode.c:9846 (1.10.3), case M_DPC: BPF_W", `\bh?dpc\b`)),
		{"libpcap-family-order", "1.10 takes the address family of a savefile in the byte order of its header only, 1.11 in both",
			"gencode.c:2157 (1.10.3), gen_loopback_linktype(): SWAPLONG if the file is swapped; accept_link_proto_ip_offline_unswapped_LE_NULL (both)", otherFamilyOrder},
		{"libpcap-pflog-family", "1.10 looks for Linux's AF_INET6 in PFLOG savefiles, 1.11 for those of the BSDs",
			"accept_link_proto_ip6_offline_unswapped_PFLOG (30, 24, 28); gencode.c:3459 (1.10.3)", pflogFamily},
		{"libpcap-constants", "1.11 leaves out what is joined with a test that the link-layer type decides; 1.10 keeps its loads, which may fail",
			"gencode.c:999, 1918 (1.10.3), gen_and() and gen_uncond(); 1.11's gen_and() returns the other block where one's meaning is IS_TRUE or IS_FALSE", decidedByLink},
		meaning10("libpcap-geneve-leftover", "1.10 takes what arithmetic or protochain left in its scratch words for offsets behind Geneve where the packet has none; bpfc takes 0",
			"gencode.c:7841 (1.10.3), free_reg(), and 9292, gen_geneve_offsets(): words that expressions have used before",
			`([<>=]|\bprotochain\b).*\bgeneve\b`),
		onlyCut(meaning10("libpcap-transport-ip6", "1.10 looks for the protocol in IPv6 headers, too, before it looks into an IPv4 payload",
			"accept_tcp_index_EN10MB (IPv4 only); gencode.c:7520 (1.10.3), gen_load_internal(): gen_proto_abbrev_internal(cstate, proto)",
			`\b(tcp|udp|sctp|pim|ah|esp)\s*\[`)),
		onLinks(onlyCut(meaning10("libpcap-pppoes-word", "1.10 loads the PPPoE session with the two bytes before it, which Juniper headers do not have",
			"gencode.c:9127 (1.10.3), gen_pppoes(): gen_mcmp(…, 0, BPF_W, sess_num, 0x0000ffff); 1.11 compiles pppoes 0x27 and ip on JUNIPER_PPPOE to ldh [34], jeq #0x27",
			`\bpppoes\s+\w`)), juniperLinks...),
		{"libpcap-relation-order", "where a relation looks into two protocols, 1.10 checks the left one first, or tcp before what the offset is from, 1.11 the right one, or what the offset is from, which shows if a check fails to load",
			"gencode.c:7633 (1.10.3), gen_relation_internal(): gen_and(a0->b, a1->b), and 7522, gen_load_internal(): gen_and(inst->b, b)",
			relationOrder},
		{"libpcap-registers", "1.10 lets arithmetic overwrite the scratch words that hold the offsets behind a variable-length header",
			"gencode.c:3071, 7841 (1.10.3): gen_abs_offset_varpart() takes a word that free_reg() has given back", overwritesOffsets},
		meaning10("libpcap-unequal", "1.10 negates != on ATM and SS7 fields wrongly",
			"accept_mtp2_sio_ne; gencode.c:1128 (1.10.3), gen_ncmp(): reverse counts for JGT and JGE only", unequalField),
	}
})

// variableLinks are the link-layer types with headers of variable length: 802.11, PFLOG, and 802.11 behind Prism, radiotap, AVS and PPI.
var variableLinks = []int{105, 117, 119, 127, 163, 192}

// juniperLinks are the link-layer types with Juniper's magic number.
var juniperLinks = []int{130, 131, 132, 133, 134, 135, 136, 137, 164, 167, 168, 174, 178, 179, 180, 181, 183, 194, 200, 232, 233, 234, 238}

func compared(d *Difference, kinds ...Kind) bool {
	for _, k := range kinds {
		if d.Kind == k {
			return true
		}
	}
	return false
}

// against says whether an implementation whose name begins with who takes part in a difference.
func against(d *Difference, who string) bool {
	for _, a := range d.Answers {
		if strings.HasPrefix(a.Who, who) {
			return true
		}
	}
	return false
}

// ran explains a different verdict of an engine by an event of the run.
func ran(engine string, e Events) func(*Difference) bool {
	return func(d *Difference) bool { return d.Kind == KindVerdict && against(d, engine) && d.Events&e != 0 }
}

// ranShort explains a different verdict of an engine that takes the captured length for the wire length.
func ranShort(engine string) func(*Difference) bool {
	return func(d *Difference) bool {
		return d.Kind == KindVerdict && against(d, engine) && d.Events&EventLen != 0 && d.Packet.WireLen != uint32(len(d.Packet.Data))
	}
}

// refused explains that an engine does not load a program, by an instruction in it.
func refused(engine string, e Events) func(*Difference) bool {
	return func(d *Difference) bool { return d.Kind == KindLoad && against(d, engine) && d.Events&e != 0 }
}

// says10 is what libpcap 1.10 says of an expression, "" if it takes it; ok is false if 1.10 is not part of the difference.
func says10(d *Difference) (text string, ok bool) {
	for _, a := range d.Answers {
		if !strings.HasPrefix(a.Who, "libpcap 1.10") {
			continue
		}
		if a.Err != nil {
			return a.Err.Error(), true
		}
		return "", true
	}
	return "", false
}

// accept10 is a row for expressions that libpcap 1.10 takes and 1.11 refuses, or the other way round, by the expression and
// by what 1.10 says of it ("" where it takes it). Both patterns have to match.
func accept10(name, reason, source, expr, message string) Known {
	e, m := pattern(expr), pattern(message)
	return Known{name, reason, source, func(d *Difference) bool {
		text, ok := says10(d)
		return ok && d.Kind == KindAccept && e().MatchString(d.Expr) && m().MatchString(text)
	}}
}

// refusedAs narrows a row to refusals of certain kinds, where the compiler under test has bpfc's errors.
func refusedAs(k Known, kinds ...diag.Kind) Known {
	explains := k.Explains
	k.Explains = func(d *Difference) bool {
		var e *diag.Error
		if errors.As(d.Answers[0].Err, &e) && !slices.Contains(kinds, e.Kind) {
			return false
		}
		return explains(d)
	}
	return k
}

// meaning10 is a row for expressions that libpcap 1.10 compiles to another meaning than 1.11.
func meaning10(name, reason, source, expr string) Known {
	e := pattern(expr)
	return Known{name, reason, source, func(d *Difference) bool {
		return meaningOf10(d) && e().MatchString(d.Expr)
	}}
}

// onlyCut narrows a row to packets that are too short for a load of libpcap's program.
func onlyCut(k Known) Known {
	explains := k.Explains
	k.Explains = func(d *Difference) bool { return d.Kind == KindCut && explains(d) }
	return k
}

// readsUnwritten narrows a row to packets on which libpcap's program reads scratch memory that it has not written.
func readsUnwritten(k Known) Known {
	explains := k.Explains
	k.Explains = func(d *Difference) bool { return d.ReferenceEvents&EventUnwrittenWord != 0 && explains(d) }
	return k
}

var reTunnel = pattern(`\b(pppoes|geneve)\b`)

// otherFrameBehindPPI says that bpfc rejects a packet because its PPI header is cut or announces something else than 802.11, which libpcap
// does not see.
func otherFrameBehindPPI(d *Difference) bool {
	if !meaningOf10(d) || d.Options.LinkType != 192 || d.Answers[0].Verdict != 0 || !reTunnel().MatchString(d.Expr) {
		return false
	}
	return len(d.Packet.Data) < 8 || binary.LittleEndian.Uint32(d.Packet.Data[4:]) != 105
}

var reReceiver = pattern(`\bra\b`)

// receiverOfControlFrame says that an expression with the receiver's address is held against an 802.11 control frame.
func receiverOfControlFrame(d *Difference) bool {
	at, ok := frameStart(d.Options.LinkType, d.Packet)
	return meaningOf10(d) && ok && d.Packet.Data[at]&0x0c == 0x04 && reReceiver().MatchString(d.Expr)
}

// frameStart is where the 802.11 frame in a packet starts; ok is false if there is none or its first byte was not captured.
func frameStart(dlt int, p *Packet) (at uint32, ok bool) {
	if p == nil || len(p.Data) < 8 {
		return 0, dlt == 105 && p != nil && len(p.Data) > 0
	}
	switch dlt {
	case 105:
	case 127, 192: // radiotap, PPI
		at = uint32(binary.LittleEndian.Uint16(p.Data[2:]))
	case 119: // Prism, or AVS under its number
		if at = 144; binary.BigEndian.Uint32(p.Data)&0xfffff000 == 0x80211000 {
			at = binary.BigEndian.Uint32(p.Data[4:])
		}
	case 163: // AVS
		at = binary.BigEndian.Uint32(p.Data[4:])
	default:
		return 0, false
	}
	return at, uint64(at) < uint64(len(p.Data))
}

// otherFamilyOrder says that a packet of a NULL or ENC savefile has its address family in the byte order that libpcap 1.10 does not
// expect.
func otherFamilyOrder(d *Difference) bool {
	if !meaningOf10(d) || d.Options.Savefile == NotSavefile || d.Options.LinkType != 0 && d.Options.LinkType != 109 {
		return false
	}
	if len(d.Packet.Data) < 4 {
		return false
	}
	head := d.Packet.Data[:4]
	family := binary.BigEndian.Uint32(head)
	if (binary.NativeEndian.Uint16([]byte{0, 1}) == 1) == (d.Options.Savefile == Unswapped) { // big-endian is what 1.10 expects
		family = binary.LittleEndian.Uint32(head)
	}
	return slices.Contains([]uint32{2, 24, 28, 30}, family) // AF_INET; AF_INET6 of NetBSD, FreeBSD, Darwin
}

// meaningOf10 says that libpcap 1.10 compiled the expression to another meaning.
func meaningOf10(d *Difference) bool {
	_, ok := says10(d)
	return ok && compared(d, KindMeaning, KindCut)
}

func pflogFamily(d *Difference) bool {
	return meaningOf10(d) && d.Options.LinkType == 117 && d.Options.Savefile != NotSavefile &&
		len(d.Packet.Data) > 1 && slices.Contains([]byte{10, 24, 28, 30}, d.Packet.Data[1])
}

// decidedByLink says that libpcap 1.10's program gives the expected verdict once the tests are taken out of it whose outcome changes nothing.
func decidedByLink(d *Difference) bool {
	if !meaningOf10(d) || d.Kind != KindCut {
		return false
	}
	for _, prog := range d.references {
		if scan(prog)&EventLoop != 0 && decides(prog) {
			return true // prune does not follow loops
		}
		if v, _ := Trace(prune(prog), *d.Packet); sameVerdict(v, d.Answers[0].Verdict, len(d.Packet.Data)) {
			return true
		}
	}
	return false
}

// decides says that a program compares a constant with a constant.
func decides(prog []bpf.RawInstruction) bool {
	for i := 1; i < len(prog); i++ {
		if prog[i-1].Op == cbpf.ClassLd|cbpf.ModeImm && prog[i].Op == cbpf.ClassJmp|cbpf.Equal {
			return true
		}
	}
	return false
}

var reTwoAccessors = pattern(`\].*[<>=].*\[|\[[^]]*\[`)

// relationOrder says that a relation with two packet data accessors ran into the end of the packet.
func relationOrder(d *Difference) bool {
	return meaningOf10(d) && (d.Events|d.ReferenceEvents)&EventOutOfBounds != 0 && reTwoAccessors().MatchString(d.Expr)
}

// overwritesOffsets says that a program for a link-layer type with a variable-length header stores something else where it has stored an
// offset in the beginning.
func overwritesOffsets(d *Difference) bool {
	return meaningOf10(d) && slices.Contains(variableLinks, d.Options.LinkType) &&
		len(d.references) > 0 && slices.ContainsFunc(d.references, overwrites)
}

// headInstructions is how many instructions the computation of a variable-length header's offsets takes to its first stores.
const headInstructions = 14

func overwrites(prog []bpf.RawInstruction) bool {
	var offsets [cbpf.MemWords]bool
	for i, in := range prog {
		if c := in.Op & cbpf.ClassMask; c != cbpf.ClassSt && c != cbpf.ClassStx || in.K >= cbpf.MemWords {
			continue
		}
		advanced := i >= 2 && prog[i-1].Op == cbpf.ClassAlu|cbpf.Add && prog[i-2].Op == cbpf.ClassLd|cbpf.ModeMem && prog[i-2].K == in.K
		if offsets[in.K] && !advanced {
			return true
		}
		constant := i >= 1 && prog[i-1].Op == cbpf.ClassLd|cbpf.ModeImm && prog[i-1].K != 144 // of arithmetic, but for the length of a Prism header
		if i < headInstructions && !constant {
			offsets[in.K] = true
		}
	}
	return false
}

// onLinks narrows a row to some link-layer types.
func onLinks(k Known, dlts ...int) Known {
	explains := k.Explains
	k.Explains = func(d *Difference) bool { return slices.Contains(dlts, d.Options.LinkType) && explains(d) }
	return k
}

// explain finds the row for a difference.
func explain(table []Known, d *Difference) (Known, bool) {
	for _, k := range table {
		if k.Explains(d) {
			return k, true
		}
	}
	return Known{}, false
}
