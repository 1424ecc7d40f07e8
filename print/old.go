package print

import (
	"bytes"
	"strconv"
	"strings"
)

// Protocols of days gone by.

var timedTypes = []string{"ANY", "ADJTIME", "ACK", "MASTERREQ", "MASTERACK", "SETTIME", "MASTERUP", "SLAVEUP", "ELECTION", "ACCEPT", "REFUSE", "CONFLICT", "RESOLVE", "QUIT", "DATE",
	"DATEREQ", "DATEACK", "TRACEON", "TRACEOFF", "MSITE", "MSITEREQ", "TEST", "SETDATE", "SETDATEREQ", "LOOP"}

// timed prints the Time Synchronization Protocol of BSD.
func (d *dissector) timed(v view) {
	d.proto = "timed"
	kind := v.u8(0)
	if kind < len(timedTypes) {
		d.printf("TSP_%s", timedTypes[kind])
	} else {
		d.printf("(tsp_type %#x)", kind)
	}
	d.printf(" vers %d", v.u8(1))
	d.printf(" seq %d", v.u16(2))
	switch kind {
	case 24:
		d.printf(" hopcnt %d", v.u8(4))
	case 5, 1, 22, 23:
		seconds, micros := int32(v.u32(4)), int32(v.u32(8))
		d.print(" time ")
		if seconds < 0 {
			seconds = -seconds
			d.print("-")
		}
		if micros < 0 {
			d.printf("[%d.%06d]", seconds, micros)
			return
		}
		d.printf("%d.%06d", seconds, micros)
	}
	d.print(" name ")
	d.ended(v, 12)
}

// ended prints a text that a zero ends, which must be captured.
func (d *dissector) ended(v view, at int) {
	text, _, ok := bytes.Cut(v.from(at).b, []byte{0})
	d.text(text)
	if !ok {
		panic(truncated{})
	}
}

// igrp prints Cisco's Interior Gateway Routing Protocol.
func (d *dissector) igrp(v view) {
	const header, route = 12, 14
	d.proto = "igrp"
	d.print("igrp:")
	if v.length < header {
		d.printf(" [length %d < %d] (invalid)", v.length, header)
		return
	}
	counts := [3]int{v.u16(4), v.u16(6), v.u16(8)}
	d.printf(" %s V%d edit=%d AS=%d (%d/%d/%d)", NamesT{1: "update", 2: "request"}.of(v.u8(0)&15, "op-#%d"), v.u8(0)>>4, v.u8(1), v.u16(2), counts[0], counts[1], counts[2])
	if sum := v.u16(10); d.Verbose > 0 {
		d.printf(" checksum=0x%04x", sum)
	}
	v = v.from(header)
	for v.length >= route {
		i := 0
		for i < 3 && counts[i] == 0 {
			i++
		}
		if i == 3 {
			d.printf(" [extra bytes %d]", v.length)
			break
		}
		counts[i]--
		d.printf([3]string{" *.%d.%d.%d", " %d.%d.%d.0", " X%d.%d.%d.0"}[i], v.u8(0), v.u8(1), v.u8(2))
		delay, bandwidth := v.u24(3), v.u24(6)
		rate := 0
		if bandwidth != 0 {
			rate = 10000000 / bandwidth
		}
		d.printf(" d=%d b=%d r=%d l=%d M=%d mtu=%d in %d hops", 10*delay, rate, v.u8(11), v.u8(12), min(delay+bandwidth, 0xffffff), v.u16(9), v.u8(13))
		v = v.from(route)
	}
	if counts != [3]int{} || v.length > 0 {
		d.invalid()
	}
}

// ipcomp prints the header of a compressed payload (RFC 3173).
func (d *dissector) ipcomp(v view) {
	d.proto = "ipcomp"
	v.need(4)
	d.printf("IPComp(cpi=0x%04x)", v.u16(2))
}

var zephyrTypes = NamesT{0: "unsafe", 1: "unacked", 2: "acked", 3: "hm-ack", 4: "hm-ctl", 5: "serv-ack", 6: "serv-nak", 7: "client-ack", 8: "stat"}

