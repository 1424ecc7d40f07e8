package codegen

import (
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// Headers that stand between the link-layer header and the network header can be
// passed without the expression saying so. A walk is the code that finds out, for one
// position, where the network header is and what it is (seen), or the same of the
// transport header (reached). It leaves both in path variables, and stands before the
// first primitive that needs it. Whether that is evaluated on every path to a later one
// is told by how and and or are evaluated: of a run, the first operand always is, and
// each later one only after those before it (see expr). Where it is not told, the walk is there again.
//
// Everything of the extended language and of seeing through hangs on a [Layers], so that a
// program that makes none does not link it.

// Tags are kinds of headers between the link-layer header and the network header.
// It is a value, and so safe for concurrent use.
type Tags uint8

// The kinds. EveryTag is all of them.
const (
	VLANTags      Tags = 1 << iota // 802.1Q and its like, up to [MaxTags]
	MPLSLabels                     // a label stack, up to [MaxLabels]
	PPPoESessions                  // a PPPoE session header, with the PPP protocol behind it
	EveryTag      = VLANTags | MPLSLabels | PPPoESessions
)

// How far headers are followed. What stands behind more of them is not found.
const (
	MaxTags             = 4  // tags of VLANs, not counting one that the kernel has taken out
	MaxLabels           = 16 // of an MPLS stack
	MaxExtensionHeaders = 8  // of IPv6
	MaxTunnels          = 3  // that any { } enters, one in another
	maxGTPExtensions    = 4
)

// tagNames are the kinds as they are written.
var tagNames = map[string]Tags{"vlan": VLANTags, "mpls": MPLSLabels, "pppoe": PPPoESessions, "pppoes": PPPoESessions, "all": EveryTag}

// ParseTags reads kinds by name with commas between them: vlan, mpls, pppoe, all.
func ParseTags(s string) (Tags, error) {
	var t Tags
	for name := range strings.SplitSeq(s, ",") {
		tag, ok := tagNames[strings.TrimSpace(name)]
		if !ok {
			return 0, diag.New(diag.Unsupported, 0, 0, "nothing is called %q that can be seen through", shorten(name)).
				WithExpected("vlan", "mpls", "pppoe", "all")
		}
		t |= tag
	}
	return t, nil
}

// Layers says how headers are passed. Its zero value is of no use; [NewLayers] makes one.
// It is safe for concurrent use as long as nobody changes it.
type Layers struct {
	through  Tags
	extended bool
	complete bool // headers are taken to be complete on the wire
	plain    bool // IPv6 extension headers are not passed
	hooks    layerHooks
}

// NewLayers makes the layers of an expression: the tags that all of it sees through, and
// whether it is in the extended language.
func NewLayers(through Tags, extended bool) *Layers {
	return &Layers{through: through, extended: extended, hooks: walker{}}
}

// Complete returns layers that take every header that they look at to have been complete on the wire, and do not ask. It
// is for proofs about packets of which that is true: what differs between two filters is then not whether they ask.
func (l *Layers) Complete() *Layers {
	c := *l
	c.complete = true
	return &c
}

// Plain returns complete layers that do not pass IPv6 extension headers: what libpcap's language can say of them.
func (l *Layers) Plain() *Layers {
	c := l.Complete()
	c.extended, c.plain = false, true
	return c
}

// NoExtensionHeaders returns complete layers of the same language for packets that have no IPv6 extension headers: none are looked for.
func (l *Layers) NoExtensionHeaders() *Layers {
	c := l.Complete()
	c.plain = true
	return c
}

// Through returns the tags that are seen through.
func (l *Layers) Through() Tags {
	if l == nil {
		return 0
	}
	return l.through
}

// Extended tells whether the language is the extended one.
func (l *Layers) Extended() bool { return l != nil && l.extended }

// layerHooks is what the rest of the generator calls where layers matter.
type layerHooks interface {
	primitive(g *generator, e ast.Expr) *cond
	carries(g *generator, p uint32) *cond
	behindRoom(g *generator, n *ir.Node) *ir.Node
	transport(g *generator) *ir.Expr
	proto(g *generator, over ast.Proto, v uint32) *cond
	carriesTransport(g *generator, protocol uint32) *cond
	header(g *generator, p ast.Proto) (at place, check *cond, ok bool)
	tagBytes(g *generator, a *ast.Load, index *ir.Expr) number
}

// walker is the only layerHooks.
type walker struct{}

// walk is what a walk has found, in path variables, and the code that finds it.
type walk struct {
	from position
	kind walkKind
	tags Tags
	// found is the type of the network header (see pass), or the protocol of what it carries
	// (see reach); at is where the header found starts, less the constant part of where the walk began.
	found, at *variable
	code      *cond
}

type walkKind uint8

const (
	toNetwork walkKind = iota
	toTransport
)

func (g *generator) newWalk(kind walkKind, tags Tags) *walk {
	v := func() *variable { return &variable{made: true, num: g.graph.NewVar()} }
	return &walk{from: g.position, kind: kind, tags: tags, found: v(), at: v()}
}

// extended tells whether the extended language is in force.
func (g *generator) extended() bool { return g.opts.Layers.Extended() }

// walked puts a walk from the position in force before the primitive in work, if it does not
// stand before an earlier one that every path to this one evaluates.
func (g *generator) walked(kind walkKind, tags Tags, code func(w *walk) *cond) *walk {
	for _, w := range g.walks {
		if w.kind == kind && w.tags == tags && w.from == g.position {
			return w
		}
	}
	var w *walk
	for _, known := range g.allWalks {
		if known.kind == kind && known.tags == tags && known.from == g.position {
			again := *known
			w = &again
		}
	}
	if w == nil {
		w = g.newWalk(kind, tags)
		g.allWalks = append(g.allWalks, w)
	}
	w.code = code(w)
	g.walks = append(g.walks, w)
	return w
}

// primitive generates a primitive with the walks that it needs before it.
func (walker) primitive(g *generator, e ast.Expr) *cond {
	if s, ok := e.(*ast.Scope); ok && s.Head.Kind != ast.AnyLayer {
		return g.scope(s)
	} else if ok {
		parts := g.wantParts // what is in the braces is there several times: it counts as one
		return g.part(s, func() *cond {
			g.wantParts = false
			defer func() { g.wantParts = parts }()
			return g.anyLayer(s)
		})
	}
	first, raw := len(g.walks), g.position
	if t, ok := e.(*ast.Test); ok && g.through&seenBy[t.Kind] != 0 {
		return g.behindWalks(first, g.tagSeen(t))
	}
	g.unpassed = raw
	seen := !OfLinkLayer(e) && g.see()
	from := g.position
	wrong := g.err != nil
	c := g.primitive(e)
	if q, ok := e.(*ast.Qualified); ok && q.Line != "" && g.err != nil && !wrong {
		g.err.Msg = q.Line + ": " + g.err.Msg
	}
	if g.position == from {
		g.position = raw // the primitive moves nothing
	}
	switch {
	case from.scoped:
		c = g.absentIn(c, nil, nil)
	case seen:
		c = g.absentIn(c, g.variablePart(from.payload), g.orZero(g.variablePart(raw.payload)))
	}
	return g.behindWalks(first, c)
}

// behindWalks puts the walks made since first before a condition.
func (g *generator) behindWalks(first int, c *cond) *cond {
	if c.kind == isTrue || c.kind == isFalse {
		g.walks = g.walks[:first] // they are not made
		return c
	}
	for i := len(g.walks) - 1; i >= first; i-- {
		c = g.and(g.walks[i].code, c)
	}
	return c
}

func (g *generator) orZero(e *ir.Expr) *ir.Expr {
	if e == nil {
		return g.graph.Const(0)
	}
	return e
}

// absentIn makes c false where it looks at bytes that the packet did not have on the wire: a
// header that was not there. With at that is so only where at differs from start, behind tags that
// were seen through; elsewhere such a look rejects the packet, as it does in all of libpcap's language.
func (g *generator) absentIn(c *cond, at, start *ir.Expr) *cond {
	if c.kind == isTrue || c.kind == isFalse {
		return c
	}
	in := g.parent(isAbsentIn, c)
	in.l, in.r = at, start
	return in
}

// seenBy tells which tags a keyword asks for.
var seenBy = map[ast.TestKind]Tags{ast.VLAN: VLANTags, ast.MPLS: MPLSLabels, ast.PPPoES: PPPoESessions}

// OfLinkLayer tells whether a primitive looks at the link-layer header, or at no header, so
// that tags are not passed for it.
func OfLinkLayer(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Relation:
		network := false
		ast.Walk(e, func(n ast.Node) bool {
			l, ok := n.(*ast.Load)
			network = network || ok && l.Proto != ast.Link && l.Proto != ast.Radio
			return true
		})
		return !network
	case *ast.Qualified:
		return e.Proto == ast.Link && e.Type != ast.ProtoType
	case *ast.Test:
		switch e.Kind {
		case ast.Broadcast, ast.Multicast:
			return e.Proto == ast.NoProto || e.Proto == ast.Link
		case ast.VLAN, ast.MPLS, ast.PPPoES, ast.PPPoED, ast.Geneve, ast.VXLAN:
			return false
		}
		return true
	}
	return false
}

