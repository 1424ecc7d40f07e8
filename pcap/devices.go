package pcap

import "net"

// Interface is a device that can be captured on.
type Interface struct {
	Name        string
	Description string
	Flags       uint32 // PCAP_IF_ values of pcap_findalldevs(3PCAP): loopback 1, up 2, running 4, wireless 8, and see there
	Addresses   []InterfaceAddress
}

// InterfaceAddress is an IPv4 or IPv6 address of a device; what it does not have is nil.
type InterfaceAddress struct {
	IP        net.IP
	Netmask   net.IPMask
	Broadaddr net.IP // the broadcast address
	P2P       net.IP // the other end's
}

// The flags of an Interface. The connection's state has two bits, which are 0 where it is not known.
const (
	flagLoopback      = 0x01
	flagUp            = 0x02
	flagRunning       = 0x04
	flagWireless      = 0x08
	flagConnected     = 0x10
	flagDisconnected  = 0x20
	flagNotApplicable = 0x30
)

// FindAllDevs lists the devices that can be captured on, those first that are likely to be meant.
func FindAllDevs() (ifs []Interface, err error) { return findAllDevs() }
