package scan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"bpfc/capture"
)

// Archive is a filter over many capture files. Several files are worked on at a time, and what comes of them has the order of
// Inputs, or with Merge that of time. A file that cannot be read, or not to its end, does not keep the others from being
// read: what is good of it is given, the rest is reported to Damaged, and the method returns a [*DamagedError] when
// everything else is done. So is a sound file with a link-layer type on which the filter has no meaning, see [UnfitError].
//
// Memory is bounded whatever the number and the sizes of files: 64 MiB for what is done ahead of its turn, and for each file
// that is worked on a few MiB and the window of its compression. Of regular files no more are open at a time than Workers,
// and with Merge a few dozen.
//
// The fields are set before the first method is called. An Archive is used for one of its methods, once, and is not
// safe for concurrent use.
type Archive struct {
	Inputs []Input
	Filter *Filter // stays the caller's

	// Open opens a file; nil is capture.OpenContext. It is called by several goroutines.
	Open    func(ctx context.Context, path string) (*capture.Reader, error)
	Workers int // files worked on at a time; 0 is one for each processor
	// Since and Until bound the time of packets, in nanoseconds since 1970-01-01 UTC: from Since on, before Until.
	// Both 0 are no bounds.
	Since, Until int64
	// Strict ends everything with the first damaged file.
	Strict bool
	// Damaged is told which file is damaged, in the order of Inputs, and how: usually a *capture.FileError, or an [UnfitError].
	// May be nil.
	Damaged func(in Input, err error)
	// Others counts files that were found in a directory and are no captures. They are left out.
	Others int
	// Ended is told of each file that was read, in the order of Inputs, how many of its packets match. May be nil.
	Ended func(in Input, matches uint64)
	// Progress is told every now and then how many bytes of the files are read, how many packets that is and how many
	// match. It is not called by two goroutines at a time. May be nil.
	Progress func(done int64, packets, matches uint64)
	// Plan tells what of a file need not be read, see package index. It is called by several goroutines. May be nil.
	Plan func(ctx context.Context, path string) Plan

	odd         atomic.Uint64 // packets with times out of range
	damaged     DamagedError
	everything  bool     // Plan is not asked: what does not match is wanted as well
	visits      bool     // files are opened even where no packet matches
	fits        bool     // the filter was compiled for a file
	held        []untold // of files before the first that it was compiled for
	starts      []start
	kept        map[int]*capture.Reader // opened streams that cannot be opened again
	description *Description
	state       progressState
}

// Plan says what of a file to read. The zero value is all. It is safe for concurrent use as long as nobody changes it.
type Plan struct {
	Skip bool // nothing: no packet matches
	// Interfaces are those of a file to be skipped that it describes before its first packet.
	Interfaces []capture.Interface
	// Over are runs of packets of which none matches, see [capture.Reader.PassOver]. The file to be skipped has them, too, for
	// who wants what it has beside its packets.
	Over    []capture.Span
	Packets uint64 // of the file, where there are runs
	// Targets are what the packets of the file ask of a filter. Where it cannot be compiled for one of them the plan is not
	// followed, so that the file is told as it is without.
	Targets []Target
}

// DamagedError says that not all files of an archive could be read to their end and judged. What there is of the others is given.
// It is safe for concurrent use as long as nobody changes it.
type DamagedError struct {
	Files int // that could not be read, or not to their end
	Unfit int // sound ones on which the filter has no meaning, see [UnfitError]
	Of    int // files in all
}

func (e *DamagedError) Error() string {
	var parts []string
	if e.Files > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d files could not be read, or not to the end", e.Files, e.Of))
	}
	if e.Unfit > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d files have a link-layer type on which the filter has no meaning", e.Unfit, e.Of))
	}
	return strings.Join(parts, "; ")
}

// TimesOutOfRange is [capture.Reader.TimesOutOfRange] of all files.
func (a *Archive) TimesOutOfRange() uint64 { return a.odd.Load() }

// openFault is the error of a file of which no packet was read: it cannot be opened, or the filter is not for it.
type openFault struct{ err error }

func (e *openFault) Error() string { return e.err.Error() }
func (e *openFault) Unwrap() error { return e.err }

// errStopped is what a worker gets whose results nobody wants any more.
var errStopped = errors.New("stopped")

