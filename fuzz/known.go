package fuzz

import (
	"regexp"
	"slices"
	"strings"
)

// Known is a disagreement that is understood, and is not the fault of the implementation under test. A row must be as narrow as its
// reason: what it explains is not looked at again.
type Known struct {
	Name   string
	Reason string
	// Explains says whether a difference is this one.
	Explains func(d *Difference) bool
}

// KnownDifferences is the table of all that is known. The rows for engines hang on what happened while the
// program ran on the packet (Events), those for compilers on the expression and on what libpcap says.
func KnownDifferences() []Known {
	return append([]Known(nil), known...)
}

var known = []Known{
	{
		"kernel-shift", "the kernel masks a shift by the index register to 5 bits; libpcap gives 0 for 32 and more",
		ran("kernel", EventShiftX),
	}, {
		"kernel-wrap", "the kernel adds the index register and the constant of an indirect load in 32 bits; libpcap rejects where the sum exceeds them",
		ran("kernel", EventIndirectWrap),
	}, {
		"kernel-headers", "the kernel reads the network header at offsets from -0x100000 and the link-layer header from -0x200000; libpcap rejects",
		ran("kernel", EventNegative),
	}, {
		"kernel-ancillary", "the kernel has ancillary data at offsets from -0x1000; libpcap rejects",
		ran("kernel", EventAncillary),
	}, {
		"kernel-length", "over AF_UNIX there is no length on the wire: the kernel's is the captured length",
		ranShort("kernel"),
	}, {
		"kernel-loop", "the kernel takes forward jumps only; protochain loops run in user space",
		refused("kernel", EventLoop),
	}, {
		"xnet-length", "x/net/bpf is not told the length on the wire: its is the captured length",
		ranShort("x/net/bpf"),
	}, {
		"xnet-ancillary", "x/net/bpf implements no ancillary load but the length",
		refused("x/net/bpf", EventAncillary),
	}, {
		"xnet-negation", "x/net/bpf does not implement negation",
		refused("x/net/bpf", EventNeg),
	}, {
		"xnet-loop", "x/net/bpf takes forward jumps only",
		refused("x/net/bpf", EventLoop),
	}, {
		"libpcap-scratch", "libpcap 1.10 starts with whatever its scratch memory holds, 1.11 with zeros",
		ran("libpcap 1.10", EventUnwrittenWord),
	}, {
		"libpcap-scratch-compiled", "libpcap 1.10 compiles geneve to programs that read scratch memory before writing it, and does not clear it",
		func(d *Difference) bool {
			return compared(d, KindMeaning, KindCut) && d.ReferenceEvents&EventUnwrittenWord != 0 && against(d, "libpcap 1.10")
		},
	}, {
		"libpcap-loops", "libpcap 1.11 ends a run with a rejection after 64 backward jumps, 1.10 never does",
		ran("libpcap 1.10", EventManyLoops),
	}, {
		"libpcap-loops-compiled", "libpcap 1.11 ends a run with a rejection after 64 backward jumps, 1.10 never does",
		func(d *Difference) bool {
			return compared(d, KindMeaning, KindCut) && d.ReferenceEvents&EventManyLoops != 0 && against(d, "libpcap 1.10")
		},
	},
	// What libpcap 1.11 takes and 1.10 does not.
	accept10("libpcap-dlt", "1.10 does not know the link-layer type", ``, `^unknown data link type`),
	accept10("libpcap-vxlan", "vxlan came with 1.11", `\bvxlan\b`, `syntax error`),
	accept10("libpcap-names", "the EtherType names lldp and slow came with 1.11", `\b(lldp|slow)\b`, `^unknown ether proto`),
	accept10("libpcap-ba", "the 802.11 control subtype ba came with 1.11", `\bba\b`, `^unknown 802.11`),
	accept10("libpcap-gateway", "1.10 built with IPv6 has no gateway", `\bgateway\b`, `not supported in this configuration`),
	onLinks(accept10("libpcap-dsa", "1.10 reads next to nothing behind Broadcom and Marvell switch tags", ``,
		`Broadcom tag|Marvell DSA|supported only on|not a broadcast link`), 281, 284),
	onLinks(accept10("libpcap-ppi", "1.10 has no 802.11 primitives on PPI", `\b(type|subtype|dir)\b`, `supported only (on|with)`), 192),
	onLinks(accept10("libpcap-bacnet", "link-layer addresses of BACnet MS/TP came with 1.11", `\$|broadcast`, `supported only on ARCnet|not a broadcast link`), 165),
	// What 1.10 takes and 1.11 refuses.
	accept10("libpcap-live", "1.11 refuses inbound, outbound and ifindex where the link-layer header does not tell, unless the capture is live",
		`\b(inbound|outbound|ifindex)\b`, `^$`),
	onLinks(accept10("libpcap-bacnet-protocols", "1.11 refuses tests of the protocol on BACnet MS/TP, of which 1.10 made a comparison of nothing", ``, `^$`), 165),
	accept10("libpcap-proto-range", "1.11 checks the range of link proto", `\bproto\b`, `^$`),
	accept10("libpcap-decnet-range", "1.11 checks the form of DECnet addresses", `\bdecnet\b`, `^$`),
	accept10("libpcap-byte-range", "1.11 checks the value of byte", `\bbyte\b`, `^$`),
	accept10("libpcap-vpi-range", "1.11 checks the value of vpi", `\bvpi\b`, `^$`),
	accept10("libpcap-all-ones", "1.10's optimizer takes a mask of 0xffffffff for 0", `(?i)0xffffffff`, `^expression rejects all packets$`),
	// What both take and mean differently.
	meaning10("libpcap-byte", "1.10 compiles byte with & and | without loading the byte", `\bbyte\s+\S+\s*[&|]`),
	meaning10("libpcap-ip-multicast", "1.10 takes all addresses from 224.0.0.0 for multicast, 1.11 those up to 239.255.255.255", `\bip\s+multicast\b`),
	meaning10("libpcap-isis", "1.11 looks at the five bits of the IS-IS PDU type, 1.10 at the whole byte", `\b(isis\s+proto|l1|l2|iih|lsp|snp|csnp|psnp)\b`),
	meaning10("libpcap-decnet", "1.10 compares DECnet addresses in another byte order and place", `\bdecnet\s+(src|dst|host)\b`),
	onLinks(meaning10("libpcap-slip", "1.10 tests another value for outbound on SLIP", `\b(inbound|outbound)\b`), 8),
	onLinks(meaning10("libpcap-arcnet", "1.10 has other offsets and protocol identifiers on ARCnet", ``), 7, 129),
	onLinks(meaning10("libpcap-dsa-direction", "1.10 asks the kernel for the direction, 1.11 the Marvell switch tag", `\b(inbound|outbound)\b`), 281, 284),
	onlyCut(meaning10("libpcap-net-words", "1.10 loads the words of an address that the mask of a network ignores, where its optimizer does not see it",
		`\bnet\s+[0-9a-f:.]+/`)),
	onlyCut(meaning10("libpcap-point-code", "1.10 loads a word for a destination point code, 1.11 a half-word", `\bh?dpc\b`)),
	meaning10("libpcap-ss7", "1.10 negates != on SS7 fields wrongly", `\bh?(sio|opc|dpc|sls)\s*!=`),
}

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
func accept10(name, reason, expr, message string) Known {
	e, m := regexp.MustCompile(expr), regexp.MustCompile(message)
	return Known{name, reason, func(d *Difference) bool {
		text, ok := says10(d)
		return ok && d.Kind == KindAccept && e.MatchString(d.Expr) && m.MatchString(text)
	}}
}

// meaning10 is a row for expressions that libpcap 1.10 compiles to another meaning than 1.11.
func meaning10(name, reason, expr string) Known {
	e := regexp.MustCompile(expr)
	return Known{name, reason, func(d *Difference) bool {
		_, ok := says10(d)
		return ok && compared(d, KindMeaning, KindCut) && e.MatchString(d.Expr)
	}}
}

// onlyCut narrows a row to packets that are too short for a load of libpcap's program.
func onlyCut(k Known) Known {
	explains := k.Explains
	k.Explains = func(d *Difference) bool { return d.Kind == KindCut && explains(d) }
	return k
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
