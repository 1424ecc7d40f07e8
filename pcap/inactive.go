package pcap

import (
	"errors"
	"time"

	"bpfc"
)

// InactiveHandle is a device that is being set up to be captured on. It is not safe for concurrent use.
type InactiveHandle struct {
	config  liveConfig
	used    bool // by Activate or CleanUp
	message string
}

// liveConfig is how to capture on a device.
type liveConfig struct {
	device      string
	index       int // the system's number of it
	snaplen     int // bytes of a packet to keep; all if not positive
	promiscuous bool
	monitor     bool
	immediate   bool
	timeout     time.Duration
	bufferSize  int // bytes; the default if not positive
	timestamps  TimestampSource
	micro       bool // time stamps of microseconds
}

// opened is a device that is captured on.
type opened struct {
	source source
	link   uint32 // a linktype.Type
	live   bool   // filters can read the kernel's metadata
}

// gather is how long the kernel may gather packets before it hands them over. libpcap has it gather for as long as a read may
// take, which users of long time-outs do not want.
func (c *liveConfig) gather() time.Duration {
	const atMost, byDefault = 100 * time.Millisecond, 10 * time.Millisecond
	switch t := max(c.timeout, -c.timeout); {
	case c.immediate:
		return time.Millisecond
	case t == 0:
		return byDefault
	default:
		return min(max(t, time.Millisecond), atMost)
	}
}

// activate opens a device.
func activate(c liveConfig) (*Handle, *activateError) {
	if c.snaplen <= 0 || c.snaplen > maxSnaplen {
		c.snaplen = maxSnaplen
	}
	o, err := openLive(&c)
	if err != nil {
		return nil, err
	}
	h := &Handle{source: o.source, passing: true, device: c.device, index: c.index, timeout: c.timeout, micro: c.micro, snaplen: c.snaplen,
		how: compiling{snaplen: c.snaplen, savefile: bpfc.NotSavefile, live: o.live}}
	h.link.Store(o.link)
	return h, nil
}

// NewInactiveHandle begins to set up a capture. Whether there is such a device, [InactiveHandle.Activate] tells. Call
// [InactiveHandle.CleanUp] when done, whether it was activated or not.
func NewInactiveHandle(device string) (*InactiveHandle, error) {
	device = cString(device)
	return &InactiveHandle{config: liveConfig{device: device, index: deviceIndex(device)}}, nil
}

// Activate starts to capture. Afterwards the InactiveHandle is of no use but for [InactiveHandle.CleanUp].
func (p *InactiveHandle) Activate() (*Handle, error) {
	if err := p.settable(); err != nil {
		return nil, &activateError{status: statusActivated}
	}
	h, err := activate(p.config)
	if err != nil {
		p.message = err.detail
		return nil, err
	}
	p.used = true
	return h, nil
}

// settable gives an error once the handle was activated.
func (p *InactiveHandle) settable() error {
	if p.used {
		p.message = statusTexts[statusActivated]
		return errors.New(p.message)
	}
	return nil
}

// CleanUp ends the setting up. A handle that came of it stays open.
func (p *InactiveHandle) CleanUp() { p.used = true }

// Error gives the last error. It is never nil: while there was no error, its text is empty.
func (p *InactiveHandle) Error() error { return errors.New(p.message) }

// SetSnapLen sets how many bytes of a packet are kept. With 0, a negative number or one above 262,144 it is so many.
func (p *InactiveHandle) SetSnapLen(snaplen int) error {
	if err := p.settable(); err != nil {
		return err
	}
	p.config.snaplen = snaplen
	return nil
}

// SetPromisc has the device take packets for other hosts, too.
func (p *InactiveHandle) SetPromisc(promisc bool) error {
	if err := p.settable(); err != nil {
		return err
	}
	p.config.promiscuous = promisc
	return nil
}

// SetTimeout sets how long a read may wait; see the top of the package.
func (p *InactiveHandle) SetTimeout(timeout time.Duration) error {
	if err := p.settable(); err != nil {
		return err
	}
	p.config.timeout = timeout
	return nil
}

// SetBufferSize sets how many bytes of memory the kernel has for packets that were not read yet; 8 MiB if it is not set. A
// number that is not positive changes nothing.
func (p *InactiveHandle) SetBufferSize(bufferSize int) error {
	if err := p.settable(); err != nil {
		return err
	}
	if bufferSize > 0 {
		p.config.bufferSize = bufferSize
	}
	return nil
}

// SetImmediateMode has the kernel hand packets over as they come, on Linux within a millisecond or two.
func (p *InactiveHandle) SetImmediateMode(mode bool) error {
	if err := p.settable(); err != nil {
		return err
	}
	p.config.immediate = mode
	return nil
}

// SetRFMon has a wireless adapter take all that is in the air. The error is [CannotSetRFMon] where the device cannot do that.
func (p *InactiveHandle) SetRFMon(monitor bool) error {
	if err := p.settable(); err != nil {
		return err
	}
	if !canMonitor(p.config.device) {
		return CannotSetRFMon
	}
	p.config.monitor = monitor
	return nil
}
