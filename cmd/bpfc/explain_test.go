package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A filter is explained in words, and as JSON with the same tree.
func TestExplainFilter(t *testing.T) {
	got := exec(t, "", "explain", "tcp port 80 and not vlan")
	for _, want := range []string{"all of these hold:", "[tcp port 80]", "[vlan]", "4 bytes further on", "The kernel takes it"} {
		if got.status != exitOK || !strings.Contains(got.stdout, want) {
			t.Errorf("no %q in %+v", want, got)
		}
	}
	var answer struct {
		Expr string
		Tree struct {
			Op    string
			Parts []struct{ Op, Text, Says string }
		}
		Cost struct{ Instructions, Needs int }
	}
	got = exec(t, "", "explain", "--json", "tcp port 80 and not vlan")
	if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Tree.Op != "and" || len(answer.Tree.Parts) != 2 || answer.Tree.Parts[0].Text != "tcp port 80" || answer.Cost.Needs != 78 {
		t.Errorf("%+v", answer)
	}
}

// The table over a file counts every packet once, and each packet is explained with the verdict that the filter has.
func TestExplainFile(t *testing.T) {
	const expr = "tcp port 80 or arp"
	want := strings.Fields(exec(t, "", "verdicts", "-r", packetsFile, expr).stdout)
	var table struct {
		Packets, Matches, Before int
		Rows                     []struct {
			Text              string
			Matched, Rejected int
		}
	}
	got := exec(t, "", "explain", "--json", "-r", packetsFile, expr)
	if err := json.Unmarshal([]byte(got.stdout), &table); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	sum, matched := table.Before, 0
	for _, r := range table.Rows {
		sum, matched = sum+r.Matched+r.Rejected, matched+r.Matched
	}
	if table.Packets != len(want) || sum != len(want) || matched != table.Matches || len(table.Rows) != 2 {
		t.Errorf("%+v of %d packets", table, len(want))
	}
	for _, n := range []int{0, len(want) / 2, len(want) - 1} {
		var why struct{ Matches bool }
		got := exec(t, "", "explain", "--json", "-r", packetsFile, "--packet", strconv.Itoa(n+1), expr)
		if err := json.Unmarshal([]byte(got.stdout), &why); err != nil || why.Matches != (want[n] != "0") {
			t.Errorf("packet %d: %v, %s, %+v", n+1, err, want[n], got)
		}
	}
}

// What makes no sense is refused with the reason, and a wrong filter is said as compile says it.
func TestExplainRefusals(t *testing.T) {
	for want, args := range map[string][]string{
		"add -r":           {"explain", "--packet", "3", "tcp"},
		"the first packet": {"explain", "-r", packetsFile, "--packet", "0", "tcp"},
		"packets":          {"explain", "-r", packetsFile, "--packet", "1000000", "tcp"},
		"^~~~":             {"explain", "tcp port nosuchport"},
		"link-layer type":  {"explain", "-y", "NOSUCH", "tcp"},
	} {
		if got := exec(t, "", args...); got.status != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%q: no %q in %+v", args, want, got)
		}
	}
}

const explainedFile = "../../docs/explained.md"

// The document has the text of twenty practical filters chosen at random.
func TestExplainedDocument(t *testing.T) {
	list := practical(t)
	r := rand.New(rand.NewPCG(15, 20))
	var b strings.Builder
	b.WriteString("# Twenty filters explained\n\nWhat `bpfc explain` says of twenty filters of testdata/practical.txt, chosen at random.\n")
	for _, n := range r.Perm(len(list))[:20] {
		got := exec(t, "", "explain", "--etc", "../../testdata/etc", list[n])
		if got.status != exitOK {
			t.Fatalf("%+v", got)
		}
		b.WriteString("\n## `" + strings.Join(strings.Fields(list[n]), " ") + "`\n\n```\n" + got.stdout + "```\n")
	}
	if *update {
		if err := os.WriteFile(explainedFile, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(explainedFile)
	if err != nil || string(text) != b.String() {
		t.Errorf("%v: %s is not what explain says; run this test with -update and read the difference", err, explainedFile)
	}
}
