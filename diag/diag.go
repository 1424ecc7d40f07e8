// Package diag is how every stage of the compiler says that something is wrong with a filter.
//
// An error is a value: its kind (what sort of mistake, for programs), a message (for people), the span of
// bytes in the filter text that it is about, what would have been accepted there, and a hint that leads
// on. Error.Render draws the text with a caret line under the span, as a compiler does; the text itself is
// not kept in the error, so an error about a filter of ten million bytes stays small.
//
// The package knows nothing of the language, so that lexer, parser, code generator and façade can all use it.
//
// The package keeps its API compatible within a major version.
package diag

import (
	"errors"
	"fmt"
	"strings"
)

// Kind sorts errors into the few classes that a program may want to treat differently. Its text is stable: it is
// what `bpfc compile --jsonl` prints in the field "kind".
// It is a value, and so safe for concurrent use.
type Kind string

// The kinds of error.
const (
	// Syntax: the text is not in the language.
	Syntax Kind = "syntax"
	// Unknown: a host, network, port, protocol or other name that nothing knows.
	Unknown Kind = "unknown"
	// Qualifier: a primitive that does not take the qualifiers before it.
	Qualifier Kind = "qualifier"
	// Range: a number outside the range its field can hold.
	Range Kind = "range"
	// Unsupported: something that the link-layer type, or the mode compiled for, does not have.
	Unsupported Kind = "unsupported"
	// RejectsAll: a correct filter that no packet can pass.
	RejectsAll Kind = "rejects-all"
	// Limit: a filter larger or more deeply nested than is taken.
	Limit Kind = "limit"
	// Timeout: a name that nobody knew in time. errors.Is finds context.DeadlineExceeded.
	Timeout Kind = "timeout"
	// Lookup: a name that could not be looked up for another reason than that there is none of that name.
	Lookup Kind = "lookup"
	// Internal: a defect of the compiler itself, or of something it depends on.
	Internal Kind = "internal"
)

// Option names an option of the compiler. Each front end has its own words for it: a function of Go, a flag, a
// field of a request.
// It is a value, and so safe for concurrent use.
type Option string

// The options that an error may point to.
const (
	NoOption        Option = ""
	LinkType        Option = "link-type"        // for another link-layer type
	Netmask         Option = "netmask"          // the netmask of the network captured on
	LinuxExtensions Option = "linux-extensions" // use of what the kernel knows of a packet
	AllowRejectAll  Option = "allow-reject-all" // also filters that no packet can pass
	Extended        Option = "extended"         // the extended language
)

// Error is one thing wrong with a filter. It is always used as *Error.
// It is safe for concurrent use as long as nobody changes it.
type Error struct {
	// Kind is the class of mistake.
	Kind Kind
	// Msg says what is wrong, in one sentence without a full stop.
	Msg string
	// Pos and End are the span [Pos, End) in bytes of the filter text. Pos == End marks a place between
	// two bytes, such as the end of the text. Both are 0 where no place can be given.
	Pos, End int
	// Expected lists what would have been accepted at Pos, as it would be typed or described.
	Expected []string
	// Hint is a way forward, such as a near miss; may be empty.
	Hint string
	// Option is the option of the compiler with which the hint can be followed; may be NoOption. What it is called is for
	// the front end to add to the hint.
	Option Option
	// Err is the cause, where there is one underneath (a failed name lookup, a cancelled context).
	Err error
}

// New makes an error of a kind about the bytes [pos, end) with a formatted message.
func New(kind Kind, pos, end int, format string, args ...any) *Error {
	return &Error{Kind: kind, Pos: pos, End: end, Msg: fmt.Sprintf(format, args...)}
}

// WithHint returns the error itself with its hint set, for use in a return statement.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithOption returns the error itself with the option that helps.
func (e *Error) WithOption(o Option) *Error {
	e.Option = o
	return e
}

// WithExpected returns the error itself with the list of what would have been accepted.
func (e *Error) WithExpected(expected ...string) *Error {
	e.Expected = expected
	return e
}

// Because returns the error itself with its cause set.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Error gives message, what was expected and hint on one line, without the place.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Msg)
	if len(e.Expected) > 0 {
		b.WriteString("; expected ")
		b.WriteString(oneOf(e.Expected))
	}
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// As finds the *Error in err's chain, and nil where there is none.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// maxExpected bounds the list of alternatives in a message: nobody reads forty of them.
const maxExpected = 8

// oneOf joins alternatives as in "a, b or c".
func oneOf(list []string) string {
	if len(list) > maxExpected {
		return strings.Join(list[:maxExpected], ", ") + ", …"
	}
	if len(list) == 1 {
		return list[0]
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " or " + list[last]
}