// hasTags tells whether packets at the position in force can have tags.
func (g *generator) hasTags() bool {
	if g.mplsDepth > 0 || g.typ != nil {
		return true
	}
	switch g.layout.Protocol {
	case linktype.EtherType, linktype.EthernetField, linktype.CookedField, linktype.LLCHeader, linktype.WLANFrame,
		linktype.SunATMHeader, linktype.HDLCField, linktype.PPPField, linktype.PPPBSDOSField:
		return true
	}
	return false
}

// see moves to behind the tags that are seen through. It tells whether there may be any.
func (g *generator) see() bool { return g.pass(g.through) }

// pass moves to the network header behind tags, and tells whether there may be any. The walk leaves the
// type of what is there, as an EtherType or, of PPP, as a number of PPP with pppFlag.
func (g *generator) pass(tags Tags) bool {
	if g.mplsDepth > 0 {
		tags &= MPLSLabels // nothing else follows a label
	}
	if tags == 0 || !g.hasTags() {
		return false
	}
	w := g.walked(toNetwork, tags, func(w *walk) *cond {
		c := g.start(w)
		for _, s := range g.stages(w, tags) {
			c = g.and(c, s.pass(condTrue, nil))
		}
		return c
	})
	g.frame, g.typ, g.payload.v, g.mplsDepth = g.payload, w.found, w.at, 0
	return true
}

