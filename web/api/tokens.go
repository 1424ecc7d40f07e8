package api

import (
	"context"

	"bpfc/lexer"
	"bpfc/web/rpc"
)

// Token is a word of the expression and how it is coloured. It is a value, and so safe for concurrent use.
type Token struct {
	rpc.Span
	Class string `json:"class"`
}

// classes are the colours of the lexer's classes.
var classes = map[lexer.Type]string{
	lexer.Num: "number", lexer.Name: "name", lexer.IPv4: "address", lexer.IPv6: "address", lexer.MAC: "address", lexer.ARCnet: "address",
	lexer.And: "operator", lexer.Or: "operator", lexer.Not: "operator",
	lexer.Rel: "operator", lexer.Less: "operator", lexer.More: "operator", lexer.Equal: "operator", lexer.Minus: "operator",
	lexer.Slash: "operator", lexer.Op: "operator", lexer.BitAnd: "operator", lexer.BitOr: "operator",
	lexer.LParen: "punctuation", lexer.RParen: "punctuation", lexer.LBracket: "punctuation", lexer.RBracket: "punctuation",
	lexer.Colon: "punctuation", lexer.LBrace: "punctuation", lexer.RBrace: "punctuation", lexer.Comma: "punctuation",
	lexer.Proto: "protocol", lexer.OptNumTest: "protocol", lexer.SrcDst: "direction", lexer.AddrN: "direction", lexer.FrameDir: "direction",
	lexer.AddrType: "type", lexer.OnlyType: "type", lexer.FrameType: "type", lexer.Subtype: "type", lexer.Field: "type",
}

// maxTokens is how many words are coloured.
const maxTokens = 50_000

// tokensOf takes an expression apart. What is behind a mistake of the lexer is of class error.
func tokensOf(s *Source, u *Units) []Token {
	text, list := s.Expr, []Token{}
	if s.Extended {
		text = lexer.BlankComments(text)
		list = comments(s.Expr, text, u)
	}
	l, err := lexer.Definition{}.LexString("", text)
	if err != nil {
		return []Token{}
	}
	end := 0
	for len(list) < maxTokens {
		t, err := l.Next()
		if err != nil {
			return append(list, Token{u.Span(max(t.Pos.Offset, end), len(text)), "error"})
		}
		if t.Type == lexer.EOF {
			break
		}
		end = t.Pos.Offset + len(t.Value)
		list = append(list, Token{u.Span(t.Pos.Offset, end), classOf(t.Type, t.Value)})
	}
	return list
}

func classOf(t lexer.Type, text string) string {
	switch class, ok := classes[t]; {
	case t == lexer.Num && (text[0] < '0' || text[0] > '9'):
		return "constant" // tcp-syn
	case ok:
		return class
	}
	return "keyword"
}

// comments are where the text and the text without comments differ.
func comments(text, without string, u *Units) (list []Token) {
	list = []Token{}
	for i := 0; i < len(text); i++ {
		if text[i] == without[i] {
			continue
		}
		end := i
		for end < len(text) && text[end] != '\n' {
			end++
		}
		list = append(list, Token{u.Span(i, end), "comment"})
		i = end
	}
	return list
}

type sourceParams struct {
	Source Source `json:"source"`
}

type tokensResult struct {
	Tokens []Token `json:"tokens"`
}

func (s *service) tokens(_ context.Context, p sourceParams) (*tokensResult, error) {
	if len(p.Source.Expr) > MaxExpr {
		return &tokensResult{[]Token{}}, nil
	}
	return &tokensResult{tokensOf(&p.Source, NewUnits(p.Source.Expr))}, nil
}
