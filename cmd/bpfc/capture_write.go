package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"bpfc/capture"
)

// rotation says when -w begins a new file.
type rotation struct {
	size    int64 // millions of bytes, 0 for no limit
	seconds int   // 0 for no limit
	files   int   // 0 for no limit
}

func (r rotation) any() bool { return r.size > 0 || r.seconds > 0 || r.files > 0 }

// errFilesDone ends a capture after the last file of -W with -G.
var errFilesDone = errors.New("all files are written")

// rotatingWriter writes packets to a file, or to one after the other.
type rotatingWriter struct {
	name       string
	stdout     io.Writer
	format     capture.Format
	nano       bool
	unbuffered bool
	rotation   rotation
	open       func(path string) (*os.File, error) // creates a file; nil is os.Create
	source     *capture.Reader                     // what the packets are read from, nil for an interface

	now    func() time.Time // nil is the clock
	w      *capture.Writer  // nil before the first packet
	file   *capture.Spool   // nil for standard output
	began  time.Time        // of the file, or the period of -G
	number int              // of the file, from 0
	link   uint32           // link-layer type of the file
	ifaces map[int]int      // number in the capture to number in the file
	odd    uint64           // packets of files before this one with times that did not fit
	closed bool
	failed bool
}

func (w *rotatingWriter) clock() time.Time {
	if w.now != nil {
		return w.now()
	}
	return time.Now()
}

// prepare opens the first file, so that one that cannot be written is told before the capture begins.
func (w *rotatingWriter) prepare(iface *capture.Interface) error {
	w.began = w.clock()
	if w.name != "-" {
		if err := w.create(); err != nil {
			return err
		}
	}
	return w.start(0, iface)
}

func (w *rotatingWriter) create() error {
	open := w.open
	if open == nil {
		open = os.Create
	}
	file, err := open(w.path())
	if err == nil {
		w.file = capture.NewSpool(file)
	}
	return err
}

// path gives the name of the current file as tcpdump makes it: the time with -G; with -C a number that the first file
// has only if there is a -W.
func (w *rotatingWriter) path() string {
	name := w.name
	if w.rotation.seconds > 0 {
		name = strftime(name, w.began)
	}
	if w.rotation.size == 0 {
		return name
	}
	switch {
	case w.rotation.files > 0 && w.rotation.seconds == 0:
		width := len(fmt.Sprint(w.rotation.files - 1))
		return fmt.Sprintf("%s%0*d", name, width, w.number%w.rotation.files)
	case w.number > 0:
		return fmt.Sprintf("%s%d", name, w.number)
	}
	return name
}

// strftime writes a time in the conversions that make sense in a file's name.
func strftime(format string, t time.Time) string {
	layouts := map[byte]string{'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'F': "2006-01-02", 'T': "15:04:05", 'j': "002", 'b': "Jan", 'a': "Mon", 'Z': "MST", 'z': "-0700"}
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		layout, known := layouts[format[i]]
		switch {
		case format[i] == '%':
			out.WriteByte('%')
		case format[i] == 's':
			fmt.Fprint(&out, t.Unix())
		case known:
			out.WriteString(t.Format(layout))
		default:
			out.WriteString(format[i-1 : i+1])
		}
	}
	return out.String()
}

// write writes a packet, into a new file if it is time.
func (w *rotatingWriter) write(p *capture.Packet, iface *capture.Interface) error {
	if err := w.rotate(); err != nil {
		return err
	}
	if err := w.start(p.Interface, iface); err != nil {
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

// copies tells whether blocks of the file read are taken over.
func (w *rotatingWriter) copies() bool {
	return w.source != nil && w.source.Format() == capture.Pcapng && w.format == capture.Pcapng
}

// add writes a packet into the current file.
func (w *rotatingWriter) add(p *capture.Packet, iface *capture.Interface) error {
	if w.copies() {
		return w.explain(w.w.CopyPacket(p))
	}
	index, err := w.index(p.Interface, iface)
	if err != nil {
		return err
	}
	q := *p
	q.Interface = index
	return w.explain(w.w.WritePacket(&q))
}

// start writes the file's header, if that is still to do.
func (w *rotatingWriter) start(number int, iface *capture.Interface) error {
	if w.w != nil {
		return nil
	}
	var dst io.Writer = w.stdout
	if w.file != nil {
		dst = w.file
	}
	var out *capture.Writer
	var err error
	if w.copies() {
		out, err = w.source.NewCopy(dst)
	} else {
		out, err = capture.NewWriter(dst, capture.WriterOptions{Format: w.format, First: iface, Nanosecond: w.nano, Source: w.source})
	}
	if err != nil {
		return w.explain(err)
	}
	w.w, w.link, w.ifaces = out, iface.LinkType, map[int]int{number: 0}
	return nil
}

// index gives the number of an interface in the file.
func (w *rotatingWriter) index(number int, iface *capture.Interface) (int, error) {
	if w.format == capture.Pcap {
		if iface.LinkType != w.link {
			return 0, fmt.Errorf("%s: a pcap file holds one link-layer type; write several with --pcapng", w.name)
		}
		return 0, nil
	}
	if i, ok := w.ifaces[number]; ok {
		return i, nil
	}
	i, err := w.w.AddInterface(*iface)
	w.ifaces[number] = i
	return i, err
}

// rotate begins a new file if the current one is full or old.
func (w *rotatingWriter) rotate() error {
	if w.w == nil || w.file == nil {
		return nil
	}
	if s := time.Duration(w.rotation.seconds) * time.Second; s > 0 {
		if now := w.clock(); now.Sub(w.began) >= s {
			if w.rotation.files > 0 && w.rotation.size == 0 && w.number+1 >= w.rotation.files {
				return errFilesDone
			}
			if err := w.endFile(); err != nil {
				return err
			}
			w.began = now
			if w.rotation.size > 0 {
				w.number = 0
			} else {
				w.number++
			}
			return w.create()
		}
	}
	if w.rotation.size > 0 && w.w.Size() > w.rotation.size*1_000_000 {
		if err := w.endFile(); err != nil {
			return err
		}
		w.number++
		return w.create()
	}
	return nil
}

func (w *rotatingWriter) flush() error {
	if w.w == nil {
		return nil
	}
	return w.explain(w.w.Flush())
}

// explain adds the file's name, and that it is whole.
func (w *rotatingWriter) explain(err error) error {
	if err == nil || w.failed {
		return nil
	}
	w.failed = true // told once; the file is only closed from here on
	return fmt.Errorf("writing %s: %w (the file is whole up to the last packet that fitted)", w.name, err)
}

func (w *rotatingWriter) endFile() error {
	var err error
	if w.w != nil {
		err = w.explain(w.w.Close())
		w.odd += w.w.TimesOutOfRange()
	}
	if w.file != nil {
		err = errors.Join(err, w.file.Close())
	}
	w.w, w.file = nil, nil
	return err
}

// close ends the last file.
func (w *rotatingWriter) close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.endFile()
}
