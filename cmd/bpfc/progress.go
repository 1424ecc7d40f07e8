package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"bpfc/traffic"
)

// longFile is the size in bytes from which reading a capture file is worth a progress line.
const longFile = 256 << 20

// progressLine is a line of a terminal that shows how much of something is done, and is drawn over itself. A nil line shows nothing.
type progressLine struct {
	out   io.Writer
	total int64
	unit  func(n int64) string // writes an amount; nil where it says nothing
	began time.Time
	next  time.Time // when to draw again
	width int       // columns that are drawn on
}

// newProgressLine makes a line for so much work; nil where there is no terminal to show it.
func newProgressLine(stderr io.Writer, total int64, unit func(int64) string) *progressLine {
	if out, ok := stderr.(*os.File); !ok || !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	return &progressLine{out: stderr, total: max(total, 1), unit: unit, began: time.Now()}
}

// due tells whether it is time to draw again. The line is drawn ten times a second at most.
func (p *progressLine) due(now time.Time) bool { return p != nil && !now.Before(p.next) }

// draw shows that so much is done, and a text.
func (p *progressLine) draw(done int64, text string, now time.Time) {
	p.next = now.Add(100 * time.Millisecond)
	p.show(p.text(min(done, p.total), text, now.Sub(p.began)))
}

// progressBar is how many columns the bar of a progress line has.
const progressBar = 20

func (p *progressLine) text(done int64, text string, took time.Duration) string {
	part := float64(done) / float64(p.total)
	full := int(part * progressBar)
	line := fmt.Sprintf("%s %3.0f %% |%s%s|", text, 100*part, strings.Repeat("█", full), strings.Repeat(" ", progressBar-full))
	if p.unit != nil {
		line += fmt.Sprintf(" %s of %s, %s/s", p.unit(done), p.unit(p.total), p.unit(int64(float64(done)/max(took.Seconds(), 1e-3))))
	}
	if part > 0 && took > time.Second {
		line += fmt.Sprintf(", %v left", time.Duration(float64(took)*(1/part-1)).Round(time.Second))
	}
	return line
}

// show draws a text over what was there before. A line that cannot be drawn is no reason to stop.
func (p *progressLine) show(text string) {
	width := len([]rune(text))
	fmt.Fprintf(p.out, "\r%s%s", text, strings.Repeat(" ", max(p.width-width, 0)))
	p.width = width
}

// end removes the line.
func (p *progressLine) end() {
	if p != nil && p.width > 0 {
		p.show("")
		fmt.Fprint(p.out, "\r")
	}
}

// progress shows how far the reading of a long file is, on a terminal: bytes a second, time left, packets, matches. The
// zero value shows nothing.
type progress struct{ line *progressLine }

// newProgress begins a progress line for a capture file, if there is a terminal to show it and the file is long.
func newProgress(stderr io.Writer, file string) *progress {
	return newProgressOf(stderr, func() int64 {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		return info.Size()
	})
}

// newProgressOf is newProgress for so many bytes, which are asked for only where there is a terminal.
func newProgressOf(stderr io.Writer, size func() int64) *progress {
	line := newProgressLine(stderr, 1, func(n int64) string { return traffic.HumanBytes(uint64(n)) })
	if line == nil {
		return &progress{}
	}
	if line.total = size(); line.total < longFile {
		return &progress{}
	}
	return &progress{line}
}

// at says that the file is read up to a byte offset.
func (p *progress) at(offset int64, packets, matches uint64) {
	if p.line == nil {
		return
	}
	if now := time.Now(); p.line.due(now) {
		p.line.draw(offset, fmt.Sprintf("%d packets, %d match", packets, matches), now)
	}
}

// end removes the line.
func (p *progress) end() { p.line.end() }
