package bpfcbeam

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/transforms/stats"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/transforms/top"

	"bpfc/capture"
	"bpfc/linktype"
)

func init() {
	beam.RegisterDoFn(reflect.TypeOf((*filterFn)(nil)).Elem())
	beam.RegisterDoFn(reflect.TypeOf((*matchFn)(nil)).Elem())
	for _, f := range []any{keyOf, fileOf, countLine, deadLine, listOf} {
		beam.RegisterDoFn(f)
	}
	beam.RegisterFunction(fewer)
}

// judge tells whether a packet matches a filter.
func judge(expr string, p *Packet) (bool, error) {
	iface := capture.Interface{LinkType: linktype.Type(p.LinkType), Snaplen: uint32(p.Snaplen), FCSLen: -1}
	m, err := filterOf(expr).Matcher(&iface)
	if err != nil {
		return false, err
	}
	return m.Match(p.Data, uint32(p.WireLen)) != 0, nil
}

// filterFn keeps what matches.
type filterFn struct{ Filter string }

// ProcessElement hands on a packet that matches.
func (f *filterFn) ProcessElement(_ context.Context, p Packet, emit func(Packet)) error {
	ok, err := judge(f.Filter, &p)
	if ok {
		emit(p)
	}
	return err
}

// Filter keeps the packets that a filter matches. To read what one filter matches, [Read] with it is faster. A filter that
// does not compile for the link-layer type of a packet ends the job with its error.
func Filter(s beam.Scope, filter string, packets beam.PCollection) beam.PCollection {
	return beam.ParDo(s.Scope("bpfc.Filter"), &filterFn{filter}, packets)
}

// matchFn tells which filters match.
type matchFn struct {
	Names, Filters []string
}

// ProcessElement gives a packet with the name of each filter that matches it.
func (f *matchFn) ProcessElement(_ context.Context, p Packet, emit func(string, Packet)) error {
	for i, filter := range f.Filters {
		ok, err := judge(filter, &p)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Names[i], err)
		}
		if ok {
			emit(f.Names[i], p)
		}
	}
	return nil
}

// Match gives for each packet and each of the filters that match it a pair of the filter's name and the packet.
func Match(s beam.Scope, filters map[string]string, packets beam.PCollection) beam.PCollection {
	f := &matchFn{Names: slices.Sorted(maps.Keys(filters))}
	for _, name := range f.Names {
		f.Filters = append(f.Filters, filters[name])
	}
	return beam.ParDo(s.Scope("bpfc.Match"), f, packets)
}

func keyOf(name string, _ Packet) string { return name }
func fileOf(p Packet) string             { return p.File }

// CountMatches counts the matches of each filter, of the result of [Match]: pairs of name and number.
func CountMatches(s beam.Scope, matches beam.PCollection) beam.PCollection {
	s = s.Scope("bpfc.CountMatches")
	return stats.Count(s, beam.ParDo(s, keyOf, matches))
}

// Count counts the packets of each file: pairs of name and number.
func Count(s beam.Scope, packets beam.PCollection) beam.PCollection {
	s = s.Scope("bpfc.Count")
	return stats.Count(s, beam.ParDo(s, fileOf, packets))
}

func countLine(name string, n int) string { return fmt.Sprintf("%012d\t%s", n, name) }

// fewer orders lines of counts: by number, and of one number by name, the first name being more.
func fewer(a, b string) bool {
	x, y := strings.SplitN(a, "\t", 2), strings.SplitN(b, "\t", 2)
	if x[0] != y[0] || len(x) < 2 || len(y) < 2 {
		return a < b
	}
	return x[1] > y[1]
}

// Top gives the n pairs of name and number that have the largest numbers, as one list of lines: the number with twelve digits,
// a tab, the name.
func Top(s beam.Scope, counts beam.PCollection, n int) beam.PCollection {
	s = s.Scope("bpfc.Top")
	return top.Largest(s, beam.ParDo(s, countLine, counts), n, fewer)
}

func listOf(list []string) string { return strings.Join(list, "\n") }

// TopLines makes lines of the result of [Top], for [WriteLines].
func TopLines(s beam.Scope, list beam.PCollection) beam.PCollection {
	return beam.ParDo(s, listOf, list)
}

// CountLines makes lines of pairs of name and number, for [WriteLines].
func CountLines(s beam.Scope, counts beam.PCollection) beam.PCollection {
	return beam.ParDo(s, countLine, counts)
}

func deadLine(d Dead) string { return d.File + "\t" + strings.ReplaceAll(d.Reason, "\n", "; ") }

// DeadLines makes lines of dead files, for [WriteLines]: name, tab, reason.
func DeadLines(s beam.Scope, dead beam.PCollection) beam.PCollection {
	return beam.ParDo(s, deadLine, dead)
}
