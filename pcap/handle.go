package pcap

//lint:file-ignore ST1005 error texts are libpcap's, or the API's

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"golang.org/x/net/bpf"

	"bpfc/capture"
	"bpfc/linktype"
)

// BlockForever is a time-out with which reads wait until there is a packet.
const BlockForever = -time.Millisecond * 10

// source is where a Handle has its packets from. Everything but next may be called while next waits.
type source interface {
	// next gives a packet, which is valid until the next call. It ends with
	// NextErrorTimeoutExpired after it has waited for the time-out, unless that is not positive, with io.EOF after close, and with another error,
	// whose text is libpcap's, where reading fails.
	next(timeout time.Duration) (p *capture.Packet, err error)
	close()
	// setFilter takes a program that is valid; nil is none.
	setFilter(prog []bpf.RawInstruction) error
	stats() (Stats, error)
	setDirection(Direction) error
	send(packet []byte) error
	// dataLinks lists the types that setDataLink takes.
	dataLinks() []linktype.Type
	setDataLink(linktype.Type) error
}

// Handle reads packets from a device or a capture file, filters them, and sends.
//
// A handle may be closed while other goroutines use it: a read that is waiting returns io.EOF then, and so does every read
// after it. Reads may come from several goroutines; each packet goes to one of them. The filter, the direction and the
// counts may be had while another goroutine reads.
type Handle struct {
	reading    sync.Mutex // held by the goroutine that reads
	source     source
	closed     atomic.Bool
	device     string // "" for a file
	index      int    // the system's number of the device, 0 for none
	timeout    time.Duration
	micro      bool // time stamps are cut to microseconds
	passing    bool // packets of the source are gone when it is closed
	snaplen    int
	link       atomic.Uint32 // a linktype.Type
	how        compiling
	message    atomic.Pointer[string] // what Error gives
	memory     packetMemory           // of packets that ReadPacketData gives
	over       bool                   // a file cannot be read on
	packetData []byte                 // of the last packet of ZeroCopyReadPacketData, where the source's own does not last
}

// Stats are the counts of a live capture since it was opened.
type Stats struct {
	PacketsReceived  int // that passed the filter
	PacketsDropped   int // of these, dropped as the buffer was full
	PacketsIfDropped int // dropped by the interface or its driver, of all packets
}

// Direction selects packets by where they go, seen from this host.
type Direction uint8

// The directions for [Handle.SetDirection].
const (
	DirectionIn    = Direction(1)
	DirectionOut   = Direction(2)
	DirectionInOut = Direction(0)
)

var (
	errClosed = errors.New("the handle is closed")
)

// OpenLive captures on a device. Of each packet it keeps snaplen bytes, all (262,144) if that is 0 or negative; promisc takes
// also packets for other hosts. What timeout means is said at the top of the package. Time stamps have microseconds; for
// nanoseconds see [NewInactiveHandle]. The kernel does not filter yet what comes before [Handle.SetBPFFilter].
func OpenLive(device string, snaplen int32, promisc bool, timeout time.Duration) (handle *Handle, _ error) {
	device = cString(device)
	h, err := activate(liveConfig{device: device, index: deviceIndex(device), snaplen: int(snaplen), promiscuous: promisc, timeout: timeout, micro: true})
	if err != nil {
		return nil, openError{device, err}
	}
	return h, nil
}

// cString cuts a text where C ends it.
func cString(s string) string {
	for i := range len(s) {
		if s[i] == 0 {
			return s[:i]
		}
	}
	return s
}

// deviceIndex gives the system's number of a device; 0 if it has none, as "any".
func deviceIndex(device string) int {
	if i, err := net.InterfaceByName(device); err == nil {
		return i.Index
	}
	return 0
}

// fail notes an error for Error, and returns it.
func (p *Handle) fail(err error) error {
	text := err.Error()
	p.message.Store(&text)
	return err
}

// usable gives an error for a handle that was closed, or made by nothing.
func (p *Handle) usable() error {
	switch {
	case p.source == nil: // a Handle that no function of the package made
		return p.fail(errClosed)
	case p.closed.Load():
		return p.fail(errClosed)
	}
	return nil
}

// ReadPacketData waits for the next packet and returns it in memory that nothing else will be written to. Packets of up to 4 kB share
// allocations of 18 kB, each of which is kept as long as one of its packets is: a program that keeps few of the packets that
// it reads had better copy them. After 1 MB of packets the process keeps 16 MB of address space in reserve, for fewer garbage
// collections, unless it has a memory limit. The error is io.EOF at the end of a file and
// after Close, NextErrorTimeoutExpired after the time-out, and NextErrorReadError where reading failed; [Handle.Error] has
// the reason then.
func (p *Handle) ReadPacketData() (data []byte, ci gopacket.CaptureInfo, err error) {
	p.reading.Lock()
	packet, err := p.next(&ci)
	if err == nil {
		data = p.memory.copy(packet)
	}
	p.reading.Unlock()
	if err == NextErrorTimeoutExpired {
		runtime.Gosched() // for programs that read in a tight loop
	}
	return data, ci, err
}

