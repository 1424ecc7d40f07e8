package parser

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"port", "tcp port 80"},
		{"arith", "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)"},
		{"terms1k", strings.Repeat("tcp port 80 or ", 999) + "tcp port 80"},
		{"terms100k", strings.Repeat("tcp port 80 or ", 99999) + "tcp port 80"},
		{"nested", strings.Repeat("(", 2000) + "tcp port 80" + strings.Repeat(")", 2000)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				if _, err := Parse(bb.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
