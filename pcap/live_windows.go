package pcap

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/windows"

	"bpfc/capture"
	"bpfc/linktype"
)

//lint:file-ignore ST1005 error texts are libpcap's

// npcap are the functions of Npcap's wpcap.dll by their names. It is loaded when it is first needed.
var npcap struct {
	once      sync.Once
	err       error
	functions map[string]uintptr
}

var npcapFunctions = []string{"pcap_activate", "pcap_breakloop", "pcap_can_set_rfmon", "pcap_close", "pcap_create", "pcap_datalink", "pcap_findalldevs",
	"pcap_free_datalinks", "pcap_freealldevs", "pcap_geterr", "pcap_get_tstamp_precision", "pcap_list_datalinks", "pcap_lookupnet", "pcap_next_ex",
	"pcap_sendpacket", "pcap_set_buffer_size", "pcap_set_datalink", "pcap_set_immediate_mode", "pcap_set_promisc", "pcap_set_rfmon", "pcap_set_snaplen",
	"pcap_set_timeout", "pcap_set_tstamp_precision", "pcap_set_tstamp_type", "pcap_setdirection", "pcap_setfilter", "pcap_stats"}

// optional are those that WinPcap, which Npcap follows on, does not have.
var optional = map[string]bool{"pcap_can_set_rfmon": true, "pcap_set_rfmon": true, "pcap_set_immediate_mode": true, "pcap_set_tstamp_type": true,
	"pcap_set_tstamp_precision": true, "pcap_get_tstamp_precision": true}

// LoadWinPCAP loads Npcap, or WinPcap where that is not installed. Everything that needs it does so by itself.
func LoadWinPCAP() error {
	npcap.once.Do(func() { npcap.functions, npcap.err = loadNpcap() })
	return npcap.err
}

func loadNpcap() (map[string]uintptr, error) {
	dll, err := openNpcap()
	if err != nil {
		return nil, &textError{"couldn't load wpcap.dll", err}
	}
	functions := map[string]uintptr{}
	for _, name := range npcapFunctions {
		address, err := windows.GetProcAddress(dll, name)
		if err != nil && !optional[name] {
			return nil, &textError{"couldn't load function " + name + " from wpcap.dll", err}
		}
		functions[name] = address
	}
	return functions, nil
}

// openNpcap loads the library from where Npcap is installed, with what it needs from beside it, or from the system's folder. It is not
// looked for elsewhere, where anybody could have put one.
func openNpcap() (windows.Handle, error) {
	if system, err := windows.GetSystemDirectory(); err == nil {
		if dll, err := windows.LoadLibraryEx(system+`\Npcap\wpcap.dll`, 0, windows.LOAD_WITH_ALTERED_SEARCH_PATH); err == nil {
			return dll, nil
		}
	}
	return windows.LoadLibraryEx("wpcap.dll", 0, windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
}

// call calls a function of the library, which must be loaded; -1 where it has no such function. Results are C's int. What arguments
// point to stays where it is meanwhile.
//
//go:uintptrescapes
func call(name string, arguments ...uintptr) int32 { return int32(callPointer(name, arguments...)) }

// callPointer is call for functions that give a pointer.
//
//go:uintptrescapes
func callPointer(name string, arguments ...uintptr) uintptr {
	address := npcap.functions[name]
	if address == 0 {
		return ^uintptr(0)
	}
	result, _, _ := syscall.SyscallN(address, arguments...)
	return result
}

// cText copies a text of C, at an address that the library gave; "" for a null pointer.
func cText(address uintptr) string {
	p := *(**byte)(unsafe.Pointer(&address))
	if p == nil {
		return ""
	}
	return windows.BytePtrToString(p)
}

const errorBufferLen = 256 // PCAP_ERRBUF_SIZE

// npcapSource captures through Npcap. Its handles are not made for use from several threads, so that each call has it for itself;
// reads end after the read time-out that was set, which is never longer than a tenth of a second.
type npcapSource struct {
	calling sync.Mutex
	closed  atomic.Bool
	handle  uintptr // pcap_t *; 0 when it was closed
	nano    bool    // time stamps have nanoseconds
	packet  capture.Packet
	current int32 // link-layer type
}

// packetHeader is struct pcap_pkthdr with Windows' struct timeval.
type packetHeader struct {
	seconds, fraction int32
	captured, length  uint32
}

// filterProgram is struct bpf_program.
type filterProgram struct {
	length       uint32
	instructions *bpf.RawInstruction // which has the layout of struct bpf_insn
}

// openLive starts a capture.
func openLive(c *liveConfig) (*opened, *activateError) {
	if err := LoadWinPCAP(); err != nil {
		return nil, &activateError{status: statusError, detail: err.Error(), err: err}
	}
	handle, err := create(c.device)
	if err != nil {
		return nil, &activateError{status: statusError, detail: err.Error(), err: err}
	}
	s := &npcapSource{handle: handle}
	s.configure(c)
	if code := status(call("pcap_activate", handle)); code < 0 {
		e := &activateError{status: code, detail: s.message().Error()}
		s.close()
		return nil, e
	}
	s.nano = call("pcap_get_tstamp_precision", handle) == 1
	s.current = call("pcap_datalink", handle)
	return &opened{source: s, link: uint32(s.current)}, nil
}

// create makes a handle that is not active yet.
func create(device string) (uintptr, error) {
	name, err := windows.BytePtrFromString(device)
	if err != nil {
		return 0, err
	}
	var message [errorBufferLen]byte
	handle := callPointer("pcap_create", uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&message[0])))
	runtime.KeepAlive(name)
	if handle == 0 {
		return 0, errors.New(windows.ByteSliceToString(message[:]))
	}
	return handle, nil
}

