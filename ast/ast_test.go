package ast

import (
	"net/netip"
	"strings"
	"testing"
)

// sample has a node of every sort.
func sample() Expr {
	return &Logic{Op: Or, Operands: []Expr{
		&Logic{Op: And, Operands: []Expr{&Protocol{Proto: TCP}, &Not{X: &Protocol{Proto: UDP}}}},
		&Qualified{Proto: TCP, Dir: SrcOrDst, Type: Port, ID: &Number{Value: 80}},
		&Qualified{Type: Host, ID: &Name{Text: "tcp", Escaped: true}},
		&Qualified{Type: Net, ID: &IPv4{Text: "10.1", Addr: 0x0a01, Parts: 2, HasLen: true, Len: 16}},
		&Qualified{Type: Net, ID: &IPv4{Text: "10.1", Addr: 0x0a01, Parts: 2, HasMask: true, MaskText: "255.0", Mask: 0xff00, MaskParts: 2}},
		&Qualified{Type: Net, ID: &IPv6{Addr: netip.MustParseAddr("fe80::"), HasLen: true, Len: 10}},
		&Qualified{Proto: Link, Dir: Src, ID: &MAC{Addr: [6]byte{0, 1, 2, 3, 4, 0xff}}},
		&Qualified{Proto: Link, Dir: Src, ID: &ARCnet{Addr: 7}},
		&Test{Kind: Byte, Op: OpAnd, Args: []Arg{{Num: 1}, {Num: 2}}},
		&Test{Kind: WLANType, Proto: Link, Args: []Arg{{Num: 4, Word: "ctl"}, {Num: 16}}},
		&Test{Kind: PFIfname, Args: []Arg{{Word: "en0", IsWord: true, Escaped: true}}},
		&Test{Kind: ATMVPI, Op: OpEq, Args: []Arg{{Num: 1}, {Num: 2}}},
		&Test{Kind: ATMVCI, Op: OpNe, Args: []Arg{{Num: 1}}},
		&Test{Kind: VLAN},
		&Relation{
			Op: Ge,
			L:  &Load{Proto: IP, Index: &Num{Value: 2}, Size: 2},
			R:  &Binary{Op: Mul, L: &Binary{Op: Add, L: &Len{}, R: &Num{Value: 1}}, R: &Neg{X: &Num{Value: 5}}},
		},
		&Logic{Op: And, Operands: []Expr{&Protocol{Proto: IP}, &Protocol{Proto: IP6}}},
	}}
}

