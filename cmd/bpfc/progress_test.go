package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A progress line says how much is done and how long the rest will take, and each drawing covers the one before.
func TestProgressLine(t *testing.T) {
	var out bytes.Buffer
	began := time.Unix(1e9, 0)
	p := &progressLine{out: &out, total: 1000, unit: func(n int64) string { return fmt.Sprint(n, " B") }, began: began}
	p.draw(250, "a long text", began.Add(10*time.Second))
	if p.due(began.Add(10*time.Second + time.Millisecond)) {
		t.Error("drawn again at once")
	}
	p.draw(2000, "short", began.Add(20*time.Second))
	p.end()
	drawn := strings.Split(out.String(), "\r")[1:]
	want := []string{"a long text  25 % |█████               | 250 B of 1000 B, 25 B/s, 30s left", "short 100 % |████████████████████| 1000 B of 1000 B, 50 B/s, 0s left", "", ""}
	if len(drawn) != len(want) {
		t.Fatalf("%q", drawn)
	}
	for i, line := range drawn {
		if got := strings.TrimRight(line, " "); got != want[i] {
			t.Errorf("%q, want %q", got, want[i])
		}
		if i > 0 && i < 3 && len([]rune(line)) < len([]rune(want[i-1])) {
			t.Errorf("%q leaves something of what was before", line)
		}
	}
	if progress := newProgress(&out, "progress.go"); progress.line != nil {
		t.Error("progress without a terminal")
	}
	var none *progressLine
	none.end()
}
