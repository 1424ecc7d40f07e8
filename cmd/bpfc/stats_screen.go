//go:build !wasip1

package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/term"

	"bpfc/capture"
)

// statsScreen shows a view on the terminal while packets are counted beside.
type statsScreen struct {
	statsView
	mu     *sync.Mutex // guards the table of the view
	screen tcell.Screen
}

// newView is nil where nothing can be drawn: without a terminal, or with --json. It uses the terminal's second screen, so
// that what was there comes back.
func (s *statsCommand) newView(title string) *statsScreen {
	f, ok := s.stdout.(*os.File)
	if !ok || s.json || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	screen, err := tcell.NewScreen()
	if err != nil || screen.Init() != nil { // a terminal that nothing is known of: the table comes at the end
		return nil
	}
	return &statsScreen{statsView{title: title, table: s.table, every: s.every}, &s.mu, screen}
}

// run draws until a key, the context or the counting ends it.
func (s *statsScreen) run(ctx context.Context, done <-chan struct{}, stats func() (capture.Stats, error)) error {
	defer s.screen.Fini()
	events := make(chan tcell.Event, 16)
	quit := make(chan struct{})
	defer close(quit)
	go s.screen.ChannelEvents(events, quit)
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		s.mu.Lock()
		s.draw(s.screen, time.Now())
		s.mu.Unlock()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		case <-tick.C:
			counts, err := stats()
			if err != nil {
				return err
			}
			s.mu.Lock()
			s.table.Dropped = counts.Dropped
			s.table.Mark()
			s.mu.Unlock()
		case e := <-events:
			s.mu.Lock()
			end := s.event(e)
			s.mu.Unlock()
			if end {
				return nil
			}
		}
	}
}

func (s *statsScreen) event(e tcell.Event) (quit bool) {
	switch e := e.(type) {
	case *tcell.EventKey:
		return s.key(e.Key(), e.Rune(), time.Now())
	case *tcell.EventResize:
		s.screen.Sync()
	}
	return false
}
