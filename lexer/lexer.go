// Package lexer takes the text of a filter expression apart into tokens with byte positions.
//
// It is the [github.com/alecthomas/participle/v2/lexer.Definition] that the parser's grammar is built on, written by hand
// because the language has rules that regular expressions in alternation express badly:
//
//   - The longest match wins. "len-1" is one name and "len - 1" is a subtraction; "10-20" is the name of a port range,
//     "1.2.3.4.5" a host name, "12:34:56:78:9a:bc" a MAC address; "tcp-syn" is a constant.
//   - Of two matches of the same length a reserved word goes before a MAC address ("abcdefabcdef"), that before a number
//     ("123456789012" is a MAC address), that before an IPv4 address, an IPv6 address and a name.
//   - A name is letters, digits, dots, dashes and underscores, begins with a letter or digit and does not end with a dash
//     or underscore. After a backslash a name is anything up to a space, tab, newline, "!" or parenthesis, and
//     never a reserved word.
//   - Letter case counts: "TCP" is a name.
//
// The lexer also holds the limits that keep all that follows bounded: bytes, tokens, the nesting of parentheses and
// brackets, and runs of "not" and of unary minus. It finds them in one pass, before anything recurses.
//
// Tokens carry the text they were written with. Their positions have the byte offset only; line and column stay 0.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package lexer

import (
	"io"

	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/diag"
)

// Limits on one expression. What exceeds them is refused with an error of kind diag.Limit.
const (
	// MaxBytes is the most bytes of text.
	MaxBytes = 16 << 20
	// MaxTokens is the most tokens.
	MaxTokens = 2 << 20
	// MaxNesting is how deep parentheses and brackets may nest.
	MaxNesting = 2000
	// MaxRun is the most "not"s, or minus signs, in a row.
	MaxRun = 20000
)

// Definition is the lexer as a participle grammar takes it. It has no state and its zero value is ready.
// It is safe for concurrent use as long as nobody changes it.
type Definition struct{}

// Symbols gives the names of the token classes.
func (Definition) Symbols() map[string]Type { return symbols }

// Lex reads all of r, at most [MaxBytes] of it, and prepares to take it apart.
func (d Definition) Lex(filename string, r io.Reader) (plexer.Lexer, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return d.LexString(filename, string(text))
}

// LexString prepares to take text apart.
func (Definition) LexString(_ string, text string) (plexer.Lexer, error) {
	l, err := start(text)
	if err != nil {
		return nil, err
	}
	return &l, nil
}

// start is the lexer at the beginning of a text.
func start(text string) (lexer, error) {
	if len(text) > MaxBytes {
		return lexer{}, diag.New(diag.Limit, MaxBytes, len(text), "expression of %d bytes is longer than the limit of %d",
			len(text), MaxBytes)
	}
	if len(text) > MaxTokens {
		// There may be too many tokens: find out before memory is spent on them.
		for l := (lexer{text: text}); l.last != EOF; {
			if _, err := l.Next(); err != nil {
				return lexer{}, err
			}
		}
	}
	return lexer{text: text}, nil
}

// Tokens takes text apart at once. The last token is [EOF].
func Tokens(text string) ([]plexer.Token, error) { return Append(nil, text) }

// Append takes text apart at once, and appends the tokens to a list: what [Tokens] does, with memory that is there already.
func Append(tokens []plexer.Token, text string) ([]plexer.Token, error) {
	l, err := start(text)
	for err == nil && l.last != EOF {
		var t plexer.Token
		if t, err = l.Next(); err == nil {
			tokens = append(tokens, t)
		}
	}
	return tokens, err
}

// lexer is a position in a text.
type lexer struct {
	text   string
	pos    int
	tokens int // handed out so far
	depth  int // parentheses and brackets open
	braces int // that are open
	run    int // length of the run of the same prefix operator that ends here
	last   Type
}

// Next gives the next token, EOF for ever at the end.
func (l *lexer) Next() (plexer.Token, error) {
	l.skipSpace()
	tok := plexer.Token{Pos: plexer.Position{Offset: l.pos}}
	if l.pos == len(l.text) {
		tok.Type, l.last = EOF, EOF
		return tok, nil
	}
	typ, size, err := scan(l.text[l.pos:], l.pos)
	if l.braces > 0 && typ == Name {
		size = inBraces(l.text[l.pos : l.pos+size])
	}
	if err != nil {
		return tok, err
	}
	tok.Type, tok.Value = typ, l.text[l.pos:l.pos+size]
	l.pos += size
	return tok, l.limit(tok)
}

// skipSpace moves to the next byte that is not blank.
func (l *lexer) skipSpace() {
	for l.pos < len(l.text) {
		switch l.text[l.pos] {
		case ' ', '\t', '\r', '\n':
			l.pos++
		default:
			return
		}
	}
}

// limit counts a token and says whether it is one too many.
func (l *lexer) limit(tok plexer.Token) error {
	l.tokens++
	if l.tokens > MaxTokens {
		return l.tooMuch(tok, "expression has more than %d tokens", MaxTokens)
	}
	if (tok.Type == Not || tok.Type == Minus) && tok.Type == l.last {
		if l.run++; l.run > MaxRun {
			return l.tooMuch(tok, "more than %d %q in a row", MaxRun, tok.Value)
		}
	} else {
		l.run = 1
	}
	l.last = tok.Type
	switch tok.Type {
	case LBrace:
		l.braces++
	case RBrace:
		l.braces--
	}
	switch tok.Type {
	case LParen, LBracket, LBrace:
		if l.depth++; l.depth > MaxNesting {
			return l.tooMuch(tok, "parentheses nest deeper than %d", MaxNesting)
		}
	case RParen, RBracket, RBrace:
		l.depth--
	}
	return nil
}

func (l *lexer) tooMuch(tok plexer.Token, format string, args ...any) error {
	return diag.New(diag.Limit, tok.Pos.Offset, tok.Pos.Offset+len(tok.Value), format, args...)
}
