//go:build !wasip1

package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"bpfc/traffic"
)

// statsView is what `bpfc stats` shows of an interface in a terminal: what keys change, and what is counted.
type statsView struct {
	title  string // the interface and the filter
	table  *traffic.Table
	every  time.Duration // between two marks of the table
	number int           // of the view shown, see statsViews
	by     traffic.Order
	frozen *statsSnapshot // what is shown while it is paused; nil is what comes
}

// statsViews are the views, by the keys 1 to 5, and what their lists count by; the first shows several.
var statsViews = []struct {
	name, singular string
	what           traffic.What
}{
	{"overview", "", traffic.Protocols}, {"protocols", "protocol", traffic.Protocols}, {"hosts", "host", traffic.Hosts},
	{"ports", "port", traffic.Ports}, {"conversations", "conversation", traffic.Conversations},
}

var statsOrders = []struct {
	by   traffic.Order
	name string
}{{traffic.ByBytes, "bytes"}, {traffic.ByRecent, "bytes now"}, {traffic.ByPackets, "packets"}, {traffic.ByName, "name"}}

// statsSnapshot is what is drawn: of the table at a time.
type statsSnapshot struct {
	total, recent   traffic.Amount
	dropped         uint64
	elapsed         time.Duration // since the first packet
	course          []traffic.Amount
	interval        time.Duration
	seconds, lately float64 // that total and recent are of
	list            func(traffic.What, traffic.Order, int) []traffic.Named
}

// snapshot takes what is to be shown at a time.
func (v *statsView) snapshot(now time.Time) *statsSnapshot {
	if v.frozen != nil {
		return v.frozen
	}
	course, interval := v.table.Course()
	s := &statsSnapshot{total: v.table.Amount, recent: v.table.Recent(), dropped: v.table.Dropped, course: course, interval: time.Duration(interval),
		lately: v.every.Seconds(), list: v.table.Top}
	if first, last := v.table.Span(); last != 0 {
		s.elapsed = time.Duration(max(now.UnixNano(), last) - first)
		s.seconds = max(s.elapsed.Seconds(), s.lately)
		if missing := int(s.elapsed/s.interval) + 1 - len(course); missing > 0 { // nothing came since
			s.course = append(slices.Clip(course), make([]traffic.Amount, min(missing, 1<<12))...)
		}
	}
	return s
}

// longestList is how many rows of a list are kept where it is paused: more than terminals have lines.
const longestList = 500

// pause freezes what is shown, in all lists and orders, or lets it go on.
func (v *statsView) pause(now time.Time) {
	if v.frozen != nil {
		v.frozen = nil
		return
	}
	s := v.snapshot(now)
	s.course = slices.Clone(s.course)
	type key struct {
		what traffic.What
		by   traffic.Order
	}
	lists := map[key][]traffic.Named{}
	for _, view := range statsViews {
		for _, order := range statsOrders {
			lists[key{view.what, order.by}] = v.table.Top(view.what, order.by, longestList)
		}
	}
	s.list = func(what traffic.What, by traffic.Order, n int) []traffic.Named {
		list := lists[key{what, by}]
		return list[:min(n, len(list))]
	}
	v.frozen = s
}

// key does what a key is for; true if it ends the view.
func (v *statsView) key(key tcell.Key, r rune, now time.Time) (quit bool) {
	switch {
	case key == tcell.KeyCtrlC, key == tcell.KeyEscape, r == 'q', r == 'Q':
		return true
	case r == 'p', r == 'P', r == ' ':
		v.pause(now)
	case r == 's', r == 'S':
		i := slices.IndexFunc(statsOrders, func(o struct {
			by   traffic.Order
			name string
		}) bool {
			return o.by == v.by
		})
		v.by = statsOrders[(i+1)%len(statsOrders)].by
	case r >= '1' && int(r-'1') < len(statsViews):
		v.number = int(r - '1')
	case key == tcell.KeyRight, key == tcell.KeyTab:
		v.number = (v.number + 1) % len(statsViews)
	case key == tcell.KeyLeft, key == tcell.KeyBacktab:
		v.number = (v.number + len(statsViews) - 1) % len(statsViews)
	}
	return false
}

// widestView is how many columns a view takes at the most: on wider terminals eyes lose the row. Two tables may stand
// side by side.
const widestView = 110

// draw puts the view on a screen.
func (v *statsView) draw(screen tcell.Screen, now time.Time) {
	columns, lines := screen.Size()
	c := &canvas{screen: screen, columns: columns, lines: lines, colours: screen.Colors() > 1}
	screen.Clear()
	s := v.snapshot(now)
	v.header(c, s)
	top, bottom := 6, lines-2
	if v.number == 0 {
		v.overview(c, s, top, bottom)
	} else {
		view := statsViews[v.number]
		c.list(0, top, min(columns, widestView), view.singular, s, s.list(view.what, v.by, max(bottom-top-1, 0)))
	}
	if lines > top {
		v.footer(c, lines-1)
	}
	screen.Show()
}