func (a *Archive) workers() int {
	if a.Workers > 0 {
		return a.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// run has the files worked on, several at a time: work hands in what it makes of a file with put and returns how many packets
// match, take gets it in the order of the files. The total is of the files before the one that ended it.
func run[T any](ctx context.Context, a *Archive, work func(i int, s *Scanner, put func(what T, size int64) error) (uint64, error),
	take func(i int, what T) error) (total uint64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	o := newOrdered[T]()
	var wait sync.WaitGroup
	defer func() { cancel(); o.stop(); wait.Wait(); a.closeKept() }()
	outcomes := make([]outcome, len(a.Inputs)) // of a file is set before its end is told
	var next atomic.Int64
	worker := func() {
		for {
			i := int(next.Add(1) - 1)
			if i >= len(a.Inputs) {
				return
			}
			if err := ctx.Err(); err != nil { // whoever takes meets this first: files before it have been begun
				o.end(i, err)
				return
			}
			err := a.file(ctx, i, &outcomes[i], func(s *Scanner) (err error) {
				outcomes[i].matches, err = work(i, s, func(what T, size int64) error {
					if !o.put(i, what, size) {
						return errStopped
					}
					return nil
				})
				return err
			})
			o.end(i, err)
		}
	}
	for range min(a.workers(), len(a.Inputs)) {
		wait.Go(worker)
	}
	for i := range a.Inputs {
		for {
			if err := ctx.Err(); err != nil { // everything may have been done before
				return total, err
			}
			what, more, err := o.take()
			if more {
				if err := take(i, what); err != nil {
					return total, err
				}
				continue
			}
			if err := a.ended(i, outcomes[i], err); err != nil {
				return total, err
			}
			total += outcomes[i].matches
			break
		}
	}
	return total, a.result()
}

// nothing is what is handed in where only the number of matches is wanted.
type nothing struct{}

func takeNothing(int, nothing) error { return nil }

// outcome is what became of a file.
type outcome struct {
	matches uint64
	fits    bool  // the filter was compiled for an interface of it
	never   error // why no packet of another can match
}

// untold is what is still to be told of a file.
type untold struct {
	outcome
	in  Input
	err error
}

// result is what a method returns when everything is done.
func (a *Archive) result() error {
	a.state.report(a.Progress, true)
	if err := a.refused(); err != nil {
		return err
	}
	a.tell()
	if a.damaged.Files+a.damaged.Unfit > 0 {
		a.damaged.Of = len(a.Inputs)
		return &a.damaged
	}
	return nil
}

// refused gives the error of a filter that could be compiled for no file, where it was for one that it could not, and reports
// those that are damaged.
func (a *Archive) refused() (err error) {
	var others []untold
	for _, o := range a.held {
		unfit := &UnfitError{Err: o.never}
		if !errors.As(o.err, &unfit) && o.never == nil {
			others = append(others, o)
		} else if err == nil {
			err = unfit.of(o.in)
		}
	}
	if err != nil {
		a.held = others
		a.tell()
	}
	return err
}

// ended takes the outcome of a file. It returns the error that is to end everything. What is told of files waits for the first
// for which the filter could be compiled: if there is none it is the filter that is wrong.
func (a *Archive) ended(i int, o outcome, err error) error {
	in := a.Inputs[i]
	if err := a.fatal(in, err); err != nil {
		return err
	}
	a.held = append(a.held, untold{o, in, err})
	if a.fits = a.fits || o.fits; a.fits {
		a.tell()
	}
	return nil
}

// fatal gives the error that an error of a file means for the whole archive, nil if the others are gone on with.
func (a *Archive) fatal(in Input, err error) error {
	var unfit *UnfitError
	switch {
	case err == nil, in.Found && NoCapture(err):
		return nil
	case errors.As(err, &unfit):
		if unfit.never() || unfit.ofType() && !a.Strict {
			return nil
		}
		return unfit.of(in)
	case a.Strict, !ofFile(err):
		return err
	}
	return nil
}

// tell reports what waits for it.
func (a *Archive) tell() {
	for _, o := range a.held {
		if a.tellOne(o) && a.Ended != nil {
			a.Ended(o.in, o.matches)
		}
	}
	a.held = a.held[:0]
}

// tellOne reports what is wrong with a file, and tells whether it was read.
func (a *Archive) tellOne(o untold) (read bool) {
	var unfit *UnfitError
	switch {
	case o.err == nil:
		return true
	case o.in.Found && NoCapture(o.err):
		a.Others++
		return false
	case errors.As(o.err, &unfit) && unfit.never():
		return true // that none of its packets matches is known
	case unfit != nil:
		a.damaged.Unfit++
	default:
		a.damaged.Files++
	}
	if a.Damaged != nil {
		a.Damaged(o.in, o.err)
	}
	return opened(o.err)
}

// ofFile tells whether an error is of one file, so that others can be gone on with.
func ofFile(err error) bool {
	var file *capture.FileError
	var open *openFault
	var unfit *UnfitError
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return errors.As(err, &file) || errors.As(err, &open) || errors.As(err, &unfit)
}

// NoCapture tells whether an error of reading says that a file is no capture at all. One of one to three bytes, too few to
// tell, is none either. An empty file may well be a capture that came to nothing, and is a damaged one.
func NoCapture(err error) bool {
	var file *capture.FileError
	if !errors.As(err, &file) {
		return false
	}
	tooFew := file.Kind == capture.Truncated && file.Part == "file header" && file.Want == 4 && file.Got > 0
	return file.Kind == capture.Unrecognized || tooFew
}

// opened tells whether packets of the file could be read before the error.
func opened(err error) bool {
	var open *openFault
	return !errors.As(err, &open)
}

// open opens a file.
func (a *Archive) open(ctx context.Context, i int) (*capture.Reader, error) {
	if r := a.kept[i]; r != nil {
		return r, nil
	}
	open := a.Open
	if open == nil {
		open = capture.OpenContext
	}
	r, err := open(ctx, a.Inputs[i].Path)
	if err != nil {
		return nil, &openFault{err}
	}
	return r, nil
}

func (a *Archive) closeKept() {
	for _, r := range a.kept {
		_ = r.Close() // only read from: nothing can be lost
	}
}

// file opens a file and has it worked on.
func (a *Archive) file(ctx context.Context, i int, o *outcome, work func(s *Scanner) error) (err error) {
	path := a.Inputs[i].Path
	var plan Plan
	var read int64 // bytes that were reported
	defer func() { a.state.skip(fileSize(path) - read) }()
	switch {
	case i >= len(a.starts):
		plan = a.plan(ctx, path)
	case a.starts[i].err != nil:
		return a.starts[i].err
	default:
		plan = a.starts[i].plan
	}
	if plan.Skip && !a.visits {
		o.fits, o.never, err = a.Filter.fits(plan.Targets)
		return err
	}
	r, err := a.open(ctx, i)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	s, err := a.scanner(ctx, i, r)
	if err != nil {
		return err
	}
	if a.Progress != nil {
		s.OnProgress(a.state.follow(a.Progress, &read))
	}
	s.Follow(plan)
	err = work(s)
	if unfit := (*UnfitError)(nil); errors.As(err, &unfit) {
		unfit.Partly = true
	}
	o.fits, o.never = s.fits, s.never
	a.odd.Add(r.TimesOutOfRange())
	return err
}

// plan tells what of a file to read.
func (a *Archive) plan(ctx context.Context, path string) Plan {
	if a.Plan == nil || a.everything {
		return Plan{}
	}
	plan := a.Plan(ctx, path)
	if _, _, err := a.Filter.fits(plan.Targets); err != nil {
		return Plan{}
	}
	return plan
}

// scanner makes the scanner for a file that is open.
func (a *Archive) scanner(ctx context.Context, i int, r *capture.Reader) (*Scanner, error) {
	s := &Scanner{ctx: ctx, r: r, filter: a.Filter, among: true}
	err := s.begin()
	if err == nil && s.never != nil && r.Format() == capture.Pcap { // which has no other interface
		err = &UnfitError{Err: s.never}
	}
	if err != nil {
		return nil, &openFault{err}
	}
	s.Between(a.Since, a.Until)
	s.name = a.Inputs[i].Path
	s.workers = 1
	if len(a.Inputs) < a.workers() || fileSize(s.name) > severalWorkers {
		s.workers = a.workers()
	}
	return s, nil
}

// severalWorkers is the size of a file, in bytes, from which several goroutines work on it beside those on other files.
const severalWorkers = 64 << 20

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func fileSize(path string) int64 {
	if info, err := os.Stat(path); err == nil {
		return info.Size()
	}
	return 0
}

// Size is the bytes of all files together, as far as they tell.
func (a *Archive) Size() (bytes int64) {
	for _, in := range a.Inputs {
		bytes += fileSize(in.Path)
	}
	return bytes
}

// Count tells how many packets match.
func (a *Archive) Count(ctx context.Context) (total uint64, err error) {
	return run(ctx, a, func(_ int, s *Scanner, _ func(nothing, int64) error) (uint64, error) { return s.Count() }, takeNothing)
}

// progressState adds up how far the files are read.
type progressState struct {
	done, packets, matches atomic.Int64
	telling                sync.Mutex
}

// follow gives what is to be told of one file, of which *read bytes are.
func (p *progressState) follow(tell func(done int64, packets, matches uint64), read *int64) func(offset int64, packets, matches uint64) {
	var lastPackets, lastMatches int64
	return func(offset int64, packets, matches uint64) {
		p.done.Add(offset - *read)
		p.packets.Add(int64(packets) - lastPackets)
		p.matches.Add(int64(matches) - lastMatches)
		*read, lastPackets, lastMatches = offset, int64(packets), int64(matches)
		p.report(tell, false)
	}
}

// skip counts bytes that need not be read, or cannot be.
func (p *progressState) skip(bytes int64) { p.done.Add(max(bytes, 0)) } // of a pipe there are more than it has bytes

func (p *progressState) report(tell func(done int64, packets, matches uint64), wait bool) {
	switch {
	case tell == nil:
		return
	case wait:
		p.telling.Lock()
	case !p.telling.TryLock():
		return
	}
	defer p.telling.Unlock()
	tell(p.done.Load(), uint64(p.packets.Load()), uint64(p.matches.Load()))
}
