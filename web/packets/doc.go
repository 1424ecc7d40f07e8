// Package packets is what the page in the browser does with packets: it reads captures, judges and prints their packets,
// makes packets that match, and compares filters by packets.
//
// A capture is read once from its start to its end, and only the place of each packet is kept (index.go); a file that is
// compressed, or pcapng, is written into a spool on the way, which in a browser is on its disk. After that packets are
// read where they are needed: a window of the file for judging (judge.go), one for a line on the screen (rows.go). What takes
// long yields every few milliseconds, so that the page can ask for something else, or end it.
//
// The package keeps no compatibility: it changes with the page.
package packets

import (
	"context"
	"time"

	"bpfc/web/rpc"
)

// New gives the methods.
func New() rpc.Service {
	s := &service{}
	return rpc.Service{
		"openCapture": s.openCapture, "closeCapture": s.closeCapture, "judge": s.judge, "rows": s.rows, "packet": s.packet,
		"trace": s.trace, "diffCounts": s.diffCounts, "save": s.save,
		"witness": s.witness, "diff": s.diff, "compare": s.compare,
	}
}

// service holds the capture that is open. Its calls take turns: one goes on when another yields.
type service struct {
	file   *file
	judged *judgment
}

// slice is how long something computes before others are heard.
const slice = 25 * time.Millisecond

// turns yields when a slice is over.
type turns struct {
	ctx  context.Context
	call *rpc.Call
	end  time.Time
}

func newTurns(ctx context.Context, c *rpc.Call) *turns {
	return &turns{ctx, c, time.Now().Add(slice)}
}

// over tells whether a slice is over; then next has to be called.
func (t *turns) over() bool { return time.Now().After(t.end) }

// next lets the others go on, and gives the error of the context where nobody waits for the answer any more.
func (t *turns) next() error {
	t.call.Yield()
	t.end = time.Now().Add(slice)
	return t.ctx.Err()
}

// progress is what the page is told of a call that runs.
type progress struct {
	Done    int64  `json:"done"`
	Total   int64  `json:"total"`
	Matches int    `json:"matches,omitempty"`
	Text    string `json:"text"`
}
