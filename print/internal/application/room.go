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

// nameAt gives the name of a number that is counted from 0, or a text for those that have none, a format of the number if it has a verb.
func nameAt(names []string, n int, format string) string {
	if n >= 0 && n < len(names) && names[n] != "" {
		return names[n]
	}
	return Names{}.Of(n, format)
}
