package prove

import (
	"context"
	"fmt"
	"time"
)

// budget ends a proof that takes too long, by a panic with a spent that the entry
// points recover.
type budget struct {
	ctx      context.Context
	deadline time.Time
	nodes    int // that may still be made
	steps    int
}

// spent is why a proof was given up.
type spent struct{ reason string }

const (
	stepsBetweenClocks = 1 << 12
)

func newBudget(ctx context.Context, o Options) *budget {
	b := &budget{ctx: ctx, nodes: o.Nodes}
	if b.nodes == 0 {
		b.nodes = DefaultNodes
	}
	limit := o.Time
	if limit == 0 {
		limit = DefaultTime
	}
	b.deadline = time.Now().Add(limit)
	return b
}

// node counts a node of a diagram or of a lifted filter.
func (b *budget) node() {
	b.nodes--
	if b.nodes < 0 {
		panic(spent{"the diagram grows beyond its budget of nodes"})
	}
}

// step counts a step of work.
func (b *budget) step() {
	b.steps++
	if b.steps%stepsBetweenClocks != 0 {
		return
	}
	b.clock()
}

func (b *budget) clock() {
	if err := b.ctx.Err(); err != nil {
		panic(spent{fmt.Sprintf("ended: %v", err)})
	}
	if time.Now().After(b.deadline) {
		panic(spent{"the budget of time is spent"})
	}
}

// part is a budget of a fifth of the time that is left, and as many nodes.
func (b *budget) part() *budget {
	c := *b
	c.deadline = time.Now().Add(time.Until(b.deadline) / 5)
	return &c
}

// over tells whether no further attempt can be made.
func (b *budget) over() bool {
	return b.ctx.Err() != nil || !time.Now().Before(b.deadline)
}
