package print

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"

	"bpfc/linktype"
)

// No recorded packet, changed in a few bytes and cut, makes a dissector panic; BPFC_LONG=1 tries 20,000 of each.
func TestMutations(t *testing.T) {
	type recorded struct {
		link    linktype.Type
		data    []byte
		wireLen uint32
	}
	cases := map[string][]recorded{}
	for _, c := range dissectorCases(t) {
		cases[c.name] = append(cases[c.name], recorded{1, c.data, c.wireLen})
	}
	for _, c := range linkCases(t) {
		name := fmt.Sprint("link-layer type ", c.linkType)
		cases[name] = append(cases[name], recorded{c.linkType, c.data, uint32(len(c.data))})
	}
	var printers []*Printer
	for verbose := range 4 {
		printers = append(printers, New(Options{Verbose: verbose}), New(Options{Verbose: verbose, LinkHeader: true, Layers: true}))
	}
	times := 100
	if os.Getenv("BPFC_LONG") != "" {
		times = 20_000
	}
	r := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for name, list := range cases {
		for range times {
			c := list[r.IntN(len(list))]
			data := mutated(r, c.data)
			func() {
				defer func() {
					if fault := recover(); fault != nil {
						t.Errorf("%s: %v: % x", name, fault, data)
					}
				}()
				text = printers[r.IntN(len(printers))].Append(text[:0], &Packet{LinkType: c.link, Data: data, WireLen: max(c.wireLen, uint32(len(data))), Number: 1})
				if badFormat.Match(text) {
					t.Errorf("%s: %s: % x", name, text, data)
				}
			}()
		}
	}
}

// badFormat is what package fmt writes for an argument that does not fit its format.
var badFormat = regexp.MustCompile(`%!([a-zA-Z]\(|\(|NOVERB)`)

// mutated changes up to six bytes of a copy, and now and then cuts it.
func mutated(r *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	for range 1 + r.IntN(6) {
		if len(data) == 0 {
			break
		}
		b := &data[r.IntN(len(data))]
		switch r.IntN(4) {
		case 0:
			*b = byte(r.IntN(256))
		case 1:
			*b ^= 1 << r.IntN(8)
		case 2:
			*b = []byte{0, 1, 127, 128, 255}[r.IntN(5)]
		case 3:
			if r.IntN(3) == 0 {
				data = data[:1+r.IntN(len(data))]
			}
		}
	}
	return data
}
