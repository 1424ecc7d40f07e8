package explain

import (
	"fmt"
	"slices"
	"strings"
)

// Table counts which primitives of a filter decided about how many packets. It is not
// safe for concurrent use.
type Table struct {
	Packets uint64 `json:"packets"`
	Matches uint64 `json:"matches"`
	Rows    []*Row `json:"rows"`
	// Before counts packets that no primitive decided about: they end in a header
	// before the first, or the filter says the same of all.
	Before uint64 `json:"before"`
}

// Row is a primitive and how many packets it was the last to be asked about.
// It is safe for concurrent use as long as nobody changes it.
type Row struct {
	Pos  int    `json:"pos"`
	End  int    `json:"end"`
	Text string `json:"text"`
	// Matched and Rejected count packets about which it decided, Ended those of the
	// rejected that end where it looks.
	Matched  uint64 `json:"matched"`
	Rejected uint64 `json:"rejected"`
	Ended    uint64 `json:"ended"`
}

// Add counts a packet, judged by f. Filters of one expression, for interfaces of
// several kinds, may share a table.
func (t *Table) Add(f *Filter, p Packet) {
	if t.Rows == nil {
		for _, l := range f.leaves {
			t.Rows = append(t.Rows, &Row{Pos: l.Pos, End: l.End, Text: l.Text})
		}
	}
	w := f.judge(p)
	t.Packets++
	if w.Matches {
		t.Matches++
	}
	if w.Decided == nil {
		t.Before++
		return
	}
	row := t.Rows[slices.Index(f.leaves, w.Decided.Part)]
	switch {
	case w.Matches:
		row.Matched++
	case w.Decided.Truth == Cut:
		row.Ended++
		row.Rejected++
	default:
		row.Rejected++
	}
}

// String prints the table for people.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %s match. What decided:\n\n%10s %10s %10s\n", t.Matches, plural(int(t.Packets), "packet"), "matched", "rejected", "too short")
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "%10d %10d %10d  %s\n", r.Matched, r.Rejected, r.Ended, strings.Join(strings.Fields(r.Text), " "))
	}
	if t.Before > 0 {
		fmt.Fprintf(&b, "%32d  (headers before the filter's first look)\n", t.Before)
	}
	return b.String()
}
