package parser

import (
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/lexer"
)

// protos are the protocol qualifiers with all their aliases.
var protos = map[string]ast.Proto{
	"ether": ast.Link, "link": ast.Link, "ppp": ast.Link, "slip": ast.Link, "fddi": ast.Link, "tr": ast.Link,
	"wlan": ast.Link,
	"arp":  ast.ARP, "rarp": ast.RARP, "ip": ast.IP, "sctp": ast.SCTP, "tcp": ast.TCP, "udp": ast.UDP,
	"icmp": ast.ICMP, "igmp": ast.IGMP, "igrp": ast.IGRP, "pim": ast.PIM, "vrrp": ast.VRRP, "carp": ast.CARP,
	"radio": ast.Radio, "ip6": ast.IP6, "icmp6": ast.ICMP6, "ah": ast.AH, "esp": ast.ESP,
	"atalk": ast.Atalk, "aarp": ast.AARP, "decnet": ast.Decnet, "lat": ast.Lat, "sca": ast.Sca,
	"moprc": ast.Moprc, "mopdl": ast.Mopdl,
	"iso": ast.ISO, "esis": ast.ESIS, "es-is": ast.ESIS, "isis": ast.ISIS, "is-is": ast.ISIS,
	"l1": ast.L1, "l2": ast.L2, "iih": ast.IIH, "lsp": ast.LSP, "snp": ast.SNP, "csnp": ast.CSNP, "psnp": ast.PSNP,
	"clnp": ast.CLNP, "stp": ast.STP, "ipx": ast.IPX, "netbeui": ast.Netbeui,
}

// dirs are the direction qualifiers of one word.
var dirs = map[string]ast.Dir{
	"src": ast.Src, "dst": ast.Dst,
	"addr1": ast.Addr1, "addr2": ast.Addr2, "addr3": ast.Addr3, "addr4": ast.Addr4,
	"address1": ast.Addr1, "address2": ast.Addr2, "address3": ast.Addr3, "address4": ast.Addr4,
	"ra": ast.RA, "ta": ast.TA,
}

// types are the type qualifiers.
var types = map[string]ast.Type{
	"host": ast.Host, "net": ast.Net, "port": ast.Port, "portrange": ast.PortRange,
	"gateway": ast.Gateway, "proto": ast.ProtoType, "protochain": ast.ProtoChain,
}

// testKinds are the keywords of all other primitives.
var testKinds = map[string]ast.TestKind{
	"broadcast": ast.Broadcast, "multicast": ast.Multicast,
	"less": ast.Less, "greater": ast.Greater, "byte": ast.Byte,
	"inbound": ast.Inbound, "outbound": ast.Outbound, "ifindex": ast.IfIndex,
	"vlan": ast.VLAN, "mpls": ast.MPLS, "pppoed": ast.PPPoED, "pppoes": ast.PPPoES,
	"geneve": ast.Geneve, "vxlan": ast.VXLAN,
	"on": ast.PFIfname, "ifname": ast.PFIfname, "rset": ast.PFRuleset, "ruleset": ast.PFRuleset,
	"rnr": ast.PFRule, "rulenum": ast.PFRule, "srnr": ast.PFSubrule, "subrulenum": ast.PFSubrule,
	"reason": ast.PFReason, "action": ast.PFAction,
	"type": ast.WLANType, "subtype": ast.WLANSubtype, "dir": ast.WLANDir, "direction": ast.WLANDir,
	"llc":  ast.LLC,
	"lane": ast.ATMLane, "metac": ast.ATMMetac, "bcc": ast.ATMBcc, "oamf4ec": ast.ATMOamF4EC,
	"oamf4sc": ast.ATMOamF4SC, "sc": ast.ATMSc, "ilmic": ast.ATMIlmic, "oam": ast.ATMOam, "oamf4": ast.ATMOamF4,
	"connectmsg": ast.ATMConnectMsg, "metaconnect": ast.ATMMetaConnect, "vpi": ast.ATMVPI, "vci": ast.ATMVCI,
	"fisu": ast.MTPFisu, "lssu": ast.MTPLssu, "lsu": ast.MTPLssu, "msu": ast.MTPMsu,
	"hfisu": ast.MTPHFisu, "hlssu": ast.MTPHLssu, "hmsu": ast.MTPHMsu,
	"sio": ast.MTPSio, "opc": ast.MTPOpc, "dpc": ast.MTPDpc, "sls": ast.MTPSls,
	"hsio": ast.MTPHSio, "hopc": ast.MTPHOpc, "hdpc": ast.MTPHDpc, "hsls": ast.MTPHSls,
}

