package diag

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  *Error
		want string
	}{
		{New(Syntax, 0, 3, "unexpected %q", "foo"), `unexpected "foo"`},
		{New(Syntax, 0, 3, "unexpected end").WithExpected("a port"), "unexpected end; expected a port"},
		{New(Syntax, 0, 3, "x").WithExpected("a", "b", "c").WithHint("did you mean %q?", "b"), `x; expected a, b or c; did you mean "b"?`},
		{New(Syntax, 0, 3, "x").WithExpected(strings.Split("a b c d e f g h i", " ")...), "x; expected a, b, c, d, e, f, g, h, …"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestAsAndUnwrap(t *testing.T) {
	e := New(Unknown, 1, 2, "no host").Because(io.ErrUnexpectedEOF)
	wrapped := fmt.Errorf("while compiling: %w", e)
	if As(wrapped) != e {
		t.Error("As does not find the error in a chain")
	}
	if !errors.Is(wrapped, io.ErrUnexpectedEOF) {
		t.Error("the cause is not in the chain")
	}
	if As(io.EOF) != nil {
		t.Error("As finds an error where there is none")
	}
}

func TestRender(t *testing.T) {
	tests := []struct {
		name, expr string
		pos, end   int
		want       string
	}{
		{"span", "tcp prot 80", 4, 8, "bad\n  tcp prot 80\n      ^~~~"},
		{"one byte", "tcp ) 80", 4, 5, "bad\n  tcp ) 80\n      ^"},
		{"end of text", "tcp port", 8, 8, "bad\n  tcp port\n          ^"},
		{"empty text", "", 0, 0, "bad"},
		{"tab is one column", "a\tbc", 2, 4, "bad\n  a bc\n    ^~"},
		{"utf-8 before the span", "host é x", 8, 9, "bad\n  host é x\n         ^"},
		{"escape does not reach the terminal", "\x1b[2Jx", 4, 5, "bad\n  \ufffd[2Jx\n      ^"},
		{"broken utf-8", "\xff\xfex", 2, 3, "bad\n  \ufffd\ufffdx\n    ^"},
		{"second line", "tcp\nor prot\n", 7, 11, "line 2: bad\n  or prot\n     ^~~~"},
		{"end of file", "tcp or\n\n", 8, 8, "bad\n  tcp or\n        ^"},
		{"crlf", "tcp\r\nfoo\r\n", 5, 8, "line 2: bad\n  foo\n  ^~~"},
		{"span over two lines ends with the first", "ab cd\nef", 3, 8, "line 1: bad\n  ab cd\n     ^~"},
		{"span beyond the text", "ab", 1, 99, "bad\n  ab\n   ^"},
		{"no place", "tcp port 80", 0, 0, "bad"},
		{"negative", "ab", -5, -1, "bad\n  ab\n  ^"},
	}
	for _, tt := range tests {
		if got := New(Syntax, tt.pos, tt.end, "bad").Render(tt.expr); got != tt.want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// The caret must stand under the span wherever a window is cut out of a long line.
func TestRenderLong(t *testing.T) {
	for _, n := range []int{50, 77, 100, 1000, 5 << 20} {
		for _, pos := range []int{0, 1, n / 3, n / 2, n - 4} {
			expr := strings.Repeat("x", pos) + "ABC" + strings.Repeat("y", n-pos-3)
			lines := strings.Split(New(Syntax, pos, pos+3, "bad").Render(expr), "\n")[1:]
			if len(lines) != 2 {
				t.Fatalf("n %d pos %d: %d lines", n, pos, len(lines))
			}
			if w := utf8.RuneCountInString(lines[0]); w > window+4 {
				t.Errorf("n %d pos %d: %d columns", n, pos, w)
			}
			text, marks := []rune(lines[0]), []rune(lines[1])
			at := len(marks) - 3
			if string(marks[at:]) != "^~~" || string(text[at:at+3]) != "ABC" {
				t.Errorf("n %d pos %d: caret is off:\n%s\n%s", n, pos, lines[0], lines[1])
			}
			if cut := n > window; cut != strings.Contains(lines[0], "…") {
				t.Errorf("n %d pos %d: cut %v, shown %q", n, pos, cut, lines[0])
			}
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"port", "portrange", "proto", "protochain", "host", "net", "ip", "ip6", "tcp", "udp", "or", "and", "not"}
	tests := []struct{ word, want string }{
		{"portrnge", "portrange"},
		{"prot", "port"},
		{"hsot", "host"},
		{"PROTO", ""}, // equal but for case is no slip
		{"protochian", "protochain"},
		{"tpc", "tcp"},
		{"zebra", ""},
		{"x", ""},
		{"", ""},
		{strings.Repeat("a", 1<<20), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, words); got != tt.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("tcp port 80", 4, 8)
	f.Add("a\nb\xff\t\x1b", 3, 2)
	f.Fuzz(func(t *testing.T, expr string, pos, end int) {
		got := New(Syntax, pos, end, "bad").Render(expr)
		if !strings.Contains(got, "bad") || !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
		for _, r := range got {
			if r < ' ' && r != '\n' {
				t.Errorf("control character in %q", got)
			}
		}
	})
}
