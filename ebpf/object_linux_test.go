package toebpf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	toebpf "bpfc/ebpf"
	"bpfc/internal/netns"
	"bpfc/linktype"
)

// writeObject writes an object file and returns its name.
func writeObject(t *testing.T, expr string, h toebpf.Hook, o toebpf.ObjectOptions) string {
	t.Helper()
	link := linktype.EN10MB
	if h == toebpf.CGroupSKB {
		link = linktype.RAW
	}
	b, err := toebpf.Object(filter(t, expr, link).Program(), h, o)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), h.String()+".o")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// command runs a program of the system's, which must be there.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + name); err != nil {
			need(t, name)
		}
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// wire sends on left what may come out on right.
type wire struct{ from, to int }

func openWire(t *testing.T) *wire {
	t.Helper()
	open := func(name string) int {
		const everything = unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8 // in network byte order
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, everything)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: interfaceIndex(t, name)}); err != nil {
			t.Fatal(err)
		}
		return fd
	}
	w := &wire{open("left"), open("right")}
	if err := unix.SetsockoptTimeval(w.to, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 300_000}); err != nil {
		t.Fatal(err)
	}
	return w
}

// passes tells whether a frame comes out, before a second one that surely does.
func (w *wire) passes(t *testing.T, frame []byte) bool {
	t.Helper()
	mark := append(make([]byte, 60), "that was all"...)
	copy(mark[12:], []byte{0x88, 0xb5})
	for _, f := range [][]byte{frame, mark} {
		if err := unix.Send(w.from, f, 0); err != nil && err != unix.ENOBUFS { // what tc drops on the way out
			t.Fatal(err)
		}
	}
	passed := false
	buf := make([]byte, 2000)
	for range 100 {
		n, _, err := unix.Recvfrom(w.to, buf, 0)
		if err != nil {
			t.Fatalf("the second frame did not come: %v", err)
		}
		switch string(buf[:n]) {
		case string(frame):
			passed = true
		case string(mark):
			return passed
		}
	}
	t.Fatal("other packets are under way")
	return false
}

// udp is a frame to a port.
func udp(port byte) []byte {
	b := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 36, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 4, 0, 0, port, 0, 16, 0, 0}
	return append(b, make([]byte, 30)...)
}

// TestObjectsWithIproute2 has ip and tc load objects, and sends packets through them.
func TestObjectsWithIproute2(t *testing.T) {
	netns.Veth(t)
	w := openWire(t)
	if !w.passes(t, udp(9)) {
		t.Fatal("nothing passes without a program")
	}
	object := writeObject(t, "udp dst port 9", toebpf.XDP, toebpf.ObjectOptions{})
	command(t, "ip", "link", "set", "right", "xdp", "obj", object, "sec", "xdp")
	if w.passes(t, udp(9)) || !w.passes(t, udp(10)) {
		t.Error("xdp: wrong packets pass")
	}
	command(t, "ip", "link", "set", "right", "xdp", "off")

	object = writeObject(t, "udp dst port 10", toebpf.TC, toebpf.ObjectOptions{})
	command(t, "tc", "qdisc", "add", "dev", "left", "clsact")
	command(t, "tc", "filter", "add", "dev", "left", "egress", "bpf", "da", "obj", object, "sec", "classifier")
	if w.passes(t, udp(10)) || !w.passes(t, udp(9)) {
		t.Error("tc: wrong packets pass")
	}
}

// TestObjectsWithBpftool has bpftool load an object for every hook.
func TestObjectsWithBpftool(t *testing.T) {
	needRoot(t)
	dir, err := os.MkdirTemp("/sys/fs/bpf", "bpfc-test-")
	if err != nil {
		need(t, "the bpf file system: "+err.Error())
	}
	defer os.RemoveAll(dir)
	for _, h := range []toebpf.Hook{toebpf.SocketFilter, toebpf.XDP, toebpf.TC, toebpf.CGroupSKB} {
		object := writeObject(t, "tcp port 80 or ip6 protochain 17", h, toebpf.ObjectOptions{})
		pin := filepath.Join(dir, h.String())
		command(t, "bpftool", "prog", "load", object, pin)
		if got := command(t, "bpftool", "prog", "show", "pinned", pin); !strings.Contains(got, "name filter") {
			t.Errorf("%v: %s", h, got)
		}
	}
}
