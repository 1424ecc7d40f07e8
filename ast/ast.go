// Package ast is the tree of a packet filter expression.
//
// The tree is what the parser makes of the text and what the code generator
// reads. It has three sorts of node:
//
//   - an [Expr] is a truth value: and, or, not, a comparison of numbers
//     ([Relation]) or a primitive of pcap-filter(7) ([Qualified],
//     [Protocol], [Test]);
//   - an [Arith] is a 32-bit unsigned number: a constant, the packet's
//     length, packet data, or arithmetic on those;
//   - an [ID] is the operand of a qualified primitive: a name, a number or an
//     address, as it was written.
//
// The parser resolves what is written to what is meant only as far as the
// grammar goes: qualifiers that a bare identifier inherits are filled in
// (host 10.0.0.1 or 10.0.0.2), named constants are numbers. Names stay names:
// whether a host or service of that name exists is for the code generator to
// find out, and whether a qualifier fits its operand too.
//
// and and or have one precedence and associate to the left, so
// "a or b and c" is And{Or{a, b}, c}. Order matters beyond precedence:
// vlan, mpls, pppoes, geneve and vxlan change what every test written after
// them looks at, and a load past the captured bytes ends the program.
//
// Every node knows its [Span] in the text. Spans do not take part in
// comparisons made by [Equal], and printing a tree with [Format] gives text
// that parses to an equal tree.
//
// The package keeps its API compatible within a major version.
package ast

import "net/netip"

// Span is a range of bytes in the text of an expression: from Pos up to but
// not including End, both counted from 0.
// It is safe for concurrent use as long as nobody changes it.
type Span struct{ Pos, End int }

// Range returns the span itself, so that every node that embeds a Span has it.
func (s Span) Range() Span { return s }

// Expr is a truth value: [*Logic], [*Not], [*Relation], [*Qualified],
// [*Protocol], [*Test] or, in the extended language, [*Scope].
// It is safe for concurrent use as long as nobody changes it.
type Expr interface {
	Range() Span
	isExpr()
}

// LogicOp tells and from or.
// It is a value, and so safe for concurrent use.
type LogicOp uint8

// The two connectives.
const (
	And LogicOp = iota
	Or
)

// Logic is a run of operands joined by the same connective, evaluated from
// left to right. It has two operands or more; an operand that is itself a
// Logic of the same Op stands only where the text had parentheses or where it
// is not the first.
// It is safe for concurrent use as long as nobody changes it.
type Logic struct {
	Span
	Op       LogicOp
	Operands []Expr
}

// Not is the negation of X.
// It is safe for concurrent use as long as nobody changes it.
type Not struct {
	Span
	X Expr
}

// Relation compares two numbers, unsigned.
// It is safe for concurrent use as long as nobody changes it.
type Relation struct {
	Span
	Op   RelOp
	L, R Arith
}

// RelOp is a comparison.
// It is a value, and so safe for concurrent use.
type RelOp uint8

