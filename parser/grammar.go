package parser

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	plexer "github.com/alecthomas/participle/v2/lexer"

	"bpfc/ast"
	"bpfc/lexer"
)

// token is one token of the text, with its place in Pos.Offset.
type token = plexer.Token

// filter is the start of the grammar. participle calls its Parse method, in climb.go, with all the tokens.
type filter struct {
	tree ast.Expr
	err  error
}

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

// The parsers that participle makes of them when the first expression is parsed. They hold no state of a parse.
var (
	filters    = sync.OnceValue(func() *participle.Parser[filter] { return makeParser[filter]() })
	qualifieds = sync.OnceValue(func() *participle.Parser[qualified] { return makeParser[qualified](participle.UseLookahead(0)) })
	tests      = sync.OnceValue(func() *participle.Parser[test] { return makeParser[test](participle.UseLookahead(0)) })
	trailing   = []participle.ParseOption{participle.AllowTrailing(true)}
)

func makeParser[G any](options ...participle.Option) *participle.Parser[G] {
	return participle.MustBuild[G](append(options, participle.Lexer(lexer.Definition{}))...)
}