// testOps are the operators of "byte" and of the ATM and SS7 fields.
var testOps = map[string]ast.TestOp{
	"=": ast.OpEq, "==": ast.OpEq, "!=": ast.OpNe, "<": ast.OpLt, "<=": ast.OpLe, ">": ast.OpGt, ">=": ast.OpGe,
	"&": ast.OpAnd, "|": ast.OpOr,
}

// head gives the qualifiers that the tokens of a primitive are, if an identifier must follow them.
func head(tokens []token) (q quals, ok bool) {
	last := tokens[len(tokens)-1].Type
	if last != lexer.AddrType && last != lexer.SrcDst && last != lexer.AddrN && last != lexer.OnlyType {
		return q, false
	}
	q.known = true
	join := lexer.EOF
	for _, t := range tokens {
		switch t.Type {
		case lexer.Proto:
			q.proto = protos[t.Value]
		case lexer.And, lexer.Or:
			join = t.Type
		case lexer.SrcDst, lexer.AddrN:
			q.dir = dirs[t.Value]
		case lexer.AddrType, lexer.OnlyType:
			q.typ = types[t.Value]
		}
	}
	switch join {
	case lexer.And:
		q.dir = ast.SrcAndDst
	case lexer.Or:
		q.dir = ast.SrcOrDst
	}
	return q, true
}

// checkDirs refuses "src or src", which the grammar lets through.
func checkDirs(tokens []token) error {
	for i, t := range tokens {
		if i >= 2 && t.Type == lexer.SrcDst && tokens[i-2].Value == t.Value {
			other := map[string]string{"src": "dst", "dst": "src"}[t.Value]
			where := span(t)
			return diag.New(diag.Syntax, where.Pos, where.End, "unexpected %q", t.Value).WithExpected(other)
		}
	}
	return nil
}

// build makes the tree of a primitive that has no identifier.
func build(tokens []token) (ast.Expr, error) {
	where := cover(span(tokens[0]), span(tokens[len(tokens)-1]))
	proto := ast.NoProto
	if tokens[0].Type == lexer.Proto {
		proto = protos[tokens[0].Value]
		tokens = tokens[1:]
	}
	word, rest := tokens[0], tokens[1:]
	n := &ast.Test{Span: where, Kind: testKinds[word.Value], Proto: proto}
	var err error
	switch word.Type {
	case lexer.NumTest, lexer.RuleNum:
		n.Args = numbers(rest)
	case lexer.NameTest:
		if n.Kind == ast.PFAction {
			n.Args, err = lookUp(rest[0], pfActions, "PF action")
		} else {
			n.Args = []ast.Arg{nameArg(rest[0])}
		}
	case lexer.Reason:
		n.Args, err = lookUp(rest[0], pfReasons, "PF reason")
	case lexer.Byte:
		n.Op, n.Args = testOps[rest[1].Value], numbers(rest)
	case lexer.Field:
		n.Op, n.Args = ast.OpEq, numbers(rest)
		if op, ok := testOps[rest[0].Value]; ok {
			n.Op = op
		}
	case lexer.LLC:
		n.Args, err = llcArgs(rest)
	case lexer.FrameType:
		n.Args, err = frameType(rest)
	case lexer.Subtype:
		n.Args, err = lookUp(rest[0], allSubtypes, "802.11 subtype")
	case lexer.FrameDir:
		n.Args, err = lookUp(rest[0], frameDirs, "802.11 direction")
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// numbers makes operands of the Num tokens among some.
func numbers(tokens []token) []ast.Arg {
	var args []ast.Arg
	for _, t := range tokens {
		if t.Type == lexer.Num {
			args = append(args, ast.Arg{Span: span(t), Num: number(t)})
		}
	}
	return args
}

// nameText is a name without its backslash.
func nameText(t token) (text string, escaped bool) {
	return strings.CutPrefix(t.Value, `\`)
}

// nameArg makes an operand of a name that stands for itself.
func nameArg(t token) ast.Arg {
	text, escaped := nameText(t)
	return ast.Arg{Span: span(t), Word: text, IsWord: true, Escaped: escaped}
}