// configure sets what there is to set. What the device cannot do, activating it tells.
func (s *npcapSource) configure(c *liveConfig) {
	flag := func(b bool) uintptr {
		if b {
			return 1
		}
		return 0
	}
	call("pcap_set_snaplen", s.handle, uintptr(c.snaplen))
	call("pcap_set_promisc", s.handle, flag(c.promiscuous))
	call("pcap_set_timeout", s.handle, uintptr(c.gather().Milliseconds()))
	if c.bufferSize > 0 {
		call("pcap_set_buffer_size", s.handle, uintptr(c.bufferSize))
	}
	if c.immediate {
		call("pcap_set_immediate_mode", s.handle, 1)
	}
	if c.monitor {
		call("pcap_set_rfmon", s.handle, 1)
	}
	if c.timestamps != tstampHost {
		call("pcap_set_tstamp_type", s.handle, uintptr(c.timestamps))
	}
	if !c.micro {
		call("pcap_set_tstamp_precision", s.handle, 1)
	}
}

func timestampSources(string) []TimestampSource { return []TimestampSource{tstampHost} }

// canMonitor asks the library whether a device has a monitor mode.
func canMonitor(device string) bool {
	if LoadWinPCAP() != nil {
		return false
	}
	handle, err := create(device)
	if err != nil {
		return false
	}
	defer call("pcap_close", handle)
	return call("pcap_can_set_rfmon", handle) == 1
}

// message is the library's last error on the handle.
func (s *npcapSource) message() error { return errors.New(cText(callPointer("pcap_geterr", s.handle))) }

// do calls a function of the handle that gives less than 0 for an error.
//
//go:uintptrescapes
func (s *npcapSource) do(name string, arguments ...uintptr) (int32, error) {
	s.calling.Lock()
	defer s.calling.Unlock()
	if s.handle == 0 {
		return 0, errClosed
	}
	result := call(name, append([]uintptr{s.handle}, arguments...)...)
	if result < 0 {
		return result, s.message()
	}
	return result, nil
}

func (s *npcapSource) close() {
	s.closed.Store(true)
	s.calling.Lock() // a read ends soon
	defer s.calling.Unlock()
	if s.handle != 0 {
		call("pcap_close", s.handle)
		s.handle = 0
	}
}

func (s *npcapSource) next(timeout time.Duration) (*capture.Packet, error) {
	wait := patience{timeout: timeout}
	for !s.closed.Load() {
		p, err := s.read()
		if p != nil || err != nil {
			return p, err
		}
		if wait.over() {
			return nil, NextErrorTimeoutExpired
		}
	}
	return nil, io.EOF
}

// read waits for a packet as long as the read time-out is; nil if none came. The packet is copied, since other calls on the handle may
// come before it was used.
func (s *npcapSource) read() (*capture.Packet, error) {
	s.calling.Lock()
	defer s.calling.Unlock()
	if s.handle == 0 {
		return nil, io.EOF
	}
	var header *packetHeader
	var data *byte
	switch result := call("pcap_next_ex", s.handle, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data))); {
	case result == 0:
		return nil, nil
	case result < 0:
		return nil, s.message()
	}
	unit := int64(1000)
	if s.nano {
		unit = 1
	}
	s.packet = capture.Packet{Data: append(s.packet.Data[:0], unsafe.Slice(data, header.captured)...), WireLen: header.length,
		Timestamp: int64(header.seconds)*1e9 + int64(header.fraction)*unit, Number: s.packet.Number + 1}
	return &s.packet, nil
}