// header names what is counted and gives the totals, current and on average.
func (v *statsView) header(c *canvas, s *statsSnapshot) {
	clock := fmt.Sprintf(" %s ", clockText(s.elapsed))
	if v.frozen != nil {
		clock = " paused" + clock
	}
	c.fill(0, c.bar())
	c.text(0, 0, c.bar(), cut(" bpfc stats  "+v.title, c.columns-len(clock)))
	c.text(c.columns-len(clock), 0, c.bar(), clock)
	c.text(0, 1, c.dim(), fmt.Sprintf("%-9s%14s%14s%14s", "", "total", "now", "average"))
	c.text(0, 2, c.strong(), fmt.Sprintf("%-9s%14s%14s%14s", "packets", grouped(s.total.Packets), perSecond(s.recent.Packets, s.lately), perSecond(s.total.Packets, s.seconds)))
	c.text(0, 3, c.strong(), fmt.Sprintf("%-9s%14s%14s%14s", "bytes", traffic.HumanBytes(s.total.Bytes), bytesPerSecond(s.recent.Bytes, s.lately), bytesPerSecond(s.total.Bytes, s.seconds)))
	dropped, style := "none dropped", c.dim()
	if s.dropped > 0 {
		share := 100 * float64(s.dropped) / float64(s.dropped+s.total.Packets)
		dropped, style = fmt.Sprintf("%s dropped (%.2g %%)", grouped(s.dropped), share), c.alarm()
	}
	c.text(55, 2, style, dropped)
	at := 0
	for i, view := range statsViews {
		label := fmt.Sprintf(" %d %s ", i+1, view.name)
		style := c.dim()
		if i == v.number {
			style = c.chosen()
		}
		c.text(at, 4, style, label)
		at += len(label) + 1
	}
}

func (v *statsView) footer(c *canvas, y int) {
	order := ""
	for _, o := range statsOrders {
		if o.by == v.by {
			order = o.name
		}
	}
	pause := "pause"
	if v.frozen != nil {
		pause = "go on"
	}
	at := 0
	for _, k := range [][2]string{{"q", "quit"}, {"p", pause}, {"s", "sort: " + order}, {"1–5", "views"}} {
		c.text(at, y, c.chosen(), " "+k[0]+" ")
		at += len([]rune(k[0])) + 3
		c.text(at, y, c.plain(), k[1])
		at += len(k[1]) + 3
	}
}

// overview shows bytes over time, and the first protocols and hosts, side by side where there is room.
func (v *statsView) overview(c *canvas, s *statsSnapshot, top, bottom int) {
	height := min(max((bottom-top)/3, 4), 10) &^ 1 // even, so that the middle of the scale is the half
	c.chart(top, height, min(c.columns, widestView), s)
	top += height + 3
	const half = 84 // columns of a table that shows all but the rarest
	if c.columns >= 2*half+3 {
		for i, view := range statsViews[1:3] {
			c.list(i*(half+3), top, half, view.singular, s, s.list(view.what, v.by, max(bottom-top-1, 0)))
		}
		return
	}
	room := bottom - top
	for _, view := range statsViews[1:3] {
		rows := s.list(view.what, v.by, max(room/2-2, 1))
		if top+1+len(rows) > bottom {
			rows = rows[:max(bottom-top-1, 0)]
		}
		if len(rows) > 0 {
			c.list(0, top, min(c.columns, widestView), view.singular, s, rows)
		}
		top += len(rows) + 2
	}
}

// clockText writes a time as a clock that ran since: 1:02:03.
func clockText(d time.Duration) string {
	n := int(d.Seconds())
	return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
}

// perSecond writes so many in so many seconds as a rate.
func perSecond(n uint64, seconds float64) string {
	rate := float64(n) / max(seconds, 1e-9)
	switch {
	case n == 0:
		return "0/s"
	case rate < 10:
		return fmt.Sprintf("%.1f/s", rate)
	}
	return grouped(uint64(math.Round(rate))) + "/s"
}

func bytesPerSecond(n uint64, seconds float64) string {
	return traffic.HumanBytes(uint64(math.Round(float64(n)/max(seconds, 1e-9)))) + "/s"
}

// cut shortens a text to so many columns.
func cut(s string, columns int) string {
	r := []rune(s)
	if len(r) <= columns {
		return s
	}
	return string(r[:max(columns-1, 0)]) + strings.Repeat("…", min(max(columns, 0), 1))
}
