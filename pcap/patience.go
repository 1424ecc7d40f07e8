//go:build darwin || dragonfly || freebsd || netbsd || openbsd || windows

package pcap

import "time"

// patience is for how long a read may wait, counted from when it first has to: most packets are there, and take no look at the clock.
type patience struct {
	timeout time.Duration // without end if it is not positive
	end     time.Time
}

// over tells whether the time is over.
func (p *patience) over() bool {
	switch {
	case p.timeout <= 0:
		return false
	case p.end.IsZero():
		p.end = time.Now().Add(p.timeout)
		return false
	}
	return !time.Now().Before(p.end)
}
