package lint

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/lint.md anew")

const docFile = "../../docs/lint.md"

// The page about the warnings is made of the table of lints, and the output of its examples is what is printed.
func TestDocs(t *testing.T) {
	page := docs(t)
	if *update {
		if err := os.WriteFile(docFile, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(is) != page {
		t.Error("docs/lint.md is not what the lints say: go test ./explain/lint -run TestDocs -update writes it")
	}
}

const docHead = `# Warnings

<!-- Written by go test ./explain/lint -run TestDocs -update from the table of lints. -->

Some filters are correct and do not mean what they seem to. ` + "`bpfc lint`" + ` finds those, and ` + "`compile`, `filter` and `capture`" + ` warn of them on
standard error; ` + "`bpfc explain`" + ` ends with them. Each warning has a name, in brackets behind it.

    bpfc lint 'net 10.1.2.0 and tcp'         # silent with status 0 where there is nothing to say, else 1; 2 if the filter is wrong
    bpfc lint --json -y RAW 'arp or icmp'    # with the whole filter as it was probably meant, and how the two relate
    bpfc lint --filters rules.txt            # how often each is given for a list of filters, one a line
    bpfc compile -W no-host-net,no-moved …   # not these
    bpfc compile -W none …                   # none; -W none -W host-net for that one alone
    bpfc compile -W error …                  # warnings are errors: status 2, and nothing is compiled

A filter that looks like a mistake is not warned of for that alone. What was probably meant is compared with what was written, by proof: only
where they differ is there a warning. A part that changes nothing, the other way round, is warned of only if the filter is proved to be the same
without it. What cannot be decided in the time there is (` + "`--time`" + `, ten seconds) is not warned of; ` + "`lint`" + ` says on standard error that there may be
more. While a filter is compiled only what looks suspicious is proved, in some 30 ms at most: [always](#always), [never](#never) and
[no-effect](#no-effect) look only at parts that look like others. The answers of ` + "`compile --jsonl`" + ` have no warnings. ` + "`capture`" + ` has tcpdump's ` + "`-W`" + ` for a number of files; with a word in place of a number
it is this one, and ` + "`--warnings`" + ` is the same.

| name | warned of |
| --- | --- |
`

const docErrors = `## What is an error instead

A comparison right behind a primitive, as in ` + "`tcp src port > 23`" + `, is not in the language. The error says what is:
` + "`tcp src portrange 24-65535`" + `, or over IPv4 alone ` + "`tcp[0:2] > 23`" + `. ` + "`ip proto != 17`, `icmp = 8` and `vlan > 5`" + ` are answered in the same way. A filter that no packet
can match is an error of ` + "`compile`" + ` and a warning of ` + "`lint`" + `, which says more about why.

## On filters that people type

testdata/practical.txt has 318 filters as people type them. These are warned of:

| warning | filter | reason |
| --- | --- | --- |
`

const docSuite = `
Of the 1,026 filters of libpcap's own test suite, which tries out the language, 20 are warned of: 7 times constant, 5 times not-or,
4 times link-type, 3 times addresses (names that were made to have several), once never.
`

func docs(t *testing.T) string {
	var b strings.Builder
	b.WriteString(docHead)
	for _, l := range Lints() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", l.Name, l.Name, l.Title)
	}
	for _, l := range Lints() {
		fmt.Fprintf(&b, "\n## %s\n\n%s%s.\n\n%s\n\n", l.Name, strings.ToUpper(l.Title[:1]), l.Title[1:], wrapped(l.Why))
		for _, e := range l.Bad {
			fmt.Fprintf(&b, "    $ bpfc lint %s\n", command(e))
			for _, w := range check(t, e) {
				for line := range strings.Lines("warning: " + w.Text(e.Filter)) {
					fmt.Fprintf(&b, "    %s\n", strings.TrimRight(line, "\n"))
				}
			}
			b.WriteString("\n")
		}
		var good []string
		for _, e := range l.Good {
			good = append(good, "`"+command(e)+"`")
		}
		fmt.Fprintf(&b, "Not warned of: %s.\n", strings.Join(good, ", "))
	}
	b.WriteString("\n" + docErrors)
	for _, r := range practicalReasons {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", r.name, r.filter, r.why)
	}
	return b.String() + docSuite
}

// command is an example as it is given on the command line.
func command(e Example) string {
	text := "'" + e.Filter + "'"
	if e.SnapLen > 0 {
		text = fmt.Sprintf("-s %d %s", e.SnapLen, text)
	}
	if e.LinkType != "" {
		text = "-y " + e.LinkType + " " + text
	}
	return text
}

// wrapped breaks a paragraph into lines.
func wrapped(text string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		if column > 0 && column+1+len(word) > 120 {
			b.WriteString("\n")
			column = 0
		}
		if column > 0 {
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
