//go:build !wasip1

package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"bpfc/traffic"
)

// canvas draws on a screen, in colours where it has them; without, what stands out is bold or reversed.
type canvas struct {
	screen         tcell.Screen
	columns, lines int
	colours        bool
}

func (c *canvas) plain() tcell.Style  { return tcell.StyleDefault }
func (c *canvas) strong() tcell.Style { return tcell.StyleDefault.Bold(true) }
func (c *canvas) bar() tcell.Style    { return tcell.StyleDefault.Reverse(true).Bold(true) }

func (c *canvas) chosen() tcell.Style { return c.coloured(tcell.ColorTeal).Reverse(true) }
func (c *canvas) dim() tcell.Style    { return c.coloured(tcell.ColorTeal) }
func (c *canvas) graph() tcell.Style  { return c.coloured(tcell.ColorGreen) }
func (c *canvas) alarm() tcell.Style  { return c.coloured(tcell.ColorRed).Bold(true) }

func (c *canvas) coloured(colour tcell.Color) tcell.Style {
	if !c.colours {
		return tcell.StyleDefault
	}
	return tcell.StyleDefault.Foreground(colour)
}

// text writes from a cell on, as far as there is room.
func (c *canvas) text(x, y int, style tcell.Style, s string) {
	if y < 0 || y >= c.lines {
		return
	}
	for _, r := range s {
		if x >= 0 && x < c.columns {
			c.screen.SetContent(x, y, r, nil, style)
		}
		x++
	}
}

// fill gives a line a style.
func (c *canvas) fill(y int, style tcell.Style) { c.text(0, y, style, strings.Repeat(" ", c.columns)) }

// column is one of numbers in a list.
type column struct {
	title string
	width int
	value func(n traffic.Named, s *statsSnapshot) string
}

// statsColumns are the columns of a list, in their order, and rank tells which go first where there is no room: the
// highest. Those of rank 0 stay.
var statsColumns = []struct {
	rank int
	column
}{
	{0, column{"packets", 11, func(n traffic.Named, _ *statsSnapshot) string { return grouped(n.Packets) }}},
	{1, column{"now", 11, func(n traffic.Named, s *statsSnapshot) string { return perSecond(n.Recent.Packets, s.lately) }}},
	{4, column{"average", 11, func(n traffic.Named, s *statsSnapshot) string { return perSecond(n.Packets, s.seconds) }}},
	{0, column{"bytes", 10, func(n traffic.Named, _ *statsSnapshot) string { return traffic.HumanBytes(n.Bytes) }}},
	{0, column{"now", 12, func(n traffic.Named, s *statsSnapshot) string { return bytesPerSecond(n.Recent.Bytes, s.lately) }}},
	{3, column{"average", 12, func(n traffic.Named, s *statsSnapshot) string { return bytesPerSecond(n.Bytes, s.seconds) }}},
	{2, column{"share", 7, func(n traffic.Named, s *statsSnapshot) string {
		return fmt.Sprintf("%.1f %%", 100*float64(n.Bytes)/max(float64(s.total.Bytes), 1))
	}}},
}

// fitting gives the columns for which there is room beside a name of so many columns.
func fitting(name, width int) (columns []column, left int) {
	for rank := 4; ; rank-- {
		columns, left = nil, width
		for _, c := range statsColumns {
			if c.rank <= rank {
				columns, left = append(columns, c.column), left-c.width-1
			}
		}
		if left >= name || rank == 0 {
			return columns, left
		}
	}
}

const (
	shortestBar = 8
	longestBar  = 24
)

// list draws rows under a heading: a name, packets and bytes with their rates, and where there is room a bar for the share
// of the bytes.
func (c *canvas) list(x, y, width int, title string, s *statsSnapshot, rows []traffic.Named) {
	name, largest := len(title), uint64(1)
	for _, r := range rows {
		name, largest = max(name, len([]rune(r.Name))), max(largest, r.Bytes)
	}
	columns, left := fitting(max(name, 16), width)
	name = max(min(name, left), min(16, left))
	heading := fmt.Sprintf("%-*s", name, cut(title, name))
	for _, col := range columns {
		heading += fmt.Sprintf(" %*s", col.width, col.title)
	}
	c.text(x, y, c.dim(), heading)
	for i, r := range rows {
		line := fmt.Sprintf("%-*s", name, cut(r.Name, name))
		for _, col := range columns {
			line += fmt.Sprintf(" %*s", col.width, col.value(r, s))
		}
		c.text(x, y+1+i, c.plain(), line)
		if room := min(left-name-1, longestBar); room >= shortestBar {
			c.text(x+len([]rune(line))+1, y+1+i, c.graph(), strings.Repeat("█", int(math.Round(float64(r.Bytes)/float64(largest)*float64(room)))))
		}
	}
}

// chart draws bytes a second over time, the latest at the right, with scales on both axes. Below it is a line of times.
func (c *canvas) chart(y, height, width int, s *statsSnapshot) {
	const scale = 12 // columns of the scale at the left
	room := max(width-scale-6, 10)
	course := s.course[max(len(s.course)-room, 0):]
	each := max(s.interval.Seconds(), 1e-9)
	top := 0.0
	for _, a := range course {
		top = max(top, float64(a.Bytes)/each)
	}
	top = niceAbove(top)
	for row := range height {
		label := ""
		if row == 0 || row == height/2 {
			label = traffic.HumanBytes(uint64(top*float64(height-row)/float64(height))) + "/s"
		}
		c.text(0, y+row, c.dim(), fmt.Sprintf("%*s ┤", scale-2, label))
	}
	c.text(0, y+height, c.dim(), fmt.Sprintf("%*s └%s", scale-2, "0", strings.Repeat("─", room)))
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	for i, a := range course {
		eighths := int(math.Ceil(float64(a.Bytes) / each / top * float64(height*8)))
		for row := range height {
			if n := min(max(eighths-8*(height-1-row), 0), 8); n > 0 {
				c.text(scale+room-len(course)+i, y+row, c.graph(), string(blocks[n]))
			}
		}
	}
	for at := 0; at < room; at += 15 { // a time under each fifteenth column from the right
		label := "now"
		if at > 0 {
			label = "-" + shortDuration(time.Duration(at)*s.interval)
		}
		x := scale + room - 1 - at
		c.text(x, y+height, c.dim(), "┴")
		c.text(x-len(label)/2, y+height+1, c.dim(), label)
	}
}

// shortDuration writes a time in the largest unit of which it is two: 15 s, 2.5 min.
func shortDuration(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}} {
		if d >= 2*u.unit {
			return fmt.Sprintf("%.3g %s", float64(d)/float64(u.unit), u.name)
		}
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// niceAbove gives the smallest of 1, 2, 5, 10, 20 … that is not less.
func niceAbove(n float64) float64 {
	if n <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(n)))
	for _, f := range []float64{1, 2, 5} {
		if f*power >= n {
			return f * power
		}
	}
	return 10 * power
}
