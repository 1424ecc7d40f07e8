package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bpfc/internal/netns"
)

// tool runs a program that a test needs, with arguments separated by blanks, and those after them whole.
func tool(t *testing.T, command string, whole ...string) string {
	t.Helper()
	words := strings.Fields(command)
	if _, err := osexec.LookPath(words[0]); err != nil {
		required(t, words[0]+" is not installed")
	}
	out, err := osexec.Command(words[0], append(words[1:], whole...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", command, whole, err, out)
	}
	return string(out)
}

// arrives tells whether a datagram that is sent over lo comes to a port.
func arrives(t *testing.T, port int) bool {
	t.Helper()
	conn, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.WriteTo([]byte("hello"), conn.LocalAddr()); err != nil {
		return false // a rule on output says so
	}
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, _, err := conn.ReadFrom(make([]byte, 100))
	return err == nil && n == 5
}

// dropsOnly checks that datagrams to port 7001 are dropped, and others not.
func dropsOnly(t *testing.T, what string) {
	t.Helper()
	if arrives(t, 7001) || !arrives(t, 7002) {
		t.Errorf("%s: a datagram to port 7001 arrives: %v; to port 7002: %v", what, arrives(t, 7001), arrives(t, 7002))
	}
}

// compiled writes what compile makes to a file.
func compiled(t *testing.T, args ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "filter")
	if got := exec(t, "", append([]string{"compile", "-o", path}, args...)...); got.status != exitOK || got.stdout != "" {
		t.Fatalf("%q: %+v", args, got)
	}
	return path
}

// Objects do what they say where ip and tc have loaded them, and so do filters with a loop.
func TestObjectsInXDPAndTC(t *testing.T) {
	netns.Enter(t)
	tool(t, "tc qdisc add dev lo clsact")
	for _, expr := range []string{"udp dst port 7001", "ip protochain 17 and udp dst port 7001"} {
		object := compiled(t, "-f", "elf", "--hook", "xdp", expr)
		netns.IP(t, "link set dev lo xdpgeneric obj "+object+" sec xdp")
		dropsOnly(t, "XDP, "+expr)
		netns.IP(t, "link set dev lo xdpgeneric off")

		object = compiled(t, "-f", "elf", "--hook", "xdp", "--match", "pass", "--no-match", "drop", "--section", "mine", "--name", "pass_only", "not ("+expr+")")
		netns.IP(t, "link set dev lo xdpgeneric obj "+object+" sec mine")
		dropsOnly(t, "XDP that passes what matches, "+expr)
		netns.IP(t, "link set dev lo xdpgeneric off")

		object = compiled(t, "-f", "elf", "--hook", "tc", expr)
		for _, way := range []string{"ingress", "egress"} {
			tool(t, "tc filter add dev lo "+way+" bpf da obj "+object+" sec classifier")
			dropsOnly(t, "tc "+way+", "+expr)
			tool(t, "tc filter del dev lo "+way)
		}
	}
	if !arrives(t, 7001) {
		t.Error("what was taken off still drops")
	}
}

// tc puts what the classic form matches into the class that the command line says.
func TestBytecodeInTC(t *testing.T) {
	netns.Enter(t)
	tool(t, "tc qdisc add dev lo root handle 1: htb default 20")
	for _, class := range []string{"10", "20"} {
		tool(t, "tc class add dev lo parent 1: classid 1:"+class+" htb rate 1gbit quantum 60000")
	}
	file := compiled(t, "-f", "tc", "udp dst port 7001")
	tool(t, "tc filter add dev lo parent 1: bpf bytecode-file "+file+" flowid 1:10")
	shown := tool(t, "tc filter show dev lo")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown, strings.TrimSpace(string(text))) || !strings.Contains(shown, "flowid 1:10") {
		t.Errorf("tc has %s, not %s", shown, text)
	}
	for range 3 {
		if !arrives(t, 7001) {
			t.Error("a datagram is lost")
		}
	}
	arrives(t, 7002)
	classes := tool(t, "tc -s class show dev lo")
	_, ten, _ := strings.Cut(classes, "class htb 1:10 ")
	if _, sent, _ := strings.Cut(ten, " Sent "); !strings.HasPrefix(sent, fmt.Sprintf("%d bytes 3 pkt", 3*(14+20+8+5))) {
		t.Errorf("not three packets in class 1:10:\n%s", classes)
	}
}

