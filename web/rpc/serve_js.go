package rpc

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"syscall/js"
	"time"
)

// Serve answers the calls of the worker that runs this program (web/page/src/worker.ts), each in a goroutine of its own,
// and does not return.
func Serve(s Service) {
	running := map[int]context.CancelFunc{}
	var mu sync.Mutex
	js.Global().Set("bpfcCall", js.FuncOf(func(_ js.Value, args []js.Value) any {
		id, method, reply := args[0].Int(), args[1].String(), args[4]
		ctx, cancel := context.WithCancel(context.Background())
		mu.Lock()
		running[id] = cancel
		mu.Unlock()
		c := newCall([]byte(args[2].String()), args[3], reply)
		go func() {
			answer, ok := s.Call(ctx, method, c)
			mu.Lock()
			delete(running, id)
			mu.Unlock()
			cancel()
			kind := "result"
			if !ok {
				kind = "error"
			}
			reply.Invoke(kind, string(answer))
		}()
		return nil
	}))
	js.Global().Set("bpfcCancel", js.FuncOf(func(_ js.Value, args []js.Value) any {
		mu.Lock()
		defer mu.Unlock()
		if cancel := running[args[0].Int()]; cancel != nil {
			cancel()
		}
		return nil
	}))
	select {}
}

func newCall(params []byte, file, reply js.Value) *Call {
	c := &Call{
		Params:   params,
		Progress: func(p any) { reply.Invoke("progress", encode(p)) },
		Yield:    func() { time.Sleep(time.Microsecond) }, // until the next turn of the browser's loop of events
		Spool:    func() Spool { return newSpool() },
	}
	if file.Truthy() {
		c.File, c.Size = &blob{file}, int64(file.Get("size").Float())
	}
	return c
}

// blob reads parts of a file that the user chose.
type blob struct{ value js.Value }

// ReadAt reads a part. What the browser says of a file that is gone or not to be read is the error.
func (b *blob) ReadAt(p []byte, off int64) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, Errorf("capture", "the browser cannot read the file: %v", r)
		}
	}()
	part := b.value.Call("slice", float64(off), float64(off)+float64(len(p)))
	buffer := js.Global().Get("FileReaderSync").New().Call("readAsArrayBuffer", part)
	n = js.CopyBytesToGo(p, js.Global().Get("Uint8Array").New(buffer))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// spool keeps a stream as blobs, which a browser may hold on its disk.
type spool struct {
	pending []byte
	done    []js.Value // blobs of partSize bytes each
}

const partSize = 4 << 20

func newSpool() *spool { return &spool{pending: make([]byte, 0, partSize)} }

func (s *spool) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), partSize-len(s.pending))
		s.pending = append(s.pending, rest[:n]...)
		rest = rest[n:]
		if len(s.pending) == partSize {
			s.keep()
		}
	}
	return len(p), nil
}

func (s *spool) keep() {
	array := js.Global().Get("Uint8Array").New(len(s.pending))
	js.CopyBytesToJS(array, s.pending)
	s.done = append(s.done, js.Global().Get("Blob").New([]any{array}))
	s.pending = s.pending[:0]
}

func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		part, at := int((off+int64(n))/partSize), (off+int64(n))%partSize
		if part < len(s.done) {
			m := min(len(p)-n, partSize-int(at))
			if _, err := (&blob{s.done[part]}).ReadAt(p[n:n+m], at); err != nil {
				return n, err
			}
			n += m
			continue
		}
		if part > len(s.done) || int(at) >= len(s.pending) {
			return n, io.EOF
		}
		n += copy(p[n:], s.pending[at:])
		if n < len(p) {
			return n, io.EOF
		}
	}
	return n, nil
}

// encode gives the JSON of what a program tells.
func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(text)
}
