package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/bpf"

	"bpfc/capture"
	"bpfc/linktype"
)

// tick is how often a quiet capture writes out what is buffered.
const tick = time.Second

// live captures from an interface.
func (c *captureCommand) live(cmd *cobra.Command, expr string) error {
	ctx := cmd.Context()
	options, err := c.liveOptions()
	if err != nil {
		return err
	}
	options.Timestamps = c.chooseTimeSource(cmd.ErrOrStderr(), options.Interface)
	options.Filter, err = c.compileLive(ctx, expr, options)
	if err != nil {
		return err
	}
	handle, err := capture.OpenLive(options)
	if err != nil {
		return err
	}
	defer handle.Close()
	if err := c.dropPrivileges(); err != nil {
		return err
	}
	iface := handle.Interfaces()[0]
	out := capture.WriterOptions{Format: capture.Pcap, First: &iface}
	if wantsPcapng(c.write, c.pcapng) {
		out.Format = capture.Pcapng
	}
	if err := c.createOut(cmd, out, spooling(c.inputs.create)); err != nil {
		return err
	}
	if c.printing() {
		if c.printer, err = c.newPrinter(0, iface.Name, interfaceNames(handle)); err != nil {
			return err
		}
		c.lineBuffered = c.lineBuffered || isTerminal(c.stdout)
	}
	stderr := cmd.ErrOrStderr()
	endReports := onReport(func() { c.report(stderr, handle) })
	fmt.Fprintf(stderr, "listening on %s, link-type %s, snapshot length %d bytes\n", iface.Name, describeLinkType(iface.LinkType), iface.Snaplen)
	switch engine, reason := handle.Engine(); engine {
	case "ebpf":
		fmt.Fprintf(stderr, "bpfc: the filter runs in the kernel as eBPF: %s\n", reason)
	case "vm":
		fmt.Fprintf(stderr, "bpfc: the filter runs in this process, not in the kernel: %s\n", reason)
	}
	ctx, cancel := c.withDuration(ctx)
	defer cancel()
	err = c.unlessRegular(stderr, c.loop(ctx, stderr, handle, &iface))
	endReports()
	err = errors.Join(err, c.finish(true))
	c.report(stderr, handle)
	return errors.Join(err, c.printCount())
}

