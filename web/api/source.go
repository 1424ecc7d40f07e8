package api

import (
	"context"
	"math"
	"strings"

	"bpfc"
	"bpfc/diag"
	"bpfc/explain"
	"bpfc/explain/lint"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/web/rpc"
)

// Source is a filter and how it is compiled. It is safe for concurrent use as long as nobody changes it.
type Source struct {
	Expr            string   `json:"expr"`
	Link            string   `json:"link"`
	SnapLen         int      `json:"snaplen"` // bytes, 0 for the default
	Netmask         string   `json:"netmask"`
	Optimize        bool     `json:"optimize"`
	LinuxExtensions bool     `json:"linuxExtensions"`
	SeeThrough      []string `json:"seeThrough"`
	Extended        bool     `json:"extended"`
	AllowRejectAll  bool     `json:"allowRejectAll"`
}

// Settings are a source's in the compiler's terms. They are safe for concurrent use as long as nobody changes them.
type Settings struct {
	Link       linktype.Type
	SnapLen    int
	Netmask    uint32
	HasNetmask bool
	Savefile   bpfc.Savefile
	source     *Source
}

// Settings reads the settings; an error is an *rpc.Error without a place.
func (s *Source) Settings() (Settings, error) {
	t := Settings{source: s, Link: linktype.EN10MB, SnapLen: bpfc.DefaultSnapLen, Netmask: bpfc.NetmaskUnknown}
	if len(s.Expr) > MaxExpr {
		return t, rpc.Errorf("limit", "the filter has %d bytes, and the page takes %d at most", len(s.Expr), MaxExpr)
	}
	if s.Link != "" {
		link, err := linktype.Parse(s.Link)
		if err != nil || !link.Assigned() {
			return t, rpc.Errorf("unknown", "there is no link-layer type %.40q", s.Link)
		}
		t.Link = link
	}
	if s.SnapLen < 0 || s.SnapLen > math.MaxInt32 {
		return t, rpc.Errorf("range", "a snapshot length is 1 to %d bytes, or 0 for the default", math.MaxInt32)
	}
	if s.SnapLen > 0 {
		t.SnapLen = s.SnapLen
	}
	if s.Netmask != "" {
		mask, err := names.LiteralNetmask(s.Netmask)
		if err != nil {
			return t, rpc.Errorf("range", "netmask: %v", err)
		}
		t.Netmask, t.HasNetmask = mask, true
	}
	return t, nil
}

// Options are the compiler's.
func (t *Settings) Options(ctx context.Context) []bpfc.Option {
	s := t.source
	opts := []bpfc.Option{bpfc.WithContext(ctx), bpfc.WithNames(resolver), bpfc.WithLinkType(t.Link), bpfc.WithSnapLen(t.SnapLen),
		bpfc.WithSavefile(t.Savefile), bpfc.WithNetmask(t.Netmask)}
	if !s.Optimize {
		opts = append(opts, bpfc.WithoutOptimizer())
	}
	if s.LinuxExtensions {
		opts = append(opts, bpfc.WithLinuxExtensions())
	}
	if s.AllowRejectAll {
		opts = append(opts, bpfc.WithAllowRejectAll())
	}
	if len(s.SeeThrough) > 0 {
		opts = append(opts, bpfc.WithSeeThrough(s.SeeThrough...))
	}
	if s.Extended {
		opts = append(opts, bpfc.WithExtensions())
	}
	return opts
}

func (t *Settings) language() lint.Language {
	return lint.Language{SeeThrough: strings.Join(t.source.SeeThrough, ","), Extended: t.source.Extended}
}

// Explain gives the options of package explain.
func (t *Settings) Explain() explain.Options {
	o := explain.Options{LinkType: t.Link, SnapLen: t.SnapLen, Names: resolver, LinuxExtensions: t.source.LinuxExtensions,
		Savefile: t.Savefile, Language: t.language()}
	if t.HasNetmask {
		o.Netmask = t.Netmask
	}
	return o
}

func (t *Settings) lint() lint.Options {
	o := lint.Options{LinkType: t.Link, Names: resolver, LinuxExtensions: t.source.LinuxExtensions, Savefile: t.Savefile, Language: t.language()}
	if t.HasNetmask {
		o.Netmask = t.Netmask
	}
	if t.source.SnapLen > 0 {
		o.SnapLen = t.source.SnapLen
	}
	return o
}

// fixes are the settings of the page with which the hint of an error can be followed.
var fixes = map[diag.Option]rpc.Fix{
	diag.LinuxExtensions: {Title: "Use Linux extensions", Set: map[string]any{"linuxExtensions": true}},
	diag.AllowRejectAll:  {Title: "Compile it all the same", Set: map[string]any{"allowRejectAll": true}},
	diag.Extended:        {Title: "Use the extended language", Set: map[string]any{"extended": true}},
	diag.Netmask:         {Title: "Use the netmask 255.255.255.0", Set: map[string]any{"netmask": "255.255.255.0"}},
}

// words say where the page has the option that a hint speaks of.
var words = map[diag.Option]string{
	diag.LinkType: ", see the link type", diag.Netmask: " with a netmask", diag.LinuxExtensions: " with Linux extensions",
	diag.AllowRejectAll: " if it is allowed to reject every packet", diag.Extended: ": switch it on",
}

// Fail makes what the page shows of an error of the compiler in an expression; nil of none.
func Fail(err error, u *Units) *rpc.Error {
	if err == nil {
		return nil
	}
	e := diag.As(err)
	if e == nil {
		if known, ok := err.(*rpc.Error); ok {
			return known
		}
		return rpc.Errorf("internal", "%v", err)
	}
	shown := rpc.Errorf(string(e.Kind), "%s", e.Msg)
	shown.Hint = e.Hint + words[e.Option]
	if e.Hint == "" {
		shown.Hint = ""
	}
	shown.Expected = append(shown.Expected, e.Expected...)
	if e.Pos != 0 || e.End != 0 || u.text == "" {
		span := u.Span(e.Pos, e.End)
		shown.Span = &span
	}
	if fix, ok := fixes[e.Option]; ok {
		shown.Fixes = append(shown.Fixes, fix)
	}
	if fix, ok := meant(e, u.text); ok {
		shown.Fixes = append(shown.Fixes, fix)
	}
	return shown
}
