package lexer

import "strings"

// BlankComments gives the text of a filter file with spaces in the place of comments, so that byte positions stay the
// same. A comment goes from "#" to the end of the line, wherever the "#" stands: this is what tcpdump does with the
// file given to -F, before anything looks at the words in it. In an expression given otherwise "#" is an error.
func BlankComments(text string) string {
	if !strings.Contains(text, "#") {
		return text
	}
	b := []byte(text)
	comment := false
	for i, c := range b {
		switch {
		case c == '\n':
			comment = false
		case c == '#':
			comment = true
		}
		if comment {
			b[i] = ' '
		}
	}
	return string(b)
}
