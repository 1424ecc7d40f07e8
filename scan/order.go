package scan

import "sync"

// ordered takes pieces that several goroutines make for numbered jobs, and gives them out job by job: all of job 0 in the order
// in which they were made, then those of job 1. Who makes pieces for a job whose turn has not come is ahead by a limited number
// of bytes over all jobs, and then waits. Jobs must be begun in the order of their numbers, so that the one whose turn it is
// is always worked on.
type ordered[T any] struct {
	mu      sync.Mutex
	change  sync.Cond
	turn    int
	jobs    map[int]*job[T]
	ahead   int64 // bytes of pieces of jobs whose turn has not come
	stopped bool
}

type job[T any] struct {
	pieces []piece[T]
	size   int64 // bytes of pieces
	ended  bool
	err    error
}

type piece[T any] struct {
	what T
	size int64
}

const (
	mostAhead = 64 << 20 // bytes kept for jobs whose turn has not come
	mostNow   = 2 << 20  // bytes kept for the one whose turn it is
)

func newOrdered[T any]() *ordered[T] {
	o := &ordered[T]{jobs: map[int]*job[T]{}}
	o.change.L = &o.mu
	return o
}

func (o *ordered[T]) job(n int) *job[T] {
	j := o.jobs[n]
	if j == nil {
		j = &job[T]{}
		o.jobs[n] = j
	}
	return j
}

// put hands in a piece of job n; false where nobody wants it any more.
func (o *ordered[T]) put(n int, what T, size int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.job(n)
	for !o.stopped && !o.hasRoom(n, j, size) {
		o.change.Wait()
	}
	if o.stopped {
		return false
	}
	j.pieces = append(j.pieces, piece[T]{what, size})
	j.size += size
	if n != o.turn {
		o.ahead += size
	}
	o.change.Broadcast()
	return true
}

func (o *ordered[T]) hasRoom(n int, j *job[T], size int64) bool {
	if n == o.turn {
		return j.size < mostNow
	}
	return o.ahead == 0 || o.ahead+size <= mostAhead
}

// end says that job n is done.
func (o *ordered[T]) end(n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.job(n)
	j.ended, j.err = true, err
	o.change.Broadcast()
}

// take gives the next piece of the job whose turn it is, and false with its error when there are no more; then it is the
// turn of the next job.
func (o *ordered[T]) take() (what T, more bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.job(o.turn)
	for len(j.pieces) == 0 && !j.ended {
		o.change.Wait()
	}
	defer o.change.Broadcast()
	if len(j.pieces) > 0 {
		p := j.pieces[0]
		j.pieces[0] = piece[T]{}
		j.pieces = j.pieces[1:]
		j.size -= p.size
		return p.what, true, nil
	}
	delete(o.jobs, o.turn)
	o.turn++
	if next := o.jobs[o.turn]; next != nil {
		o.ahead -= next.size
	}
	return what, false, j.err
}

// stop has everybody who waits in put give up.
func (o *ordered[T]) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stopped = true
	o.change.Broadcast()
}