// zephyr prints the Zephyr notification service.
func (d *dissector) zephyr(v view) {
	d.proto = "zephyr"
	c := v.cursor(0)
	version, ok := c.field()
	if !ok {
		d.invalid()
		return
	}
	if !strings.HasPrefix(version, "ZEPH") {
		return
	}
	var fields [16]string // what follows the version
	for i := range fields {
		if fields[i], ok = c.field(); !ok {
			d.invalid()
			return
		}
	}
	kind, _ := strconv.ParseInt(strings.TrimPrefix(fields[1], "0x"), 16, 32)
	class, instance, op, sender, recipient := fields[7], fields[8], fields[9], fields[10], fields[11]
	d.print(" zephyr")
	if !strings.HasPrefix(version[4:], "0.2") {
		d.print(" v")
		d.text([]byte(version[4:]))
		return
	}
	d.printf(" %s", zephyrTypes.of(int(kind), "type %d"))
	if kind == 5 {
		if data, ok := c.field(); ok && data != "SENT" {
			d.word("/", strings.ToLower(data))
		}
	}
	if sender != "" {
		d.word(" ", sender)
	}
	d.zephyrNotice(c, kind == 5, class, instance, op, recipient)
}

// field reads a text that a zero ends; false if the packet ends first.
func (c *cursor) field() (string, bool) {
	start := c.at
	for ; c.left() > 0; c.at++ {
		if c.view.u8(c.at) == 0 {
			c.at++
			return string(c.b[start : c.at-1]), true
		}
	}
	return "", false
}

func (d *dissector) word(before, s string) {
	d.print(before)
	d.text([]byte(s))
}

func (d *dissector) zephyrNotice(c *cursor, answer bool, class, instance, op, recipient string) {
	switch {
	case class == "USER_LOCATE" && op == "USER_HIDE":
		d.print(" hide")
	case class == "USER_LOCATE" && op == "USER_UNHIDE":
		d.print(" unhide")
	case class == "USER_LOCATE":
		d.word(" locate ", instance)
	case class == "ZEPHYR_ADMIN":
		d.word(" zephyr-admin ", strings.ToLower(op))
	case class == "ZEPHYR_CTL" && instance == "CLIENT":
		d.zephyrClient(c, answer, op)
	case class == "ZEPHYR_CTL" && instance == "HM":
		d.word(" ", strings.ToLower(op))
	case class == "ZEPHYR_CTL" && instance == "REALM":
		d.print(map[string]string{"ADD_SUBSCRIBE": " realm add-subs", "REQ_SUBSCRIBE": " realm req-subs", "RLM_SUBSCRIBE": " realm rlm-sub", "RLM_UNSUBSCRIBE": " realm rlm-unsub"}[op])
	case class == "HM_CTL" || class == "WG_CTL":
		d.word(" "+strings.ToLower(class)+" ", strings.ToLower(instance))
		d.word(" ", strings.ToLower(op))
	case class == "HM_STAT" && instance == "HMST_CLIENT" && op == "GIMMESTATS":
		d.print(" get-client-stats")
	case class == "LOGIN" && op == "USER_FLUSH":
		d.print(" flush_locs")
	case class == "LOGIN" && strings.Contains(" NONE OPSTAFF REALM-VISIBLE REALM-ANNOUNCED NET-VISIBLE NET-ANNOUNCED ", " "+op+" "):
		d.word(" set-exposure ", strings.ToLower(op))
	default:
		if recipient == "" {
			recipient = "*"
		}
		d.word(" to ", "<"+class+","+instance+","+recipient+">")
		if op != "" {
			d.word(" op ", op)
		}
	}
}

func (d *dissector) zephyrClient(c *cursor, answer bool, op string) {
	switch op {
	case "SUBSCRIBE", "SUBSCRIBE_NODEFS", "UNSUBSCRIBE":
		d.printf(" %ssub%s", mark(op != "SUBSCRIBE", "un"), mark(op == "SUBSCRIBE_NODEFS", "-nodefs"))
		var parts [3]string
		for i := range parts {
			ok := false
			if parts[i], ok = c.field(); !ok || answer {
				return
			}
		}
		if parts[2] == "" {
			parts[2] = "*"
		}
		d.word(" ", "<"+strings.Join(parts[:], ",")+">")
	case "GIMME":
		d.print(" ret")
	case "GIMMEDEFS":
		d.print(" gimme-defs")
	case "CLEARSUB":
		d.print(" clear-subs")
	default:
		d.word(" ", strings.ToLower(op))
	}
}
