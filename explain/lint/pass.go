package lint

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/ir"
	"bpfc/names"
	"bpfc/prove"
)

// pass is one look at one expression.
type pass struct {
	ctx      context.Context
	text     string
	tree     ast.Expr
	opts     Options
	code     codegen.Options
	deadline time.Time
	nodes    int   // of all diagrams so far
	lint     *Lint // that looks now
	warnings []Warning

	said    map[string]int // how many there are of each lint
	partial string         // why there may be more to say

	parents map[ast.Expr]ast.Expr // of each truth value but the whole
	leaves  []ast.Expr            // the primitives, in the order of the text

	generated bool // whether the three below are there, which are made when first asked for
	parts     map[ast.Expr]*codegen.Part
	graph     *ir.Graph     // the filter as it was written
	written   *prove.Filter // the same
}

const (
	// longList is how many primitives a filter has that is proved in parts only, while
	// someone waits.
	longList = 200
	// longText is how long a filter is, in bytes, that was made by a program: nobody reads its
	// and, or and not.
	longText = 32 << 10
	// proofNodes bounds the diagrams of one proof, and while someone waits quickNodes that of all
	// together: some 30 ms.
	proofNodes = 1 << 20
	quickNodes = 100_000
	// oneProof is the part of the time left that one proof may take: a quarter of it.
	oneProof = 4
	// maxWarnings is how many warnings of one name there are about one filter.
	maxWarnings = 20
)

func newPass(ctx context.Context, text string, tree ast.Expr, layers *codegen.Layers, o Options) (*pass, error) {
	if o.Netmask == 0 {
		o.Netmask = codegen.NetmaskUnknown
	}
	if o.Names == nil {
		o.Names = names.System()
	}
	o.Names = names.Once(o.Names)
	if o.Time == 0 {
		o.Time = DefaultTime
		if o.Quick {
			o.Time = QuickTime
		}
	}
	p := &pass{ctx: ctx, text: text, tree: tree, opts: o, deadline: time.Now().Add(o.Time), parents: map[ast.Expr]ast.Expr{}, said: map[string]int{}}
	p.code = codegen.Options{
		LinkType: o.LinkType, Netmask: o.Netmask, Names: o.Names, LinuxExtensions: o.LinuxExtensions, Savefile: o.Savefile,
		Layers:      layers,
		Unoptimized: true, // what folds to an error is an error of the compiler's
	}
	p.index(tree)
	if p.long() {
		return p, nil // what is too long to be proved is known to compile
	}
	return p, p.generate()
}

// generate makes the graph of the filter, once.
func (p *pass) generate() error {
	if p.generated {
		return nil
	}
	graph, parts, err := codegen.GenerateParts(p.ctx, p.tree, p.code)
	if err != nil {
		return err
	}
	p.parts = make(map[ast.Expr]*codegen.Part, len(parts))
	for i := range parts {
		p.parts[parts[i].Expr] = &parts[i]
	}
	p.graph, p.generated = graph, true
	return nil
}

// asWritten is the filter as it was written, nil if nothing can be proved about it.
func (p *pass) asWritten() *prove.Filter {
	if p.written == nil && p.generate() == nil {
		if f, err := prove.FromGraph(p.graph); err == nil {
			p.written = f
		}
	}
	return p.written
}

// index notes parents and primitives.
func (p *pass) index(e ast.Expr) {
	for _, k := range kids(e) {
		p.parents[k] = e
		p.index(k)
	}
	if len(kids(e)) == 0 {
		p.leaves = append(p.leaves, e)
	}
}

// kids are the truth values that an expression is put together from.
func kids(e ast.Expr) []ast.Expr {
	switch e := e.(type) {
	case *ast.Logic:
		if !ofOneText(e) {
			return e.Operands
		}
	case *ast.Not:
		return []ast.Expr{e.X}
	case *ast.Scope:
		if e.Head.Kind != ast.AnyLayer { // whose parts are generated several times
			return []ast.Expr{e.X}
		}
	}
	return nil
}

