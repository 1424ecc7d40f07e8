package parser

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/lexer"
)

// token is one token of the text, with its place in Pos.Offset.
type token = plexer.Token

// The two halves of the language's primitives. Their tags are the grammar; what matched is in Tokens, and build.go makes
// sense of it. By the classes of tokens that the lexer makes, one token of lookahead tells all alternatives apart.

// qualified is a row of qualifiers, up to but not including the identifier that they are for, which may be a
// list in parentheses; or a test that a protocol may stand before.
type qualified struct {
	Tokens []token

	Proto struct{} `parser:"Proto?"`
	Head  struct{} `parser:"( AddrType | SrcDst ( ( And | Or ) SrcDst )? AddrType? | OnlyType | AddrN AddrType?"`
	Cast  struct{} `parser:"| Cast"`
	WLAN  struct{} `parser:"| FrameType ( Num | Name ) ( Subtype ( Num | Name ) )? | Subtype Name | FrameDir ( Num | Name ) )"`
}

// test is any other primitive, but for the number that OptNumTest may have, which may be in parentheses.
type test struct {
	Tokens []token

	Flag  struct{} `parser:"( Flag | OptNumTest"`
	Test  struct{} `parser:"| ( NumTest | RuleNum ) Num | NameTest Name | Reason ( Num | Name )"`
	Byte  struct{} `parser:"| Byte Num ( BitAnd | BitOr | Less | More | Equal ) Num"`
	LLC   struct{} `parser:"| LLC ( Name | RuleNum )?"`
	Field struct{} `parser:"| Field ( Num | ( Rel | Less | More | Equal ) Num | LParen Num ( Or Num )* RParen ) )"`
}

// The parsers that participle makes of them when they are first needed. They hold no state of a parse.
var (
	qualifieds = sync.OnceValue(makeParser[qualified])
	tests      = sync.OnceValue(makeParser[test])
	trailing   = []participle.ParseOption{participle.AllowTrailing(true)}
)

func makeParser[G any]() *participle.Parser[G] {
	return participle.MustBuild[G](participle.UseLookahead(0), participle.Lexer(lexer.Definition{}))
}

// matcher tells how many of the tokens to come are a primitive. Its error is participle's.
type matcher func(*plexer.PeekingLexer) (int, error)

func matchQualified(lex *plexer.PeekingLexer) (int, error) {
	p, err := qualifieds().ParseFromLexer(lex, trailing...)
	return len(p.Tokens), err
}

func matchTest(lex *plexer.PeekingLexer) (int, error) {
	p, err := tests().ParseFromLexer(lex, trailing...)
	return len(p.Tokens), err
}

// usual is what a matcher tells of the primitives that most filters consist of, and 0 of all others: it is the grammar of
// those once more, thirty times as fast as participle.
func usual(tokens []token) int {
	n := 0
	if tokens[n].Type == lexer.Proto {
		n++
	}
	switch tokens[n].Type {
	case lexer.AddrType, lexer.OnlyType, lexer.Cast:
		return n + 1
	case lexer.Flag, lexer.OptNumTest:
		return 1 - n // no protocol stands before them
	case lexer.NumTest:
		if n == 0 && tokens[1].Type == lexer.Num {
			return 2
		}
	case lexer.SrcDst:
		switch tokens[n+1].Type {
		case lexer.AddrType:
			return n + 2
		case lexer.And, lexer.Or:
			return 0
		}
		return n + 1
	}
	return 0
}

// again hands tokens out once more.
type again struct{ tokens []token }

func (a *again) Next() (token, error) {
	t := a.tokens[0]
	if t.Type != lexer.EOF {
		a.tokens = a.tokens[1:]
	}
	return t, nil
}
