package capture

import (
	"io"
)

// window is a reading buffer that shows the next bytes of a stream in place.
// It grows only when it is full of bytes that really arrived, so that a
// length claimed by a hostile file costs no memory by itself.
type window struct {
	r          io.Reader
	buf        []byte
	size       int    // of buf from the second read on
	start, end int    // the unread bytes are buf[start:end]
	offset     int64  // offset in the stream of buf[start]
	err        error  // what ended the stream; io.EOF at its regular end
	beforeRead func() // called before each read; nil for nobody
}

const (
	windowSize  = 256 << 10 // bytes
	firstWindow = 8 << 10   // of the first read of a file: many look at its start only, or it is small
)

func newWindow(r io.Reader) *window {
	return &window{r: r, buf: make([]byte, windowSize), size: windowSize}
}

// newSmallWindow is newWindow for what can be read again, or is read ahead by somebody else: of another stream as much as there
// is should be in memory, for who asks what is to come.
func newSmallWindow(r io.Reader, size int) *window {
	return &window{r: r, buf: make([]byte, firstWindow), size: size}
}

// peek gives the next n bytes without consuming them, or all that is left
// where the stream ends before. The slice is valid until the next call.
func (w *window) peek(n int) []byte {
	for w.end-w.start < n && w.err == nil {
		w.fill(n)
	}
	return w.buf[w.start:min(w.start+n, w.end)]
}

// fill makes room for n unread bytes and reads once.
func (w *window) fill(n int) {
	if w.start > 0 && w.start+n > len(w.buf) {
		w.start, w.end = 0, copy(w.buf, w.buf[w.start:w.end])
	}
	small := len(w.buf) == firstWindow && w.offset+int64(w.end) > 0 // it was read into before
	if small || w.end == len(w.buf) {
		larger := make([]byte, max(2*len(w.buf), w.size))
		copy(larger, w.buf[:w.end])
		w.buf = larger
	}
	if w.beforeRead != nil {
		w.beforeRead()
	}
	for range 100 {
		got, err := w.r.Read(w.buf[w.end:])
		if got < 0 || got > len(w.buf)-w.end {
			w.err = errBadReader
			return
		}
		w.end += got
		if err != nil {
			w.err = err
		}
		if got > 0 || err != nil {
			return
		}
	}
	w.err = io.ErrNoProgress
}

// Read makes the rest of a window a reader.
func (w *window) Read(p []byte) (int, error) {
	if len(w.peek(1)) == 0 {
		return 0, w.err
	}
	n := copy(p, w.buf[w.start:w.end])
	w.skip(n)
	return n, nil
}

// skip consumes n bytes that peek has shown.
func (w *window) skip(n int) {
	w.start += n
	w.offset += int64(n)
}

// discard consumes up to n bytes, shown or not, and returns how many there were.
func (w *window) discard(n int64) int64 {
	left := n
	for left > 0 {
		chunk := len(w.peek(int(min(left, windowSize))))
		if chunk == 0 {
			break
		}
		w.skip(chunk)
		left -= int64(chunk)
	}
	return n - left
}

// failed gives the error of the reader below, nil where the stream just ended.
func (w *window) failed() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}
