package diag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// window is the most columns of the filter text that Render shows on a line: a terminal line less some indentation.
const window = 76

// Render gives the error's text, and below it the line of expr that it is about with a caret line under the span. Long
// lines are cut to a window around the span, with … where something is left out. In a text of several lines the line
// number comes first. Tabs count as one column and bytes that do not print are shown as U+FFFD, so that neither the
// columns nor the terminal are upset. An error without a place, which is not about the text, is given without it. The
// result ends without a newline.
func (e *Error) Render(expr string) string {
	if e.Pos == 0 && e.End == 0 {
		return e.Error()
	}
	line, lineNo, start := lineAt(expr, e.Pos)
	text := e.Error() + e.picture(line, start)
	if lineNo > 1 || strings.Contains(strings.TrimRight(expr, "\n"), "\n") {
		return fmt.Sprintf("line %d: %s", lineNo, text)
	}
	return text
}

// picture draws one line of text, which begins at byte start of the whole, and its caret line, each after a newline.
func (e *Error) picture(line string, start int) string {
	if strings.TrimSpace(line) == "" {
		return "" // nothing to point at
	}
	pos := clamp(e.Pos-start, 0, len(line))
	end := clamp(e.End-start, pos, len(line))
	cells, from, to := layout(line, pos, end)
	lo, hi := visible(len(cells), from, to)
	head, tail := "", ""
	if lo > 0 {
		head = "…"
	}
	if hi < len(cells) {
		tail = "…"
	}
	from, to = max(from, lo), min(to, hi)
	indent := strings.Repeat(" ", from-lo+utf8.RuneCountInString(head))
	marks := "^" + strings.Repeat("~", max(to-from-1, 0))
	return "\n  " + head + string(cells[lo:hi]) + tail + "\n  " + indent + marks
}

// lineAt finds the line that holds byte pos, its number from 1 and the byte it begins at. A place on
// an empty last line (the end of a file) is moved back to the end of the last line with text.
func lineAt(expr string, pos int) (line string, number, start int) {
	pos = clamp(pos, 0, len(expr))
	if rest := strings.TrimRight(expr[:pos], " \t\r\n"); strings.TrimSpace(expr[pos:]) == "" && rest != "" {
		pos = len(rest)
	}
	start = strings.LastIndexByte(expr[:pos], '\n') + 1
	line = expr[start:]
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return strings.TrimRight(line, "\r"), 1 + strings.Count(expr[:start], "\n"), start
}

// layout turns a line into one printable rune a column, and the byte span [pos, end) into columns [from, to).
// Only the neighbourhood of the span is decoded, so that a line of megabytes costs no memory; what lies further
// away is outside every window anyway.
func layout(line string, pos, end int) (cells []rune, from, to int) {
	lo := clamp(pos-4*window, 0, len(line))
	hi := clamp(min(end, pos+4*window)+4*window, 0, len(line))
	for i := lo; i < hi; {
		if i <= pos {
			from = len(cells)
		}
		if i < end {
			to = len(cells) + 1
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '\t':
			r = ' '
		case !unicode.IsPrint(r):
			r = utf8.RuneError
		}
		cells = append(cells, r)
		i += size
	}
	if pos >= hi {
		from = len(cells)
	}
	if lo > 0 || hi < len(line) {
		cells, from, to = markCut(cells, from, to, lo > 0, hi < len(line))
	}
	return cells, from, max(to, from)
}

// markCut keeps the mark of what layout itself left out: where cells end before the line does, the window must
// show the sign of omission even if all the cells fit in it.
func markCut(cells []rune, from, to int, before, after bool) ([]rune, int, int) {
	if before {
		cells = append([]rune{'…'}, cells...)
		from, to = from+1, to+1
	}
	if after {
		cells = append(cells, '…')
	}
	return cells, from, to
}

// visible picks the columns [lo, hi) of n to show, such that the span's start is in view with context on both sides.
func visible(n, from, to int) (lo, hi int) {
	if n <= window {
		return 0, n
	}
	span := min(to-from, window/2)
	lo = clamp(from-(window-span)/2, 0, n-window)
	return lo, lo + window
}

func clamp(v, lo, hi int) int { return max(lo, min(v, hi)) }
