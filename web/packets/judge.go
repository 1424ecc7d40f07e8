package packets

import (
	"context"
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/vm"
	"bpfc/web/api"
	"bpfc/web/rpc"
)

// judgment is what a filter says of all packets of a capture.
type judgment struct {
	verdicts []uint64 // a bit for each packet
	matches  []uint32 // the packets that match
	ended    int
}

func (j *judgment) is(i int) bool { return j.verdicts[i/64]>>(i%64)&1 == 1 }

// target is what the packets of an interface ask of a filter.
type target struct {
	link     linktype.Type
	snapLen  int
	savefile bpfc.Savefile
}

func targetOf(i *capture.Interface) target {
	t := target{i.LinkType, int(i.Snaplen), bpfc.SavefileUnswapped}
	if i.Swapped {
		t.savefile = bpfc.SavefileSwapped
	}
	return t
}

// settings are those of a source for the packets of a target: its link-layer type is the packets', whatever is chosen, as
// with bpfc filter.
func (t target) settings(s *api.Source) (api.Settings, error) {
	settings, err := s.Settings()
	settings.Link, settings.Savefile = t.link, t.savefile
	if s.SnapLen == 0 && t.snapLen > 0 {
		settings.SnapLen = t.snapLen
	}
	return settings, err
}

// program is a filter compiled for a target.
type program struct {
	code []bpf.RawInstruction
	vm   *vm.VM // nil where it does not compile, which err says
	err  error
}

// programs compile a source for what the interfaces of a file need, once for each kind.
type programs struct {
	source *api.Source
	made   map[target]*program
	by     []*program // by interface
	errors []string
}

// compileFor compiles for all interfaces; the error is that of the only kind there is, or of all of them.
func compileFor(ctx context.Context, f *file, s *api.Source) (*programs, error) {
	all := *s
	all.AllowRejectAll = true // a filter that matches nothing keeps no packet
	p := &programs{source: &all, made: map[target]*program{}}
	compiled := 0
	var first error
	for i := range f.ifaces {
		t := targetOf(&f.ifaces[i])
		made, ok := p.made[t]
		if !ok {
			made = p.compile(ctx, t)
			p.made[t] = made
			if made.err != nil {
				p.errors = append(p.errors, fmt.Sprintf("%v: %v", t.link, made.err))
				first = made.err
			}
		}
		if made.err == nil {
			compiled++
		}
		p.by = append(p.by, made)
	}
	if compiled == 0 && first != nil {
		return nil, first
	}
	return p, nil
}

func (p *programs) compile(ctx context.Context, t target) *program {
	settings, err := t.settings(p.source)
	if err != nil {
		return &program{err: err}
	}
	_, code, err := api.Compile(ctx, &settings)
	if err != nil {
		return &program{err: err}
	}
	m, err := vm.New(code)
	return &program{code, m, err}
}

// judgeAll judges all packets, window by window.
func (p *programs) judgeAll(ctx context.Context, c *rpc.Call, f *file, done, of int64) (*judgment, error) {
	j := &judgment{verdicts: make([]uint64, (f.count()+63)/64), matches: []uint32{}}
	turns := newTurns(ctx, c)
	buffer := make([]byte, window)
	for i := 0; i < f.count(); {
		next, err := p.window(f, j, i, &buffer)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		i = next
		if turns.over() {
			c.Progress(progress{done + int64(i), of, len(j.matches), fmt.Sprintf("%d of %d packets", i, f.count())})
			if err := turns.next(); err != nil {
				return nil, err
			}
		}
	}
	return j, nil
}