// ofOneText tells whether a part that is put together was written as one: a set of numbers, a list from a file, a field of DNS. There
// is nothing to be said of what it is made of.
func ofOneText(l *ast.Logic) bool {
	if l.End <= l.Pos || len(l.Operands) < 2 {
		return false
	}
	if first := l.Operands[0].Range(); first == l.Operands[1].Range() && first.End > first.Pos {
		return true
	}
	return slices.ContainsFunc(l.Operands, func(o ast.Expr) bool { return o.Range() == l.Span })
}

var setStart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^in\s*[{@]`) })

// asWhole tells whether a part stands in the filter as one text.
func (p *pass) asWhole(l *ast.Logic) bool {
	return ofOneText(l) && (p.parents[l] != nil || ast.Expr(l) == p.tree)
}

// isSet tells whether a part was written as a set, whose elements nothing stands between that could be read otherwise.
func (p *pass) isSet(l *ast.Logic) bool {
	return ofOneText(l) || l.End > l.Pos && l.End <= len(p.text) && setStart().MatchString(p.text[l.Pos:l.End])
}

// inBraces is a tree in the braces that a part of the filter stands in: what it means there.
func (p *pass) inBraces(part, tree ast.Expr) ast.Expr {
	for e := p.parents[part]; e != nil; e = p.parents[e] {
		if s, ok := e.(*ast.Scope); ok {
			tree = &ast.Scope{Span: s.Span, Head: s.Head, X: tree}
		}
	}
	return tree
}

// scopeOf is the innermost scope that a part stands in, nil if there is none.
func (p *pass) scopeOf(e ast.Expr) *ast.Scope {
	for e = p.parents[e]; e != nil; e = p.parents[e] {
		if s, ok := e.(*ast.Scope); ok {
			return s
		}
	}
	return nil
}

// read makes a tree of a text in the language of the filter.
func (p *pass) read(text string) (ast.Expr, error) {
	tree, _, err := p.opts.Language.Parse(text)
	return tree, err
}

// long tells whether proofs about the filter as a whole are too much.
func (p *pass) long() bool { return p.opts.Quick && len(p.leaves) > longList }

// over tells whether the budget is spent.
func (p *pass) over() bool {
	if p.ctx.Err() != nil || p.opts.Quick && p.nodes >= quickNodes || time.Now().After(p.deadline) {
		p.partial = fmt.Sprintf("the budget of %v is spent", p.opts.Time)
		return true
	}
	return false
}

// filter makes of a tree what can be proved, nil where it is no filter.
func (p *pass) filter(tree ast.Expr, o codegen.Options) *prove.Filter {
	if p.over() {
		return nil
	}
	graph, err := codegen.Generate(p.ctx, tree, o)
	if err != nil {
		return nil
	}
	f, err := prove.FromGraph(graph)
	if err != nil {
		return nil
	}
	return f
}

// compare proves how two filters relate, as far as the budget goes.
func (p *pass) compare(a, b *prove.Filter) prove.Relation { return p.prove(a, b, false) }

// prove is compare, but for packets that were cut if whole is true.
func (p *pass) prove(a, b *prove.Filter, whole bool) prove.Relation {
	if a == nil || b == nil || p.over() {
		return prove.Undecided
	}
	o := prove.Options{Whole: whole, Time: time.Until(p.deadline) / oneProof, Nodes: proofNodes}
	if p.opts.Quick {
		o.Nodes = (quickNodes-p.nodes)/oneProof + 1
	}
	answer := prove.Compare(p.ctx, a, b, o)
	p.nodes += answer.Nodes
	if answer.Relation == prove.Undecided {
		p.nodes += o.Nodes // as much as that was tried
		p.partial = "a proof was given up: " + answer.Reason
	}
	if answer.Relation == prove.Equal && answer.Bound > 0 {
		return prove.Undecided // as far as the walks were followed
	}
	return answer.Relation
}

// relates tells how the filter as written relates to another tree.
func (p *pass) relates(tree ast.Expr) prove.Relation {
	if tree == nil || p.long() || p.over() {
		return prove.Undecided
	}
	return p.compare(p.asWritten(), p.filter(tree, p.code))
}

// partsRelate tells how a part of the filter and another tree relate where each stands alone, or alone in the part's braces.
func (p *pass) partsRelate(a, b ast.Expr) prove.Relation {
	return p.compare(p.filter(p.inBraces(a, a), p.code), p.filter(p.inBraces(a, b), p.code))
}

// edit is a change of the text.
type edit struct {
	pos, end int
	with     string
}

// apply makes the text with changes, which do not overlap and are in order.
func (p *pass) apply(edits ...edit) string {
	out, done := "", 0
	for _, e := range edits {
		out += p.text[done:e.pos] + e.with
		done = e.end
	}
	return out + p.text[done:]
}

// warn adds a warning about a part of the text.
func (p *pass) warn(w Warning) {
	w.Name = p.lint.Name
	if p.said[w.Name]++; p.said[w.Name] > maxWarnings {
		p.partial = fmt.Sprintf("there are more than %d of [%s]", maxWarnings, w.Name)
		return
	}
	p.warnings = append(p.warnings, w)
}

// enough tells whether the lint that looks has said all that there is room for, or has no time for more.
func (p *pass) enough() bool { return p.said[p.lint.Name] > maxWarnings || p.over() }

// differs makes the suggestion of a text that was probably meant. It is proved to be
// another filter than the one written, or, where that is too much to prove, to be
// another one in the parts that are given: was is what stands in the filter, is
// what would. ok is false where there is nothing to suggest.
func (p *pass) differs(w Warning, text string, was, is ast.Expr) (_ Warning, ok bool) {
	if p.enough() {
		return w, false
	}
	w.Suggestion = text
	if !p.long() {
		tree, err := p.read(text)
		if err != nil {
			return w, false
		}
		if r := p.relates(tree); r != prove.Undecided {
			w.Relation = r.String()
			return w, r != prove.Equal
		}
	}
	if was == nil || is == nil {
		return w, false
	}
	r := p.partsRelate(was, is)
	w.Relation = "of the parts: " + r.String()
	return w, r != prove.Undecided && r != prove.Equal
}

// print gives a tree the text that was made for it if that says the same, else one with
// the primitives as they were written.
func (p *pass) print(tree ast.Expr, text string) string {
	if read, err := p.read(text); err == nil && ast.Equal(read, tree) {
		return text
	}
	return p.render(tree)
}

// render writes a tree with the primitives as they stand in the text, but with
// qualifiers of their own.
func (p *pass) render(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Logic:
		if p.asWhole(e) {
			return p.source(e)
		}
		var list []string
		for _, o := range e.Operands {
			text := p.render(o)
			if l, ok := o.(*ast.Logic); ok && !p.asWhole(l) {
				text = "(" + text + ")"
			}
			list = append(list, text)
		}
		return strings.Join(list, " "+e.Op.String()+" ")
	case *ast.Not:
		text := p.render(e.X)
		if _, ok := e.X.(*ast.Logic); ok {
			text = "(" + text + ")"
		}
		return "not " + text
	case *ast.Scope:
		if len(kids(e)) > 0 {
			return ast.Format(e.Head) + " { " + p.render(e.X) + " }"
		}
	}
	if p.parts[e] == nil || inherits(e) { // made for a suggestion, or not to be read alone
		return strings.ReplaceAll(ast.Format(e), "link[", "ether[")
	}
	return p.source(e)
}

// replaced is a tree with one of its parts replaced; nil takes the part out, and with
// it what it was joined by.
func (p *pass) replaced(part, by ast.Expr) ast.Expr {
	for {
		parent := p.parents[part]
		if parent == nil {
			return by
		}
		switch e := parent.(type) {
		case *ast.Not:
			if by != nil {
				by = &ast.Not{Span: e.Span, X: by}
			}
		case *ast.Scope:
			if by != nil {
				by = &ast.Scope{Span: e.Span, Head: e.Head, X: by}
			}
		case *ast.Logic:
			by = withOperand(e, part, by)
		}
		part = parent
	}
}

func withOperand(l *ast.Logic, part, by ast.Expr) ast.Expr {
	c := *l
	c.Operands = nil
	for _, o := range l.Operands {
		if o == part {
			o = by
		}
		if o != nil {
			c.Operands = append(c.Operands, o)
		}
	}
	if len(c.Operands) == 1 {
		return c.Operands[0]
	}
	return &c
}

// whole is the place of a part with the parentheses around it.
func (p *pass) whole(e ast.Expr) (pos, end int) {
	r := balanced(p.text, e.Range())
	for {
		before, after := skipBack(p.text, r.Pos), skip(p.text, r.End)
		if before == 0 || p.text[before-1] != '(' || after == len(p.text) || p.text[after] != ')' {
			return r.Pos, r.End
		}
		r = ast.Span{Pos: before - 1, End: after + 1}
	}
}

// source is a part as it was written, without parentheses around all of it.
func (p *pass) source(e ast.Expr) string {
	r := balanced(p.text, e.Range())
	return p.text[r.Pos:r.End]
}

// balanced extends a span by the parentheses that open or close within it.
func balanced(text string, r ast.Span) ast.Span {
	open, missing := 0, 0
	for i := r.Pos; i < r.End; i++ {
		switch {
		case text[i] == '(':
			open++
		case text[i] == ')' && open > 0:
			open--
		case text[i] == ')':
			missing++
		}
	}
	for ; open > 0; open-- {
		if at := skip(text, r.End); at < len(text) && text[at] == ')' {
			r.End = at + 1
		}
	}
	for ; missing > 0; missing-- {
		if at := skipBack(text, r.Pos); at > 0 && text[at-1] == '(' {
			r.Pos = at - 1
		}
	}
	return r
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skip is the place of the first byte from at on that is no blank.
func skip(text string, at int) int {
	for at < len(text) && blank(text[at]) {
		at++
	}
	return at
}

// skipBack is the end of the last byte before at that is no blank.
func skipBack(text string, at int) int {
	for at > 0 && blank(text[at-1]) {
		at--
	}
	return at
}

// enclosed tells whether a part stands in parentheses of its own.
func (p *pass) enclosed(e ast.Expr) bool {
	pos, end := p.whole(e)
	r := balanced(p.text, e.Range())
	return pos != r.Pos || end != r.End
}

// told tells whether there is a warning already about a part of the text that touches this one.
func (p *pass) told(e ast.Expr) bool {
	r := e.Range()
	for _, w := range p.warnings {
		if w.Pos < r.End && r.Pos < w.End {
			return true
		}
	}
	return false
}

// beside are, for each and, operands that hold a primitive of some kind.
type beside map[*ast.Logic][]held

type held struct{ operand, leaf ast.Expr }

// andedWith notes for some primitives the ands that they are in. Where only is true, these are those that cannot be
// true unless the primitive is; else all in which it stands under no not.
func (p *pass) andedWith(leaves []ast.Expr, only bool) beside {
	b := beside{}
	for _, leaf := range leaves {
		for k, e := leaf, p.parents[leaf]; e != nil; k, e = e, p.parents[e] {
			l, ok := e.(*ast.Logic)
			if !ok || only && l.Op == ast.Or {
				break
			}
			if n := len(b[l]); n < 2 && l.Op == ast.And && (n == 0 || b[l][0].operand != k) {
				b[l] = append(b[l], held{k, leaf})
			}
		}
	}
	return b
}

// with finds a primitive of those noted that is joined by and with e, which stands under no not there.
func (p *pass) with(b beside, e ast.Expr) ast.Expr {
	for k, up := e, p.parents[e]; up != nil; k, up = up, p.parents[up] {
		l, ok := up.(*ast.Logic)
		if !ok {
			return nil
		}
		for _, h := range b[l] {
			if h.operand != k {
				return h.leaf
			}
		}
	}
	return nil
}

// positive tells whether a primitive stands under an even number of nots.
func (p *pass) positive(e ast.Expr) bool {
	even := true
	for e = p.parents[e]; e != nil; e = p.parents[e] {
		if _, ok := e.(*ast.Not); ok {
			even = !even
		}
	}
	return even
}
