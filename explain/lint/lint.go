// Package lint finds what is correct in a filter and probably not meant.
//
// # The machine
//
// A [Lint] is one habit that goes wrong: a row of the table of [Lints], with a name,
// a reason, an example, a filter that looks alike and is right, and a function that
// finds it in the tree of an expression. One file holds one.
//
// That a filter looks like a mistake is not enough. A lint proposes what was
// probably meant, and package prove tells whether that is another filter: only then
// is there something to say. Lints of parts that change nothing propose the filter
// without the part, which must be proved equal. Where no proof is found in its
// budget nothing is said.
//
// Proofs take time. A lint looks at the text first and proves only what looks
// suspicious, and [Check] has a budget for all of them. With [Options.Quick], which
// is for those who compile a filter and wait for it, the search for parts that
// change nothing is left out where nothing in the text points to one.
//
// The package keeps its API compatible within a major version.
package lint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/linktype"
	"bpfc/names"
)

// Lint is one kind of warning.
// It is safe for concurrent use as long as nobody changes it.
type Lint struct {
	// Name is what the warning is known by, as in "-W no-host-net".
	Name string
	// Title says in a line what is warned of, Why in Markdown what goes wrong and what
	// to write.
	Title, Why string
	// Bad are filters that are warned of, with what is suggested; Good are filters that
	// look alike and are right.
	Bad  []Example
	Good []Example

	find func(*pass)
}

// Example is a filter that shows a lint.
// It is safe for concurrent use as long as nobody changes it.
type Example struct {
	Filter     string
	LinkType   string // a DLT name, "" for EN10MB
	SnapLen    int    // bytes, 0 for the default
	Suggestion string // a filter, "" where there is none
}

// Lints lists the lints, by name. The list is the caller's.
func Lints() []Lint {
	list := make([]Lint, len(table))
	copy(list, table[:])
	slices.SortFunc(list, func(a, b Lint) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// table has the lints in the order in which they look: what is said of a part by an
// earlier one is not said again in general terms by a later one.
var table = [...]Lint{
	hostNet, precedence, notOr, inherited, moved, ip4Only, fragments, flagsEqual, mask, constant, addresses, snapLen, linkType, never, always, noEffect,
}

// Warning is something in a filter that is probably not meant.
// It is safe for concurrent use as long as nobody changes it.
type Warning struct {
	// Name is that of the lint.
	Name string `json:"name"`
	// Msg says what is the matter, in one sentence without a full stop.
	Msg string `json:"message"`
	// Pos and End are the bytes [Pos, End) of the expression that it is about.
	Pos int `json:"pos"`
	End int `json:"end"`
	// Advice is a way forward, "" where there is none.
	Advice string `json:"advice,omitempty"`
	// Suggestion is the whole filter as it was probably meant, "" where there is none, and
	// Relation what the filter as written (A) was proved to have to do with it (B), in
	// the words of [prove.Relation]: "equal", "A implies B" …; "equal on whole packets" where
	// they differ in packets that were cut within the headers, and with "of the parts: " before it
	// where the filter was too long to be compared as a whole.
	Suggestion string `json:"suggestion,omitempty"`
	Relation   string `json:"relation,omitempty"`
}

// Text gives the warning with its name, and below it the line of the expression
// with a caret line under the part that it is about.
func (w Warning) Text(expr string) string {
	msg := w.Msg
	if w.Advice != "" {
		msg += "; " + w.Advice
	}
	return (&diag.Error{Msg: msg + " [" + w.Name + "]", Pos: w.Pos, End: w.End}).Render(expr)
}

// Options is what a filter depends on beside its text, as in package bpfc.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	LinkType linktype.Type
	// SnapLen is how many bytes of each packet are kept or were captured; 0 is all.
	SnapLen int
	// Netmask is in host byte order; 0 is taken for bpfc.NetmaskUnknown.
	Netmask uint32
	// Names looks names up; nil asks the system.
	Names           names.Resolver
	LinuxExtensions bool
	Savefile        codegen.Savefile
	// Language is what the expression is written in. In the braces of "any" nothing is looked for.
	Language Language
	// Only, if not nil, tells which lints are to look, by name.
	Only func(name string) bool
	// Quick is for compiling: it proves only what the text makes suspicious.
	Quick bool
	// Time bounds all proofs together; 0 is [DefaultTime], with Quick [QuickTime].
	Time time.Duration
}

// How long proofs may take together. With Quick their size is bounded too, so that what is
// said does not depend on how busy the machine is.
const (
	DefaultTime = 10 * time.Second
	QuickTime   = time.Second
)

// Report is what there is to say about an expression.
// It is safe for concurrent use as long as nobody changes it.
type Report struct {
	// Warnings are in the order of the text.
	Warnings []Warning
	// Partial says why there may be more to say: the budget was spent, a proof was given
	// up. "" if all was looked at; with [Options.Quick] it says nothing of what is left out.
	Partial string
}

// Check finds what is probably not meant in an expression. An error is that of the
// compiler for an expression that is wrong, a *diag.Error, or that of the context; an
// expression that no packet can match is not wrong here.
func Check(ctx context.Context, expr string, o Options) (Report, error) {
	tree, layers, err := o.Language.Parse(expr)
	if err != nil || tree == nil {
		return Report{}, err
	}
	p, err := newPass(ctx, expr, tree, layers, o)
	if err != nil {
		return Report{}, err
	}
	for i := range table {
		if o.Only == nil || o.Only(table[i].Name) {
			p.lint = &table[i]
			table[i].find(p)
		}
	}
	slices.SortStableFunc(p.warnings, func(a, b Warning) int { return cmp.Compare(a.Pos, b.Pos) })
	return Report{p.warnings, p.partial}, ctx.Err()
}

// Selection is which lints are to look and what their warnings are, as -W has it.
// It is safe for concurrent use as long as nobody changes it.
type Selection struct {
	none    bool
	changed map[string]bool // by name: on or off
	// Error makes warnings errors.
	Error bool
}

// Set changes the selection by a list of words with commas between them: none, all,
// error, no-error, a lint's name, or that with "no-" before it.
func (s *Selection) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		if err := s.set(strings.TrimSpace(word)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Selection) set(word string) error {
	name, off := strings.CutPrefix(word, "no-")
	known := slices.ContainsFunc(table[:], func(l Lint) bool { return l.Name == word })
	if known { // such as "no-effect"
		name, off = word, false
	}
	switch {
	case word == "none" || word == "all":
		s.none, s.changed = word == "none", nil
		return nil
	case name == "error":
		s.Error = !off
		return nil
	case !known && !slices.ContainsFunc(table[:], func(l Lint) bool { return l.Name == name }):
		return unknownName(word, name)
	}
	if s.changed == nil {
		s.changed = map[string]bool{}
	}
	s.changed[name] = !off
	return nil
}

func unknownName(word, name string) error {
	var all []string
	for i := range table {
		all = append(all, table[i].Name)
	}
	if near := diag.Nearest(name, all); near != "" {
		return fmt.Errorf("no warning is called %.40q; did you mean %q?", word, near)
	}
	slices.Sort(all)
	return fmt.Errorf("no warning is called %.40q: it is none, all, error, or one of %s, or that with no- before it", word, strings.Join(all, ", "))
}

// Has tells whether a lint is to look.
func (s *Selection) Has(name string) bool {
	if on, ok := s.changed[name]; ok {
		return on
	}
	return !s.none
}

// Any tells whether any lint is to look.
func (s *Selection) Any() bool {
	return slices.ContainsFunc(table[:], func(l Lint) bool { return s.Has(l.Name) })
}
