// Package pcap has the API of github.com/google/gopacket/pcap 1.1.19, in pure Go: it needs neither cgo nor libpcap. A program
// changes over by changing one line,
//
//	import "github.com/google/gopacket/pcap"   // before
//	import "bpfc/pcap"                         // after
//
// and is built with CGO_ENABLED=0 from then on. All names, types, constants and signatures are those of the original, and
// packets are gopacket's own types, so that its packet sources, layers, reassembly and pcapgo go on as before. Programs
// for the maintained fork, github.com/gopacket/gopacket, find its API in the module bpfc/gopacketfork.
//
// # How it works
//
// A [Handle] reads from a source: a capture file (package capture's reader), or a live capture. Filters are compiled by package
// bpfc in the language of libpcap 1.11; live ones run in the kernel, those of files and of [BPF.Matches] as native code, or
// in bpfc's virtual machine where there is none. What libpcap does to what it reads is done here, too: packets are cut to the
// snapshot length that a file declares, a pcapng file has one link-layer type and one snapshot length, link-layer types are
// DLT_ numbers, and errors have libpcap's texts.
//
// # Where it works
//
// Capture files and filters work on every system that Go has. Live capture works on Linux, through AF_PACKET. On macOS, FreeBSD, NetBSD,
// OpenBSD and DragonFly BSD it goes through /dev/bpf (bpf(4)), and on Windows through Npcap's wpcap.dll, which is loaded when it is first
// needed: both are compiled and vetted for those systems, and have not been run there. Elsewhere (js, wasip1 …) opening a device is an
// error that says so.
//
// # Time-outs
//
// OpenLive and [InactiveHandle.SetTimeout] take a time-out. With one above 0, a read that has waited so long ends with
// NextErrorTimeoutExpired. With 0 and with a negative one, such as [BlockForever], reads wait until there is a packet. The
// kernel gathers packets for as long as the time-out says, but at most for a tenth of a second, before it hands them over; see
// [InactiveHandle.SetImmediateMode].
//
// # What differs from the original
//
//   - [Handle.Close] ends a read that is waiting, which returns io.EOF. The original waits for the next packet.
//   - A Handle may be used after Close and an InactiveHandle after Activate: methods return an error, where the original crashes.
//     [BPF.Matches] and [Handle.WritePacketData] take packets of no bytes.
//   - [BPF.Matches] may be called from several goroutines at once.
//   - A file that is truncated or corrupt is over after the error that says so: the next read returns io.EOF. libpcap goes on with
//     what it makes of the bytes behind.
//   - [CompileBPFFilter] gives bpfc's program, which does what libpcap's does in fewer steps.
//   - An error of a filter says where in the text it is, behind libpcap's words; errors.As finds a *bpfc.Error.
//   - A filter for [Handle.NewBPF] looks for VLAN tags in the packet even on a live handle, which is where they are.
//   - "ip broadcast" on a live handle asks for the broadcast address of the device's network; the original takes the bytes of the netmask
//     in the wrong order on little-endian machines.
//   - [FindAllDevs] lists what can be opened: network interfaces, and "any" on Linux, and no Bluetooth, USB, netfilter or D-Bus.
//   - [InactiveHandle.SetRFMon] does not switch an adapter to monitor mode on Linux. It is accepted for one that is in it.
//
// [Handle.Resolution] is not mended: it calls microseconds nanoseconds and the other way round, as the original does.
//
// The package keeps its API compatible within a major version.
package pcap

//go:generate go run ../internal/genfork
