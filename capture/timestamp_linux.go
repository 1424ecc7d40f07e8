package capture

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// sofOf are the flags of linux/net_tstamp.h that stand for an adapter's clock.
var sofOf = map[TimestampSource]uint32{
	TimestampAdapter:         unix.SOF_TIMESTAMPING_SYS_HARDWARE,
	TimestampAdapterUnsynced: unix.SOF_TIMESTAMPING_RAW_HARDWARE,
}

// TimestampSources lists the clocks that captures on an interface can have. It begins with the host's, and has others only
// where the adapter stamps every packet. Of an interface that does not exist it tells the same as of one without a clock.
func TimestampSources(iface string) []TimestampSource {
	sources := []TimestampSource{TimestampHost}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return sources
	}
	defer unix.Close(fd)
	info, err := unix.IoctlGetEthtoolTsInfo(fd, iface)
	if err != nil || info.Rx_filters&(1<<unix.HWTSTAMP_FILTER_ALL) == 0 {
		return sources
	}
	for _, s := range []TimestampSource{TimestampAdapter, TimestampAdapterUnsynced} {
		if info.So_timestamping&sofOf[s] != 0 {
			sources = append(sources, s)
		}
	}
	return sources
}

// setTimestampSource switches an adapter's clock on, and has a packet socket take its time stamps.
func setTimestampSource(fd int, iface string, source TimestampSource) error {
	flag, ok := sofOf[source]
	if !ok {
		return nil
	}
	config := unix.HwTstampConfig{Tx_type: unix.HWTSTAMP_TX_OFF, Rx_filter: unix.HWTSTAMP_FILTER_ALL}
	switch err := unix.IoctlSetHwTstamp(fd, iface, &config); err {
	case nil:
	case unix.EPERM:
		return ErrPermission
	default:
		return fmt.Errorf("the adapter's time stamps: %w (SIOCSHWTSTAMP: %w)", ErrNotSupported, err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_TIMESTAMP, int(flag)); err != nil {
		return fmt.Errorf("PACKET_TIMESTAMP: %w", err)
	}
	return nil
}
