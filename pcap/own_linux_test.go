//go:build !libpcap

package pcap_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/sys/unix"

	"bpfc/capture"
	"bpfc/internal/netns"
	"bpfc/pcap"
)

// Close ends a read that waits for ever, on whichever kind of handle.
func TestCloseWhileReading(t *testing.T) {
	netns.Veth(t)
	for _, timeout := range []time.Duration{pcap.BlockForever, 0, time.Hour} {
		h, err := pcap.OpenLive("right", 100, false, timeout)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 2)
		for range 2 { // one waits for packets, the other for the first
			go func() {
				_, _, err := h.ReadPacketData()
				ended <- err
			}()
		}
		time.Sleep(50 * time.Millisecond)
		h.Close()
		for range 2 {
			select {
			case err := <-ended:
				if err != io.EOF {
					t.Errorf("time-out %v: %v", timeout, err)
				}
			case <-time.After(patience):
				t.Fatalf("time-out %v: Close does not end a read", timeout)
			}
		}
	}
}

// No time-out: a read waits until a packet comes, and has it soon.
func TestNoTimeout(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 0)
	send(t, "left", udp(t, 1, 2, 3))
	if data, _, err := h.ReadPacketData(); err != nil || !bytes.Equal(data, udp(t, 1, 2, 3)) {
		t.Errorf("%x, %v", data, err)
	}
}

// Everything that may be done at once is done at once, and then the handle is closed.
func TestConcurrentUse(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 10*time.Millisecond)
	other := live(t, "left", 65535, 10*time.Millisecond)
	var read atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for {
				next := h.ReadPacketData
				if i%2 == 1 {
					next = h.ZeroCopyReadPacketData
				}
				_, _, err := next()
				switch err {
				case nil:
					read.Add(1)
				case io.EOF:
					return
				case pcap.NextErrorTimeoutExpired:
				default:
					t.Error(err, h.Error())
					return
				}
			}
		})
	}
	repeat := func(f func() error) {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := f(); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	repeat(func() error { return errors.Join(h.SetBPFFilter("udp port 53"), h.SetBPFFilter("udp dst port 53")) })
	repeat(func() error {
		return errors.Join(h.SetDirection(pcap.DirectionIn), h.SetDirection(pcap.DirectionInOut))
	})
	repeat(func() error { _, err := h.Stats(); return err })
	repeat(func() error { _, err := h.ListDataLinks(); return errors.Join(err, h.SetLinkType(1)) })
	repeat(func() error { _, err := h.NewBPF("tcp"); _ = h.Error(); return err })
	packet := udp(t, 9, 53, 3)
	repeat(func() error { return other.WritePacketData(packet) })
	repeat(func() error { return h.WritePacketData(packet) })
	for end := time.Now().Add(patience); read.Load() < 200 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	close(stop)
	time.Sleep(20 * time.Millisecond)
	h.Close()
	wg.Wait()
	if read.Load() < 200 {
		t.Errorf("%d packets", read.Load())
	}
}

// Neither a goroutine nor a descriptor is left of a thousand handles of each kind. Several goroutines open them, since the kernel
// takes some hundredths of a second to close a packet socket.
func TestThousandOpens(t *testing.T) {
	netns.Veth(t)
	namespace, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer namespace.Close()
	path := write(t, pcapFile(micro, 65535, 1, udp(t, 1, 2, 3)))
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
	const workers = 8
	each := 1000 / workers
	if testing.Short() {
		each = 10
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
				t.Error(err)
				return
			}
			for range each {
				if err := openAndClose(path); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines run, %d did", now, goroutines)
	}
	const epoll = 2 // descriptors of Go's runtime, which it opens when it first waits for one, and keeps
	if now := openDescriptors(t); now > descriptors+epoll {
		t.Errorf("%d descriptors are open, %d were", now, descriptors)
	}
}

// openAndClose opens a handle of each kind, uses it, and closes it.
func openAndClose(path string) error {
	h, err := pcap.OpenLive("right", 65535, true, time.Millisecond)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.SetBPFFilter("udp"); err != nil {
		return err
	}
	if _, _, err := h.ReadPacketData(); err != pcap.NextErrorTimeoutExpired {
		return err
	}
	file, err := pcap.OpenOffline(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.SetBPFFilter("udp"); err != nil {
		return err
	}
	if _, _, err := file.ReadPacketData(); err != nil {
		return err
	}
	inactive, err := pcap.NewInactiveHandle("right")
	if err != nil {
		return err
	}
	inactive.CleanUp()
	if _, err := pcap.OpenLive("nosuch", 1, false, 1); err == nil {
		return errors.New("there is no device nosuch")
	}
	return nil
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// The netmask for "ip broadcast" is the device's.
func TestNetmask(t *testing.T) {
	netns.Veth(t)
	netns.IP(t, "addr add 10.0.0.9/28 brd + dev right")
	h := live(t, "right", 65535, 50*time.Millisecond)
	if err := h.SetBPFFilter("ip broadcast"); err != nil {
		t.Fatal(err)
	}
	broadcast := udp(t, 1, 100, 3)
	broadcast[33] = 0x2f
	send(t, "left", udp(t, 1, 100, 3), broadcast)
	if data, _ := receive(t, h); data[33] != 0x2f {
		t.Errorf("to %v", data[30:34])
	}
	nothing(t, h)
}

// A filter in memory looks for VLAN tags in the packet, also where its handle is live.
func TestNewBPFOfLive(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, blockForever)
	tagged := slices.Concat(udp(t, 1, 2, 3)[:12], []byte{0x81, 0, 0, 5}, udp(t, 1, 2, 3)[12:])
	b, err := h.NewBPF("vlan 5 and udp")
	if err != nil || !b.Matches(gopacket.CaptureInfo{Length: len(tagged)}, tagged) {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := h.NewBPF("inbound"); err != nil {
		t.Error(err)
	}
}

// An interface that is deleted ends the capture with an error, after what came before.
func TestInterfaceGone(t *testing.T) {
	netns.Veth(t)
	h := live(t, "right", 65535, 50*time.Millisecond)
	send(t, "left", udp(t, 1, 2, 3))
	receive(t, h)
	netns.IP(t, "link del left")
	for end := time.Now().Add(patience); ; {
		_, _, err := h.ReadPacketData()
		if err == pcap.NextErrorReadError {
			break
		}
		if err != pcap.NextErrorTimeoutExpired || time.Now().After(end) {
			t.Fatal(err)
		}
	}
	says(t, "Error", h.Error(), "The interface disappeared")
	says(t, "sending", h.WritePacketData(udp(t, 1, 2, 3)), "send: No such device or address")
}

// The reason for which a device cannot be opened is there for errors.Is.
func TestOpenLiveCause(t *testing.T) {
	if _, err := pcap.OpenLive("nosuch", 1, false, 1); !errors.Is(err, capture.ErrNoDevice) {
		t.Error(err)
	}
}
