package codegen_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bpfc/codegen"
	"bpfc/linktype"
)

var update = flag.Bool("update", false, "rewrite the graphs in testdata")

// modes are the words that may follow a link-layer type in a file of graphs.
var modes = map[string]func(*codegen.Options){
	"extensions": extensions,
	"unswapped":  savefile(codegen.Unswapped),
	"swapped":    savefile(codegen.Swapped),
	"netmask":    netmask(0xffffff00),
}

// TestGraphs holds the graph of a filter of each family against the one that is
// written down in testdata/graphs. A file is a list of "> LINKTYPE[,mode…] filter",
// each followed by its graph.
func TestGraphs(t *testing.T) {
	files, err := filepath.Glob("testdata/graphs/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of graphs: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := graphs(t, want)
			switch {
			case bytes.Equal(got, want):
			case *update:
				if err := os.WriteFile(name, got, 0o666); err != nil {
					t.Error(err)
				}
			default:
				t.Errorf("%s (if that is right: go test ./codegen -update)", difference(got, want))
			}
		})
	}
}

// graphs regenerates a file from its lines that begin with > and #.
func graphs(t *testing.T, text []byte) []byte {
	var out bytes.Buffer
	remarked := true // no empty line before the first
	for line := range strings.Lines(string(text)) {
		head, filter, found := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "> ")), " ")
		switch {
		case strings.HasPrefix(line, "#"):
			if !remarked {
				out.WriteByte('\n')
			}
			out.WriteString(line)
			remarked = true
			continue
		case !strings.HasPrefix(line, "> "):
			continue
		case !found:
			t.Fatalf("%q: no filter", line)
		}
		if !remarked {
			out.WriteByte('\n')
		}
		remarked = false
		words := strings.Split(head, ",")
		l, err := linktype.Parse(words[0])
		if err != nil {
			t.Fatal(err)
		}
		o := options(on(l))
		for _, w := range words[1:] {
			mode, ok := modes[w]
			if !ok {
				t.Fatalf("%q: no mode %q", line, w)
			}
			mode(&o)
		}
		fmt.Fprintf(&out, "> %s %s\n%s", head, filter, mustGenerate(t, filter, o))
	}
	return out.Bytes()
}

// difference shows the first line that differs, under the filter it belongs to.
func difference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	filter := ""
	for i := range min(len(g), len(w)) {
		if strings.HasPrefix(g[i], "> ") {
			filter = g[i]
		}
		if g[i] != w[i] {
			return fmt.Sprintf("%s\ngot  %s\nwant %s", filter, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
