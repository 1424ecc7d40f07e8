package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// longFile is the size in bytes from which reading a capture file is worth a progress line.
const longFile = 256 << 20

// progress shows how far the reading of a long file is, on a terminal: bytes a second, time left, packets, matches. The
// zero value shows nothing.
type progress struct {
	bar  *progressbar.ProgressBar
	next time.Time // when to draw again
}

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
	out, ok := stderr.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return &progress{}
	}
	bytes := size()
	if bytes < longFile {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions64(bytes,
		progressbar.OptionSetWriter(out),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(20),
		progressbar.OptionClearOnFinish(),
	)}
}

// at says that the file is read up to a byte offset.
func (p *progress) at(offset int64, packets, matches uint64) {
	if p.bar == nil || time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(100 * time.Millisecond)
	p.bar.Describe(fmt.Sprintf("%d packets, %d match", packets, matches))
	_ = p.bar.Set64(offset) // a line that cannot be drawn is no reason to stop
}

// end removes the line.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear() // as above
	}
}
