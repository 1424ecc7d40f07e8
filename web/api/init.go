package api

import (
	"context"
	"runtime/debug"

	"bpfc"
	"bpfc/explain/lint"
	"bpfc/linktype"
)

// LinkType is a link-layer type to choose. It is a value, and so safe for concurrent use.
type LinkType struct {
	Name        string `json:"name"`
	Number      int    `json:"number"`
	Description string `json:"description"`
}

// LintKind is a kind of warning. It is a value, and so safe for concurrent use.
type LintKind struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Why   string `json:"why"` // Markdown
}

// Init is what the page needs before anything is typed. It is safe for concurrent use as long as nobody changes it.
type Init struct {
	Version     string         `json:"version"`
	Links       []LinkType     `json:"links"`
	Completions []Completion   `json:"completions"`
	Examples    []Example      `json:"examples"`
	Formats     []Format       `json:"formats"`
	Hooks       []string       `json:"hooks"`
	Lints       []LintKind     `json:"lints"`
	SeeThrough  []string       `json:"seeThrough"`
	Defaults    Source         `json:"defaults"`
	Limits      map[string]int `json:"limits"`
}

// MaxPackets is how many packets of a capture are taken.
const MaxPackets = 20_000_000

func (s *service) init(context.Context, struct{}) (*Init, error) {
	r := &Init{
		Version: version(), Completions: completions, Examples: examples, Formats: formats, Hooks: Hooks,
		SeeThrough: []string{"vlan", "mpls", "pppoe"},
		Defaults:   Source{Link: "EN10MB", SnapLen: 0, Optimize: true, SeeThrough: []string{}},
		Limits:     map[string]int{"exprBytes": MaxExpr, "instructions": MaxInstructions, "packets": MaxPackets},
	}
	for _, t := range linktype.All() {
		if t.Known() {
			r.Links = append(r.Links, LinkType{t.String(), int(t), t.Description()})
		}
	}
	for _, l := range lint.Lints() {
		r.Lints = append(r.Lints, LintKind{l.Name, l.Title, l.Why})
	}
	_, err := bpfc.NewCompiler(resolver).Compile("tcp port 80") // so that the first filter that is typed is not the first
	return r, err
}

// version is what the build recorded.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) > 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}
