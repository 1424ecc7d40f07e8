package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/net/bpf"
)

// recordedSnaplen is what tcpdump compiles for without -s, in bytes.
const recordedSnaplen = 262144

// header is the first line of a recording: where it comes from. The netmask is
// 0.0.0.0, tcpdump's where there is no device.
type header struct {
	Libpcap string `json:"libpcap"`
	Tcpdump string `json:"tcpdump"`
	Snaplen uint32 `json:"snaplen"` // bytes
	System  string `json:"system"`  // GOOS/GOARCH: address families and byte order of NULL and its kin
}

// entry is any other line: what a filter is compiled to on link-layer types that
// give the same.
type entry struct {
	Filter    string   `json:"filter"`
	LinkTypes []string `json:"link_types"`
	// Opt is the optimized program, Unopt the one without optimizer; left out
	// where it is the same.
	Opt   instructions `json:"opt,omitempty"`
	Unopt instructions `json:"unopt,omitempty"`
	// Error is the text by which the filter was refused, Uerror that without
	// the optimizer; left out where it is the same, or where there is Unopt.
	Error  string `json:"error,omitempty"`
	Uerror string `json:"uerror,omitempty"`
}

// instructions is a program as a JSON array of [code, jt, jf, k].
type instructions []bpf.RawInstruction

// MarshalJSON implements [json.Marshaler].
func (p instructions) MarshalJSON() ([]byte, error) {
	rows := make([][4]uint32, len(p))
	for i, in := range p {
		rows[i] = [4]uint32{uint32(in.Op), uint32(in.Jt), uint32(in.Jf), in.K}
	}
	return json.Marshal(rows)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *instructions) UnmarshalJSON(b []byte) error {
	var rows [][4]uint32
	if err := json.Unmarshal(b, &rows); err != nil {
		return err
	}
	*p = make(instructions, len(rows))
	for i, r := range rows {
		if r[0] > 0xffff || r[1] > 0xff || r[2] > 0xff {
			return fmt.Errorf("instruction %d is out of range: %v", i, r)
		}
		(*p)[i] = bpf.RawInstruction{Op: uint16(r[0]), Jt: uint8(r[1]), Jf: uint8(r[2]), K: r[3]}
	}
	return nil
}

// group makes the lines of a recording: sorted by filter and then by the first
// link-layer type, whatever the order of work.
func group(work []task, results []result) []entry {
	order := make([]int, len(work))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(work[i].filter, work[j].filter), cmp.Compare(work[i].linkType, work[j].linkType))
	})
	var entries []entry
	var first []int // the task behind each entry
	from := 0       // the first entry of this filter
	for _, i := range order {
		if len(entries) > 0 && entries[len(entries)-1].Filter != work[i].filter {
			from = len(entries)
		}
		at := slices.IndexFunc(first[from:], func(j int) bool { return results[i].equal(results[j]) })
		if at < 0 {
			at = len(entries) - from
			entries = append(entries, newEntry(work[i].filter, results[i]))
			first = append(first, i)
		}
		e := &entries[from+at]
		e.LinkTypes = append(e.LinkTypes, work[i].linkType.String())
	}
	return entries
}

func newEntry(filter string, r result) entry {
	e := entry{Filter: filter, Opt: r.opt, Error: r.optError}
	if !slices.Equal(r.unopt, r.opt) {
		e.Unopt = r.unopt
	}
	if r.unoptError != r.optError {
		e.Uerror = r.unoptError
	}
	return e
}

func writeRecording(name string, h header, entries []entry) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(f, gzip.BestCompression) // the level is a valid one
	enc := json.NewEncoder(z)
	enc.SetEscapeHTML(false)
	err = enc.Encode(h)
	for i := 0; i < len(entries) && err == nil; i++ {
		err = enc.Encode(entries[i])
	}
	return errors.Join(err, z.Close(), f.Close())
}

func readRecording(name string) (h header, entries []entry, err error) {
	f, err := os.Open(name)
	if err != nil {
		return h, nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return h, nil, fmt.Errorf("%s: %w", name, err)
	}
	d := json.NewDecoder(z)
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return h, nil, fmt.Errorf("%s: first line: %w", name, err)
	}
	for {
		var e entry
		switch err := d.Decode(&e); {
		case errors.Is(err, io.EOF):
			return h, entries, nil
		case err != nil:
			return h, nil, fmt.Errorf("%s: line %d: %w", name, len(entries)+2, err)
		}
		entries = append(entries, e)
	}
}
