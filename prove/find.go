package prove

import (
	"context"
	"errors"

	"bpfc/ir"
)

// Forced returns the filter that a graph is if some of its tests always go one way.
// forced tells for a node whether it is one, and which way. What such a test looks
// at is still looked at. With this, it can be asked which tests change nothing.
func Forced(g *ir.Graph, forced func(n *ir.Node) (outcome, is bool)) (*Filter, error) {
	if err := ir.Verify(g); err != nil {
		return nil, err
	}
	kept := *g
	f := &Filter{graph: &kept, forced: forced}
	f.liftGraph()
	return f, nil
}

// Find returns a packet that yes accepts and no rejects, as short as it can find, and
// nil if there is none. no may be nil. Where that is not decided within the budget, the
// error says why. With [And], several filters can be asked for.
func Find(ctx context.Context, yes, no *Filter, o Options) (*Packet, error) {
	if no == nil {
		no = None()
	}
	answer := Compare(ctx, yes, no, o)
	switch {
	case answer.OnlyA != nil:
		return answer.OnlyA, nil
	case answer.Relation == Undecided && !answer.noneOnlyA:
		return nil, errors.New(answer.Reason)
	}
	return nil, nil
}