// The comparisons. "=" and "==" are both Eq.
const (
	Eq RelOp = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

// Qualified is an identifier with its qualifiers: "tcp dst port 80",
// "src net 10/8", "ether host 00:00:00:00:00:01", "ip proto \tcp".
// It is safe for concurrent use as long as nobody changes it.
type Qualified struct {
	Span
	Proto Proto // NoProto if none was given
	Dir   Dir   // NoDir if none was given
	Type  Type  // NoType if none was given
	ID    ID
	// Inherited is true if the qualifiers come from the primitive before
	// (the second operand of "port 80 or 443").
	Inherited bool
	// Line is where the identifier stands in a list that was read from a file, such as "hosts.txt:3"; else "".
	Line string
}

// Protocol is a protocol's name that stands alone: "tcp", "ip6", "isis".
// It is safe for concurrent use as long as nobody changes it.
type Protocol struct {
	Span
	Proto Proto
}

// Test is any other primitive, named by its keyword.
// It is safe for concurrent use as long as nobody changes it.
type Test struct {
	Span
	Kind  TestKind
	Proto Proto // the qualifier of broadcast, multicast and the wlan tests
	// Op and Args hold what follows the keyword. Which of them are used
	// depends on Kind, see [TestKind].
	Op   TestOp
	Args []Arg
	// Port is the UDP port of a tunnel at the head of a [Scope], 0 for the usual one.
	Port uint32
}

// Scope is an expression in braces behind a head: what X says is about what is inside of that. It is
// in the extended language only.
// It is safe for concurrent use as long as nobody changes it.
type Scope struct {
	Span
	// Head is one of VLAN, MPLS, PPPoES, VXLAN, Geneve, GRE, IPIP, GTP and AnyLayer. If the packet
	// is not of that kind, the scope is false.
	Head *Test
	X    Expr
}

// Arg is an operand of a [Test]: a number or a word. A word that the language
// gives a number (an 802.11 type, a PF action) is a number, and Word is only
// how it was written.
// It is safe for concurrent use as long as nobody changes it.
type Arg struct {
	Span
	Num    uint32
	To     uint32 // the end of a range that begins with Num, 0 where there is no range
	Word   string
	IsWord bool
	// Escaped is true if Word was written with a backslash.
	Escaped bool
}

// TestOp is the operator of "byte 0 & 1" and of the ATM and SS7 field tests.
// It is a value, and so safe for concurrent use.
type TestOp uint8

// The operators. OpNone is for a test without one.
const (
	OpNone TestOp = iota
	OpEq          // =, ==, or an operand without operator
	OpNe          // !=
	OpLt          // <
	OpLe          // <=
	OpGt          // >
	OpGe          // >=
	OpAnd         // &, byte only
	OpOr          // |, byte only
)

// TestKind is the keyword of a [Test].
// It is a value, and so safe for concurrent use.
type TestKind uint8

// The keywords. The comment names the operands in Args.
const (
	NoTest    TestKind = iota
	Broadcast          // Proto
	Multicast          // Proto
	Less               // length
	Greater            // length
	Byte               // Op; offset, value
	Inbound
	Outbound
	IfIndex // number
	VLAN    // [id]
	MPLS    // [label]
	PPPoED
	PPPoES      // [session]
	Geneve      // [VNI]
	VXLAN       // [VNI]
	PFIfname    // word (ifname, on)
	PFRuleset   // word (ruleset, rset)
	PFRule      // number (rnr, rulenum)
	PFSubrule   // number (srnr, subrulenum)
	PFReason    // word or number
	PFAction    // word
	WLANType    // Proto; type, word or number; [subtype, word or number]
	WLANSubtype // Proto; word: a subtype's name that implies its type
	WLANDir     // Proto; word or number
	LLC         // [word]
	ATMLane
	ATMMetac
	ATMBcc
	ATMOamF4EC
	ATMOamF4SC
	ATMSc
	ATMIlmic
	ATMOam
	ATMOamF4
	ATMConnectMsg
	ATMMetaConnect
	ATMVPI // Op; one value, or with OpEq several that are or'ed
	ATMVCI // Op; as ATMVPI
	MTPFisu
	MTPLssu
	MTPMsu
	MTPHFisu
	MTPHLssu
	MTPHMsu
	MTPSio // Op; one value, or with OpEq several that are or'ed
	MTPOpc
	MTPDpc
	MTPSls
	MTPHSio
	MTPHOpc
	MTPHDpc
	MTPHSls
	// Heads of a [Scope] only.
	GRE
	IPIP
	GTP // [tunnel endpoint identifier]
	AnyLayer
)

// Proto is a protocol qualifier.
// It is a value, and so safe for concurrent use.
type Proto uint8

// The protocol qualifiers. Aliases of the language (ether, fddi, tr, wlan and
// ppp, slip for link; ...) are one value here.
const (
	NoProto Proto = iota
	Link          // ether, link, fddi, tr, wlan, ppp, slip
	IP
	ARP
	RARP
	SCTP
	TCP
	UDP
	ICMP
	IGMP
	IGRP
	PIM
	VRRP
	CARP
	Atalk
	AARP
	Decnet
	Lat
	Sca
	Moprc
	Mopdl
	IP6
	ICMP6
	AH
	ESP
	ISO
	ESIS
	ISIS
	L1
	L2
	IIH
	LSP
	SNP
	PSNP
	CSNP
	CLNP
	STP
	IPX
	Netbeui
	Radio
	VLANTag // the bytes of the outermost tag, in the extended language: vlan[0:2]
)

// Dir is a direction qualifier.
// It is a value, and so safe for concurrent use.
type Dir uint8

// The direction qualifiers.
const (
	NoDir Dir = iota
	Src
	Dst
	SrcOrDst
	SrcAndDst
	Addr1
	Addr2
	Addr3
	Addr4
	RA
	TA
)

// Type is a type qualifier.
// It is a value, and so safe for concurrent use.
type Type uint8

// The type qualifiers.
const (
	NoType Type = iota
	Host
	Net
	Port
	PortRange
	Gateway
	ProtoType  // proto
	ProtoChain // protochain
)

// ID is the operand of a [Qualified] primitive: [*Name], [*Number], [*IPv4],
// [*IPv6], [*MAC] or [*ARCnet].
// It is safe for concurrent use as long as nobody changes it.
type ID interface {
	Range() Span
	isID()
}

// Name is a host, network, port, port range or protocol by name, or anything
// else that reads like one ("80-90", "1.5" for DECnet): the code generator
// takes it apart by the type qualifier.
// It is safe for concurrent use as long as nobody changes it.
type Name struct {
	Span
	Text    string // without the backslash
	Escaped bool   // written with a backslash
}

// Number is a number that stands for a port, protocol, network or address.
// It is safe for concurrent use as long as nobody changes it.
type Number struct {
	Span
	Value uint32
}

// IPv4 is a dotted address or network of two to four parts (a single part is
// a [Number] or, with a prefix length or mask, an IPv4 of one part).
// It is safe for concurrent use as long as nobody changes it.
type IPv4 struct {
	Span
	Text string // the address as written, without mask or length
	// Addr holds the parts that were written, aligned as libpcap does: the
	// last part in the lowest byte ("10.1" is 0x0a01).
	Addr uint32
	// Parts is how many parts were written, 1 to 4.
	Parts int
	// Invalid is true if a part is over 255 or hexadecimal: Text may
	// be a DECnet address, but it is no IPv4 address.
	Invalid bool
	// HasLen is true for "addr/len", HasMask for "addr mask m".
	HasLen    bool
	Len       uint32 // as written, may be over 32
	HasMask   bool
	Mask      uint32 // aligned as Addr is
	MaskText  string
	MaskParts int
}

// IPv6 is an address with an optional prefix length.
// It is safe for concurrent use as long as nobody changes it.
type IPv6 struct {
	Span
	Text   string
	Addr   netip.Addr // without zone
	HasLen bool
	Len    uint32 // as written, may be over 128
}

// MAC is a 48-bit address.
// It is safe for concurrent use as long as nobody changes it.
type MAC struct {
	Span
	Addr [6]byte
}

// ARCnet is an 8-bit address, "$xx".
// It is safe for concurrent use as long as nobody changes it.
type ARCnet struct {
	Span
	Addr uint8
}

// Arith is a 32-bit unsigned number: [*Num], [*Len], [*Load], [*Binary] or
// [*Neg].
// It is safe for concurrent use as long as nobody changes it.
type Arith interface {
	Range() Span
	isArith()
}

// Num is a constant.
// It is safe for concurrent use as long as nobody changes it.
type Num struct {
	Span
	Value uint32
}

// Len is the packet's length on the wire, in bytes.
// It is safe for concurrent use as long as nobody changes it.
type Len struct{ Span }

// Load is packet data: Size bytes in network byte order at offset Index from
// the start of the header of Proto.
// It is safe for concurrent use as long as nobody changes it.
type Load struct {
	Span
	Proto Proto
	Index Arith
	// Size is 1 where none was written. The code generator refuses any
	// that is not 1, 2 or 4.
	Size uint32
	// SizeSpan is where the size stands, empty if none was written.
	SizeSpan Span
}

// BinOp is an arithmetic operator.
// It is a value, and so safe for concurrent use.
type BinOp uint8

// The operators, on 32-bit unsigned numbers with wrap-around.
const (
	Add BinOp = iota
	Sub
	Mul
	Div
	Mod
	BitAnd
	BitOr
	BitXor
	Lsh
	Rsh
)

// Binary is L Op R.
// It is safe for concurrent use as long as nobody changes it.
type Binary struct {
	Span
	Op   BinOp
	L, R Arith
}

// Neg is the two's complement of X.
// It is safe for concurrent use as long as nobody changes it.
type Neg struct {
	Span
	X Arith
}

func (*Logic) isExpr()     {}
func (*Not) isExpr()       {}
func (*Relation) isExpr()  {}
func (*Qualified) isExpr() {}
func (*Protocol) isExpr()  {}
func (*Test) isExpr()      {}
func (*Scope) isExpr()     {}

func (*Name) isID()   {}
func (*Number) isID() {}
func (*IPv4) isID()   {}
func (*IPv6) isID()   {}
func (*MAC) isID()    {}
func (*ARCnet) isID() {}

func (*Num) isArith()    {}
func (*Len) isArith()    {}
func (*Load) isArith()   {}
func (*Binary) isArith() {}
func (*Neg) isArith()    {}
