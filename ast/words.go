package ast

import "fmt"

// word looks a value up in the table of its type's words.
func word(table []string, v int, typ string) string {
	if v < len(table) && (table[v] != "" || v == 0) {
		return table[v]
	}
	return fmt.Sprintf("%s(%d)", typ, v)
}

var protoWords = []string{
	Link: "link", IP: "ip", ARP: "arp", RARP: "rarp", SCTP: "sctp", TCP: "tcp", UDP: "udp", ICMP: "icmp",
	IGMP: "igmp", IGRP: "igrp", PIM: "pim", VRRP: "vrrp", CARP: "carp", Atalk: "atalk", AARP: "aarp",
	Decnet: "decnet", Lat: "lat", Sca: "sca", Moprc: "moprc", Mopdl: "mopdl", IP6: "ip6", ICMP6: "icmp6",
	AH: "ah", ESP: "esp", ISO: "iso", ESIS: "esis", ISIS: "isis", L1: "l1", L2: "l2", IIH: "iih", LSP: "lsp",
	SNP: "snp", PSNP: "psnp", CSNP: "csnp", CLNP: "clnp", STP: "stp", IPX: "ipx", Netbeui: "netbeui",
	Radio: "radio", VLANTag: "vlan",
}

// String gives the qualifier as it is written, and "" for NoProto.
func (p Proto) String() string { return word(protoWords, int(p), "Proto") }

var dirWords = []string{
	Src: "src", Dst: "dst", SrcOrDst: "src or dst", SrcAndDst: "src and dst",
	Addr1: "addr1", Addr2: "addr2", Addr3: "addr3", Addr4: "addr4", RA: "ra", TA: "ta",
}

// String gives the qualifier as it is written, and "" for NoDir.
func (d Dir) String() string { return word(dirWords, int(d), "Dir") }

var typeWords = []string{
	Host: "host", Net: "net", Port: "port", PortRange: "portrange", Gateway: "gateway",
	ProtoType: "proto", ProtoChain: "protochain",
}

// String gives the qualifier as it is written, and "" for NoType.
func (t Type) String() string { return word(typeWords, int(t), "Type") }

// String gives the connective as it is written.
func (op LogicOp) String() string { return word([]string{And: "and", Or: "or"}, int(op), "LogicOp") }

var relOpWords = []string{Eq: "=", Ne: "!=", Lt: "<", Le: "<=", Gt: ">", Ge: ">="}

// String gives the comparison as it is written.
func (op RelOp) String() string { return word(relOpWords, int(op), "RelOp") }

var binOpWords = []string{
	Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", BitAnd: "&", BitOr: "|", BitXor: "^", Lsh: "<<", Rsh: ">>",
}

// String gives the operator as it is written.
func (op BinOp) String() string { return word(binOpWords, int(op), "BinOp") }

var testOpWords = []string{OpEq: "=", OpNe: "!=", OpLt: "<", OpLe: "<=", OpGt: ">", OpGe: ">=", OpAnd: "&", OpOr: "|"}

// String gives the operator as it is written, and "" for OpNone.
func (op TestOp) String() string { return word(testOpWords, int(op), "TestOp") }

var testWords = []string{
	Broadcast: "broadcast", Multicast: "multicast", Less: "less", Greater: "greater", Byte: "byte",
	Inbound: "inbound", Outbound: "outbound", IfIndex: "ifindex",
	VLAN: "vlan", MPLS: "mpls", PPPoED: "pppoed", PPPoES: "pppoes", Geneve: "geneve", VXLAN: "vxlan",
	PFIfname: "ifname", PFRuleset: "ruleset", PFRule: "rnr", PFSubrule: "srnr", PFReason: "reason", PFAction: "action",
	WLANType: "type", WLANSubtype: "subtype", WLANDir: "dir", LLC: "llc",
	ATMLane: "lane", ATMMetac: "metac", ATMBcc: "bcc", ATMOamF4EC: "oamf4ec", ATMOamF4SC: "oamf4sc", ATMSc: "sc",
	ATMIlmic: "ilmic", ATMOam: "oam", ATMOamF4: "oamf4", ATMConnectMsg: "connectmsg",
	ATMMetaConnect: "metaconnect", ATMVPI: "vpi", ATMVCI: "vci",
	MTPFisu: "fisu", MTPLssu: "lssu", MTPMsu: "msu", MTPHFisu: "hfisu", MTPHLssu: "hlssu", MTPHMsu: "hmsu",
	MTPSio: "sio", MTPOpc: "opc", MTPDpc: "dpc", MTPSls: "sls",
	MTPHSio: "hsio", MTPHOpc: "hopc", MTPHDpc: "hdpc", MTPHSls: "hsls",
	GRE: "gre", IPIP: "ipip", GTP: "gtp", AnyLayer: "any",
}

// String gives the keyword as it is written.
func (k TestKind) String() string { return word(testWords, int(k), "TestKind") }
