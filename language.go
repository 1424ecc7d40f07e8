package bpfc

import (
	"io/fs"
	"strings"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/parser"
)

// WithSeeThrough compiles an expression so that what it asks of the network layer and above is
// asked behind tags, without the expression saying so: "vlan" for up to four VLAN tags (0x8100,
// 0x88a8, 0x9100), "mpls" for a label stack, "pppoe" for a PPPoE session, "all", which is also what no
// name means, or several of them with commas. The primitives vlan, mpls and pppoes then ask whether there is such
// a tag, label or session anywhere before the network header, and move nothing; "ether proto" is the type behind
// the tags; all else is as it was. A name that is none of these is an error of Compile.
func WithSeeThrough(tags ...string) Option {
	names := strings.Join(tags, ",")
	if names == "" {
		names = "all"
	}
	return option(func(o *options) {
		o.through = append(o.through, names)
		o.layers = makeLayers
	})
}

// WithExtensions compiles an expression in the extended language: sets, scopes, fields by name
// and comments, as docs/language.md says. What libpcap takes means the same in it, but that tcp, port, proto
// and the like find a header behind IPv6 extension headers.
func WithExtensions() Option {
	return option(func(o *options) {
		o.extended = true
		o.layers = makeLayers
		o.dialect = func(o *options) *parser.Dialect { return parser.Extended(o.files) }
	})
}

// WithFiles gives the extended language the files that "in @FILE" may read; without it, none. The names are handed to the
// file system as they are written.
func WithFiles(files fs.FS) Option { return option(func(o *options) { o.files = files }) }

func makeLayers(o *options) (*codegen.Layers, error) {
	var through codegen.Tags
	for _, names := range o.through {
		t, err := codegen.ParseTags(names)
		if err != nil {
			return nil, err
		}
		through |= t
	}
	return codegen.NewLayers(through, o.extended), nil
}

// parse makes a tree of an expression, and sets how headers are passed.
func (o *options) parse(expr string) (ast.Expr, error) {
	if o.layers != nil {
		l, err := o.layers(o)
		if err != nil {
			return nil, err
		}
		o.codegen.Layers = l
	}
	if o.dialect == nil {
		return parser.Parse(expr)
	}
	return o.dialect(o).Parse(expr)
}
