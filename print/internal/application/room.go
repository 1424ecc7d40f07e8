// Package application has the dissectors of what TCP and UDP carry.
package application

import "bpfc/print/internal/dissect"

// What every dissector uses, by short names.
type (
	Context = dissect.Context
	View    = dissect.View
	Cursor  = dissect.Cursor
	Names   = dissect.Names
	Flags   = dissect.Flags
	Values  = dissect.Values
	List    = dissect.List
)
