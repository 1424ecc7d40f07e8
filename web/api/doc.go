// Package api is what the page in the browser asks the compiler for: compile, colour, explain, draw, complete, warn.
//
// It has no logic that the other packages of bpfc have: it puts their answers into the shape that a page needs, which
// web/page/src/api.ts describes type by type. Two things are its own. Places are counted in UTF-16 units, as
// JavaScript does, where the compiler counts bytes (units.go). And everything is bounded: an expression has at most
// [MaxExpr] bytes, and of long programs and graphs only the beginning is told.
//
// The package knows nothing of browsers and is tested without one. It leaves out what prints and reads packets, so that the
// program that a visitor loads first is small; package packets has that.
//
// The package keeps no compatibility: it changes with the page.
package api

import (
	"context"

	"bpfc/web/rpc"
)

// MaxExpr is how long an expression may be, in bytes: 10,000 IPv6 hosts fit three times.
const MaxExpr = 2 << 20

// The most that is told of one program and one graph.
const (
	MaxInstructions = 2000
	MaxNodes        = 400
)

// New gives the methods of the compiler.
func New() rpc.Service {
	s := &service{}
	return rpc.Service{
		"init":     method(s.init),
		"compile":  method(s.compile),
		"tokens":   method(s.tokens),
		"hover":    method(s.hover),
		"complete": method(s.complete),
		"format":   method(s.format),
		"graph":    method(s.graph),
		"explain":  method(s.explain),
		"warnings": method(s.warnings),
	}
}

// service holds what was made for the last source, which is asked for again and again.
type service struct{ last explained }

// method makes a method of a function with parameters of its own type.
func method[P, R any](f func(ctx context.Context, p P) (R, error)) rpc.Method {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		var p P
		if err := c.Read(&p); err != nil {
			return nil, err
		}
		return f(ctx, p)
	}
}
