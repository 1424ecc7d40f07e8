package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bpfc/capture"
	"bpfc/print"
)

// What capture has beside tcpdump's flags: packets as JSON, and an end by the clock.

// ownCaptureFlags are these flags as the user gave them.
type ownCaptureFlags struct {
	json     bool
	duration time.Duration
}

func (c *captureCommand) registerOwn(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&c.json, "json", false, "print each packet as a JSON object on a line of its own: its headers by name, and its line as text")
	f.DurationVar(&c.duration, "duration", 0, "end after so long, as 90s or 10m")
}

// checkOwn finds values that these flags cannot have.
func (c *captureCommand) checkOwn(given func(flag string) bool) error {
	switch {
	case given("duration") && c.duration <= 0:
		return usagef("--duration %v: it is more than 0", c.duration)
	case given("duration") && c.files.any():
		return usagef("--duration ends a capture on an interface; files end by themselves")
	case c.json && (c.hexes > 0 || c.boths > 0 || c.asciis > 0):
		return usagef("--json and -x, -X or -A: bytes are not dumped into JSON")
	case c.json && c.onlyCount:
		return usagef("--json and --count: one prints packets, the other only their number")
	}
	return nil
}

// errTimeUp ends a capture after --duration.
var errTimeUp = errors.New("the time of the capture is up")

// withDuration gives a context that ends after --duration.
func (c *captureCommand) withDuration(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.duration == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.duration, errTimeUp)
}

// packetJSON is a packet as --json prints it. The names are documented in docs/guide.md, and stay.
type packetJSON struct {
	Number    uint64        `json:"number"`    // from 1, of those that the filter took
	Time      string        `json:"time"`      // RFC 3339, in UTC
	Timestamp int64         `json:"timestamp"` // nanoseconds since 1970-01-01 UTC
	Interface string        `json:"interface,omitempty"`
	LinkType  string        `json:"link_type"`
	Captured  int           `json:"captured"` // bytes
	Length    uint32        `json:"length"`   // bytes on the wire
	Layers    []print.Layer `json:"layers"`
	Text      string        `json:"text"` // what capture prints without --json, but for the time
}

// appendJSON appends the object of a packet.
func (c *captureCommand) appendJSON(dst []byte, p *print.Packet, iface *capture.Interface) ([]byte, error) {
	c.text = c.printer.Append(c.text[:0], p)
	line, err := json.Marshal(packetJSON{Number: p.Number, Time: time.Unix(0, p.Timestamp).UTC().Format(time.RFC3339Nano), Timestamp: p.Timestamp, Interface: iface.Name,
		LinkType: p.LinkType.String(), Captured: len(p.Data), Length: p.WireLen, Layers: c.printer.Layers(), Text: strings.TrimSuffix(string(c.text), "\n")})
	if err != nil {
		return dst, err
	}
	return append(append(dst, line...), '\n'), nil
}
