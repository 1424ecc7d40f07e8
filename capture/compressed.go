package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
)

// Compression is how a capture file is compressed.
// It is a value, and so safe for concurrent use.
type Compression int

// The compressions that are read. Gzip and Zstd are written as well.
const (
	Uncompressed Compression = iota
	Gzip                     // RFC 1952
	Zstd                     // RFC 8878
	LZ4                      // LZ4 frame format 1.6
	XZ                       // xz file format 1.2
)

// compression is what is known of one.
type compression struct {
	name    string
	magic   string
	endings []string
	read    func(io.Reader) (io.Reader, error)
	write   func(io.Writer) (io.WriteCloser, error) // nil if it is only read
	used    *sync.Pool                              // of resetters that have read a stream to its end; nil where there are none
}

// resetter is a decompressor that can begin with another stream, which saves the making of its tables.
type resetter interface {
	io.Reader
	Reset(io.Reader) error
}

// maxDictionary is the largest window of a zstd stream and dictionary of an xz stream
// that is accepted, in bytes: a decoder keeps that much in memory. It is what `zstd -d`
// accepts unless told otherwise, and twice what `xz -9` makes.
const maxDictionary = 128 << 20

var compressions = [...]compression{
	Uncompressed: {name: "uncompressed"},
	Gzip: {"gzip", "\x1f\x8b", []string{".gz"},
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }, &sync.Pool{}},
	Zstd: {"zstd", "\x28\xb5\x2f\xfd", []string{".zst", ".zstd"}, readZstd,
		func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) }, &sync.Pool{}},
	LZ4: {"lz4", "\x04\x22\x4d\x18", []string{".lz4"}, readLZ4, nil, nil},
	XZ:  {"xz", "\xfd7zXZ\x00", []string{".xz"}, func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, maxDictionary) }, nil, nil},
}

// longestMagic is the length of the longest magic number, in bytes.
const longestMagic = 6

// String gives the name of the program that makes such files, such as "gzip".
func (c Compression) String() string {
	if c < 0 || int(c) >= len(compressions) {
		return fmt.Sprintf("Compression(%d)", int(c))
	}
	return compressions[c].name
}

// CompressionOf tells how a file is compressed by its first six bytes; fewer will do if it has no more.
func CompressionOf(head []byte) Compression {
	for c := Gzip; int(c) < len(compressions); c++ {
		if bytes.HasPrefix(head, []byte(compressions[c].magic)) {
			return c
		}
	}
	return Uncompressed
}

// CompressionByName tells how a file that is to be written is to be compressed by the ending of its name: gzip for .gz, zstd
// for .zst. It is an error where the ending promises what cannot be written.
func CompressionByName(name string) (Compression, error) {
	ending := strings.ToLower(filepath.Ext(name))
	for c, row := range compressions {
		for _, e := range row.endings {
			switch {
			case e == ending && row.write == nil:
				return 0, fmt.Errorf("%s files are read, not written", row.name)
			case e == ending:
				return Compression(c), nil
			}
		}
	}
	return Uncompressed, nil
}

// NewCompressor returns what compresses to w. Close ends the stream, and does not close w. For Uncompressed it is w itself.
func NewCompressor(w io.Writer, c Compression) (io.WriteCloser, error) {
	switch {
	case c == Uncompressed:
		return nopCloser{w}, nil
	case c < 0 || int(c) >= len(compressions) || compressions[c].write == nil:
		return nil, fmt.Errorf("capture: %v cannot be written", c)
	}
	return compressions[c].write(w)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func readZstd(r io.Reader) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxDictionary), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return zstdReader{d}, nil
}

// zstdReader makes closing what [io.Closer] has.
type zstdReader struct{ *zstd.Decoder }

func (z zstdReader) Close() error { z.Decoder.Close(); return nil }

// decompressor gives what decompresses src, one that was used before if there is one.
func decompressor(kind Compression, src io.Reader) (io.Reader, error) {
	row := &compressions[kind]
	if row.used != nil {
		if old, ok := row.used.Get().(resetter); ok {
			return old, old.Reset(src)
		}
	}
	return row.read(src)
}

// putBack keeps a decompressor for another stream, or has it give its memory back.
func putBack(kind Compression, from io.Reader) {
	if old, ok := from.(resetter); ok && compressions[kind].used != nil {
		if old.Reset(nothing{}) == nil || kind == Gzip { // gzip reads the next header at once
			compressions[kind].used.Put(old)
			return
		}
	}
	if closer, ok := from.(io.Closer); ok {
		_ = closer.Close() // gives memory back
	}
}

// nothing is an empty stream, in place of one that is not to be held on to.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// readLZ4 reads one frame after the other, as lz4 -d does.
func readLZ4(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	return &frames{src: buffered, frame: lz4.NewReader(buffered)}, nil
}

type frames struct {
	src   *bufio.Reader
	frame *lz4.Reader
}

func (f *frames) Read(p []byte) (int, error) {
	for {
		n, err := f.frame.Read(p)
		if n > 0 || err != io.EOF {
			return n, err
		}
		if _, err := f.src.Peek(1); err != nil {
			return 0, err
		}
		f.frame.Reset(f.src)
	}
}

// unpacking is a compressed stream, decompressed by a goroutine that is ahead of the reader by a few chunks.
type unpacking struct {
	kind     Compression
	consumed atomic.Int64 // compressed bytes taken so far
	ahead    *chunks
}