const pppFlag = 0x10000 // tells numbers of PPP from EtherTypes

func (g *generator) set(v *variable, e *ir.Expr) *cond { return g.setThen(v.num, e, condTrue) }

func (g *generator) ref(v *variable) *ir.Expr { return g.graph.VarRef(v.num) }

func (g *generator) equal(e *ir.Expr, k uint32) *cond { return g.compare(ir.Eq, e, g.graph.Const(k)) }

func (g *generator) plus(e *ir.Expr, k uint32) *ir.Expr {
	return g.graph.Bin(ir.Add, e, g.graph.Const(k))
}

// room tells whether the packet had its first x+end bytes on the wire.
func (g *generator) room(x *ir.Expr, end uint32) *cond {
	if g.opts.Layers.complete {
		return condTrue
	}
	e := g.graph.Const(end)
	if x != nil {
		e = g.plus(x, end)
	}
	return g.compare(ir.Ge, g.graph.Len(), e)
}

// roomInScope is room for what every packet is expected to have: outside of scopes, a look at what is
// not there rejects the packet, as in libpcap.
func (g *generator) roomInScope(x *ir.Expr, end uint32) *cond {
	if !g.scoped {
		return condTrue
	}
	return g.room(x, end)
}

// netAt is the constant part of where the network header starts.
func (g *generator) netAt() uint32 { return g.payload.k + g.net }

// start is the beginning of a walk to the network header: type and place without tags.
func (g *generator) start(w *walk) *cond {
	at := g.set(w.at, g.orZero(g.variablePart(g.payload)))
	if g.mplsDepth > 0 { // a label has been passed
		last := g.byVersion(w.found, g.variablePart(g.payload), g.netAt())
		return g.and(at, g.choose(g.bottomOfStack(), last, g.set(w.found, g.graph.Const(etherMPLS))))
	}
	if g.typ != nil {
		return g.and(at, g.set(w.found, g.ref(g.typ)))
	}
	from, off, is := fromProtocol, uint32(0), condTrue
	switch g.layout.Protocol {
	case linktype.LLCHeader:
		from, off = fromLLC, 6
	case linktype.WLANFrame:
		from, off, is = fromLLC, 6, g.wlanData()
	case linktype.SunATMHeader:
		from, off, is = fromLLC, 6, g.atmProtocol(atmLLC)
	}
	typ := g.load(from, off, 2)
	is = g.and(is, g.roomInScope(typ.L, typ.K+2))
	set := g.set(w.found, typ)
	switch g.layout.Protocol {
	case linktype.PPPField, linktype.PPPBSDOSField:
		set = g.setPPP(w, typ)
	}
	if is.kind != isTrue {
		set = g.choose(is, set, g.set(w.found, g.graph.Const(0)))
	}
	return g.and(at, set)
}

