package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/print"
)

// inputs are the files that a command reads. None of them may be one that it writes, under whatever name: it would be
// emptied before it is read, or never end.
type inputs []input

type input struct {
	name string
	info os.FileInfo
}

// reads notes that a command reads from src, which is an input if it is a file, or comes from one.
func (in *inputs) reads(cmd *cobra.Command, name string, src io.Reader) error {
	file, ok := src.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	*in = append(*in, input{name, info})
	if out, ok := cmd.OutOrStdout().(*os.File); ok {
		if info, err := out.Stat(); err == nil {
			return in.refuse("standard output", info)
		}
	}
	return nil
}

// refuse gives an error if a file to be written is one of the inputs, as device and inode tell.
func (in inputs) refuse(name string, out os.FileInfo) error {
	if out.Mode()&(os.ModeCharDevice|os.ModeSocket) != 0 {
		return nil // a terminal or a connection may well be both; nothing of it is lost
	}
	for _, i := range in {
		if !os.SameFile(i.info, out) {
			continue
		}
		if i.name == name {
			return usagef("%s is read from and written to", name)
		}
		return usagef("%s and %s are the same file: it is read from and written to", i.name, name)
	}
	return nil
}

// create opens a file to write, and empties it if it was there and is none of the inputs.
func (in inputs) create(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = in.refuse(path, info)
	}
	if err == nil && info.Mode().IsRegular() {
		err = file.Truncate(0)
	}
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, err
	}
	return file, nil
}

// createAside is create for a file that takes its name when it is whole, see [capture.Aside].
func (in inputs) createAside(path string) (*capture.Aside, error) {
	if info, err := os.Stat(path); err == nil {
		if err := in.refuse(path, info); err != nil {
			return nil, err
		}
	}
	return capture.CreateAside(path)
}

// place is where a capture file is written to: a file, through what compresses it if its name asks for that. The file takes
// its name at the end.
type place struct {
	path   string
	file   *capture.Aside
	packer io.WriteCloser // nil for nothing
}

func newPlace(path string, create func(string) (*capture.Aside, error)) (*place, error) {
	file, err := create(path)
	if err != nil {
		return nil, err
	}
	packer, err := compressor(path, file)
	if err != nil {
		return nil, errors.Join(err, file.Finish(false))
	}
	return &place{path, file, packer}, nil
}

// writer is what the capture file is to be written to.
func (p *place) writer() io.Writer {
	if p.packer != nil {
		return p.packer
	}
	return p.file
}

func (p *place) Write(b []byte) (int, error) { return p.writer().Write(b) }

// Finish ends the file. One that is not whole is not given its name.
func (p *place) Finish(whole bool) error {
	var err error
	if p.packer != nil {
		err = p.packer.Close()
	}
	return errors.Join(err, p.file.Finish(whole && err == nil))
}

// finish ends the file, and says what becomes of one that is not whole.
func (p *place) finish(stderr io.Writer, whole bool) error {
	err := p.Finish(whole)
	if !whole || err != nil {
		noteRemoved(stderr, p.path, p.file)
	}
	return err
}

// noteRemoved says that a file that was written aside is not to be had.
func noteRemoved(stderr io.Writer, path string, file *capture.Aside) {
	if !file.Beside() {
		return
	}
	kept := ""
	if isFile(path) {
		kept = "; the file that was there is as it was"
	}
	fmt.Fprintf(stderr, "bpfc: note: %s is not written, and what was begun of it is removed%s\n", visible(path), kept)
}

// worthItsName tells whether what was made of capture files may take the name of the output, which is also so where one of these
// is damaged: of the others, and up to the damage, everything is there. After an interrupt, or where the disk is full, it is not.
func worthItsName(err error) bool {
	var damaged *capture.FileError
	return incomplete(err) || errors.As(err, &damaged)
}

// compressors are the programs that make files with these endings, which bpfc does not write.
var compressors = map[string]string{
	".tgz": "gzip", ".z": "compress", ".bz2": "bzip2", ".bz": "bzip2", ".xz": "xz", ".lzma": "xz --format=lzma", ".lz": "lzip",
	".lz4": "lz4", ".lzo": "lzop", ".br": "brotli", ".sz": "snzip", ".zip": "zip", ".7z": "7z",
}

// checkOutputName refuses a name that promises a file compressed in a way that is not written.
func checkOutputName(path string) error {
	ending := filepath.Ext(path)
	if program, ok := compressors[strings.ToLower(ending)]; ok {
		return usagef("-w %s: bpfc compresses to .gz and .zst alone: choose one of these, or write to a pipe, -w - | %s", path, program)
	}
	return nil
}

// wantsPcapng tells whether a file is to be written as pcapng: the user says so, or its name does.
func wantsPcapng(path string, pcapng bool) bool {
	if kind, err := capture.CompressionByName(path); err == nil && kind != capture.Uncompressed {
		path = strings.TrimSuffix(path, filepath.Ext(path))
	}
	return pcapng || strings.HasSuffix(path, ".pcapng")
}

// notePcapng says that a file is pcapng though nobody has asked for that.
func notePcapng(stderr io.Writer, path string, pcapng bool, format capture.Format) {
	if format == capture.Pcapng && !wantsPcapng(path, pcapng) {
		fmt.Fprintf(stderr, "bpfc: note: %s is written as pcapng, whatever its name: there are several link-layer types, of which pcap holds one; --pcapng says that this is meant\n", visible(outputLabel(path)))
	}
}

// outputLabel is what notes call an output.
func outputLabel(path string) string {
	if path == "-" {
		return "standard output"
	}
	return path
}

// compressor is what a capture file goes through on its way to dst: what the ending of its name asks for. For any other
// name nothing is done to it. Close ends the stream, not dst.
func compressor(path string, dst io.Writer) (io.WriteCloser, error) {
	kind, err := capture.CompressionByName(path)
	if err != nil || kind == capture.Uncompressed {
		return nil, err
	}
	return capture.NewCompressor(dst, kind)
}

// noteTimes says, once, that packets had times that do not fit: into what was read, or into what was written.
func noteTimes(stderr io.Writer, format capture.Format, read, written uint64) {
	if read > 0 {
		fmt.Fprintf(stderr, "bpfc: note: the time of %s is before the year 1678 or after 2261: taken as the nearest that is not\n", plural(read, "packet"))
	}
	if written == 0 {
		return
	}
	if format == capture.Pcap {
		fmt.Fprintf(stderr, "bpfc: note: the time of %s is before 1970 or after 2106-02-07 06:28:15 UTC, which pcap cannot hold: written modulo 2^32 seconds; pcapng holds times up to 2554 (--pcapng)\n", plural(written, "packet"))
		return
	}
	fmt.Fprintf(stderr, "bpfc: note: the time of %s is before 1970, which pcapng cannot hold: written as 1970\n", plural(written, "packet"))
}

// packetLine is a packet as one line of text, or a few, with its link-layer header and without a time.
func packetLine(p *print.Packet) string {
	line := print.New(print.Options{Time: print.NoTime, LinkHeader: true}).Append(nil, p)
	return strings.TrimRight(string(line), "\n")
}
