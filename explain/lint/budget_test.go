package lint

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bpfc/linktype"
)

// Where the filter as a whole is too much to prove, what can be said of its parts is said, and that there may be more.
func TestBudget(t *testing.T) {
	product := "ip[2:2] * ip[4:2] * ip[6:2] * ip[10:2] = 77 or "
	hosts := strings.Repeat("host 10.9.8.7 or ", 5000)
	for _, expr := range []string{product + "net 10.1.2.0", hosts + "net 10.1.2.0", product + hosts + "net 10.1.2.0"} {
		for _, quick := range []bool{true, false} {
			var report Report
			found := false
			for budget := 2 * time.Second; !found && budget < 2*time.Minute; budget *= 2 { // a busy machine gets more
				var err error
				report, err = Check(context.Background(), expr, Options{LinkType: linktype.EN10MB, Names: exampleNames, Quick: quick, Time: budget})
				if err != nil {
					t.Fatal(err)
				}
				found = slices.ContainsFunc(report.Warnings, func(w Warning) bool {
					return w.Name == "host-net" && expr[w.Pos:w.End] == "net 10.1.2.0" && w.Relation != ""
				})
			}
			if !found {
				t.Errorf("quick %t: %.60s…: %d warnings, %s", quick, expr, len(report.Warnings), report.Partial)
			}
			if !quick && report.Partial == "" {
				t.Errorf("%.60s…: all was proved", expr)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, "net 10.1.2.0", Options{LinkType: linktype.EN10MB, Names: exampleNames}); err == nil {
		t.Error("an answer after the end of the context")
	}
}

// The selection of -W: the last word counts, and a name that begins with "no-" is a name.
func TestSelection(t *testing.T) {
	for _, tt := range []struct {
		words     string
		has, not  string
		err, fail bool
	}{
		{"all", "host-net", "", false, false},
		{"none", "", "host-net", false, false},
		{"none,host-net", "host-net", "moved", false, false},
		{"no-host-net", "moved", "host-net", false, false},
		{"no-no-effect", "moved", "no-effect", false, false},
		{"none,no-effect", "no-effect", "moved", false, false},
		{"error", "moved", "", true, false},
		{"error,no-error", "moved", "", false, false},
		{"hostnet", "", "", false, true},
		{"", "", "", false, true},
	} {
		var s Selection
		err := s.Set(tt.words)
		if (err != nil) != tt.fail || s.Error != tt.err {
			t.Errorf("%s: %v, %+v", tt.words, err, s)
		}
		if !tt.fail && (tt.has != "" && !s.Has(tt.has) || tt.not != "" && s.Has(tt.not)) {
			t.Errorf("%s: %+v", tt.words, s)
		}
	}
}