// setPPP sets a walk's type from a number of PPP.
func (g *generator) setPPP(w *walk, number *ir.Expr) *cond {
	c := g.set(w.found, g.graph.Bin(ir.Or, number, g.graph.Const(pppFlag)))
	for _, t := range [...]struct{ ppp, ether uint32 }{{pppIP, etherIP}, {pppIPv6, etherIPv6}, {pppMPLS, etherMPLS}} {
		is := g.equal(g.ref(w.found), pppFlag|t.ppp)
		c = g.and(c, g.choose(is, g.set(w.found, g.graph.Const(t.ether)), condTrue))
	}
	return c
}

// stage is how one kind of header is passed. pass gives code that ends as end says; where match is
// not nil, that is asked at each header, and where it is true so is the code.
type stage struct {
	tag  Tags
	pass func(end *cond, match func() *cond) *cond
}

// stages are the kinds of header in the order in which they occur: tags of VLANs, then a
// session of PPPoE, and labels of MPLS last, behind which nothing tells a further tag.
func (g *generator) stages(w *walk, tags Tags) (list []stage) {
	for _, s := range [...]struct {
		tag  Tags
		pass func(*walk, *cond, func() *cond) *cond
	}{{VLANTags, g.passVLAN}, {PPPoESessions, g.passPPPoE}, {MPLSLabels, g.passMPLS}} {
		if tags&s.tag != 0 {
			list = append(list, stage{s.tag, func(end *cond, match func() *cond) *cond { return s.pass(w, end, match) }})
		}
	}
	return list
}

// orMatch asks match before it goes on.
func (g *generator) orMatch(match func() *cond, next *cond) *cond {
	if match == nil {
		return next
	}
	return g.or(match(), next)
}

func (g *generator) passVLAN(w *walk, end *cond, match func() *cond) *cond {
	typ, at := g.ref(w.found), g.ref(w.at)
	c := end
	for range MaxTags {
		tag := g.anyOf(g.equal(typ, etherVLAN), g.equal(typ, etherQinQ), g.equal(typ, etherOldQinQ))
		next := g.and(g.set(w.found, g.graph.Load(2, g.netAt()+2, at)), g.set(w.at, g.plus(at, 4)))
		c = g.choose(g.and(tag, g.room(at, g.netAt()+4)), g.orMatch(match, g.and(next, c)), end)
	}
	return c
}

func (g *generator) passPPPoE(w *walk, end *cond, match func() *cond) *cond {
	at := g.ref(w.at)
	const header, withNumber = 6, 8 // RFC 2516
	is := g.and(g.equal(g.ref(w.found), etherPPPoES), g.room(at, g.netAt()+withNumber))
	next := g.and(g.setPPP(w, g.graph.Load(2, g.netAt()+header, at)), g.set(w.at, g.plus(at, withNumber)))
	return g.choose(is, g.orMatch(match, g.and(next, end)), end)
}

// passMPLS passes labels from the one in force on.
func (g *generator) passMPLS(w *walk, end *cond, match func() *cond) *cond {
	at := g.ref(w.at)
	const bottom = 1 // what the type is once the last label is found
	c := end
	for range MaxLabels {
		last := g.compare(ir.Set, g.graph.Load(1, g.netAt()+2, at), g.graph.Const(1))
		move := func() *cond { return g.set(w.at, g.plus(at, mplsEntryLen)) }
		next := g.choose(last, g.allOf(move(), g.set(w.found, g.graph.Const(bottom)), end), g.and(move(), c))
		c = g.choose(g.room(at, g.netAt()+mplsEntryLen), g.orMatch(match, next), end)
	}
	if match == nil {
		c = g.and(c, g.choose(g.equal(g.ref(w.found), bottom), g.byVersion(w.found, at, g.netAt()), condTrue))
	}
	return g.choose(g.equal(g.ref(w.found), etherMPLS), c, end)
}

