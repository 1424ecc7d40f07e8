package packets

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"bpfc/capture"
	"bpfc/linktype"
	"bpfc/print"
	"bpfc/web/api"
	"bpfc/web/rpc"
)

// mostRows is how many lines are printed at once.
const mostRows = 500

type row struct {
	Index    int    `json:"index"`
	Matches  *bool  `json:"matches"` // nil where it is not judged
	Time     string `json:"time"`
	Length   uint32 `json:"length"`
	Captured uint32 `json:"captured"`
	Line     string `json:"line"`
}

type rows struct {
	Total int   `json:"total"`
	Rows  []row `json:"rows"`
}

func (s *service) rows(_ context.Context, c *rpc.Call) (any, error) {
	var p struct {
		From  int    `json:"from"`
		Count int    `json:"count"`
		Only  string `json:"only"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	f := s.file
	if f == nil {
		return nil, errNoCapture
	}
	r := &rows{Total: s.total(p.Only), Rows: []row{}}
	for _, i := range s.chosen(p.Only, max(p.From, 0), max(0, min(p.Count, mostRows))) {
		line, err := s.row(f, i)
		if err != nil {
			return nil, err
		}
		r.Rows = append(r.Rows, line)
	}
	return r, nil
}

// total is how many rows there are of a kind; without a judgment all are of every kind.
func (s *service) total(only string) int {
	n := s.file.count()
	switch {
	case s.judged == nil || only == "all" || only == "":
		return n
	case only == "matches":
		return len(s.judged.matches)
	}
	return n - len(s.judged.matches)
}

// chosen are the numbers of the packets in some rows.
func (s *service) chosen(only string, from, count int) (list []int) {
	j := s.judged
	last := min(from+count, s.total(only))
	switch {
	case j == nil || only == "all" || only == "":
		for i := from; i < last; i++ {
			list = append(list, i)
		}
	case only == "matches":
		for i := from; i < last; i++ {
			list = append(list, int(j.matches[i]))
		}
	default:
		for i := j.other(from); len(list) < last-from; i++ {
			if !j.is(i) {
				list = append(list, i)
			}
		}
	}
	return list
}

// other is the number of the packet that is at a place among those that do not match. Before the match at place k of
// the list stand matches[k]-k others, which grow with k.
func (j *judgment) other(place int) int {
	low, high := 0, len(j.matches)
	for low < high {
		mid := (low + high) / 2
		if int(j.matches[mid])-mid <= place {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return place + low
}

func (s *service) row(f *file, i int) (row, error) {
	data, err := f.read(i, nil)
	if err != nil {
		return row{}, err
	}
	r := row{Index: i, Time: clock(f.time[i], "15:04:05.000000"), Length: f.wireLen[i], Captured: f.capLen[i],
		Line: line(f.link(i), data, f.wireLen[i], 0)}
	if s.judged != nil {
		is := s.judged.is(i)
		r.Matches = &is
	}
	return r, nil
}

// line prints a packet as tcpdump does, with numbers for names; sequence numbers are those in the packet, as the packets
// before it need not have been printed. With -v there are several lines.
func line(t linktype.Type, data []byte, wireLen uint32, verbose int) string {
	p := print.New(print.Options{Time: print.NoTime, AbsoluteSeq: true, Verbose: verbose})
	return strings.TrimSpace(string(p.Append(nil, &print.Packet{LinkType: t, Data: data, WireLen: wireLen})))
}

// packetRef names a packet: one of the capture by its number, or bytes.
type packetRef struct {
	Index   *int   `json:"index"`
	Hex     string `json:"hex"`
	WireLen int    `json:"wireLen"`
	Link    string `json:"link"`
}

// chosenPacket is a packet that was asked for, and how a filter is compiled for it.
type chosenPacket struct {
	index    int // -1 for bytes
	data     []byte
	wireLen  int
	time     string
	settings api.Settings
}

// maxPacket is how long a packet given as bytes may be.
const maxPacket = 262144

// choose finds a packet; an error is an *rpc.Error.
func (s *service) choose(ref packetRef, source *api.Source) (*chosenPacket, error) {
	if ref.Index == nil {
		data, err := hex.DecodeString(ref.Hex)
		if err != nil || len(data) > maxPacket {
			return nil, rpc.Errorf("capture", "a packet is up to %d bytes in hexadecimal", maxPacket)
		}
		given := *source
		if ref.Link != "" {
			given.Link = ref.Link
		}
		settings, err := given.Settings()
		return &chosenPacket{index: -1, data: data, wireLen: max(ref.WireLen, len(data)), settings: settings}, err
	}
	f, i := s.file, *ref.Index
	if f == nil {
		return nil, errNoCapture
	}
	if i < 0 || i >= f.count() || int(f.from[i]) >= len(f.ifaces) {
		return nil, rpc.Errorf("capture", "the capture has no packet %d", i+1)
	}
	data, err := f.read(i, nil)
	if err != nil {
		return nil, err
	}
	settings, err := targetOf(&f.ifaces[f.from[i]]).settings(source)
	return &chosenPacket{i, data, int(f.wireLen[i]), clock(f.time[i], "2006-01-02 15:04:05.000000000"), settings}, err
}

type layer struct {
	Protocol string  `json:"protocol"`
	Fields   []field `json:"fields"`
}

type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type packetResult struct {
	*api.Why
	Index   int     `json:"index"`
	Time    string  `json:"time"`
	Printed string  `json:"printed"`
	Layers  []layer `json:"layers"`
}

func (s *service) packet(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Source api.Source `json:"source"`
		Packet packetRef  `json:"packet"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	chosen, err := s.choose(p.Packet, &p.Source)
	if err != nil {
		return nil, err
	}
	r := &packetResult{Why: api.NewWhy(ctx, &chosen.settings, chosen.data, chosen.wireLen), Index: chosen.index, Time: chosen.time}
	r.print(chosen)
	return r, nil
}

// print prints the packet in full and tells its headers.
func (r *packetResult) print(c *chosenPacket) {
	p := print.New(print.Options{Time: print.NoTime, AbsoluteSeq: true, LinkHeader: true, Verbose: 1, Layers: true})
	r.Printed = strings.TrimSpace(string(p.Append(nil, &print.Packet{LinkType: c.settings.Link, Data: c.data, WireLen: uint32(c.wireLen)})))
	r.Layers = []layer{}
	for _, l := range p.Layers() {
		told := layer{l.Protocol, []field{}}
		for _, f := range l.Fields {
			told.Fields = append(told.Fields, field{f.Name, fmt.Sprint(f.Value)})
		}
		r.Layers = append(r.Layers, told)
	}
}

func (s *service) trace(ctx context.Context, c *rpc.Call) (any, error) {
	var p struct {
		Source  api.Source `json:"source"`
		Packet  packetRef  `json:"packet"`
		Program string     `json:"program"`
	}
	if err := c.Read(&p); err != nil {
		return nil, err
	}
	chosen, err := s.choose(p.Packet, &p.Source)
	if err != nil {
		return nil, err
	}
	return api.NewTraced(ctx, &chosen.settings, p.Program, chosen.data, chosen.wireLen), nil
}

// mostSaved is how many bytes of packets are written into a file to download.
const mostSaved = 64 << 20

type saved struct {
	Base64  string `json:"base64"`
	Name    string `json:"name"`
	Packets int    `json:"packets"`
}

// save writes the packets that match: as pcap where they are of one interface, else as pcapng.
func (s *service) save(ctx context.Context, c *rpc.Call) (any, error) {
	f, j := s.file, s.judged
	if f == nil || j == nil {
		return nil, errNoCapture
	}
	total := int64(0)
	for _, i := range j.matches {
		total += int64(f.capLen[i]) + 16
	}
	if total > mostSaved {
		return nil, rpc.Errorf("limit", "the packets that match take %d MB; a browser is given %d at most: bpfc filter -w writes them all", total>>20, mostSaved>>20)
	}
	var out bytes.Buffer
	name, err := f.write(ctx, c, &out, j.matches)
	if err != nil {
		return nil, err
	}
	return &saved{base64.StdEncoding.EncodeToString(out.Bytes()), name, len(j.matches)}, nil
}

func (f *file) write(ctx context.Context, c *rpc.Call, out *bytes.Buffer, list []uint32) (name string, err error) {
	if len(f.ifaces) == 0 {
		return "", rpc.Errorf("capture", "the capture has no interface")
	}
	o := capture.WriterOptions{Format: capture.Pcap, First: &f.ifaces[0], Nanosecond: f.ifaces[0].NanosecondTimestamps()}
	name = "matches.pcap"
	if len(f.ifaces) > 1 {
		o.Format, name = capture.Pcapng, "matches.pcapng"
	}
	w, err := capture.NewWriter(out, o)
	if err != nil {
		return "", rpc.Errorf("capture", "%v", err)
	}
	for i := 1; i < len(f.ifaces); i++ {
		if _, err := w.AddInterface(f.ifaces[i]); err != nil {
			return "", rpc.Errorf("capture", "%v", err)
		}
	}
	turns := newTurns(ctx, c)
	for _, i := range list {
		data, err := f.read(int(i), nil)
		if err != nil {
			return "", err
		}
		p := &capture.Packet{Data: data, WireLen: f.wireLen[i], Timestamp: f.time[i], Interface: int(f.from[i])}
		if err := w.WritePacket(p); err != nil {
			return "", rpc.Errorf("capture", "%v", err)
		}
		if turns.over() {
			if err := turns.next(); err != nil {
				return "", err
			}
		}
	}
	return name, w.Flush()
}
