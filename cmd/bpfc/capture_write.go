package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/ncruces/go-strftime"

	"bpfc/capture"
)

// rotation says when -w begins a new file: what -C, -G and -W do in tcpdump(1). The number of files is how many there are in a
// ring of files of a size, one ring for each period where there are periods; and without a size the number of
// periods. By itself it is of no meaning.
type rotation struct {
	size    int64 // bytes, 0 for no limit
	seconds int   // of a period, 0 for no end
	files   int   // 0 for no limit
}

func (r rotation) any() bool { return r.size > 0 || r.seconds > 0 || r.files > 0 }

// errFilesDone ends a capture after the last period.
var errFilesDone = errors.New("the last file is written")

// rotatingWriter writes packets to a file, or to one after the other.
type rotatingWriter struct {
	name       string
	stdout     io.Writer
	stderr     io.Writer
	options    capture.WriterOptions // of each file, for the packets of one capture
	unbuffered bool
	rotation   rotation
	open       func(path string) (outputFile, error) // creates a file
	ended      *postRotation                         // what is done with a file that another follows; nil for nothing

	now     func() time.Time // nil is the clock
	w       *capture.Copier  // nil before the first packet
	file    outputFile       // nil for standard output
	current string           // its name
	packer  io.WriteCloser   // what compresses into file; nil for nothing
	began   time.Time        // of the period
	periods int              // that have ended
	number  int              // of the file in its period, from 0
	copies  bool             // blocks of the file read are taken over
	odd     uint64           // packets of files before this one with times that did not fit
	closed  bool
	failed  bool
}

func (w *rotatingWriter) clock() time.Time {
	if w.now != nil {
		return w.now()
	}
	return time.Now()
}

// outputFile is a file that is being written.
type outputFile interface {
	io.Writer
	// Finish closes the file. If it is not whole, it need not be kept.
	Finish(whole bool) error
}

// spooled is a file that has its name from the beginning, and whatever is in it at the end is kept.
type spooled struct{ *capture.Spool }

func (s spooled) Finish(bool) error { return s.Close() }

// spooling has what create creates spooled.
func spooling(create func(path string) (*os.File, error)) func(path string) (outputFile, error) {
	return func(path string) (outputFile, error) {
		file, err := create(path)
		if err != nil {
			return nil, err
		}
		return spooled{capture.NewSpool(file)}, nil
	}
}

// asides has files written aside.
func asides(create func(path string) (*capture.Aside, error)) func(path string) (outputFile, error) {
	return func(path string) (outputFile, error) {
		file, err := create(path)
		if err != nil {
			return nil, err // not file, which would make an interface that is not nil
		}
		return file, nil
	}
}

// prepare opens the first file, so that one that cannot be written is told before the capture begins.
func (w *rotatingWriter) prepare() error {
	w.began = w.clock()
	if w.name != "-" {
		if err := w.create(); err != nil {
			return err
		}
	}
	return w.start()
}

func (w *rotatingWriter) create() (err error) {
	w.current = w.path()
	if w.file, err = w.open(w.current); err != nil {
		w.file = nil
		return err
	}
	w.packer, err = compressor(w.name, w.file)
	return err
}

// path gives the name of the current file as tcpdump makes it. With -G the name is a format for the time that the period
// began. With -C there is a number behind it, but for number 0 where -W asks for no digits; it begins anew in each period.
func (w *rotatingWriter) path() string {
	name := w.name
	if w.rotation.seconds > 0 {
		name = strftime.Format(name, w.began)
	}
	digits := w.rotation.digits()
	if w.rotation.size == 0 || w.number == 0 && digits == 0 {
		return name
	}
	return fmt.Sprintf("%s%0*d", name, digits, w.number)
}

// digits is how many the numbers of a ring of files have.
func (r rotation) digits() int {
	if r.files <= 1 {
		return 0
	}
	return len(strconv.Itoa(r.files - 1))
}

