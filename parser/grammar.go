package parser

import (
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

// primitive is whatever begins with a reserved word, up to but not including the identifier that qualifiers are for:
// that may be a parenthesized list. The tag is the grammar; what matched is in Tokens, and build.go makes sense of it.
// By the classes of tokens that the lexer makes, one token of lookahead tells all alternatives apart.
type primitive struct {
	Tokens []token

	Proto     struct{} `parser:"( Proto ( SrcDst ( ( And | Or ) SrcDst )? AddrType? | AddrN AddrType? | AddrType | OnlyType | Cast"`
	ProtoWLAN struct{} `parser:"        | FrameType ( Num | Name ) ( Subtype ( Num | Name ) )? | Subtype Name | FrameDir ( Num | Name ) )?"`

	Head struct{} `parser:"| SrcDst ( ( And | Or ) SrcDst )? AddrType? | AddrN AddrType? | AddrType | OnlyType | Cast"`
	WLAN struct{} `parser:"| FrameType ( Num | Name ) ( Subtype ( Num | Name ) )? | Subtype Name | FrameDir ( Num | Name )"`

	Test  struct{} `parser:"| OptNumTest | ( NumTest | RuleNum ) Num | Flag | NameTest Name | Reason ( Num | Name )"`
	Byte  struct{} `parser:"| Byte Num ( BitAnd | BitOr | Less | More | Equal ) Num"`
	LLC   struct{} `parser:"| LLC ( Name | RuleNum )?"`
	Field struct{} `parser:"| Field ( Num | ( Rel | Less | More | Equal ) Num | LParen Num ( Or Num )* RParen ) )"`
}

// The parsers that participle makes of the two. They hold no state of a parse.
var (
	filters    = participle.MustBuild[filter](participle.Lexer(lexer.Definition{}))
	primitives = participle.MustBuild[primitive](participle.Lexer(lexer.Definition{}), participle.UseLookahead(0))
	trailing   = []participle.ParseOption{participle.AllowTrailing(true)}
)