// byVersion sets a type by the version of IP in the first bits of what is at x+k, to 0 where it is
// neither.
func (g *generator) byVersion(typ *variable, x *ir.Expr, k uint32) *cond {
	b := g.graph
	version := b.Bin(ir.And, b.Load(1, k, x), b.Const(0xf0))
	set := func(t uint32) *cond { return g.set(typ, b.Const(t)) }
	tell := g.choose(g.equal(version, 0x40), set(etherIP), g.choose(g.equal(version, 0x60), set(etherIPv6), condTrue))
	return g.and(set(0), g.choose(g.room(x, k+1), tell, condTrue))
}

// tagSeen asks for a tag that is seen through: whether it is anywhere before the network header.
func (g *generator) tagSeen(t *ast.Test) *cond {
	tag := seenBy[t.Kind]
	if g.mplsDepth > 0 && tag != MPLSLabels {
		return condFalse
	}
	if !g.hasTags() || tag == VLANTags && !g.layout.VLAN && g.typ == nil {
		return g.notHere(t.Kind.String())
	}
	w := g.newWalk(toNetwork, 0)
	from := g.position
	c := g.start(w)
	for _, s := range g.stages(w, g.through) {
		if s.tag != tag {
			c = g.and(c, s.pass(condTrue, nil))
			continue
		}
		c = g.and(c, s.pass(condFalse, func() *cond {
			g.payload.v = w.at
			defer func() { g.position = from }()
			return g.tagIs(t)
		}))
		break
	}
	if tag == VLANTags && g.tagInMetadata() {
		return g.or(g.metadataTagIs(t), c)
	}
	return c
}

// metadataTagIs asks for a tag that the kernel has moved to the packet's metadata.
func (g *generator) metadataTagIs(t *ast.Test) *cond {
	present := g.equal(g.graph.Anc(1, ancVLANTagPresent), 1)
	return g.and(present, g.argIs(t, "VLAN tag", 0xfff, 0, func() *ir.Expr { return g.graph.Anc(2, ancVLANTag) }))
}

// tagBytes is the data of the outermost tag, vlan[index:size]. Of one that the kernel has taken out
// there is only the first word.
func (walker) tagBytes(g *generator, a *ast.Load, index *ir.Expr) number {
	if !g.extended() {
		g.fail(diag.Syntax, "the bytes of a tag cannot be addressed")
		return number{value: index}
	}
	seen := g.position
	defer func() { g.position = seen }()
	g.position = g.unpassed
	if !g.layout.VLAN && g.typ == nil || g.mplsDepth > 0 {
		g.notHere("vlan")
		return number{value: index}
	}
	check := g.vlanTag()
	at := place{k: g.netAt(), x: g.variablePart(g.payload)}
	value := g.loadAt(at, index, uint8(a.Size))
	if g.tagInMetadata() && index.IsConst(0) && a.Size == 2 {
		v := &variable{made: true, num: g.graph.NewVar()}
		present := g.equal(g.graph.Anc(1, ancVLANTagPresent), 1)
		check = g.choose(present, g.set(v, g.graph.Anc(2, ancVLANTag)), g.and(check, g.set(v, value)))
		value = g.ref(v)
	}
	return number{value: value, checks: check}
}

// tagIs tests the number of the tag at the position in force.
func (g *generator) tagIs(t *ast.Test) *cond {
	switch t.Kind {
	case ast.VLAN:
		return g.vlanID(t)
	case ast.MPLS:
		return g.argIs(t, "MPLS label", 0xfffff, 12, func() *ir.Expr { return g.load(fromNet, 0, 4) })
	}
	return g.argIs(t, "PPPoE session", 0xffff, 0, func() *ir.Expr { return g.load(fromNet, 2, 2) })
}

// carries tests the type that a walk or a tunnel has found.
func (walker) carries(g *generator, p uint32) *cond {
	if p <= maxFrameLen || p == etherAtalk || p == etherAARP {
		return carriers[g.layout.Protocol](g, p)
	}
	if !g.atMost("EtherType", p, 0xffff) {
		return condFalse
	}
	is := g.equal(g.ref(g.typ), p)
	switch p {
	case etherIP, etherIPv6, etherMPLS, etherARP, etherRARP, etherVLAN, etherQinQ, etherOldQinQ, etherPPPoED, etherPPPoES:
		return is
	}
	n, ok := pppNumbers[p]
	if !ok {
		n = p
	}
	return g.or(is, g.equal(g.ref(g.typ), pppFlag|n))
}
