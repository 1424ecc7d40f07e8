package scan

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"bpfc/capture"
)

// start is what the beginning of a file tells.
type start struct {
	err   error
	plan  Plan
	first int64 // time of the first packet, or earlier where that is not known
}

// Description is what the beginnings of the files of an archive tell.
// It is safe for concurrent use as long as nobody changes it.
type Description struct {
	// First is the first interface of the first file that could be opened; nil if none could, or if that describes none
	// before its first packet.
	First *capture.Interface
	// Types tells whether there are interfaces of several link-layer types.
	SeveralTypes bool
	Nanosecond   bool   // some time stamps are finer than microseconds
	Snaplen      uint32 // the largest snapshot length, in bytes
	// Same tells whether all files have the same interfaces.
	Same bool

	file   int // which is that of First
	ifaces []capture.Interface
}

// Describe reads the beginning of each file. What cannot be opened again, such as standard input, stays open. The methods
// that need it call it themselves, unless it has been called.
func (a *Archive) Describe(ctx context.Context) (*Description, error) {
	if a.description != nil {
		return a.description, nil
	}
	d := &Description{Same: true}
	begins := make([]begun, len(a.Inputs))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(a.workers(), len(a.Inputs)) {
		wait.Go(func() {
			for i := int(next.Add(1) - 1); i < len(begins) && ctx.Err() == nil; i = int(next.Add(1) - 1) {
				begins[i] = a.begin(ctx, i)
			}
		})
	}
	wait.Wait()
	a.kept, a.starts = map[int]*capture.Reader{}, make([]start, len(a.Inputs))
	for i, b := range begins {
		if b.open != nil {
			a.kept[i] = b.open
		}
		if a.starts[i] = b.start; b.err == nil {
			d.add(i, b.ifaces)
		}
	}
	if err := ctx.Err(); err != nil {
		a.closeKept()
		return nil, err
	}
	a.description = d
	return d, nil
}

// begin reads the beginning of a file.
func (a *Archive) begin(ctx context.Context, i int) (b begun) {
	if b.plan = a.plan(ctx, a.Inputs[i].Path); b.plan.Skip {
		b.first, b.ifaces = math.MaxInt64, b.plan.Interfaces
		return b
	}
	b.first = math.MinInt64
	r, err := a.open(ctx, i)
	if err != nil {
		b.err = err
		return b
	}
	b.ifaces = r.Interfaces()
	if !isRegular(a.Inputs[i].Path) { // cannot be opened again
		b.open = r
		return b
	}
	defer func() { _ = r.Close() }()    // only read from: nothing can be lost
	if p, err := r.Next(); err == nil { // an error is told when the file is read
		b.first = p.Timestamp
	}
	b.ifaces = r.Interfaces()
	return b
}

// begun is what the beginning of a file has.
type begun struct {
	start
	ifaces []capture.Interface
	open   *capture.Reader // where it stays open
}

func (d *Description) add(file int, ifaces []capture.Interface) {
	if d.First == nil && len(ifaces) > 0 {
		first := ifaces[0]
		d.First, d.file, d.ifaces = &first, file, ifaces
	}
	d.Same = d.Same && sameInterfaces(d.ifaces, ifaces)
	for i := range ifaces {
		d.SeveralTypes = d.SeveralTypes || ifaces[i].LinkType != d.First.LinkType
		d.Nanosecond = d.Nanosecond || ifaces[i].NanosecondTimestamps()
		d.Snaplen = max(d.Snaplen, ifaces[i].Snaplen)
	}
}

func sameInterfaces(a, b []capture.Interface) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Options says how to write packets of the archive to one file: as pcap or, if pcapng is set or it takes pcapng to hold
// several link-layer types, as pcapng.
func (d *Description) Options(pcapng bool) capture.WriterOptions {
	o := capture.WriterOptions{Format: capture.Pcap, Nanosecond: d.Nanosecond, Snaplen: d.Snaplen, First: d.First}
	if pcapng || d.SeveralTypes {
		o.Format = capture.Pcapng
		return o
	}
	if d.First == nil {
		only := someInterface
		o.First = &only
		return o
	}
	only := *d.First
	only.Snaplen = d.Snaplen
	if !d.Same {
		only.FCSLen = -1
	}
	o.First = &only
	return o
}

// numbering gives the interfaces of an archive numbers.
type numbering struct {
	same bool
	list []capture.Interface
	at   map[[2]int]int // file and number there
	from int            // file whose interfaces are everybody's, where all have the same
}

func (d *Description) numbering() *numbering {
	n := &numbering{same: d.Same, at: map[[2]int]int{}, from: d.file}
	if d.First != nil {
		n.list = append(n.list, *d.First)
		n.at[[2]int{d.file, 0}] = 0
	}
	return n
}

func (n *numbering) number(file, i int, iface *capture.Interface) int {
	if n.same {
		if k, ok := n.at[[2]int{n.from, i}]; ok && n.list[k] == *iface {
			return k
		}
	}
	key := [2]int{file, i}
	k, ok := n.at[key]
	if !ok {
		k = len(n.list)
		n.list = append(n.list, *iface)
		n.at[key] = k
	}
	return k
}
