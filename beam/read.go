package bpfcbeam

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local" // names without a scheme

	"bpfc/capture"
	"bpfc/scan"
)

func init() {
	beam.RegisterDoFn(reflect.TypeOf((*expandFn)(nil)).Elem())
	beam.RegisterDoFn(reflect.TypeOf((*readFn)(nil)).Elem())
}

// PieceBytes is from which size on a pcap file is read in pieces, and about how large these are, in bytes.
const PieceBytes = 256 << 20

// Read reads the packets that a filter matches of the files that names stand for: local files, directories and patterns as in
// [scan.Inputs], and patterns of Beam's filesystems. An empty filter matches all. The results are a collection of [Packet] and
// one of [Dead]. A filter that does not compile for a file makes that file a dead one.
func Read(s beam.Scope, filter string, names ...string) (packets, dead beam.PCollection) {
	return read(s, filter, PieceBytes, names)
}

func read(s beam.Scope, filter string, pieceBytes int64, names []string) (packets, dead beam.PCollection) {
	s = s.Scope("bpfc.Read")
	pieces, missing := beam.ParDo2(s, &expandFn{PieceBytes: pieceBytes}, beam.CreateList(s, names))
	packets, damaged := beam.ParDo2(s, &readFn{Filter: filter}, beam.Reshuffle(s, pieces))
	return packets, beam.Flatten(s, missing, damaged)
}

// expandFn finds files and cuts large ones into pieces.
type expandFn struct {
	PieceBytes int64
}

// ProcessElement gives the pieces of what a name stands for.
func (f *expandFn) ProcessElement(ctx context.Context, name string, emit func(Piece), dead func(Dead)) error {
	if strings.Contains(name, "://") {
		return expandRemote(ctx, name, emit, dead)
	}
	inputs, problems := scan.Inputs([]string{name})
	for _, problem := range problems {
		dead(Dead{name, problem.Error()})
	}
	for _, in := range inputs {
		for _, p := range cut(in.Path, f.PieceBytes) {
			emit(p)
		}
	}
	return nil
}

func expandRemote(ctx context.Context, pattern string, emit func(Piece), dead func(Dead)) error {
	files, err := filesystem.New(ctx, pattern)
	if err != nil {
		return err // of the program, which has not registered the scheme
	}
	defer func() { _ = files.Close() }() // only read from: nothing can be lost
	names, err := files.List(ctx, pattern)
	if err == nil && len(names) == 0 {
		err = errors.New("no file has a name like this")
	}
	if err != nil {
		dead(Dead{pattern, err.Error()})
	}
	slices.Sort(names)
	for _, name := range names {
		emit(Piece{File: name, First: 1})
	}
	return nil
}

// headerLen is the length of the header of a pcap file and of that of a record, in bytes.
const headerLen, recordLen = 24, 16

// cut gives the pieces of a file: several of a large pcap file of the usual form, by a walk over its headers. Anything else,
// and what is damaged, is one piece, whose reader knows more about it.
func cut(path string, size int64) []Piece {
	whole := []Piece{{File: path, First: 1}}
	info, err := os.Stat(path)
	if err != nil || size <= 0 || info.Size() <= size {
		return whole
	}
	file, err := os.Open(path)
	if err != nil {
		return whole
	}
	defer func() { _ = file.Close() }() // only read from: nothing can be lost
	order, ok := plainPcap(file)
	if !ok {
		return whole
	}
	in := bufio.NewReaderSize(io.NewSectionReader(file, headerLen, info.Size()-headerLen), 256<<10)
	var pieces []Piece
	now := Piece{File: path, From: headerLen, First: 1}
	var header [recordLen]byte
	number := int64(1)
	for at := int64(headerLen); at < info.Size(); number++ {
		if at-now.From >= size {
			now.To = at
			pieces = append(pieces, now)
			now = Piece{File: path, From: at, First: number}
		}
		if _, err := io.ReadFull(in, header[:]); err != nil {
			return whole
		}
		captured := order.Uint32(header[8:])
		if captured > capture.MaxSnaplen {
			return whole
		}
		if _, err := in.Discard(int(captured)); err != nil {
			return whole
		}
		at += recordLen + int64(captured)
	}
	now.To = info.Size()
	return append(pieces, now)
}

// plainPcap tells whether a file is pcap of the usual form, and in which byte order.
func plainPcap(file io.ReaderAt) (binary.ByteOrder, bool) {
	var header [headerLen]byte
	if _, err := file.ReadAt(header[:], 0); err != nil {
		return nil, false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if magic := order.Uint32(header[:]); (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d) && order.Uint16(header[4:]) == 2 && order.Uint16(header[6:]) == 4 {
			return order, true
		}
	}
	return nil, false
}

// readFn reads a piece and gives the packets that the filter matches.
type readFn struct {
	Filter string

	filter *scan.Filter
}

// filters are compiled once for each process.
var filters = struct {
	sync.Mutex
	by map[string]*scan.Filter
}{by: map[string]*scan.Filter{}}

func filterOf(expr string) *scan.Filter {
	filters.Lock()
	defer filters.Unlock()
	f := filters.by[expr]
	if f == nil {
		f = scan.NewFilter(context.Background(), expr) // which is never closed: it serves all bundles to come
		filters.by[expr] = f
	}
	return f
}

// Setup takes the filter.
func (f *readFn) Setup() { f.filter = filterOf(f.Filter) }

// ProcessElement reads a piece.
func (f *readFn) ProcessElement(ctx context.Context, p Piece, emit func(Packet), dead func(Dead)) error {
	err := f.read(ctx, p, emit)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		dead(Dead{p.File, err.Error()})
	}
	return nil
}

func (f *readFn) read(ctx context.Context, p Piece, emit func(Packet)) (err error) {
	stream, err := openPiece(ctx, p)
	if err != nil {
		return err
	}
	r, err := capture.NewReadCloser(stream, p.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	s, err := scan.New(ctx, r, f.filter)
	if err != nil {
		return fmt.Errorf("%s: %w", p.File, err)
	}
	for q, err := range s.Packets() {
		if err != nil {
			return err
		}
		emit(Packet{File: p.File, Number: int64(q.Number) - 1 + p.First, Time: q.Timestamp, LinkType: int32(q.From.LinkType),
			Snaplen: int64(q.From.Snaplen), WireLen: int64(q.WireLen), Data: slices.Clone(q.Data)})
	}
	return nil
}

// openPiece gives what looks like a file of its own.
func openPiece(ctx context.Context, p Piece) (io.ReadCloser, error) {
	if strings.Contains(p.File, "://") {
		files, err := filesystem.New(ctx, p.File)
		if err != nil {
			return nil, err
		}
		return files.OpenRead(ctx, p.File)
	}
	file, err := os.Open(p.File)
	if err != nil || p.To == 0 {
		return file, err
	}
	parts := io.MultiReader(io.NewSectionReader(file, 0, headerLen), io.NewSectionReader(file, p.From, p.To-p.From))
	return struct {
		io.Reader
		io.Closer
	}{parts, file}, nil
}
