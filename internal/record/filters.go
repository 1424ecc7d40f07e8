package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"bpfc/linktype"
)

// section is a run of filters of filters.txt and the link-layer types that they
// are for, none for all.
type section struct {
	line    int
	types   []linktype.Type
	filters []string
}

// readFilters reads a list of filters. Lines that begin with # and empty ones
// are left out; one that begins with @ starts a section.
func readFilters(name string) ([]section, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var sections []section
	n := 0
	for line := range bytes.Lines(text) {
		n++
		s := strings.TrimSpace(string(line))
		switch {
		case s == "" || s[0] == '#':
		case s[0] == '@':
			types, err := parseTypes(s[1:])
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, n, err)
			}
			sections = append(sections, section{line: n, types: types})
		case len(sections) == 0:
			return nil, fmt.Errorf("%s:%d: a filter before the first line with @", name, n)
		default:
			last := &sections[len(sections)-1]
			last.filters = append(last.filters, s)
		}
	}
	return sections, nil
}

func parseTypes(s string) ([]linktype.Type, error) {
	names := strings.Fields(s)
	if len(names) == 0 {
		return nil, fmt.Errorf("@ without link-layer types")
	}
	if len(names) == 1 && names[0] == "*" {
		return nil, nil
	}
	types := make([]linktype.Type, len(names))
	for i, n := range names {
		t, err := linktype.Parse(n)
		if err != nil {
			return nil, err
		}
		types[i] = t
	}
	return types, nil
}

// task is one filter on one link-layer type.
type task struct {
	linkType linktype.Type
	filter   string
}

// cases lists what is to be compiled, each once.
func cases(sections []section, all []linktype.Type) ([]task, error) {
	known := make(map[linktype.Type]bool)
	for _, t := range all {
		known[t] = true
	}
	var work []task
	done := make(map[task]bool)
	for _, s := range sections {
		types := s.types
		if types == nil {
			types = all
		}
		for _, t := range types {
			if !known[t] {
				return nil, fmt.Errorf("line %d of the filters: tcpdump does not know link-layer type %s", s.line, t)
			}
			for _, f := range s.filters {
				if c := (task{t, f}); !done[c] {
					done[c] = true
					work = append(work, c)
				}
			}
		}
	}
	return work, nil
}

func distinct(work []task) int {
	filters := make(map[string]bool)
	for _, c := range work {
		filters[c.filter] = true
	}
	return len(filters)
}
