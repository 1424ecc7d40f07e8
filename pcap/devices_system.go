//go:build !windows

package pcap

import (
	"encoding/binary"
	"net"

	"bpfc/capture"
)

func findAllDevs() ([]Interface, error) {
	devices, err := capture.Devices()
	if err != nil {
		return nil, err
	}
	all := make([]Interface, 0, len(devices))
	for i := range devices {
		d := &devices[i]
		iface := Interface{Name: d.Name, Flags: deviceFlags(d), Addresses: deviceAddresses(d)}
		if d.Name == "any" && d.Index == 0 {
			iface.Description = d.Description
		}
		all = append(all, iface)
	}
	return all, nil
}

func deviceFlags(d *capture.Device) uint32 {
	var flags uint32
	for _, f := range []struct {
		is   bool
		flag uint32
	}{{d.Loopback, flagLoopback}, {d.Up, flagUp}, {d.Running, flagRunning}, {d.Wireless, flagWireless}} {
		if f.is {
			flags |= f.flag
		}
	}
	if d.Loopback || d.Index == 0 { // "any"
		return flags | flagNotApplicable
	}
	return flags | connection(d.Name)
}

// ownAddresses gives the addresses as Go knows them, without those of broadcasts and other ends.
func ownAddresses(d *capture.Device) []InterfaceAddress {
	all := make([]InterfaceAddress, 0, 1)
	for _, a := range d.Addresses {
		if n, ok := a.(*net.IPNet); ok {
			all = append(all, InterfaceAddress{IP: short(n.IP), Netmask: n.Mask})
		}
	}
	return all
}

// short gives an IPv4 address in 4 bytes.
func short(ip net.IP) net.IP {
	if v4 := ip.To4(); v4 != nil {
		return v4
	}
	return ip
}

// netmaskOf gives the netmask of a device's first IPv4 address, in host byte order. That of "any" is 0.
func netmaskOf(device string) (uint32, bool) {
	if device == "any" {
		return 0, true
	}
	i, err := net.InterfaceByName(device)
	if err != nil {
		return 0, false
	}
	addresses, err := i.Addrs()
	if err != nil {
		return 0, false
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && len(n.Mask) == net.IPv4len {
			return binary.BigEndian.Uint32(n.Mask), true
		}
	}
	return 0, false
}
