package netns

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// need ends a test that cannot run here: it is skipped loudly, and fails with BPFC_REQUIRE_ALL=1.
func need(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s, and BPFC_REQUIRE_ALL=1 forbids to skip", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}

// Enter puts the goroutine of a test into a new namespace in which there is only lo, up, and no IPv6, whose neighbour
// discovery would be packets that nobody asked for.
func Enter(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		need(t, "root, to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		need(t, "the ip program of iproute2")
	}
	runtime.LockOSThread() // and never unlocked: Go ends the thread with the goroutine, and so the namespace
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		need(t, "network namespaces: "+err.Error())
	}
	// /proc/sys/net shows the namespace of the thread that opens it.
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0); err != nil {
		t.Logf("IPv6 stays on: %v", err)
	}
	IP(t, "link set lo up")
}

// Veth enters a namespace in which two Ethernet interfaces, left and right, face each other.
func Veth(t testing.TB) {
	t.Helper()
	Enter(t)
	Pair(t, "left", "right")
}

// Pair makes two Ethernet interfaces that face each other, brings them up, and waits until packets get through.
func Pair(t testing.TB, one, other string) {
	t.Helper()
	IP(t, "link add "+one+" type veth peer name "+other)
	IP(t, "link set "+one+" up")
	IP(t, "link set "+other+" up")
	Settle(t, one)
	Settle(t, other)
}

// Settle waits until an interface that was brought up sends.
func Settle(t testing.TB, name string) {
	t.Helper()
	if err := AwaitUp(name); err != nil {
		t.Fatal(err)
	}
}

// AwaitUp waits until an interface that was brought up sends. The kernel does not tell: it learns of a cable that is plugged in
// in the background, and until then it drops what is sent without a word, which on a busy machine takes a while. To ask for
// one interface by itself makes it look (rtnl_getlink of net/core/rtnetlink.c, since Linux 6.8).
func AwaitUp(name string) error {
	for range 10_000 {
		out, err := exec.Command("ip", "link", "show", name).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip link show %s: %w: %s", name, err, out)
		}
		if strings.Contains(string(out), "state UP") {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("%s does not come up", name)
}

// Tun makes a tun device in the namespace of the goroutine, brings it up, and gives its other end: each Read is a packet that
// was sent on the device, from its IP header on. It is closed with the test.
func Tun(t testing.TB, name string) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		need(t, "/dev/net/tun: "+err.Error())
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		t.Fatal(err)
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		unix.Close(fd)
		need(t, "tun devices: "+err.Error())
	}
	file := os.NewFile(uintptr(fd), name) // not before it is a device's: the runtime asks then whether it can wait for it
	t.Cleanup(func() { file.Close() })
	IP(t, "link set "+name+" up")
	return file
}

// IP runs iproute2's ip with arguments that are separated by spaces.
func IP(t testing.TB, arguments string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", arguments, err, out)
	}
}

// KeepCapabilities takes all capabilities but some (unix.CAP_…) from the thread of the goroutine that calls it, which it
// never leaves: the thread ends with the goroutine.
func KeepCapabilities(capabilities ...uint) error {
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for _, c := range capabilities {
		data[c/32].Effective |= 1 << (c % 32)
		data[c/32].Permitted |= 1 << (c % 32)
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	return nil
}
