package main

import (
	"context"

	"bpfc/capture"
)

// statsScreen is what there is none of here: WASI has neither terminals nor interfaces.
type statsScreen struct{}

func (s *statsCommand) newView(string) *statsScreen { return nil }

func (s *statsScreen) run(context.Context, <-chan struct{}, func() (capture.Stats, error)) error {
	return nil
}
