//go:build !wasip1

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"bpfc/capture"
	"bpfc/craft"
	"bpfc/linktype"
	"bpfc/traffic"
)

// watched makes a view of a minute of traffic: host i sends i packets a second.
func watched(t *testing.T) (*statsView, time.Time) {
	t.Helper()
	v := &statsView{title: "eth0  not port 22", table: traffic.New(), every: time.Second}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for second := range 61 {
		for host := 1; host <= 3; host++ {
			data, err := (&craft.Description{Layers: map[string]string{"ip": fmt.Sprintf("src=10.0.0.%d,dst=192.0.2.1", host), "tcp": "dport=443"}}).Packet(linktype.RAW)
			if err != nil {
				t.Fatal(err)
			}
			for range host {
				v.table.Add(&capture.Packet{Data: data, WireLen: 1000, Timestamp: start.Add(time.Duration(second) * time.Second).UnixNano()}, linktype.RAW)
			}
		}
		v.table.Mark()
	}
	return v, start.Add(time.Minute)
}

// drawn gives what a view looks like on a screen of a size, line by line.
func drawn(t *testing.T, v *statsView, now time.Time, columns, lines int) string {
	t.Helper()
	screen := tcell.NewSimulationScreen("")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	defer screen.Fini()
	screen.SetSize(columns, lines)
	v.draw(screen, now)
	cells, width, _ := screen.GetContents()
	var b strings.Builder
	for i, c := range cells {
		b.WriteString(string(c.Runes))
		if (i+1)%width == 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// A view says the interface, the filter, totals, current and average rates, and has scales on its axes.
func TestStatsView(t *testing.T) {
	v, now := watched(t)
	v.table.Dropped = 12
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
		got := drawn(t, v, now, size[0], size[1])
		for _, part := range []string{"bpfc stats  eth0  not port 22", "0:01:00", "366", "6.0/s", "6.1/s", "366.0 kB", "6.0 kB/s", "6.1 kB/s", "12 dropped (3.2 %)",
			"10.0 kB/s ┤", "5.0 kB/s ┤", "now", "-15 s", "-30 s", "TCP", "192.0.2.1", "1 overview", "q", "sort: bytes"} {
			if !strings.Contains(got, part) {
				t.Errorf("no %q at %v:\n%s", part, size, got)
			}
		}
	}
	for number, part := range []string{"", "TCP", "10.0.0.3", "443 TCP HTTPS", "10.0.0.3:1024 ↔ 192.0.2.1:443 TCP"} {
		v.key(tcell.KeyRune, rune('1'+number), now)
		if got := drawn(t, v, now, 80, 24); !strings.Contains(got, part) {
			t.Errorf("no %q in view %d:\n%s", part, number+1, got)
		}
	}
}

// Whatever the size, drawing does not panic, and the header stays.
func TestStatsViewSizes(t *testing.T) {
	v, now := watched(t)
	for columns := 1; columns < 130; columns += 13 {
		for lines := 1; lines < 40; lines += 5 {
			for number := range statsViews {
				v.number = number
				if got := drawn(t, v, now, columns, lines); columns > 40 && !strings.Contains(got, "bpfc stats") {
					t.Errorf("%d×%d: %s", columns, lines, got)
				}
			}
		}
	}
}

// Keys sort, pause what is shown, and end.
func TestStatsKeys(t *testing.T) {
	v, now := watched(t)
	v.number = 2 // hosts
	first := func() string {
		line := strings.Split(drawn(t, v, now, 80, 24), "\n")[7]
		return strings.Fields(line)[0]
	}
	if got := first(); got != "192.0.2.1" {
		t.Errorf("by bytes: %s", got)
	}
	for _, want := range []string{"bytes now", "packets", "name", "bytes"} {
		v.key(tcell.KeyRune, 's', now)
		if got := drawn(t, v, now, 80, 24); !strings.Contains(got, "sort: "+want) {
			t.Errorf("no %q: %s", want, got)
		}
		if want == "name" && first() != "10.0.0.1" {
			t.Errorf("by name: %s", first())
		}
	}
	v.key(tcell.KeyRune, 'p', now)
	before := drawn(t, v, now, 80, 24)
	v.table.Add(&capture.Packet{WireLen: 1e6, Timestamp: now.UnixNano()}, linktype.EN10MB)
	if got := drawn(t, v, now.Add(time.Minute), 80, 24); got != before || !strings.Contains(got, "paused 0:01:00") {
		t.Errorf("paused, and not the same:\n%s\n%s", before, got)
	}
	v.key(tcell.KeyRune, 'p', now)
	if got := drawn(t, v, now.Add(time.Minute), 80, 24); got == before || !strings.Contains(got, "0:02:00") {
		t.Errorf("goes on, and is the same: %s", got)
	}
	for _, key := range []tcell.Key{tcell.KeyRight, tcell.KeyLeft, tcell.KeyLeft} {
		v.key(key, 0, now)
	}
	if v.number != 1 {
		t.Errorf("view %d", v.number)
	}
	if v.key(tcell.KeyRune, 'x', now) || !v.key(tcell.KeyRune, 'q', now) || !v.key(tcell.KeyCtrlC, 0, now) {
		t.Error("q and ^C end it, x does not")
	}
}

// Scales end at round numbers.
func TestNiceAbove(t *testing.T) {
	for n, want := range map[float64]float64{0: 1, 1: 1, 1.5: 2, 3: 5, 6: 10, 1000: 1000, 1001: 2000, 7e9: 1e10} {
		if got := niceAbove(n); got != want {
			t.Errorf("%g: %g", n, got)
		}
	}
}