// loop takes packets until something ends it, and gives that, regular or not.
func (c *captureCommand) loop(ctx context.Context, stderr io.Writer, handle capture.Handle, iface *capture.Interface) error {
	said := uint64(math.MaxUint64)
	for {
		wait, cancel := context.WithTimeout(ctx, tick)
		err := c.untilTick(wait, handle, iface)
		cancel()
		if context.Cause(ctx) == errTimeUp {
			return errTimeUp
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
		if taken := c.taken.Load(); c.verbose > 0 && c.write != "" && !c.alsoPrint && taken != said {
			fmt.Fprintf(stderr, "Got %d\r", taken)
			said = taken
		}
	}
}

var errEnough = errors.New("enough packets")

func (c *captureCommand) untilTick(ctx context.Context, handle capture.Handle, iface *capture.Interface) error {
	for {
		p, err := handle.Next(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", iface.Name, err)
		}
		more, err := c.take(p, iface)
		if err != nil {
			return err
		}
		if !more {
			return errEnough
		}
	}
}

// liveFlags are the flags of compiling that also say how to capture.
var liveFlags = []string{"link-type", "snapshot-length"}

// liveOptions reads the flags.
func (c *captureCommand) liveOptions() (capture.LiveOptions, error) {
	direction, err := c.parseDirection()
	if err != nil {
		return capture.LiveOptions{}, err
	}
	o := capture.LiveOptions{Interface: c.iface, Promiscuous: !c.noPromiscuous, BufferSize: c.buffer << 10, Direction: direction, Backend: c.backend,
		Immediate: c.immediate || c.printing() && isTerminal(c.stdout)}
	if err := checkSnapLen(c.snapLen, capture.MaxSnaplen); err != nil {
		return o, err
	}
	o.Snaplen = c.snapLen
	if c.linkType != "" {
		t, err := readLinkType(c.linkType)
		if err != nil {
			return o, err
		}
		o.LinkType = t
		c.linkType = "" // the handle tells which one it is
	}
	if o.Interface, err = c.interfaceToUse(); err != nil {
		return o, err
	}
	return o, nil
}

// interfaceToUse gives the name of the interface of -i, or of the first that -D lists, as tcpdump takes it.
func (c *captureCommand) interfaceToUse() (string, error) {
	if c.iface != "" {
		return interfaceName(c.iface)
	}
	devices, err := capture.Devices()
	if err != nil {
		return "", err
	}
	if len(devices) == 0 || !devices[0].Up {
		return "", usagef("no interface is up: name one with -i; -D lists them")
	}
	return devices[0].Name, nil
}

// interfaceName gives the name of an interface that is given by name or by number.
func interfaceName(text string) (string, error) {
	name, err := capture.InterfaceName(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w (bpfc capture -D shows it)", text, err)
	}
	return name, nil
}

// compileLive compiles the filter for what the interface delivers.
func (c *captureCommand) compileLive(ctx context.Context, expr string, o capture.LiveOptions) ([]bpf.RawInstruction, error) {
	t, err := c.liveTarget(o)
	if err != nil {
		return nil, err
	}
	prog, err := c.compile(ctx, expr, t)
	if err != nil {
		return nil, err
	}
	return prog.Instructions(), nil
}

// liveTarget is what the packets of an interface need.
func (c *captureCommand) liveTarget(o capture.LiveOptions) (target, error) {
	link, err := capture.ProbeLink(o)
	if err != nil {
		return target{}, fmt.Errorf("%s: %w", o.Interface, err)
	}
	if err := c.checkMonitor(o.Interface, link.LinkType); err != nil {
		return target{}, err
	}
	t := target{linkType: link.LinkType, snapLen: defaultSnapLen, extensions: link.Extensions}
	if network := interfaceNetwork(o.Interface); network.IsValid() {
		t.netmask, t.hasNetmask = uint32(math.MaxUint32<<(32-network.Bits())), true
	}
	return t, nil
}

// interfaceNetwork gives the interface's first IPv4 network; invalid if it has none.
func interfaceNetwork(name string) netip.Prefix {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return netip.Prefix{}
	}
	addresses, err := ifi.Addrs()
	if err != nil {
		return netip.Prefix{}
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			return p.Masked()
		}
	}
	return netip.Prefix{}
}

// maxNames is how many names of interfaces are kept: more than a machine has, fewer than a file may claim.
const maxNames = 1 << 12

// interfaceNames gives what names an interface by its number, for the header of LINUX_SLL2: by its name of now, since interfaces
// are renamed. Without a handle that knows it, a name is asked for once in a second.
func interfaceNames(handle capture.Handle) func(index int) string {
	if h, ok := handle.(interface{ InterfaceName(index int) string }); ok {
		return h.InterfaceName
	}
	type entry struct {
		name  string
		until time.Time
	}
	cache := map[int]entry{}
	return func(index int) string {
		e, now := cache[index], time.Now()
		if now.After(e.until) {
			if len(cache) == maxNames {
				clear(cache)
			}
			e = entry{until: now.Add(time.Second)}
			if ifi, err := net.InterfaceByIndex(index); err == nil {
				e.name = ifi.Name
			}
			cache[index] = e
		}
		return e.name
	}
}

// describeLinkType writes a link-layer type as tcpdump does: name and description.
func describeLinkType(t linktype.Type) string {
	if !t.Known() {
		return t.String()
	}
	return strings.TrimSpace(fmt.Sprintf("%s (%s)", t, t.Description()))
}

// report prints the three counts.
func (c *captureCommand) report(w io.Writer, handle capture.Handle) {
	stats, err := handle.Stats()
	fmt.Fprintf(w, "%s captured\n", plural(c.taken.Load(), "packet"))
	if err != nil {
		fmt.Fprintf(w, "bpfc: the kernel's counts: %v\n", err)
		return
	}
	fmt.Fprintf(w, "%s received by filter\n%s dropped by kernel\n", plural(stats.Received, "packet"), plural(stats.Dropped, "packet"))
}
