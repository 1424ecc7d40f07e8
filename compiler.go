package bpfc

import (
	"bpfc/ir"
	"bpfc/names"
)

// Compiler compiles with names that it is given. It does what [Compile] does with [WithNames], but a program that compiles
// through a Compiler alone does not contain the system's resolver, and so not package net: it is the smaller for that, in a
// browser for instance. It is immutable and safe for concurrent use if its names are, as those of package names.
type Compiler struct{ opts []Option }

// NewCompiler makes a compiler of names and options. names.Map{} knows no names.
func NewCompiler(r names.Resolver, opts ...Option) *Compiler {
	return &Compiler{append([]Option{WithNames(r)}, opts...)}
}

func (c *Compiler) options(opts []Option) *options {
	o := readOptions(append(append([]Option(nil), c.opts...), opts...))
	if o.codegen.Names == nil { // none is none, not the system's
		o.codegen.Names = names.Map{}
	}
	return o.complete()
}

// Compile is the function of that name. The options come after those of the compiler.
func (c *Compiler) Compile(expr string, opts ...Option) (*Program, error) {
	return c.options(opts).compileAlone(expr)
}

// Graph is the function of that name.
func (c *Compiler) Graph(expr string, opts ...Option) (*ir.Graph, error) {
	return c.options(opts).decide(expr)
}
