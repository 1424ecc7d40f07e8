// Package internet has the dissectors of network layers and what is tunneled or multiplexed there.
package internet

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
