package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"bpfc/capture"
)

// openCapture opens a capture file; "-" is the command's standard input, unless the filter is read from there. Where the
// file is a pipe or a terminal, reading it ends with the command's context.
func openCapture(cmd *cobra.Command, o *filterOptions, file string) (*capture.Reader, error) {
	if file == "-" {
		if o.file == "-" || o.bytecode == "-" {
			return nil, usagef("-r - and a filter from standard input as well: it can be only one of them")
		}
		return openStream(cmd, o, cmd.InOrStdin(), inputName(file))
	}
	if stream := newWaiter(cmd.Context(), file); stream != nil {
		return openStream(cmd, o, stream, file)
	}
	r, err := capture.Open(file)
	if err != nil {
		return nil, err
	}
	if err := o.inputs.reads(cmd, file, r.File()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// inputName is what errors call a file.
func inputName(file string) string {
	if file == "-" {
		return capture.StandardInput
	}
	return file
}

func openStream(cmd *cobra.Command, o *filterOptions, stream io.Reader, name string) (*capture.Reader, error) {
	if err := o.inputs.reads(cmd, name, stream); err != nil {
		return nil, err
	}
	return capture.NewNamedReader(stream, name)
}

// openInput opens another file to read from. Where it is a pipe or a terminal, that ends with the context.
func openInput(ctx context.Context, path string) (io.ReadCloser, error) {
	if w := newWaiter(ctx, path); w != nil {
		return w, nil
	}
	return os.Open(path)
}

// untilDone makes reading standard input end with a context, where it may keep its reader waiting.
func untilDone(ctx context.Context, stdin io.Reader) io.Reader {
	file, ok := stdin.(*os.File)
	if !ok {
		return stdin
	}
	info, err := file.Stat()
	if err != nil || !mayWait(info) {
		return stdin
	}
	return waitFor(ctx, info, func() (io.ReadCloser, error) { return file, nil })
}

// mayWait tells whether who reads a file may wait without end.
func mayWait(info os.FileInfo) bool {
	return info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeCharDevice) != 0
}

// waiter reads a stream that its reader may have to wait for without end, be it only to be opened: a pipe, a terminal. The
// system cannot be asked to give up such a wait, so a goroutine does the waiting, and is left behind where the context ends.
// Nothing is taken from the stream before the first Read. Then it is read ahead, up to what a Linux pipe holds.
type waiter struct {
	*io.PipeReader
	info  os.FileInfo
	start func()
}

// newWaiter reads a file so; nil for one that needs no waiter, or is not there.
func newWaiter(ctx context.Context, path string) *waiter {
	info, err := os.Stat(path)
	if err != nil || !mayWait(info) {
		return nil
	}
	return waitFor(ctx, info, func() (io.ReadCloser, error) { return os.Open(path) })
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
