//go:build libpcap

package capture

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcap"
	"golang.org/x/net/bpf"

	"bpfc/linktype"
	"bpfc/vm"
)

var openLibpcap opener = func(o LiveOptions) (Handle, error) { return openPcapHandle(o) }

// libpcapPoll is how long libpcap may block, and so how long it takes at most
// until the end of a context is noticed: its read cannot be interrupted.
const libpcapPoll = 20 * time.Millisecond

// pcapHandle captures through libpcap, by gopacket's binding.
type pcapHandle struct {
	handle  *pcap.Handle
	iface   Interface
	reading sync.Mutex // held while libpcap reads
	closed  atomic.Bool
	packet  Packet
	filter  sync.Mutex
	last    Stats // at Close
}

// openBSDRaw is the DLT_ number of raw IP on OpenBSD.
const openBSDRaw = 14

func openPcapHandle(o LiveOptions) (*pcapHandle, error) {
	inactive, err := pcap.NewInactiveHandle(o.Interface)
	if err != nil {
		return nil, err
	}
	defer inactive.CleanUp()
	err = errors.Join(inactive.SetSnapLen(o.Snaplen), inactive.SetPromisc(o.Promiscuous), inactive.SetTimeout(libpcapPoll),
		inactive.SetBufferSize(o.BufferSize), inactive.SetImmediateMode(o.Immediate))
	if err != nil {
		return nil, err
	}
	handle, err := inactive.Activate()
	if err != nil {
		return nil, pcapError(err)
	}
	h := &pcapHandle{handle: handle}
	if err := h.setup(o); err != nil {
		handle.Close()
		return nil, err
	}
	return h, nil
}

// pcapError finds out what libpcap's text means.
func pcapError(err error) error {
	text := strings.ToLower(err.Error())
	switch {
	case strings.Contains(text, "permission"):
		return ErrPermission
	case strings.Contains(text, "no such device"), strings.Contains(text, "doesn't exist"):
		return ErrNoDevice
	case strings.Contains(text, "not up"), strings.Contains(text, "went down"):
		return ErrDown
	case strings.Contains(text, "disappeared"):
		return ErrGone
	}
	return err
}

func (h *pcapHandle) setup(o LiveOptions) error {
	link := linktype.Type(h.handle.LinkType())
	if link == openBSDRaw {
		link = linktype.RAW
	}
	h.iface = Interface{LinkType: link, Snaplen: uint32(o.Snaplen), FCSLen: -1, Name: o.Interface, tsResol: 6}
	direction := map[Direction]pcap.Direction{InOut: pcap.DirectionInOut, In: pcap.DirectionIn, Out: pcap.DirectionOut}[o.Direction]
	if o.Direction != InOut {
		if err := h.handle.SetDirection(direction); err != nil {
			return fmt.Errorf("direction: %w", err)
		}
	}
	return h.SetFilter(o.Filter)
}

// SetFilter leaves to libpcap what was queued; it empties the queue or runs
// the filter on it.
func (h *pcapHandle) SetFilter(prog []bpf.RawInstruction) error {
	h.filter.Lock()
	defer h.filter.Unlock()
	if h.closed.Load() {
		return ErrClosed
	}
	if prog == nil {
		prog = acceptAll(int(h.iface.Snaplen))
	}
	if _, err := vm.New(prog); err != nil {
		return err
	}
	instructions := make([]pcap.BPFInstruction, len(prog))
	for i, in := range prog {
		instructions[i] = pcap.BPFInstruction{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	h.reading.Lock() // libpcap's handle is not safe for concurrent use
	defer h.reading.Unlock()
	return h.handle.SetBPFInstructionFilter(instructions)
}

func (h *pcapHandle) Next(ctx context.Context) (*Packet, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := h.next()
		if p != nil || err != nil {
			return p, err
		}
	}
}

// next waits for one packet as long as libpcapPoll; nil if none came.
func (h *pcapHandle) next() (*Packet, error) {
	h.reading.Lock()
	defer h.reading.Unlock()
	if h.closed.Load() {
		return nil, ErrClosed
	}
	var data []byte
	var info gopacket.CaptureInfo
	data, info, err := h.handle.ZeroCopyReadPacketData()
	if err == pcap.NextErrorTimeoutExpired {
		return nil, nil
	}
	if err != nil {
		return nil, pcapError(err)
	}
	h.packet = Packet{Data: data, WireLen: uint32(info.Length), Timestamp: info.Timestamp.UnixNano(), Number: h.packet.Number + 1}
	return &h.packet, nil
}

// Engine: libpcap decides by itself whether the kernel or its own interpreter
// runs the filter, and does not tell.
func (h *pcapHandle) Engine() (engine, reason string) { return "libpcap", "" }

// Link: libpcap takes programs for packets as they are delivered, and gopacket
// does not tell whether extensions may be used.
func (h *pcapHandle) Link() Link { return Link{LinkType: h.iface.LinkType} }

func (h *pcapHandle) Interfaces() []Interface { return []Interface{h.iface} }

func (h *pcapHandle) Stats() (Stats, error) {
	h.reading.Lock()
	defer h.reading.Unlock()
	if h.closed.Load() {
		return h.last, nil
	}
	return h.readStats()
}

func (h *pcapHandle) readStats() (Stats, error) {
	s, err := h.handle.Stats()
	if err != nil {
		return Stats{}, err
	}
	return Stats{Received: uint64(s.PacketsReceived), Dropped: uint64(s.PacketsDropped)}, nil
}

func (h *pcapHandle) Close() error {
	if h.closed.Swap(true) {
		return nil
	}
	h.reading.Lock() // a read ends within libpcapPoll
	defer h.reading.Unlock()
	h.last, _ = h.readStats()
	h.handle.Close()
	return nil
}
