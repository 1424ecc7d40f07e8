package packets

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/web/api"
	"bpfc/web/rpc"
)

// file is a capture whose packets have been found.
type file struct {
	name    string
	size    int64
	data    io.ReaderAt // where the packets' bytes are
	at      []int64     // by packet: its first byte in data
	capLen  []uint32    // how many of its bytes there are
	wireLen []uint32
	from    []uint16 // its interface
	time    []int64  // nanoseconds since 1970
	ifaces  []capture.Interface
	format  capture.Format
	packed  capture.Compression
	problem string // why reading ended before the end of the file
}

func (f *file) count() int { return len(f.at) }

// read gives the bytes of a packet in a buffer, which is made longer where it has to be.
func (f *file) read(i int, buffer []byte) ([]byte, error) {
	n := int(f.capLen[i])
	if cap(buffer) < n {
		buffer = make([]byte, n)
	}
	if n == 0 {
		return buffer[:0], nil
	}
	got, err := f.data.ReadAt(buffer[:n], f.at[i])
	if got == n {
		return buffer[:n], nil
	}
	return nil, rpc.Errorf("capture", "packet %d cannot be read: %v", i+1, err)
}

// window is how much of a file is read at once, in bytes.
const window = 1 << 20

// captureInterface and captureInfo are what the page is told of a capture.
type captureInterface struct {
	Name    string `json:"name"`
	Link    string `json:"link"`
	SnapLen int    `json:"snaplen"`
}

type captureInfo struct {
	Name        string             `json:"name"`
	Bytes       int64              `json:"bytes"`
	Format      string             `json:"format"`
	Compression string             `json:"compression"`
	Packets     int                `json:"packets"`
	Interfaces  []captureInterface `json:"interfaces"`
	Problem     string             `json:"problem"`
	FirstTime   string             `json:"firstTime"`
	LastTime    string             `json:"lastTime"`
}

func (s *service) openCapture(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Name string `json:"name"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	if c.File == nil {
		return nil, rpc.Errorf("capture", "there is no file")
	}
	f, err := index(ctx, c, p.Name)
	if err != nil {
		return nil, err
	}
	s.file, s.judged = f, nil
	return f.info(), nil
}

func (s *service) closeCapture(context.Context, *rpc.Call) (any, error) {
	s.file, s.judged = nil, nil
	return struct{}{}, nil
}

// index finds the packets of a file.
func index(ctx context.Context, c *rpc.Call, name string) (*file, error) {
	source := &counter{in: bufio.NewReaderSize(io.NewSectionReader(c.File, 0, c.Size), window)}
	r, err := capture.NewNamedReader(source, name)
	if err != nil {
		return nil, rpc.Errorf("capture", "%v", err)
	}
	defer func() { _ = r.Close() }() // there is nothing behind it that could fail
	f := &file{name: name, size: c.Size, data: c.File, format: r.Format(), packed: r.Compression()}
	header := int64(0)
	if f.format == capture.Pcap && f.packed == capture.Uncompressed {
		header = 16 // of a record
		if r.Patched() {
			header = 24
		}
	}
	if err := f.fill(ctx, c, r, source, header); err != nil {
		return nil, err
	}
	f.ifaces = r.Interfaces()
	return f, nil
}

// counter counts what was read.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// fill goes through the packets. Where header is 0 their bytes are written into a spool. That the file is damaged or cut
// is no error: what comes before is there.
func (f *file) fill(ctx context.Context, c *rpc.Call, r *capture.Reader, source *counter, header int64) error {
	turns := newTurns(ctx, c)
	var spool rpc.Spool
	spooled := int64(0)
	if header == 0 {
		spool = c.Spool()
		f.data = spool
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			f.problem = err.Error()
			var known *rpc.Error
			if errors.As(err, &known) { // the browser cannot read the file
				return known
			}
			return nil
		}
		at := p.Offset + header
		if spool != nil {
			at = spooled
			n, err := spool.Write(p.Data)
			if err != nil {
				return err
			}
			spooled += int64(n)
		}
		if f.count() == api.MaxPackets || p.Interface > math.MaxUint16 {
			f.problem = fmt.Sprintf("the page takes %d packets and %d interfaces of a file; what follows is left out", api.MaxPackets, math.MaxUint16+1)
			return nil
		}
		f.add(p, at)
		if f.count()%256 == 0 && turns.over() {
			c.Progress(progress{source.n, f.size, 0, fmt.Sprintf("%d packets", f.count())})
			if err := turns.next(); err != nil {
				return err
			}
		}
	}
}

func (f *file) add(p *capture.Packet, at int64) {
	f.at = append(f.at, at)
	f.capLen = append(f.capLen, uint32(len(p.Data)))
	f.wireLen = append(f.wireLen, p.WireLen)
	f.from = append(f.from, uint16(p.Interface))
	f.time = append(f.time, p.Timestamp)
}

func (f *file) info() *captureInfo {
	r := &captureInfo{Name: f.name, Bytes: f.size, Format: f.format.String(), Packets: f.count(), Interfaces: []captureInterface{}, Problem: f.problem}
	if f.packed != capture.Uncompressed {
		r.Compression = f.packed.String()
	}
	for i := range f.ifaces {
		in := &f.ifaces[i]
		r.Interfaces = append(r.Interfaces, captureInterface{in.Name, in.LinkType.String(), int(in.Snaplen)})
	}
	if n := f.count(); n > 0 {
		r.FirstTime, r.LastTime = clock(f.time[0], time.DateTime), clock(f.time[n-1], time.DateTime)
	}
	return r
}

func clock(ns int64, layout string) string { return time.Unix(0, ns).Format(layout) }

// link is the link-layer type of a packet.
func (f *file) link(i int) linktype.Type {
	if n := int(f.from[i]); n < len(f.ifaces) {
		return f.ifaces[n].LinkType
	}
	return linktype.EN10MB
}
