package bpfcbeam

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"bpfc/capture"
	"bpfc/linktype"
)

func init() {
	for _, t := range []reflect.Type{reflect.TypeOf((*shardFn)(nil)), reflect.TypeOf((*writeFn)(nil)), reflect.TypeOf((*linesFn)(nil))} {
		beam.RegisterDoFn(t.Elem())
	}
}

// SortBytes is how much of a shard is sorted in memory, in bytes of packets; the rest goes through temporary files.
const SortBytes = 64 << 20

// WritePcap writes packets to pcap files named PREFIX-TYPE-00003-of-00016.pcap, a shard of one link-layer type each, sorted by
// time, with nanosecond time stamps, and gives their names. A shard that gets no packet has no file. In which shard a packet
// is depends on its file and number alone.
func WritePcap(s beam.Scope, prefix string, shards int, packets beam.PCollection) beam.PCollection {
	s = s.Scope("bpfc.WritePcap")
	keyed := beam.ParDo(s, &shardFn{Shards: shards}, packets)
	return beam.ParDo(s, &writeFn{Prefix: prefix, SortBytes: SortBytes}, beam.GroupByKey(s, keyed))
}

// shardFn gives each packet the name of its shard.
type shardFn struct{ Shards int }

// ProcessElement names the shard.
func (f *shardFn) ProcessElement(_ context.Context, p Packet) (string, Packet) {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s\x00%d", p.File, p.Number) // never fails
	return fmt.Sprintf("%s-%05d-of-%05d", linktype.Type(p.LinkType), h.Sum32()%uint32(max(f.Shards, 1)), max(f.Shards, 1)), p
}

// writeFn writes one shard.
type writeFn struct {
	Prefix    string
	SortBytes int
}

// ProcessElement sorts and writes a shard.
func (f *writeFn) ProcessElement(ctx context.Context, shard string, next func(*Packet) bool, emit func(string)) (err error) {
	var sorter sorter
	sorter.limit = f.SortBytes
	defer func() { err = errors.Join(err, sorter.close()) }()
	var p Packet
	snaplen := int64(1)
	for next(&p) {
		snaplen = max(snaplen, p.Snaplen, int64(len(p.Data)))
		if err := sorter.add(p); err != nil {
			return err
		}
	}
	name := f.Prefix + "-" + shard + ".pcap"
	err = writeAside(ctx, name, func(dst io.Writer) error {
		var w *capture.Writer
		for p, err := range sorter.sorted() {
			if err == nil && w == nil {
				w, err = capture.NewWriter(dst, capture.WriterOptions{LinkType: linktype.Type(p.LinkType), Snaplen: uint32(snaplen), Nanosecond: true})
			}
			if err == nil {
				err = w.WritePacket(&capture.Packet{Data: p.Data, WireLen: uint32(p.WireLen), Timestamp: p.Time})
			}
			if err != nil {
				return err
			}
		}
		if w == nil {
			return nil
		}
		return w.Close()
	})
	if err == nil {
		emit(name)
	}
	return err
}

// writeAside has a file written under another name, and gives it its own when it is whole. On a store of objects, which show
// nothing before they are whole, it has its name from the start.
func writeAside(ctx context.Context, name string, write func(io.Writer) error) (err error) {
	if !strings.Contains(name, "://") {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		file, err := capture.CreateAside(name)
		if err != nil {
			return err
		}
		buffered := bufio.NewWriterSize(struct{ io.Writer }{file}, 256<<10)
		err = errors.Join(write(buffered), buffered.Flush())
		return errors.Join(err, file.Finish(err == nil))
	}
	files, err := filesystem.New(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	ctx, cancel := context.WithCancel(ctx) // which keeps an object that is not whole from being made
	defer cancel()
	object, err := files.OpenWrite(ctx, name)
	if err != nil {
		return err
	}
	if err := write(object); err != nil {
		cancel()
		return errors.Join(err, object.Close())
	}
	return object.Close()
}

// WriteLines writes texts to one file, a line each, sorted.
func WriteLines(s beam.Scope, name string, lines beam.PCollection) {
	s = s.Scope("bpfc.WriteLines")
	// One impulse has the file made even where there are no lines.
	beam.ParDo0(s, &linesFn{Name: name}, beam.Create(s, 0), beam.SideInput{Input: lines})
}

// linesFn writes lines.
type linesFn struct{ Name string }

// ProcessElement writes the file.
func (f *linesFn) ProcessElement(ctx context.Context, _ int, next func(*string) bool) error {
	var lines []string
	var line string
	for next(&line) {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return writeAside(ctx, f.Name, func(w io.Writer) error {
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
		return nil
	})
}
