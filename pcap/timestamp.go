package pcap

import (
	"errors"
	"slices"
	"strings"
)

// TimestampSource is where time stamps come from, as PCAP_TSTAMP_ constants number them (pcap-tstamp(7)).
type TimestampSource int

const tstampHost, tstampAdapter, tstampAdapterUnsynced = TimestampSource(0), TimestampSource(3), TimestampSource(4)

// timestampNames are in the order of the numbers.
var timestampNames = [...]string{"host", "host_lowprec", "host_hiprec", "adapter", "adapter_unsynced", "host_hiprec_unsynced"}

// String gives the source's name; "" if it has none.
func (t TimestampSource) String() string {
	if t < 0 || int(t) >= len(timestampNames) {
		return ""
	}
	return timestampNames[t]
}

// TimestampSourceFromString finds a source by its name in any case.
func TimestampSourceFromString(s string) (TimestampSource, error) {
	for i, name := range timestampNames {
		if strings.EqualFold(name, cString(s)) {
			return TimestampSource(i), nil
		}
	}
	return 0, errors.New(statusTexts[statusError])
}

// SupportedTimestamps lists the sources that the device can have.
func (p *InactiveHandle) SupportedTimestamps() (out []TimestampSource) {
	return timestampSources(p.config.device)
}

// SetTimestampSource chooses a source. One that the device does not have changes nothing, as with the original, and is no error.
func (p *InactiveHandle) SetTimestampSource(t TimestampSource) error {
	if err := p.settable(); err != nil {
		return err
	}
	if slices.Contains(timestampSources(p.config.device), t) {
		p.config.timestamps = t
	}
	return nil
}
