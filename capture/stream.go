package capture

import (
	"context"
	"io"
	"os"
	"sync"
)

// OpenContext is [Open] for a file that may be a pipe or a terminal, on which a reader may have to wait without end: reading
// it ends with ctx, with the error of ctx within a [*FileError]. A regular file is read as by Open, and ctx is not looked at.
func OpenContext(ctx context.Context, path string) (*Reader, error) {
	if path == "-" {
		return NewNamedReader(UntilDone(ctx, os.Stdin), StandardInput)
	}
	stream, err := OpenStream(ctx, path)
	if err != nil {
		return nil, err
	}
	return NewReadCloser(stream, path)
}

// OpenStream opens a file to read from. Where it is a pipe or a terminal, reading it ends with ctx, and so does waiting for
// somebody to open the other end. What it gives has a method Stat as [os.File] has.
func OpenStream(ctx context.Context, path string) (io.ReadCloser, error) {
	if info, err := os.Stat(path); err == nil && mayWait(info) {
		return waitFor(ctx, info, func() (io.ReadCloser, error) { return os.Open(path) }), nil
	}
	return os.Open(path)
}

// UntilDone gives a reader of a stream that ends with ctx, where the stream is a pipe or a terminal, which may keep its
// reader waiting. Anything else is given back as it is.
func UntilDone(ctx context.Context, stream io.Reader) io.Reader {
	file, ok := stream.(*os.File)
	if !ok {
		return stream
	}
	info, err := file.Stat()
	if err != nil || !mayWait(info) {
		return stream
	}
	return waitFor(ctx, info, func() (io.ReadCloser, error) { return file, nil })
}

// mayWait tells whether who reads a file may wait without end.
func mayWait(info os.FileInfo) bool {
	return info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeCharDevice) != 0
}

// waiter reads a stream that its reader may have to wait for without end, be it only to be opened: a pipe, a terminal. The
// system cannot be asked to give up such a wait, so a goroutine does the waiting, and is left behind where the context ends
// or the waiter is closed. Nothing is taken from the stream before the first Read. Then it is read ahead, up to what a Linux
// pipe holds.
type waiter struct {
	*io.PipeReader
	info  os.FileInfo
	start func()
}

func waitFor(ctx context.Context, info os.FileInfo, open func() (io.ReadCloser, error)) *waiter {
	r, w := io.Pipe()
	return &waiter{r, info, sync.OnceFunc(func() {
		stop := context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) }) // never fails, as below
		go func() {
			defer stop()
			_ = w.CloseWithError(copyStream(w, open)) // nil: the regular end
		}()
	})}
}

func copyStream(w io.Writer, open func() (io.ReadCloser, error)) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read from: nothing can be lost
	_, err = io.CopyBuffer(w, struct{ io.Reader }{in}, make([]byte, 64<<10))
	return err
}

// Stat describes the file that is read.
func (w *waiter) Stat() (os.FileInfo, error) { return w.info, nil }

// Read waits for the stream or the end of the context.
func (w *waiter) Read(b []byte) (int, error) {
	w.start()
	return w.PipeReader.Read(b)
}