func TestFormat(t *testing.T) {
	want := `tcp and not udp or tcp src or dst port 80 or host \tcp or net 10.1/16 or net 10.1 mask 255.0 or net fe80::/10` +
		` or link src 00:01:02:03:04:ff or link src $07 or byte 1 & 2 or link type ctl subtype 16 or ifname \en0` +
		` or vpi (1 or 2) or vci != 1 or vlan or ip[2:2] >= (len + 1) * -5 or (ip and ip6)`
	if got := Format(sample()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Format(nil); got != "" {
		t.Errorf("Format(nil) = %q", got)
	}
	if got := FormatArith(&Neg{X: &Binary{Op: Mod, L: &Len{}, R: &Num{Value: 3}}}); got != "-len % 3" {
		t.Errorf("FormatArith: %q", got)
	}
	if got := FormatID(&ARCnet{Addr: 0x1f}); got != "$1f" {
		t.Errorf("FormatID: %q", got)
	}
}

// TestEqual changes one thing at a time.
func TestEqual(t *testing.T) {
	changes := map[string]func(*Logic){
		"op":       func(l *Logic) { l.Op = And },
		"operands": func(l *Logic) { l.Operands = l.Operands[1:] },
		"inner op": func(l *Logic) { l.Operands[0].(*Logic).Op = Or },
		"protocol": func(l *Logic) { l.Operands[0].(*Logic).Operands[0] = &Protocol{Proto: IP} },
		"not":      func(l *Logic) { l.Operands[0].(*Logic).Operands[1] = &Protocol{Proto: UDP} },
		"proto":    func(l *Logic) { l.Operands[1].(*Qualified).Proto = UDP },
		"dir":      func(l *Logic) { l.Operands[1].(*Qualified).Dir = Src },
		"type":     func(l *Logic) { l.Operands[1].(*Qualified).Type = Host },
		"number":   func(l *Logic) { l.Operands[1].(*Qualified).ID = &Number{Value: 81} },
		"id":       func(l *Logic) { l.Operands[1].(*Qualified).ID = &Name{Text: "80"} },
		"name":     func(l *Logic) { l.Operands[2].(*Qualified).ID = &Name{Text: "udp"} },
		"length":   func(l *Logic) { l.Operands[3].(*Qualified).ID.(*IPv4).Len = 8 },
		"invalid":  func(l *Logic) { l.Operands[3].(*Qualified).ID.(*IPv4).Invalid = true },
		"mask":     func(l *Logic) { l.Operands[4].(*Qualified).ID.(*IPv4).Mask = 0 },
		"ipv6":     func(l *Logic) { l.Operands[5].(*Qualified).ID.(*IPv6).HasLen = false },
		"mac":      func(l *Logic) { l.Operands[6].(*Qualified).ID.(*MAC).Addr[5] = 1 },
		"arcnet":   func(l *Logic) { l.Operands[7].(*Qualified).ID.(*ARCnet).Addr = 1 },
		"test op":  func(l *Logic) { l.Operands[8].(*Test).Op = OpOr },
		"arg":      func(l *Logic) { l.Operands[8].(*Test).Args[1].Num = 3 },
		"args":     func(l *Logic) { l.Operands[9].(*Test).Args = l.Operands[9].(*Test).Args[:1] },
		"word":     func(l *Logic) { l.Operands[10].(*Test).Args[0].Word = "en1" },
		"kind":     func(l *Logic) { l.Operands[13].(*Test).Kind = MPLS },
		"relation": func(l *Logic) { l.Operands[14].(*Relation).Op = Gt },
		"load":     func(l *Logic) { l.Operands[14].(*Relation).L.(*Load).Size = 4 },
		"index":    func(l *Logic) { l.Operands[14].(*Relation).L.(*Load).Index = &Len{} },
		"binary":   func(l *Logic) { l.Operands[14].(*Relation).R.(*Binary).Op = Div },
		"left":     func(l *Logic) { l.Operands[14].(*Relation).R.(*Binary).L = &Len{} },
		"neg":      func(l *Logic) { l.Operands[14].(*Relation).R.(*Binary).R.(*Neg).X = &Num{Value: 6} },
	}
	for name, change := range changes {
		a, b := sample(), sample().(*Logic)
		change(b)
		if Equal(a, b) || Equal(b, a) {
			t.Errorf("%s: a change is not seen", name)
		}
	}
	same := sample().(*Logic)
	same.Span = Span{1, 2}
	same.Operands[1].(*Qualified).Inherited = true
	same.Operands[2].(*Qualified).ID.(*Name).Escaped = false
	same.Operands[3].(*Qualified).ID.(*IPv4).Text = "010.1"
	same.Operands[9].(*Test).Args[0].Word = ""
	if !Equal(sample(), same) {
		t.Error("spelling counts")
	}
	if !Equal(nil, nil) || Equal(sample(), nil) || Equal(nil, sample()) {
		t.Error("nil")
	}
}

func TestWalk(t *testing.T) {
	count := map[string]int{}
	Walk(sample(), func(n Node) bool {
		switch n.(type) {
		case Expr:
			count["expr"]++
		case Arith:
			count["arith"]++
		case ID:
			count["id"]++
		}
		_, relation := n.(*Relation)
		return !relation || count["arith"] == 0
	})
	if count["expr"] != 22 || count["arith"] != 8 || count["id"] != 7 {
		t.Errorf("%v", count)
	}
	n := 0
	Walk(sample(), func(Node) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d nodes visited after false", n)
	}
	Walk(nil, func(Node) bool { t.Error("visit for nil"); return true })
}

// Every constant has a word, and unknown ones do not panic.
func TestWords(t *testing.T) {
	check := func(typ string, n int, s func(int) string) {
		for i := range n {
			if w := s(i); strings.Contains(w, "(") || w == "" && i > 0 {
				t.Errorf("%s %d has no word: %q", typ, i, w)
			}
		}
		if w := s(200); w != typ+"(200)" {
			t.Errorf("%s 200 is %q", typ, w)
		}
	}
	check("Proto", int(Radio)+1, func(i int) string { return Proto(i).String() })
	check("Dir", int(TA)+1, func(i int) string { return Dir(i).String() })
	check("Type", int(ProtoChain)+1, func(i int) string { return Type(i).String() })
	check("LogicOp", int(Or)+1, func(i int) string { return LogicOp(i).String() })
	check("RelOp", int(Ge)+1, func(i int) string { return RelOp(i).String() })
	check("BinOp", int(Rsh)+1, func(i int) string { return BinOp(i).String() })
	check("TestOp", int(OpOr)+1, func(i int) string { return TestOp(i).String() })
	check("TestKind", int(MTPHSls)+1, func(i int) string { return TestKind(i).String() })
}