// iptables drops what the classic form matches.
func TestBytecodeInIptables(t *testing.T) {
	netns.Enter(t)
	for _, iptables := range []string{"iptables", "iptables-legacy"} {
		got := exec(t, "", "compile", "-f", "xt_bpf", "udp dst port 7001")
		tool(t, iptables+" -A INPUT -j DROP -m bpf --bytecode", strings.TrimSpace(got.stdout))
		dropsOnly(t, iptables)
		if shown := tool(t, iptables+" -S INPUT"); !strings.Contains(shown, strings.TrimSpace(got.stdout)) {
			t.Errorf("%s has %s, not %s", iptables, shown, got.stdout)
		}
		tool(t, iptables+" -F")
	}
}

// What iptables does not take as bytecode goes the way that the error names: pinned, as eBPF.
func TestPinnedForIptables(t *testing.T) {
	netns.Enter(t)
	long := "udp dst port 7001"
	for i := range 200 {
		long += fmt.Sprintf(" or src host 192.0.2.%d", i+i%2)
	}
	for name, expr := range map[string]string{"long": long, "loop": "ip protochain 17 and udp dst port 7001"} {
		got := exec(t, "", "compile", "-f", "xt_bpf", expr)
		if got.status != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, "--object-pinned") {
			t.Errorf("%s: %+v", name, got)
		}
		object := compiled(t, "-y", "RAW", "-f", "elf", "--hook", "socket", expr)
		pin := fmt.Sprintf("/sys/fs/bpf/bpfc_test_%d_%s", os.Getpid(), name)
		tool(t, "bpftool prog load "+object+" "+pin+" type socket")
		t.Cleanup(func() { os.Remove(pin) })
		tool(t, "iptables -A INPUT -j DROP -m bpf --object-pinned "+pin)
		dropsOnly(t, "pinned, "+name)
		tool(t, "iptables -F")
	}
}

// bpftool loads an object for every hook, whatever it returns.
func TestObjectsInBpftool(t *testing.T) {
	netns.Enter(t)
	for hook, actions := range map[string][][]string{
		"socket":     {{}, {"--match", "96"}, {"--match", "drop", "--no-match", "pass"}},
		"xdp":        {{}, {"--match", "abort"}, {"--match", "3", "--no-match", "pass"}},
		"tc":         {{}, {"--match", "-1"}, {"--match", "pass", "--no-match", "drop"}},
		"cgroup_skb": {{}, {"--match", "pass", "--no-match", "drop"}, {"--section", "cgroup_skb/egress", "--match", "2"}},
	} {
		for i, more := range actions {
			object := compiled(t, append([]string{"-f", "elf", "--hook", hook, "tcp port 80 or ip6 protochain 6"}, more...)...)
			pin := fmt.Sprintf("/sys/fs/bpf/bpfc_test_%d_%s_%d", os.Getpid(), hook, i)
			t.Cleanup(func() { os.Remove(pin) })
			tool(t, "bpftool prog load "+object+" "+pin)
			kind := map[string]string{"socket": "socket_filter", "xdp": "xdp", "tc": "sched_cls", "cgroup_skb": "cgroup_skb"}[hook]
			if shown := tool(t, "bpftool prog show pinned "+pin); !strings.Contains(shown, ": "+kind+"  name filter") {
				t.Errorf("%s %q: %s", hook, more, shown)
			}
		}
	}
}

// What is no text is not written to a terminal.
func TestBinaryToTerminal(t *testing.T) {
	_, inner := terminal(t)
	defer inner.Close()
	for format, want := range map[string]int{"elf": exitUsage, "raw": exitUsage, "ddd": exitOK} {
		var errs bytes.Buffer
		status := run(context.Background(), []string{"compile", "-f", format, "arp"}, strings.NewReader(""), inner, &errs)
		if status != want || want == exitUsage && !strings.Contains(errs.String(), "name a file with -o") {
			t.Errorf("%s: %d, %s", format, status, errs.String())
		}
	}
}
