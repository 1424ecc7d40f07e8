package scan

import (
	"errors"

	"bpfc"
	"bpfc/capture"
	"bpfc/diag"
)

// UnfitError says that a filter cannot be compiled for an interface of a file. Of many files, one on whose link-layer type the
// filter has no meaning is left out, from the first packet of that type on, and counted in [DamagedError], unless that is so
// of all of them: then the filter is wrong. A file of whose link-layer type no packet can match is sound, and none of its packets matches.
// It is safe for concurrent use as long as nobody changes it.
type UnfitError struct {
	File   string // which file, where that ends everything; else ""
	Partly bool   // packets of another type that stand before are taken
	Err    error  // usually a *[diag.Error]
}

func (e *UnfitError) Error() string {
	if e.File == "" {
		return e.Err.Error()
	}
	return e.File + ": " + e.Err.Error()
}

func (e *UnfitError) Unwrap() error { return e.Err }

func (e *UnfitError) kind() diag.Kind {
	var of *diag.Error
	if errors.As(e.Err, &of) {
		return of.Kind
	}
	return diag.Internal
}

// never tells whether the filter is refused since no packet of the type can match: of another type one may.
func (e *UnfitError) never() bool { return e.kind() == diag.RejectsAll }

// ofType tells whether it is refused for what it asks of the link-layer type: it may be right for another.
func (e *UnfitError) ofType() bool { return e.kind() == diag.Unsupported || e.never() }

// of is the error with the file, where it is about that.
func (e *UnfitError) of(in Input) error {
	if !e.ofType() || e.never() {
		return e.Err
	}
	return &UnfitError{in.Path, e.Partly, e.Err}
}

// fits tells whether the filter can be compiled for one of several targets, and why no packet of another can match. For the
// others it is an error.
func (f *Filter) fits(targets []Target) (fits bool, never, err error) {
	for _, t := range targets {
		_, err := f.Matcher(&capture.Interface{LinkType: t.LinkType, Snaplen: uint32(t.SnapLen), Swapped: t.Savefile == bpfc.SavefileSwapped, FCSLen: -1})
		unfit := &UnfitError{Err: err}
		switch {
		case err == nil:
			fits = true
		case unfit.never():
			never = err
		default:
			return false, nil, unfit
		}
	}
	return fits, never, nil
}
