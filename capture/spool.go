package capture

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Spool is a new file for a stream of packets that may go on for hours. What
// was written to it goes to the disk soon, in the background, and only its end
// stays in the system's cache: a capture neither fills the memory of the machine
// that it watches nor waits for new memory, which costs more than all else that is
// done with a packet where the machine is a virtual one. Where the disk is slower
// than the packets come, it is left to the system for a while, whose cache then is
// what saves them. On systems other than Linux a Spool is an [os.File] and no more.
// It is not safe for concurrent use.
type Spool struct {
	*os.File
	cleaner cleaner
	told    int64 // bytes of the file that the cleaner was woken for
}

// The units are bytes of the file.
const (
	spoolStep    = 8 << 20   // goes to the disk together
	spoolKept    = 64 << 20  // stays in the cache, at least: many look at a capture as soon as it is over
	spoolBacklog = 128 << 20 // that the disk is behind by when it is left alone
)

// spoolPause is how long a slow disk is left to the system, which then begins to write by itself.
const spoolPause = 30 * time.Second

// CreateSpool creates the file, or empties one that exists, as [os.Create].
func CreateSpool(path string) (*Spool, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return NewSpool(file), nil
}

// NewSpool makes a spool of a file that is open for writing and empty.
func NewSpool(file *os.File) *Spool {
	return &Spool{File: file, cleaner: cleaner{step: spoolStep, kept: spoolKept, backlog: spoolBacklog}}
}

// Write appends to the file. It does not wait for the disk.
func (s *Spool) Write(b []byte) (int, error) {
	n, err := s.File.Write(b)
	if end := s.cleaner.end.Add(int64(n)); end-s.told >= s.cleaner.step {
		s.told = end
		s.wakeCleaner()
	}
	return n, err
}

func (s *Spool) wakeCleaner() {
	c := &s.cleaner
	if c.wake == nil {
		conn, err := s.File.SyscallConn()
		if err != nil {
			return // closed
		}
		c.store, c.drop = onFile(conn, storeRange), onFile(conn, dropRange)
		c.wake = make(chan struct{}, 1)
		c.running.Go(func() {
			for range c.wake {
				for c.clean(time.Now()) {
				}
			}
		})
	}
	select {
	case c.wake <- struct{}{}:
	default: // it is at work, and will see
	}
}

// Close closes the file.
func (s *Spool) Close() error {
	if c := &s.cleaner; c.wake != nil {
		c.closing.Store(true)
		close(c.wake)
		c.running.Wait()
		c.wake = nil
	}
	return s.File.Close()
}

func onFile(conn syscall.RawConn, f func(fd uintptr, from, to int64)) func(from, to int64) {
	return func(from, to int64) {
		_ = conn.Control(func(fd uintptr) { f(fd, from, to) }) // fails only where the file is closed
	}
}

// cleaner follows the end of a file that grows.
type cleaner struct {
	end             atomic.Int64 // of the file
	step            int64        // spoolStep, or less in a test; likewise the two below
	kept, backlog   int64
	store           func(from, to int64) // returns when the range is on the disk
	drop            func(from, to int64)
	stored, dropped int64
	resume          time.Time // nothing is done before

	wake    chan struct{} // nil before there is something to do
	running sync.WaitGroup
	closing atomic.Bool
}

// clean does the next step, one at a time, since what else is to be written to the disk waits meanwhile; false if
// there is none to do.
func (c *cleaner) clean(now time.Time) bool {
	end := c.end.Load()
	if end-c.stored > c.backlog && !now.Before(c.resume) {
		c.resume = now.Add(spoolPause)
	}
	if now.Before(c.resume) {
		c.stored, c.dropped = end, end
	}
	if end-c.stored < c.step || c.closing.Load() {
		return false
	}
	c.store(c.stored, c.stored+c.step)
	c.stored += c.step
	if upTo := c.stored - c.kept; upTo > c.dropped {
		c.drop(c.dropped, upTo)
		c.dropped = upTo
	}
	return true
}
