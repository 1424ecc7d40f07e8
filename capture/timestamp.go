package capture

// TimestampSource is the clock that a live capture takes time stamps from (pcap-tstamp(7)).
// It is a value, and so safe for concurrent use.
type TimestampSource int

// The sources that there are on Linux. Others than the host's take an adapter that has a clock.
const (
	TimestampHost            TimestampSource = iota // the host's, when the packet reaches the kernel
	TimestampAdapter                                // the adapter's, synchronised with the host's
	TimestampAdapterUnsynced                        // the adapter's, as it is
)
