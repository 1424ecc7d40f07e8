package dissect

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// HexLines prints the captured bytes as tcpdump does for what it cannot take apart.
func (d *Context) HexLines(v View) {
	if d.ShowUnknown {
		d.below(v.Data, true)
	}
}

// BytesBelow prints bytes below the line.
func (d *Context) BytesBelow(v View) {
	if len(v.Data) > 0 {
		d.below(v.Data, true)
		v.NeedAll()
	}
}

// RawLines prints bytes below a line, in hexadecimal alone.
func (d *Context) RawLines(v View) { d.below(v.Data, false) }

func (d *Context) below(b []byte, ascii bool) {
	d.Out = append(d.Out, '\n')
	d.Out = AppendHex(d.Out, b, ascii)
	d.Out = d.Out[:len(d.Out)-1] // the caller ends the line
}

// HexAndText prints bytes in hexadecimal and as text, each line after another text.
func (d *Context) HexAndText(before string, v View) { d.lines(before, v.Limit(v.Length).Data, true) }

// Indented prints bytes in hexadecimal, each line after a text.
func (d *Context) Indented(before string, b []byte) { d.lines(before, b, false) }

// Unknown prints bytes that nothing is known of, each line after a text; fewer if they are not all captured.
func (d *Context) Unknown(v View, before string, n int) { d.lines(before, v.Limit(n).Data, false) }

// HexBytes prints n bytes in lines that each begin with a text.
func (d *Context) HexBytes(before string, v View, n int) {
	d.Unknown(v, before, n)
	v.Need(n)
}

func (d *Context) lines(before string, b []byte, ascii bool) {
	for line := range strings.Lines(string(AppendHex(nil, b, ascii))) {
		d.Print(before)
		d.Print(strings.Trim(line, "\t\n"))
	}
}

// AppendHex appends lines of sixteen bytes in hexadecimal, two by two, after
// their offset, and with ascii also as characters.
func AppendHex(dst, data []byte, ascii bool) []byte {
	for at := 0; at < len(data); at += 16 {
		row := data[at:min(at+16, len(data))]
		dst = fmt.Appendf(dst, "\t0x%04x: ", at)
		for i := range row {
			if i%2 == 0 {
				dst = append(dst, ' ')
			}
			dst = hex.AppendEncode(dst, row[i:i+1])
		}
		if ascii {
			written := len(row)*2 + (len(row)+1)/2
			for ; written < 42; written++ {
				dst = append(dst, ' ')
			}
			for _, c := range row {
				dst = append(dst, printable(c))
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

func printable(c byte) byte {
	if c > 0x20 && c < 0x7f {
		return c
	}
	return '.'
}

// AppendText appends the bytes as text: characters, line ends and tabs as they
// are, everything else as dots.
func AppendText(dst, data []byte) []byte {
	for i, c := range data {
		switch {
		case c == '\r':
			if i+2 >= len(data) || data[i+1] == '\n' {
				continue // the newline is enough; as in tcpdump, whatever the last byte is
			}
			dst = append(dst, '.')
		case c == '\n' || c == '\t' || c == ' ' || c > 0x20 && c < 0x7f:
			dst = append(dst, c)
		default:
			dst = append(dst, '.')
		}
	}
	return append(dst, '\n')
}
