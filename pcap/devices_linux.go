package pcap

import (
	"encoding/binary"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"bpfc/capture"
)

// deviceAddresses asks the kernel for the addresses of an interface (rtnetlink(7), RTM_GETADDR): Go leaves out those of
// broadcasts and of other ends.
func deviceAddresses(d *capture.Device) []InterfaceAddress {
	all := make([]InterfaceAddress, 0, 1)
	if d.Index == 0 { // "any"
		return all
	}
	table, err := syscall.NetlinkRIB(syscall.RTM_GETADDR, syscall.AF_UNSPEC)
	if err != nil {
		return ownAddresses(d)
	}
	messages, err := syscall.ParseNetlinkMessage(table)
	if err != nil {
		return ownAddresses(d)
	}
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != syscall.RTM_NEWADDR || len(m.Data) < unix.SizeofIfAddrmsg {
			continue
		}
		about := (*unix.IfAddrmsg)(unsafe.Pointer(&m.Data[0]))
		if int(about.Index) != d.Index {
			continue
		}
		if attributes, err := syscall.ParseNetlinkRouteAttr(m); err == nil {
			all = appendAddress(all, about, attributes)
		}
	}
	return all
}

// appendAddress makes an address of what the kernel tells of it.
func appendAddress(all []InterfaceAddress, about *unix.IfAddrmsg, attributes []syscall.NetlinkRouteAttr) []InterfaceAddress {
	size := map[uint8]int{unix.AF_INET: net.IPv4len, unix.AF_INET6: net.IPv6len}[about.Family]
	var address, local, broadcast net.IP
	for _, a := range attributes {
		if size == 0 || len(a.Value) != size {
			continue
		}
		switch a.Attr.Type {
		case unix.IFA_ADDRESS:
			address = net.IP(a.Value)
		case unix.IFA_LOCAL:
			local = net.IP(a.Value)
		case unix.IFA_BROADCAST:
			broadcast = net.IP(a.Value)
		}
	}
	out := InterfaceAddress{IP: address, Netmask: net.CIDRMask(int(about.Prefixlen), 8*size), Broadaddr: broadcast}
	if local != nil {
		out.IP = local
		if address != nil && !address.Equal(local) {
			out.P2P = address
		}
	}
	if out.IP == nil {
		return all
	}
	return append(all, out)
}

// connection tells whether an interface is connected; 0 if its driver does not tell.
func connection(name string) uint32 {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0
	}
	var value [8]byte // struct ethtool_value of linux/ethtool.h
	binary.NativeEndian.PutUint32(value[:], unix.ETHTOOL_GLINK)
	data := ifreqData{name: [unix.IFNAMSIZ]byte{}, data: unsafe.Pointer(&value)}
	copy(data.name[:], request.Name())
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&data))); errno != 0 {
		return 0
	}
	if binary.NativeEndian.Uint32(value[4:]) != 0 {
		return flagConnected
	}
	return flagDisconnected
}

// ifreqData is struct ifreq with a pointer in its union, which is 24 bytes long on 64-bit systems and 16 on others.
type ifreqData struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [24 - unsafe.Sizeof(uintptr(0))]byte
}