func (s *npcapSource) setFilter(program []bpf.RawInstruction) error {
	p := filterProgram{length: uint32(len(program)), instructions: unsafe.SliceData(program)}
	_, err := s.do("pcap_setfilter", uintptr(unsafe.Pointer(&p)))
	runtime.KeepAlive(&p)
	return err
}

func (s *npcapSource) stats() (Stats, error) {
	var counts [16]uint32 // struct pcap_stat begins with the three, and has more on Windows
	_, err := s.do("pcap_stats", uintptr(unsafe.Pointer(&counts)))
	return Stats{PacketsReceived: int(counts[0]), PacketsDropped: int(counts[1]), PacketsIfDropped: int(counts[2])}, err
}

func (s *npcapSource) setDirection(d Direction) error {
	_, err := s.do("pcap_setdirection", uintptr(d))
	return err
}

func (s *npcapSource) send(packet []byte) error {
	_, err := s.do("pcap_sendpacket", uintptr(unsafe.Pointer(unsafe.SliceData(packet))), uintptr(len(packet)))
	runtime.KeepAlive(packet)
	return err
}

func (s *npcapSource) dataLinks() []linktype.Type {
	var list *int32
	n, err := s.do("pcap_list_datalinks", uintptr(unsafe.Pointer(&list)))
	if err != nil || list == nil {
		return []linktype.Type{linktype.Type(s.current)}
	}
	defer call("pcap_free_datalinks", uintptr(unsafe.Pointer(list)))
	links := make([]linktype.Type, 0, n)
	for _, t := range unsafe.Slice(list, n) {
		links = append(links, linktype.Type(t))
	}
	return links
}

func (s *npcapSource) setDataLink(t linktype.Type) error {
	_, err := s.do("pcap_set_datalink", uintptr(t))
	return err
}

// The lists that pcap_findalldevs gives: struct pcap_if and struct pcap_addr.
type (
	deviceEntry struct {
		next              *deviceEntry
		name, description *byte
		addresses         *addressEntry
		flags             uint32
	}
	addressEntry struct {
		next                                   *addressEntry
		address, netmask, broadcast, otherSide *windows.RawSockaddr
	}
)

func findAllDevs() ([]Interface, error) {
	if err := LoadWinPCAP(); err != nil {
		return nil, err
	}
	var first *deviceEntry
	var message [errorBufferLen]byte
	if call("pcap_findalldevs", uintptr(unsafe.Pointer(&first)), uintptr(unsafe.Pointer(&message[0]))) < 0 {
		return nil, errors.New(windows.ByteSliceToString(message[:]))
	}
	defer func() { call("pcap_freealldevs", uintptr(unsafe.Pointer(first))) }()
	var all []Interface
	for d := first; d != nil; d = d.next {
		i := Interface{Name: text(d.name), Description: text(d.description), Flags: d.flags, Addresses: make([]InterfaceAddress, 0, 1)}
		for a := d.addresses; a != nil; a = a.next {
			if ip := socketIP(a.address); ip != nil && a.netmask != nil {
				i.Addresses = append(i.Addresses, InterfaceAddress{IP: ip, Netmask: net.IPMask(socketIP(a.netmask)), Broadaddr: socketIP(a.broadcast),
					P2P: socketIP(a.otherSide)})
			}
		}
		all = append(all, i)
	}
	return all, nil
}

func text(p *byte) string {
	if p == nil {
		return ""
	}
	return windows.BytePtrToString(p)
}

// socketIP copies the address out of a struct sockaddr; nil if it has none.
func socketIP(s *windows.RawSockaddr) net.IP {
	if s == nil {
		return nil
	}
	switch s.Family {
	case windows.AF_INET:
		return net.IP(append([]byte(nil), (*windows.RawSockaddrInet4)(unsafe.Pointer(s)).Addr[:]...))
	case windows.AF_INET6:
		return net.IP(append([]byte(nil), (*windows.RawSockaddrInet6)(unsafe.Pointer(s)).Addr[:]...))
	}
	return nil
}

// netmaskOf gives the netmask of a device's IPv4 network, in host byte order.
func netmaskOf(device string) (uint32, bool) {
	if LoadWinPCAP() != nil {
		return 0, false
	}
	name, err := windows.BytePtrFromString(device)
	if err != nil {
		return 0, false
	}
	var network, mask [4]byte // in network byte order
	var message [errorBufferLen]byte
	result := call("pcap_lookupnet", uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&network)), uintptr(unsafe.Pointer(&mask)), uintptr(unsafe.Pointer(&message[0])))
	runtime.KeepAlive(name)
	return binary.BigEndian.Uint32(mask[:]), result >= 0
}
