package pcap

//lint:file-ignore ST1005 error texts are libpcap's, or the API's

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/capture"
	"bpfc/linktype"
)

// packetSource captures from a packet socket of Linux, through package capture.
type packetSource struct {
	handle     capture.PacketHandle
	device     string
	links      []linktype.Type
	missed     int // by the interface, when the capture began
	sendsNever error
}

var captureTimestamps = map[TimestampSource]capture.TimestampSource{
	tstampHost: capture.TimestampHost, tstampAdapter: capture.TimestampAdapter, tstampAdapterUnsynced: capture.TimestampAdapterUnsynced,
}

func timestampSources(device string) []TimestampSource {
	var out []TimestampSource
	for _, s := range capture.TimestampSources(device) {
		for ours, theirs := range captureTimestamps {
			if theirs == s {
				out = append(out, ours)
			}
		}
	}
	return out
}

// openLive starts a capture.
func openLive(c *liveConfig) (*opened, *activateError) {
	if c.index == 0 && c.device != "any" { // package capture also takes numbers for names
		if c.index = deviceIndex(c.device); c.index == 0 {
			return nil, liveError(capture.ErrNoDevice)
		}
	}
	h, err := capture.OpenLive(capture.LiveOptions{Interface: c.device, Snaplen: c.snaplen, Promiscuous: c.promiscuous, BufferSize: max(c.bufferSize, 0),
		Immediate: c.immediate, Delay: c.gather(), Backend: capture.BackendPacket, Timestamps: captureTimestamps[c.timestamps]})
	if err != nil {
		return nil, liveError(err)
	}
	s := &packetSource{handle: h.(capture.PacketHandle), device: c.device, missed: interfaceMissed(c.device)}
	if err := s.chooseLinks(); err != nil {
		h.Close()
		return nil, liveError(err)
	}
	if c.monitor && !monitors(s.links[0]) {
		h.Close()
		return nil, &activateError{status: statusNoMonitorMode, detail: "switch " + c.device + " to monitor mode before"}
	}
	return &opened{source: s, link: uint32(s.links[0]), live: true}, nil
}

// chooseLinks finds the link-layer types that the device can have. The first is the one to begin with.
func (s *packetSource) chooseLinks() error {
	link := s.handle.Link().LinkType
	s.links = []linktype.Type{link}
	switch link {
	case linktype.LINUX_SLL2:
		s.links = []linktype.Type{linktype.LINUX_SLL, linktype.LINUX_SLL2}
		s.sendsNever = errors.New("Sending packets isn't supported in cooked mode")
		if s.device == "any" {
			s.sendsNever = errors.New(`Sending packets isn't supported on the "any" device`)
		}
		return s.setDataLink(linktype.LINUX_SLL)
	case linktype.EN10MB:
		if i, err := net.InterfaceByName(s.device); err == nil && i.Flags&net.FlagLoopback == 0 {
			s.links = append(s.links, linktype.DOCSIS) // which a cable modem may be told to send over Ethernet
		}
	}
	return nil
}

// monitors tells whether packets of a type are those of an adapter in monitor mode.
func monitors(t linktype.Type) bool {
	switch t {
	case linktype.IEEE802_11, linktype.PRISM_HEADER, linktype.IEEE802_11_RADIO, linktype.IEEE802_11_RADIO_AVS:
		return true
	}
	return false
}

// canMonitor tells whether a device is a wireless adapter.
func canMonitor(device string) bool {
	if device == "" || strings.ContainsRune(device, '/') {
		return false
	}
	_, err := os.Lstat(filepath.Join("/sys/class/net", device, "phy80211"))
	return err == nil
}

// liveError says why a device cannot be captured on.
func liveError(err error) *activateError {
	e := &activateError{status: statusError, detail: err.Error(), err: err}
	switch {
	case errors.Is(err, capture.ErrNoDevice):
		e.status, e.detail = statusNoSuchDevice, statusTexts[statusNoSuchDevice]
	case errors.Is(err, capture.ErrPermission):
		e.status, e.detail = statusDenied, "Attempt to create packet socket failed - CAP_NET_RAW may be required"
	case errors.Is(err, capture.ErrDown):
		e.status, e.detail = statusNotUp, ""
	}
	return e
}

func (s *packetSource) close() { s.handle.Close() }

func (s *packetSource) next(timeout time.Duration) (*capture.Packet, error) {
	if timeout <= 0 {
		return s.before(time.Time{})
	}
	if p, err := s.before(longAgo); err != NextErrorTimeoutExpired { // there is a packet, and no need for the clock
		return p, err
	}
	return s.before(time.Now().Add(timeout))
}

// longAgo is a deadline that is over.
var longAgo = time.Unix(1, 0)

// before waits for a packet up to a deadline, which zero is not.
func (s *packetSource) before(deadline time.Time) (*capture.Packet, error) {
	p, err := s.handle.NextBefore(deadline)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, NextErrorTimeoutExpired
	case errors.Is(err, capture.ErrClosed):
		return nil, io.EOF
	case errors.Is(err, capture.ErrGone):
		return nil, &textError{"The interface disappeared", err}
	}
	return nil, err
}

func (s *packetSource) setFilter(program []bpf.RawInstruction) error {
	return s.handle.SetFilter(program)
}

func (s *packetSource) stats() (Stats, error) {
	counts, err := s.handle.Stats()
	return Stats{PacketsReceived: int(counts.Received), PacketsDropped: int(counts.Dropped),
		PacketsIfDropped: max(interfaceMissed(s.device)-s.missed, 0)}, err
}

// interfaceMissed gives how many packets an interface has missed or had no room for since it came up; 0 where it does not tell.
func interfaceMissed(device string) (missed int) {
	if device == "any" || strings.ContainsRune(device, '/') {
		return 0
	}
	for _, name := range []string{"rx_missed_errors", "rx_fifo_errors"} {
		text, err := os.ReadFile(filepath.Join("/sys/class/net", device, "statistics", name))
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			missed += n
		}
	}
	return missed
}

func (s *packetSource) setDirection(d Direction) error {
	return s.handle.SetDirection(map[Direction]capture.Direction{DirectionInOut: capture.InOut, DirectionIn: capture.In, DirectionOut: capture.Out}[d])
}

func (s *packetSource) send(packet []byte) error {
	if s.sendsNever != nil {
		return s.sendsNever
	}
	err := s.handle.Send(packet)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, capture.ErrGone):
		return &textError{"send: No such device or address", err}
	case errors.Is(err, capture.ErrDown):
		return &textError{"send: Network is down", err}
	}
	return systemError("send", err)
}

func (s *packetSource) dataLinks() []linktype.Type { return s.links }

func (s *packetSource) setDataLink(t linktype.Type) error {
	if t != linktype.LINUX_SLL && t != linktype.LINUX_SLL2 {
		return nil // another name for the same packets
	}
	return s.handle.SetLinkType(t)
}
