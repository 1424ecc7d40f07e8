package prove

import (
	"context"
	"errors"
)

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