// ZeroCopyReadPacketData is [Handle.ReadPacketData] without memory for the packet: what it returns belongs to the handle, and
// is overwritten by the next read from whichever goroutine. It stays readable after Close.
func (p *Handle) ZeroCopyReadPacketData() (data []byte, ci gopacket.CaptureInfo, err error) {
	p.reading.Lock()
	data, err = p.next(&ci)
	if err == nil && p.passing {
		p.packetData = append(p.packetData[:0], data...)
		data = p.packetData[:len(data):len(data)]
	}
	p.reading.Unlock()
	if err == NextErrorTimeoutExpired {
		runtime.Gosched()
	}
	return data, ci, err
}

// next reads a packet into ci and returns its bytes.
func (p *Handle) next(ci *gopacket.CaptureInfo) ([]byte, error) {
	if p.closed.Load() || p.source == nil || p.over {
		return nil, io.EOF
	}
	packet, err := p.source.next(p.timeout)
	if err != nil {
		return nil, p.readError(err)
	}
	stamp := packet.Timestamp
	if p.micro {
		stamp -= stamp % 1000
	}
	ci.Timestamp = time.Unix(0, stamp)
	ci.CaptureLength = len(packet.Data)
	ci.Length = int(packet.WireLen)
	ci.InterfaceIndex = p.index
	return packet.Data, nil
}

func (p *Handle) readError(err error) error {
	switch {
	case p.closed.Load():
		return io.EOF
	case err == io.EOF, err == NextErrorTimeoutExpired:
		return err
	}
	_ = p.fail(err)
	if readErrorIsFinal && p.device == "" {
		p.over = true
	}
	return NextErrorReadError
}

// Close ends the capture, or closes the file, and ends a read that is waiting. Closing again does nothing.
func (p *Handle) Close() {
	if p.source != nil && !p.closed.Swap(true) {
		p.source.close()
	}
}

// Error gives the last error of the handle. It is never nil: while there was no error, its text is empty.
func (p *Handle) Error() error {
	if text := p.message.Load(); text != nil {
		return errors.New(*text)
	}
	return errors.New("")
}

// Stats gives the counts of a live capture. Files have none, which is an error.
func (p *Handle) Stats() (stat *Stats, err error) {
	if err := p.usable(); err != nil {
		return nil, err
	}
	s, err := p.source.stats()
	if err != nil {
		return nil, p.fail(err)
	}
	return &s, nil
}

// WritePacketData sends a packet, from its link-layer header on, on the device that is captured on. Files take none.
func (p *Handle) WritePacketData(data []byte) (err error) {
	if err := p.usable(); err != nil {
		return err
	}
	if err := p.source.send(data); err != nil {
		return p.fail(err)
	}
	return nil
}

// SetDirection chooses which packets are delivered, by where they go. It is an error for files.
func (p *Handle) SetDirection(direction Direction) error {
	if direction > DirectionOut {
		return fmt.Errorf("Invalid direction: %v", direction)
	}
	if err := p.usable(); err != nil {
		return err
	}
	if err := p.source.setDirection(direction); err != nil {
		_ = p.fail(err)
		return errors.New(statusTexts[statusError])
	}
	return nil
}

// SnapLen gives how many bytes of a packet are kept.
func (p *Handle) SnapLen() int { return p.snaplen }

// Resolution tells how fine time stamps are, before they are given in nanoseconds: micro- or nanoseconds. Those of files count as
// nanoseconds.
func (p *Handle) Resolution() gopacket.TimestampResolution { return resolution(p.micro) }

// LinkType gives the link-layer type by its DLT_ number, as far as that fits into gopacket's type.
func (p *Handle) LinkType() layers.LinkType { return layers.LinkType(p.link.Load()) }

// SetLinkType chooses another of [Handle.ListDataLinks] by its DLT_ number. Set the filter again afterwards.
func (p *Handle) SetLinkType(dlt layers.LinkType) error {
	if err := p.usable(); err != nil {
		return err
	}
	want := linktype.Type(dlt)
	for _, t := range p.source.dataLinks() {
		if t != want {
			continue
		}
		if err := p.source.setDataLink(t); err != nil {
			return p.fail(err)
		}
		p.link.Store(uint32(t))
		return nil
	}
	name := DatalinkValToName(int(dlt))
	if name == "" {
		name = fmt.Sprintf("DLT %d", int(dlt))
	}
	return p.fail(fmt.Errorf("%s is not one of the DLTs supported by this device", name))
}

// ListDataLinks lists the link-layer types that the device can deliver, or the one that the file has.
func (p *Handle) ListDataLinks() (datalinks []Datalink, err error) {
	if err := p.usable(); err != nil {
		return nil, err
	}
	for _, t := range p.source.dataLinks() {
		datalinks = append(datalinks, Datalink{DatalinkValToName(int(t)), DatalinkValToDescription(int(t))})
	}
	return datalinks, nil
}
