package capture

import (
	"os"
	"sync"
)

// Spool is a new file for a stream of packets that may go on for hours. What
// was written to it goes to the disk soon, in the background, and only its end
// stays in the system's cache: a capture neither fills the memory of the machine
// that it watches nor waits for new memory, which costs more than all else that is
// done with a packet where the machine is a virtual one. On systems other than Linux
// it is an [os.File] and no more.
type Spool struct {
	*os.File
	step    int64      // spoolStep, or less in a test
	kept    int64      // spoolKept, or less in a test
	written int64      // bytes in the file
	told    int64      // of these, known to the one who cleans up behind
	behind  chan int64 // nil before there is something to clean up
	cleaned sync.WaitGroup
}

// The units are bytes of the file.
const (
	spoolStep = 8 << 20  // goes to the disk together
	spoolKept = 64 << 20 // stays in the cache, at least: many look at a capture as soon as it is over
)

// CreateSpool creates the file, or empties one that exists, as [os.Create].
func CreateSpool(path string) (*Spool, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &Spool{File: file, step: spoolStep, kept: spoolKept}, nil
}

// Write appends to the file. It does not wait for the disk.
func (s *Spool) Write(b []byte) (int, error) {
	n, err := s.File.Write(b)
	s.written += int64(n)
	if s.written-s.told >= s.step {
		s.tell()
	}
	return n, err
}

// tell says how far the file has come, unless the disk is still busy with what was said before.
func (s *Spool) tell() {
	if s.behind == nil {
		s.behind = make(chan int64, 1)
		ends := s.behind
		s.cleaned.Go(func() { s.cleanUp(ends) })
	}
	select {
	case s.behind <- s.written:
		s.told = s.written
	default:
	}
}

// Close closes the file.
func (s *Spool) Close() error {
	if s.behind != nil {
		close(s.behind)
		s.cleaned.Wait()
		s.behind = nil
	}
	return s.File.Close()
}

// cleanUp follows the end of a file that grows.
func (s *Spool) cleanUp(ends <-chan int64) {
	conn, err := s.File.SyscallConn()
	if err != nil {
		for range ends { // closed already; nobody is to wait
		}
		return
	}
	var stored, dropped int64
	for end := range ends {
		_ = conn.Control(func(fd uintptr) { storeRange(fd, stored, end) })
		stored = end
		if upTo := end - s.kept; upTo > dropped {
			_ = conn.Control(func(fd uintptr) { dropRange(fd, dropped, upTo) })
			dropped = upTo
		}
	}
}
