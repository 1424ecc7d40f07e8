package explain

import (
	"fmt"
	"strings"
	"sync"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/parser"
)

// extendedWords says of phrases what they are in the extended language, in which what stands behind
// IPv6 extension headers is found, and TCP, UDP and SCTP are looked into over IPv6 as well.
var extendedWords = sync.OnceValue(func() *strings.Replacer {
	pairs := []string{
		"IPv4 (and no fragment but the first) or IPv6 (without extension headers)", "IPv4 or IPv6 (and no fragment but the first)",
		"IPv4 or IPv6 (there, where it follows the fixed header or a fragment header)", "IPv4 or IPv6",
		"IPv6, where it follows the fixed header or a fragment header", "IPv6",
		"the packet is ICMPv6 right behind the fixed IPv6 header", "the packet is ICMPv6 and no fragment but the first",
		"its next header is", "what it carries is", ", or is a fragment header that announces that", "",
		"over IPv4 no fragment but the first", "no fragment but the first",
	}
	for _, p := range []ast.Proto{ast.TCP, ast.UDP, ast.SCTP} {
		name := "the packet is " + overIP[p].name
		pairs = append(pairs, name+" over IPv4 and no fragment", name+" over IPv4 or IPv6 and no fragment")
	}
	return strings.NewReplacer(pairs...)
})

// saysExtended is says for the extended language.
func saysExtended(c *codegen.Part) string {
	if s, ok := c.Expr.(*ast.Scope); ok {
		return anyLayer(s, c)
	}
	return extendedWords().Replace(says(c))
}

// anyLayer is a phrase for any { … }.
func anyLayer(s *ast.Scope, c *codegen.Part) string {
	return fmt.Sprintf("for the packet, or for one that is in up to %d tunnels of it, this holds: %s", codegen.MaxTunnels, phrase(s.X, c))
}

// phrase is an expression in words, for where it is one sentence. Those that are put together stand in parentheses.
func phrase(e ast.Expr, c *codegen.Part) string {
	switch e := e.(type) {
	case *ast.Logic:
		list := make([]string, len(e.Operands))
		for i, o := range e.Operands {
			list[i] = phrase(o, c)
		}
		return "(" + strings.Join(list, "; "+e.Op.String()+" ") + ")"
	case *ast.Not:
		return "not (" + phrase(e.X, c) + ")"
	case *ast.Scope:
		if e.Head.Kind == ast.AnyLayer {
			return "(" + anyLayer(e, c) + ")"
		}
		return "(" + phrase(e.Head, c) + "; and of what is inside: " + phrase(e.X, c) + ")"
	}
	return saysExtended(&codegen.Part{Expr: e, Before: c.Before})
}

// fieldNames are the fields by name, by what they stand for.
var fieldNames = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, f := range parser.Fields() {
		m[f.Value] = f.Name
	}
	return m
})

// fieldNote is the name of a field that stands in a text.
func fieldNote(a ast.Arith, text string) string {
	if name := fieldNames()[ast.FormatArith(a)]; name != "" && strings.Contains(text, name) {
		return " (" + name + ")"
	}
	return ""
}
