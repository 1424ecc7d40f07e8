package traffic

import (
	"fmt"
	"io"
	"math/bits"
	"strings"
	"time"
)

// widest is how many columns a table takes at the most: on wider terminals eyes lose the row.
const widest = 110

// Write prints the table for people, at most columns wide.
func (t *Table) Write(out io.Writer, top, columns int) error {
	var w strings.Builder
	columns = min(columns, widest)
	s := t.Summary(top)
	headline := []string{fmt.Sprintf("%d packets", s.Packets), HumanBytes(s.Bytes), fmt.Sprintf("%.3f s", s.Seconds)}
	if s.Seconds > 0 {
		headline = append(headline, fmt.Sprintf("%.0f packets/s", float64(s.Packets)/s.Seconds), HumanBytes(uint64(float64(s.Bytes)/s.Seconds))+"/s")
	}
	if s.Dropped > 0 {
		headline = append(headline, fmt.Sprintf("%d dropped", s.Dropped))
	}
	wrapList(&w, headline, columns)
	sections := []section{{"protocol", s.Protocols}, {"host", s.Hosts}, {"port", s.Ports}, {"conversation", s.Conversations}, {"size in bytes", s.Sizes}}
	names := 0 // columns of names, the same in all sections
	for _, section := range sections {
		names = max(names, section.width())
	}
	names = min(names, max(columns-numberColumns, 8))
	for _, section := range sections {
		section.write(&w, names, columns)
	}
	if len(s.Course) > 1 {
		line, step, largest := sparkline(s.Course, max(columns-1, 10))
		each := time.Duration(step) * time.Duration(t.interval)
		fmt.Fprintln(&w)
		wrapList(&w, []string{"bytes over time", fmt.Sprintf("a column is %v", each), "the highest " + HumanBytes(largest)}, columns)
		fmt.Fprintln(&w, line)
	}
	_, err := io.WriteString(out, w.String())
	return err
}

// wrapList writes parts with commas between them, on as many lines as they need.
func wrapList(w io.Writer, parts []string, columns int) {
	line := ""
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ","
		}
		switch {
		case line == "":
			line = part
		case len(line)+1+len(part) > columns:
			fmt.Fprintln(w, line)
			line = part
		default:
			line += " " + part
		}
	}
	fmt.Fprintln(w, line)
}

// section is a part of the table: rows of amounts under a title.
type section struct {
	title string
	rows  []Named
}

const (
	numberColumns = 24 // of packets and bytes
	longestBar    = 30
)

// width is the length of the longest name.
func (s section) width() int {
	width := len(s.title)
	for _, r := range s.rows {
		width = max(width, len([]rune(r.Name)))
	}
	return width
}

// write prints the rows, with a bar for the share of packets where there is room.
func (s section) write(w io.Writer, names, columns int) {
	if len(s.rows) == 0 {
		return
	}
	largest := uint64(1)
	for _, r := range s.rows {
		largest = max(largest, r.Packets)
	}
	fmt.Fprintf(w, "\n%-*s %12s %10s\n", names, shorten(s.title, names), "packets", "bytes")
	room := min(columns-names-numberColumns-3, longestBar)
	for _, r := range s.rows {
		fmt.Fprintf(w, "%-*s %12d %10s", names, shorten(r.Name, names), r.Packets, HumanBytes(r.Bytes))
		if bar := int(r.Packets * uint64(max(room, 0)) / largest); bar > 0 {
			fmt.Fprintf(w, "  %s", strings.Repeat("█", bar))
		}
		fmt.Fprintln(w)
	}
}

// shorten cuts a name to so many columns.
func shorten(s string, columns int) string {
	r := []rune(s)
	if len(r) <= columns {
		return s
	}
	return string(r[:columns-1]) + "…"
}

// sparkline draws amounts of bytes as one line of blocks, so many intervals in each, and gives the highest.
func sparkline(course []Amount, columns int) (line string, step int, largest uint64) {
	step = (len(course) + columns - 1) / columns
	var sums []uint64
	for i := 0; i < len(course); i += step {
		sum := uint64(0)
		for _, a := range course[i:min(i+step, len(course))] {
			sum += a.Bytes
		}
		sums, largest = append(sums, sum), max(largest, sum)
	}
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	row := make([]rune, len(sums))
	for i, n := range sums {
		hi, lo := bits.Mul64(n, uint64(len(blocks)-1))
		rank, rest := bits.Div64(hi, lo, max(largest, 1))
		if rest > 0 {
			rank++
		}
		row[i] = blocks[rank]
	}
	return string(row), step, largest
}

// HumanBytes writes a number of bytes in the unit that fits, of powers of 1,000.
func HumanBytes(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 1000 && unit < 5 {
		value, unit = value/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", value, " kMGTP"[unit])
}