// window judges the packets from number i on whose bytes are in one window, and gives the number of the next.
func (p *programs) window(f *file, j *judgment, i int, buffer *[]byte) (int, error) {
	start, end := f.at[i], f.at[i]+int64(f.capLen[i])
	if n := end - start; n > int64(len(*buffer)) {
		*buffer = make([]byte, n)
	}
	last := i + 1
	for last < f.count() && last-i < 20_000 && f.at[last]+int64(f.capLen[last])-start <= int64(len(*buffer)) {
		end = f.at[last] + int64(f.capLen[last])
		last++
	}
	data := (*buffer)[:end-start]
	if len(data) > 0 {
		if n, err := f.data.ReadAt(data, start); n < len(data) {
			return 0, rpc.Errorf("capture", "packets from number %d on cannot be read: %v", i+1, err)
		}
	}
	for ; i < last; i++ {
		from := f.at[i] - start
		p.one(f, j, i, data[from:from+int64(f.capLen[i])])
	}
	return last, nil
}

func (p *programs) one(f *file, j *judgment, i int, data []byte) {
	if int(f.from[i]) >= len(p.by) {
		return
	}
	program := p.by[f.from[i]]
	switch {
	case program.vm == nil:
	case program.vm.Match(data, f.wireLen[i]) != 0:
		j.verdicts[i/64] |= 1 << (i % 64)
		j.matches = append(j.matches, uint32(i))
	case uint32(len(data)) < f.wireLen[i] && api.Trace(program.code, data, f.wireLen[i], false).Ended:
		j.ended++
	}
}

var errNoCapture = rpc.Errorf("capture", "no capture is open")

type judged struct {
	Packets int        `json:"packets"`
	Matches int        `json:"matches"`
	Ended   int        `json:"ended"`
	Errors  []string   `json:"errors"`
	Error   *rpc.Error `json:"error,omitempty"`
}

func (s *service) judge(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Source api.Source `json:"source"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	f := s.file
	if f == nil {
		return nil, errNoCapture
	}
	r := &judged{Packets: f.count(), Errors: []string{}}
	programs, err := compileFor(ctx, f, &p.Source)
	if err != nil {
		s.judged = nil
		r.Error = api.Fail(err, api.NewUnits(p.Source.Expr))
		return r, nil
	}
	j, err := programs.judgeAll(ctx, c, f, 0, int64(f.count()))
	if err != nil {
		return nil, err
	}
	if s.file == f { // it was not closed meanwhile
		s.judged = j
	}
	r.Matches, r.Ended, r.Errors = len(j.matches), j.ended, append(r.Errors, programs.errors...)
	return r, nil
}

type diffCounts struct {
	Packets    int        `json:"packets"`
	Both       int        `json:"both"`
	OnlyA      int        `json:"onlyA"`
	OnlyB      int        `json:"onlyB"`
	Neither    int        `json:"neither"`
	FirstOnlyA int        `json:"firstOnlyA"` // -1 for none
	FirstOnlyB int        `json:"firstOnlyB"`
	Error      *rpc.Error `json:"error,omitempty"`
}

func (s *service) diffCounts(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		A api.Source `json:"a"`
		B api.Source `json:"b"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	f := s.file
	if f == nil {
		return nil, errNoCapture
	}
	r := &diffCounts{Packets: f.count(), FirstOnlyA: -1, FirstOnlyB: -1}
	var both [2]*judgment
	for i, source := range []*api.Source{&p.A, &p.B} {
		programs, err := compileFor(ctx, f, source)
		if err != nil {
			r.Error = sided(api.Fail(err, api.NewUnits(source.Expr)), i)
			return r, nil
		}
		n := int64(f.count())
		if both[i], err = programs.judgeAll(ctx, c, f, int64(i)*n, 2*n); err != nil {
			return nil, err
		}
	}
	r.compare(both[0], both[1])
	return r, nil
}

func (r *diffCounts) compare(a, b *judgment) {
	for i := range r.Packets {
		switch x, y := a.is(i), b.is(i); {
		case x && y:
			r.Both++
		case x:
			if r.OnlyA++; r.FirstOnlyA < 0 {
				r.FirstOnlyA = i
			}
		case y:
			if r.OnlyB++; r.FirstOnlyB < 0 {
				r.FirstOnlyB = i
			}
		default:
			r.Neither++
		}
	}
}

// sided says in which of two filters an error is.
func sided(e *rpc.Error, side int) *rpc.Error {
	told := *e
	told.Side = "ab"[side : side+1]
	return &told
}
