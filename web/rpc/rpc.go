// Package rpc is how the page in the browser asks the Go programs of this module for something: a call has a method and
// parameters as JSON, and is answered with a result or an error, and with progress before that.
//
// A Service is an ordinary table of methods and can be tested as such. [Serve], which there is for js/wasm alone, lets the
// worker that runs the program call it. Whatever a caller sends, a call comes to an end with an answer: a panic
// is one of kind internal.
package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Service is a table of methods by name. It is safe for concurrent use if its methods are.
type Service map[string]Method

// Method answers a call. The result is encoded as JSON. An error that is no *[Error] becomes one of kind internal.
type Method func(ctx context.Context, c *Call) (any, error)

// Call is what a method is asked. It is not safe for concurrent use.
type Call struct {
	// Params are the parameters as JSON.
	Params []byte
	// File is a file that the user chose, nil where there is none, and Size how long it is in bytes.
	File io.ReaderAt
	Size int64
	// Progress tells the caller how far the call is, as JSON has it; it is never nil in a method.
	Progress func(any)
	// Yield lets other calls and the cancellation of this one be heard; it is never nil in a method. A Go program in
	// a browser hears of nothing while it computes.
	Yield func()
	// Spool makes memory for a stream that is too long to be held by the Go program; it is never nil in a method.
	Spool func() Spool
}

// Spool keeps a stream of bytes and gives parts of it. It is not safe for concurrent use.
type Spool interface {
	io.Writer
	io.ReaderAt
}

// Error is what went wrong, in the words of web/page/src/api.ts. It is safe for concurrent use as long as nobody
// changes it.
type Error struct {
	Kind     string   `json:"kind"`
	Message  string   `json:"message"`
	Span     *Span    `json:"span,omitempty"`
	Expected []string `json:"expected"`
	Hint     string   `json:"hint"`
	Fixes    []Fix    `json:"fixes"`
	Side     string   `json:"side,omitempty"` // "a" or "b"
}

// Span is a part of a text in UTF-16 units, End excluded. It is a value, and so safe for concurrent use.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Fix is what a button does about an error. It is safe for concurrent use as long as nobody changes it.
type Fix struct {
	Title string         `json:"title"`
	Expr  *string        `json:"expr,omitempty"`
	Set   map[string]any `json:"set,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an error without a place.
func Errorf(kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Expected: []string{}, Fixes: []Fix{}}
}

// Call answers a call with JSON: of a result, or of an *Error where ok is false.
func (s Service) Call(ctx context.Context, method string, c *Call) (answer []byte, ok bool) {
	result, err := s.run(ctx, method, c)
	if err == nil {
		if answer, err = json.Marshal(result); err == nil {
			return answer, true
		}
	}
	answer, err = json.Marshal(asError(err))
	if err != nil { // an Error is made of strings and numbers
		return []byte(`{"kind":"internal","message":"the error could not be told","expected":[],"hint":"","fixes":[]}`), false
	}
	return answer, false
}

func (s Service) run(ctx context.Context, method string, c *Call) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, Errorf("internal", "the compiler failed: %v", p)
		}
	}()
	m, ok := s[method]
	if !ok {
		return nil, Errorf("internal", "there is no method %.40q", method)
	}
	return m(ctx, c.complete())
}

// complete gives the functions that a caller has left out.
func (c *Call) complete() *Call {
	if c.Progress == nil {
		c.Progress = func(any) {}
	}
	if c.Yield == nil {
		c.Yield = func() {}
	}
	if c.Spool == nil {
		c.Spool = func() Spool { return &memory{} }
	}
	return c
}

func asError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return Errorf("cancelled", "a newer request replaced this one")
	case errors.Is(err, context.DeadlineExceeded):
		return Errorf("timeout", "this took too long")
	}
	return Errorf("internal", "%v", err)
}

// Read decodes the parameters of a call.
func (c *Call) Read(params any) error {
	if err := json.Unmarshal(c.Params, params); err != nil {
		return Errorf("internal", "the parameters of the call: %v", err)
	}
	return nil
}

// memory is a spool outside a browser.
type memory struct{ data []byte }

func (m *memory) Write(p []byte) (int, error) {
	m.data = append(m.data, p...)
	return len(p), nil
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m.data)) {
		return 0, io.EOF
	}
	n := copy(p, m.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// HexLines shows bytes, sixteen a line; of many only the beginning.
func HexLines(data []byte) string {
	const most = 4096
	var b strings.Builder
	for i := 0; i < min(len(data), most); i += 16 {
		fmt.Fprintf(&b, "%06x  % x\n", i, data[i:min(len(data), most, i+16)])
	}
	if len(data) > most {
		fmt.Fprintf(&b, "… %d bytes in all\n", len(data))
	}
	return b.String()
}
