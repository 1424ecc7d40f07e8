package main

import (
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"sync"
)

// postRotation runs a command on files that were written, as tcpdump's -z: beside the capture, with the lowest priority, and
// with the name of the file as its only argument. A few run at a time, the others wait for their turn.
type postRotation struct {
	command string
	slots   chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	failed error // the first command that failed, and how many did
	count  int
}

// maxPostRotations is how many commands run at a time.
const maxPostRotations = 4

func newPostRotation(command string) *postRotation {
	return &postRotation{command: command, slots: make(chan struct{}, maxPostRotations)}
}

// run starts the command on a file. A nil postRotation does nothing.
func (p *postRotation) run(file string) {
	if p == nil {
		return
	}
	p.running.Go(func() {
		p.slots <- struct{}{}
		defer func() { <-p.slots }()
		if err := p.one(file); err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.count++; p.failed == nil {
				p.failed = fmt.Errorf("-z: %s %s: %w", p.command, file, err)
			}
		}
	})
}

func (p *postRotation) one(file string) error {
	cmd := osexec.Command(p.command, file)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr // standard output is for packets
	if err := cmd.Start(); err != nil {
		return err
	}
	lowestPriority(cmd.Process.Pid)
	return cmd.Wait()
}

// wait waits for the commands, and gives the error of the first that failed.
func (p *postRotation) wait() error {
	if p == nil {
		return nil
	}
	p.running.Wait()
	if p.count > 1 {
		return errors.Join(p.failed, fmt.Errorf("-z: %d commands failed in all", p.count))
	}
	return p.failed
}
