//go:build !linux

package capture

// TimestampSources lists the clocks that captures on an interface can have; here that is the host's alone.
func TimestampSources(iface string) []TimestampSource { return []TimestampSource{TimestampHost} }
