// Package old has the dissectors of networks of days gone by.
package old

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