// chunks go from the goroutine that decompresses to the reader.
type chunks struct {
	full  chan []byte
	empty chan []byte
	done  chan struct{} // closed when nobody reads any more
	once  sync.Once
	err   error // why full was closed
	now   []byte
	whole []byte // of which now is the rest
}

const (
	chunkSize   = 256 << 10
	firstChunk  = 8 << 10 // the first is smaller, and nothing is done ahead of it: many look at the start of a file only
	chunksAhead = 4

	packedWindow = 64 << 10 // bytes of a compressed stream that are read at a time
)

// unpack begins to decompress what r reads, if that is compressed.
func (r *Reader) unpack() {
	kind := CompressionOf(r.w.peek(longestMagic))
	if kind == Uncompressed {
		return
	}
	p := &unpacking{kind: kind, ahead: newChunks()}
	r.w.size = packedWindow
	source := &counted{src: r.w, n: &p.consumed}
	go p.ahead.fill(source, kind)
	// Who drops the reader without closing it leaves no goroutine behind.
	runtime.AddCleanup(r, func(c *chunks) { c.stop() }, p.ahead)
	r.packed, r.w = p, newSmallWindow(p.ahead, windowSize)
}

// Compression tells how the file is compressed.
func (r *Reader) Compression() Compression {
	if r.packed == nil {
		return Uncompressed
	}
	return r.packed.kind
}

// counted counts what is read.
type counted struct {
	src io.Reader
	n   *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func newChunks() *chunks {
	c := &chunks{full: make(chan []byte, chunksAhead), empty: make(chan []byte, chunksAhead), done: make(chan struct{})}
	c.empty <- make([]byte, firstChunk)
	return c
}

// chunkPool has chunks of chunkSize bytes that nobody uses.
var chunkPool = sync.Pool{New: func() any { return new([chunkSize]byte) }}

func (c *chunks) stop() { c.once.Do(func() { close(c.done) }) }

// ended waits until fill has ended, which is told to stop, and has put its decompressor back: who opens many files one after the other
// would have a decompressor, of megabytes, made for each of them.
func (c *chunks) ended() {
	for buf := range c.full {
		recycle(buf)
	}
}

// fill decompresses src until its end, an error, or stop.
func (c *chunks) fill(src io.Reader, kind Compression) {
	defer close(c.full)
	defer func() { // a decompressor that fails on what it was given must not end the program, whose other goroutines cannot recover
		if v := recover(); v != nil {
			c.err = fmt.Errorf("%v: the decompressor failed: %v", kind, v)
		}
	}()
	from, err := decompressor(kind, src)
	sound := false  // the decompressor has not failed in a way of its own
	if err == nil { // with an error it may be a nil pointer
		defer func() {
			if sound {
				putBack(kind, from)
			}
		}()
	}
	for err == nil {
		var buf []byte
		select {
		case buf = <-c.empty:
		case <-c.done:
			sound = true
			return
		}
		if buf == nil {
			buf = chunkPool.Get().(*[chunkSize]byte)[:]
		}
		var n int
		n, err = io.ReadAtLeast(from, buf[:cap(buf)], 1) // of a pipe what there is
		if n == 0 {
			recycle(buf)
			break
		}
		select {
		case c.full <- buf[:n]:
		case <-c.done:
			sound = true
			recycle(buf)
			return
		}
	}
	sound = true
	c.err = compressedError(kind, err)
}

// recycle keeps a chunk for another stream. Its reader must have seen the last of it.
func recycle(buf []byte) {
	if cap(buf) == chunkSize {
		chunkPool.Put((*[chunkSize]byte)(buf[:chunkSize]))
	}
}

// compressedError says what is wrong with a compressed stream, and tells one that was cut from one that is damaged.
func compressedError(kind Compression, err error) error {
	switch {
	case err == nil || err == io.EOF:
		return io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, xz.ErrBuf):
		return &cutError{kind}
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, xz.ErrMemlimit):
		return fmt.Errorf("it takes more than the %d MB of memory that are given to %v", maxDictionary>>20, kind)
	}
	return fmt.Errorf("%v: %w", kind, err)
}

// cutError is that of a compressed stream that ends too early.
type cutError struct{ kind Compression }

func (e *cutError) Error() string { return "the " + e.kind.String() + " stream ends too early" }
func (e *cutError) Unwrap() error { return io.ErrUnexpectedEOF }

// recycleEmpty keeps the chunks that nobody fills any more.
func (c *chunks) recycleEmpty() {
	for {
		select {
		case buf := <-c.empty:
			recycle(buf)
		default:
			return
		}
	}
}

// giveBack hands the chunk that was read to who fills it again; after the first, which is small, as many as may be ahead.
func (c *chunks) giveBack() {
	switch whole := c.whole[:cap(c.whole)]; {
	case whole == nil:
	case len(whole) == chunkSize:
		c.empty <- whole // has room: there are no more of them
	default:
		for range chunksAhead {
			c.empty <- nil
		}
	}
	c.whole = nil
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.now) == 0 {
		c.giveBack()
		chunk, ok := <-c.full
		if !ok {
			c.recycleEmpty()
			return 0, c.err
		}
		c.now, c.whole = chunk, chunk
	}
	n := copy(p, c.now)
	c.now = c.now[n:]
	return n, nil
}