// write writes a packet, into a new file if it is time.
func (w *rotatingWriter) write(p *capture.Packet, iface *capture.Interface) error {
	if err := w.rotate(); err != nil {
		return err
	}
	if err := w.start(); err != nil {
		return err
	}
	if err := w.add(p, iface); err != nil {
		return err
	}
	if w.unbuffered {
		return w.flush()
	}
	return nil
}

// add writes a packet into the current file.
func (w *rotatingWriter) add(p *capture.Packet, iface *capture.Interface) error {
	err := w.w.Copy(p, iface)
	if mixed := (*capture.MixedTypesError)(nil); errors.As(err, &mixed) {
		return fmt.Errorf("%s: a pcap file holds one link-layer type; write several with --pcapng", w.name)
	}
	return w.explain(err)
}

// start writes the file's header, if that is still to do.
func (w *rotatingWriter) start() (err error) {
	if w.w != nil {
		return nil
	}
	dst := w.stdout
	switch {
	case w.packer != nil:
		dst = w.packer
	case w.file != nil:
		dst = w.file
	}
	if w.w, err = capture.NewCopier(dst, w.options); err != nil {
		return w.explain(err)
	}
	w.copies = w.w.TakesBlocks()
	return nil
}

// rotate begins a new file if the current one is old or full. As with tcpdump, time is looked at first, in whole seconds.
func (w *rotatingWriter) rotate() error {
	if w.w == nil || w.file == nil {
		return nil
	}
	r := w.rotation
	if now := w.clock(); r.seconds > 0 && now.Unix()-w.began.Unix() >= int64(r.seconds) {
		w.periods++
		if r.size == 0 && r.files > 0 && w.periods == r.files {
			if err := w.endFile(true); err != nil {
				return err
			}
			w.ended.run(w.current)
			return errFilesDone
		}
		w.began, w.number = now, 0
		return w.nextFile()
	}
	if r.size > 0 && w.w.Size() > r.size {
		w.number++
		if r.files > 0 {
			w.number %= r.files
		}
		return w.nextFile()
	}
	return nil
}

func (w *rotatingWriter) nextFile() error {
	if err := w.endFile(true); err != nil {
		return err
	}
	w.ended.run(w.current)
	return w.create()
}

func (w *rotatingWriter) flush() error {
	if w.w == nil {
		return nil
	}
	err := w.w.Flush()
	if packer, ok := w.packer.(interface{ Flush() error }); ok && err == nil {
		err = packer.Flush()
	}
	return w.explain(err)
}

// beside is the current file where it is written beside its place, else nil.
func (w *rotatingWriter) beside() *capture.Aside {
	if aside, ok := w.file.(*capture.Aside); ok && aside.Beside() {
		return aside
	}
	return nil
}

// explain adds the file's name, and whether it is whole.
func (w *rotatingWriter) explain(err error) error {
	if err == nil || w.failed {
		return nil
	}
	w.failed = true // told once; the file is only closed from here on
	if w.beside() != nil {
		return fmt.Errorf("writing %s: %w", w.name, err)
	}
	return fmt.Errorf("writing %s: %w (the file is whole up to the last packet that fitted)", w.name, err)
}

func (w *rotatingWriter) endFile(whole bool) error {
	var err error
	if w.w != nil {
		err = w.explain(w.w.Close())
		w.odd += w.w.TimesOutOfRange()
	}
	if w.packer != nil {
		err = errors.Join(err, w.explain(w.packer.Close()))
	}
	if w.file != nil {
		whole = whole && err == nil && !w.failed
		err = errors.Join(err, w.file.Finish(whole))
		if aside := w.beside(); aside != nil && (!whole || err != nil) {
			noteRemoved(w.stderr, w.current, aside)
		}
	}
	w.w, w.file, w.packer = nil, nil, nil
	return err
}

// close ends the last file.
func (w *rotatingWriter) close(whole bool) error {
	if w.closed {
		return nil
	}
	w.closed = true
	return errors.Join(w.endFile(whole), w.ended.wait())
}
