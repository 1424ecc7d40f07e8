package capture

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// The cleaner stores a step at a time, keeps the end of the file in the cache, and leaves a disk alone that it finds slow.
func TestSpoolCleaner(t *testing.T) {
	var did []string
	note := func(what string) func(from, to int64) {
		return func(from, to int64) { did = append(did, fmt.Sprint(what, " ", from, "-", to)) }
	}
	c := cleaner{step: 10, kept: 30, backlog: 100, store: note("store"), drop: note("drop")}
	start := time.Now()
	for _, tt := range []struct {
		end   int64
		after time.Duration
		want  []string
	}{
		{end: 9},
		{end: 10, want: []string{"store 0-10"}},
		{end: 39, want: []string{"store 10-20", "store 20-30"}},
		{end: 55, want: []string{"store 30-40", "drop 0-10", "store 40-50", "drop 10-20"}},
		{end: 151}, // too far behind
		{end: 300, after: spoolPause - 1},
		{end: 309, after: spoolPause}, // what came meanwhile is the system's
		{end: 340, after: spoolPause, want: []string{"store 300-310", "store 310-320", "store 320-330", "store 330-340", "drop 300-310"}},
		{end: 441, after: spoolPause},
	} {
		did = nil
		c.end.Store(tt.end)
		for c.clean(start.Add(tt.after)) {
		}
		if !slices.Equal(did, tt.want) {
			t.Errorf("at %d: %q, want %q", tt.end, did, tt.want)
		}
	}
	did = nil
	c.closing.Store(true)
	c.end.Store(500)
	if c.clean(start.Add(9*spoolPause)) || did != nil {
		t.Errorf("%q while closing", did)
	}
}
