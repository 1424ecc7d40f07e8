package lint

import (
	"io/fs"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/parser"
)

// Language is what expressions are written in: the zero value is libpcap's, as in package bpfc.
// It is safe for concurrent use as long as nobody changes it, if its files are.
type Language struct {
	// SeeThrough names the tags that are seen through, with commas: what bpfc.WithSeeThrough takes. "" is none.
	SeeThrough string
	// Extended is the extended language, Files what its lists may be read from.
	Extended bool
	Files    fs.FS
}

// Parse makes a tree of an expression, and says how headers are passed, nil where that is as in libpcap's language.
func (l Language) Parse(text string) (ast.Expr, *codegen.Layers, error) {
	var through codegen.Tags
	if l.SeeThrough != "" {
		var err error
		if through, err = codegen.ParseTags(l.SeeThrough); err != nil {
			return nil, nil, err
		}
	}
	var layers *codegen.Layers
	if through != 0 || l.Extended {
		layers = codegen.NewLayers(through, l.Extended)
	}
	if !l.Extended {
		tree, err := parser.Parse(text)
		return tree, layers, err
	}
	tree, err := parser.Extended(l.Files).Parse(text)
	return tree, layers, err
}
