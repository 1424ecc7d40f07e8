// Package link has the dissectors of link-layer headers, and what is spoken right on a local network or line.
package link

import "bpfc/print/internal/dissect"

// What every dissector uses, by short names.
type (
	Context   = dissect.Context
	Dissector = dissect.Dissector
	View      = dissect.View
	Cursor    = dissect.Cursor
	Names     = dissect.Names
	Flags     = dissect.Flags
	Values    = dissect.Values
	List      = dissect.List
)
