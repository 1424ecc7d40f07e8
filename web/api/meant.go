package api

import (
	"strconv"
	"strings"

	"bpfc/diag"
	"bpfc/web/rpc"
)

// meantBy begin the hints that hold what to write in the place of what is wrong, quoted.
var meantBy = []string{"did you mean ", "say what it is, as in "}

// meant makes a button of a hint.
func meant(e *diag.Error, text string) (fix rpc.Fix, ok bool) {
	if e.Pos >= e.End || e.End > len(text) {
		return fix, false
	}
	for _, start := range meantBy {
		quoted, ok := strings.CutPrefix(e.Hint, start)
		if !ok {
			continue
		}
		quoted, err := strconv.QuotedPrefix(quoted)
		if err != nil {
			continue
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			continue
		}
		expr := text[:e.Pos] + word + text[e.End:]
		return rpc.Fix{Title: "Write " + word, Expr: &expr}, true
	}
	return fix, false
}
