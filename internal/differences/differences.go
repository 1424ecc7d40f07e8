// Package differences reads docs/differences.md, so that tests can hold the
// compiler against the example packets that people read there.
//
// The document lists every deliberate difference from libpcap, each under a
// heading of the third level. A difference names the tests that hold it, in a
// line such as
//
//	Held by `TestFieldUnassigned` (codegen), `TestOther` (capture).
//
// with the directory of each test, and may have examples in fenced blocks of
// the language "packets". A line without indentation is a link-layer type and a
// filter, and what follows it, indented, are packets in hexadecimal, each behind
// what becomes of it:
//
//	IEEE802_11: wlan ra 02:00:00:00:00:01
//	  bpfc matches, libpcap does not: d4000000 020000000001
//	  libpcap matches, bpfc does not: …
//	  both match: …
//	  neither matches: …
//	  bpfc does not match, libpcap never returns: …
//	EN10MB: ip and arp
//	  bpfc refuses: rejects-all
//
// Behind a word of a packet *N repeats it N times. Behind the link-layer type
// ",savefile" compiles for packets of a capture file.
package differences

import (
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"bpfc/diag"
	"bpfc/linktype"
)

// Difference is one that the document describes.
type Difference struct {
	Name     string // its heading
	Section  string // the heading of the second level above it
	Line     int    // of the heading
	HeldBy   []Test
	Examples []Example
}

// Test is the name of a test and the directory of its package, "." for the
// root.
type Test struct{ Name, Dir string }

// Example is a filter with packets.
type Example struct {
	Line     int
	LinkType linktype.Type
	Savefile bool
	Filter   string
	// Refused is the kind of error with which bpfc refuses the filter, "" if
	// it takes it. A refused filter has no packets.
	Refused diag.Kind
	Packets []Packet
}

// Packet is a whole packet, and whether bpfc and libpcap 1.11 match it.
type Packet struct {
	Line          int
	Bytes         []byte
	Bpfc, Libpcap bool
	Endless       bool // libpcap goes round for ever
}

// Read reads the document.
func Read(name string) ([]Difference, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := reader{}
	for line := range strings.Lines(string(text)) {
		r.line++
		if err := r.read(strings.TrimRight(line, "\n")); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, r.line, err)
		}
	}
	if r.inBlock {
		return nil, fmt.Errorf("%s: a block of packets without an end", name)
	}
	return r.list, nil
}

type reader struct {
	line    int
	section string
	inBlock bool
	list    []Difference
}

var heldBy = regexp.MustCompile("`(\\w+)` \\(([^)]+)\\)")

func (r *reader) read(line string) error {
	switch {
	case r.inBlock && strings.HasPrefix(line, "```"):
		r.inBlock = false
	case r.inBlock:
		return r.example(line)
	case strings.HasPrefix(line, "## "):
		r.section = strings.TrimPrefix(line, "## ")
	case strings.HasPrefix(line, "### "):
		r.list = append(r.list, Difference{Name: strings.TrimPrefix(line, "### "), Section: r.section, Line: r.line})
	case line == "```packets":
		if len(r.list) == 0 {
			return fmt.Errorf("packets before the first difference")
		}
		r.inBlock = true
	case strings.HasPrefix(line, "Held by ") && len(r.list) > 0:
		for _, m := range heldBy.FindAllStringSubmatch(line, -1) {
			d := &r.list[len(r.list)-1]
			d.HeldBy = append(d.HeldBy, Test{Name: m[1], Dir: m[2]})
		}
	}
	return nil
}

// outcomes is what may stand before a packet.
var outcomes = map[string]struct{ bpfc, libpcap, endless bool }{
	"bpfc matches, libpcap does not":             {true, false, false},
	"libpcap matches, bpfc does not":             {false, true, false},
	"both match":                                 {true, true, false},
	"neither matches":                            {false, false, false},
	"bpfc does not match, libpcap never returns": {false, false, true},
}

// example reads a line of a block: a filter, or what becomes of it.
func (r *reader) example(line string) error {
	head, rest, ok := strings.Cut(line, ": ")
	if !ok {
		return fmt.Errorf("no colon in %q", line)
	}
	d := &r.list[len(r.list)-1]
	if !strings.HasPrefix(line, " ") {
		e := Example{Line: r.line, Filter: rest}
		name, savefile := strings.CutSuffix(head, ",savefile")
		l, err := linktype.Parse(name)
		e.LinkType, e.Savefile = l, savefile
		d.Examples = append(d.Examples, e)
		return err
	}
	if len(d.Examples) == 0 {
		return fmt.Errorf("a packet without a filter")
	}
	e := &d.Examples[len(d.Examples)-1]
	head = strings.TrimSpace(head)
	if head == "bpfc refuses" {
		e.Refused = diag.Kind(rest)
		return nil
	}
	o, ok := outcomes[head]
	if !ok {
		return fmt.Errorf("unknown outcome %q", head)
	}
	b, err := packet(rest)
	e.Packets = append(e.Packets, Packet{Line: r.line, Bytes: b, Bpfc: o.bpfc, Libpcap: o.libpcap, Endless: o.endless})
	return err
}

// packet reads words of hexadecimal digits, some repeated.
func packet(text string) ([]byte, error) {
	var b []byte
	for _, word := range strings.Fields(text) {
		digits, times, repeated := strings.Cut(word, "*")
		n := 1
		if repeated {
			var err error
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > 1<<16 {
				return nil, fmt.Errorf("%q is no number of repetitions", times)
			}
		}
		part, err := hex.DecodeString(digits)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", word, err)
		}
		for range n {
			b = append(b, part...)
		}
	}
	if len(b) == 0 {
		return nil, fmt.Errorf("an empty packet")
	}
	return b, nil
}
