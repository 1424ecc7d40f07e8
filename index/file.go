package index

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"os"

	"bpfc/capture"
)

// reading is a sidecar that is being read. Nothing of it is to be trusted before all of it was.
type reading struct {
	*sidecar
	*room
	file *os.File
	head []byte
	in   io.Reader // all that is read from it goes into sum
	sum  hash.Hash32
	end  int64 // where the block before ends
	seen uint64
}

// room is the memory that sidecars are read with, one after the other.
type room struct {
	buf      []byte
	buffered *bufio.Reader
	blocks   blockDecoder
}

// openSidecar begins to read the sidecar of a capture. It is an error if there is none that is of the capture as it is.
func openSidecar(path string, in *room) (*reading, error) {
	info, err := os.Stat(Path(path))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // which may take for ever to open
		return nil, errForm
	}
	file, err := os.Open(Path(path))
	if err != nil {
		return nil, err
	}
	r := &reading{room: in, file: file, sum: crc32.New(crcTable)}
	if err := r.begin(path); err != nil {
		r.close()
		return nil, fmt.Errorf("%s: %w", Path(path), err)
	}
	return r, nil
}

// begin reads the head, and holds it against the capture.
func (r *reading) begin(path string) error {
	var form [formLen]byte
	if _, err := io.ReadFull(r.file, form[:]); err != nil || string(form[:len(magic)]) != magic {
		return errForm
	}
	r.in = io.NewSectionReader(r.file, int64(binary.LittleEndian.Uint64(form[len(magic):])), math.MaxInt64)
	head, err := r.piece()
	if err != nil {
		return err
	}
	r.head = bytes.Clone(head)
	if r.sidecar, err = decodeHead(r.head); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !r.of(info) {
		return errors.New("the capture has changed since")
	}
	ends, err := endsOf(path, r.size)
	if err == nil && ends != r.ends {
		err = errors.New("it is of another capture")
	}
	if r.buffered == nil {
		r.buffered = bufio.NewReaderSize(nil, 64<<10)
	}
	r.buffered.Reset(r.file)
	r.in = io.TeeReader(r.buffered, r.sum)
	return err
}

// piece reads the next piece. It is good until the one after it is read.
func (r *reading) piece() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r.in, size[:]); err != nil {
		return nil, errForm
	}
	if binary.LittleEndian.Uint32(size[:]) > longestPiece {
		return nil, errForm
	}
	n := int(binary.LittleEndian.Uint32(size[:]))
	for len(r.buf) < n { // grows as bytes really arrive
		r.buf = append(r.buf, make([]byte, min(n-len(r.buf), max(64<<10, len(r.buf))))...)
	}
	if _, err := io.ReadFull(r.in, r.buf[:n]); err != nil {
		return nil, errForm
	}
	return r.buf[:n], nil
}

// next gives the next block, good until the one after it is asked for; nil at the end of a sidecar that is right.
func (r *reading) next() (*block, error) {
	text, err := r.piece()
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return nil, r.finish()
	}
	b, err := r.blocks.decode(text, len(r.targets))
	if err != nil || b.from < r.end {
		return nil, errForm
	}
	r.end, r.seen = b.to, r.seen+uint64(b.packets)
	return b, nil
}

// finish reads what is behind the blocks.
func (r *reading) finish() error {
	head, err := r.piece()
	if err != nil || !bytes.Equal(head, r.head) {
		return errForm
	}
	want := r.sum.Sum32()
	var sum [4]byte
	if _, err := io.ReadFull(r.in, sum[:]); err != nil || binary.LittleEndian.Uint32(sum[:]) != want {
		return errors.New("the checksum is wrong")
	}
	if n, _ := r.in.Read(sum[:1]); n > 0 || r.seen != r.packets {
		return errForm
	}
	return nil
}

func (r *reading) close() { _ = r.file.Close() } // only read from: nothing can be lost

// load reads the sidecar of a capture to its end.
func load(path string) (*sidecar, error) {
	r, err := openSidecar(path, &room{})
	if err != nil {
		return nil, err
	}
	defer r.close()
	for {
		if b, err := r.next(); err != nil || b == nil {
			return r.sidecar, err
		}
	}
}

// writing is the sidecar of a capture that is being written, beside its place.
type writing struct {
	file *capture.Aside
	out  *bufio.Writer
	sum  hash.Hash32
	size int64
}

func newWriting(path string) (*writing, error) {
	if info, err := os.Lstat(Path(path)); err == nil && !info.Mode().IsRegular() { // a link may lead anywhere
		return nil, fmt.Errorf("%s is no regular file: remove it, so that a sidecar can be written", Path(path))
	}
	file, err := capture.CreateAside(Path(path))
	if err != nil {
		return nil, err
	}
	w := &writing{file: file, sum: crc32.New(crcTable), size: int64(formLen)}
	w.out = bufio.NewWriterSize(file, 64<<10)
	_, err = w.out.Write(make([]byte, formLen)) // see end
	if err != nil {
		err = errors.Join(err, file.Finish(false))
	}
	return w, err
}

// piece writes a piece.
func (w *writing) piece(text []byte) error {
	return w.write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...))
}

func (w *writing) write(text []byte) error {
	w.size += int64(len(text))
	_, _ = w.sum.Write(text) // never fails
	_, err := w.out.Write(text)
	return err
}

// end writes what is behind the blocks, and gives the sidecar its name.
func (w *writing) end(s *sidecar) error {
	err := w.piece(nil)
	form := binary.LittleEndian.AppendUint64([]byte(magic), uint64(w.size))
	if err == nil {
		err = w.piece(s.encode())
	}
	if err == nil {
		err = w.write(binary.LittleEndian.AppendUint32(nil, w.sum.Sum32()))
	}
	if err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		_, err = w.file.WriteAt(form, 0)
	}
	return errors.Join(err, w.file.Finish(err == nil))
}
