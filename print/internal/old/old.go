package old

import (
	"cmp"
	"strconv"
	"strings"

	"bpfc/print/internal/dissect"
)

// Protocols of days gone by.

var timedTypes = []string{"ANY", "ADJTIME", "ACK", "MASTERREQ", "MASTERACK", "SETTIME", "MASTERUP", "SLAVEUP", "ELECTION", "ACCEPT", "REFUSE", "CONFLICT", "RESOLVE", "QUIT", "DATE",
	"DATEREQ", "DATEACK", "TRACEON", "TRACEOFF", "MSITE", "MSITEREQ", "TEST", "SETDATE", "SETDATEREQ", "LOOP"}

// Timed prints the Time Synchronization Protocol of BSD.
func Timed(d *Context, v View) {
	d.Proto = "timed"
	kind := v.U8(0)
	if kind < len(timedTypes) {
		d.Printf("TSP_%s", timedTypes[kind])
	} else {
		d.Printf("(tsp_type %#x)", kind)
	}
	d.Form(v.Cursor(1), " vers %1d| seq %2d")
	switch kind {
	case 24:
		d.Printf(" hopcnt %d", v.U8(4))
	case 5, 1, 22, 23:
		seconds, micros := int32(v.U32(4)), int32(v.U32(8))
		d.Print(dissect.Pick(seconds < 0, " time -", " time "))
		seconds *= dissect.Pick[int32](seconds < 0, -1, 1)
		d.StopIf(micros < 0, "[%d.%06d]", seconds, micros)
		d.Printf("%d.%06d", seconds, micros)
	}
	d.Print(" name ")
	d.Ended(v, 12)
}

// IGRP prints Cisco's Interior Gateway Routing Protocol.
func IGRP(d *Context, v View) {
	const header, route = 12, 14
	d.Proto = "igrp"
	d.Print("igrp:")
	counts := [3]int{v.U16(4), v.U16(6), v.U16(8)}
	d.Printf(" %s V%d edit=%d AS=%d (%d/%d/%d)", Names{1: "update", 2: "request"}.Of(v.U8(0)&15, "op-#%d"), v.U8(0)>>4, v.U8(1), v.U16(2), counts[0], counts[1], counts[2])
	sum := v.U16(10)
	d.PrintfIf(d.Verbose > 0, " checksum=0x%04x", sum)
	v = v.From(header)
	for v.Length >= route {
		i := 0
		for i < 3 && counts[i] == 0 {
			i++
		}
		if i == 3 {
			d.Printf(" [extra bytes %d]", v.Length)
			break
		}
		counts[i]--
		d.Printf([3]string{" *.%d.%d.%d", " %d.%d.%d.0", " X%d.%d.%d.0"}[i], v.U8(0), v.U8(1), v.U8(2))
		delay, bandwidth := v.U24(3), v.U24(6)
		rate := 10000000 / max(bandwidth, 1) * min(bandwidth, 1) // 0 without a bandwidth
		d.Printf(" d=%d b=%d r=%d l=%d M=%d mtu=%d in %d hops", 10*delay, rate, v.U8(11), v.U8(12), min(delay+bandwidth, 0xffffff), v.U16(9), v.U8(13))
		v = v.From(route)
	}
	d.If(counts != [3]int{} || v.Length > 0, " (invalid)")
}

// IPComp prints the header of a compressed payload (RFC 3173).
func IPComp(d *Context, v View) {
	d.Proto = "ipcomp"
	v.Need(4)
	d.Printf("IPComp(cpi=0x%04x)", v.U16(2))
}

var zephyrTypes = Names{0: "unsafe", 1: "unacked", 2: "acked", 3: "hm-ack", 4: "hm-ctl", 5: "serv-ack", 6: "serv-nak", 7: "client-ack", 8: "stat"}

// Zephyr prints the Zephyr notification service.
func Zephyr(d *Context, v View) {
	d.Proto = "zephyr"
	c := v.Cursor(0)
	version, ok := field(c)
	d.StopIf(!ok, " (invalid)")
	d.LeaveIf(!strings.HasPrefix(version, "ZEPH"), "")
	var fields [16]string // what follows the version
	for i := range fields {
		fields[i], ok = field(c)
		d.LeaveIf(!ok, " (invalid)")
	}
	kind, _ := strconv.ParseInt(strings.TrimPrefix(fields[1], "0x"), 16, 32)
	class, instance, op, sender, recipient := fields[7], fields[8], fields[9], fields[10], fields[11]
	d.Print(" zephyr")
	if !strings.HasPrefix(version[4:], "0.2") {
		d.Print(" v")
		d.Text([]byte(version[4:]))
		return
	}
	d.Printf(" %s", zephyrTypes.Of(int(kind), "type %d"))
	if kind == 5 {
		if data, ok := field(c); ok && data != "SENT" {
			word(d, "/", strings.ToLower(data))
		}
	}
	if sender != "" {
		word(d, " ", sender)
	}
	zephyrNotice(d, c, kind == 5, class, instance, op, recipient)
}

// field reads a text that a zero ends; false if the packet ends first.
func field(c *Cursor) (string, bool) {
	start := c.At
	for ; c.Left() > 0; c.At++ {
		if c.View.U8(c.At) == 0 {
			c.At++
			return string(c.Data[start : c.At-1]), true
		}
	}
	return "", false
}

func word(d *Context, before, s string) {
	d.Print(before)
	d.Text([]byte(s))
}

func zephyrNotice(d *Context, c *Cursor, answer bool, class, instance, op, recipient string) {
	switch {
	case class == "USER_LOCATE" && (op == "USER_HIDE" || op == "USER_UNHIDE"):
		word(d, " ", strings.ToLower(strings.TrimPrefix(op, "USER_")))
	case class == "USER_LOCATE":
		word(d, " locate ", instance)
	case class == "ZEPHYR_ADMIN":
		word(d, " zephyr-admin ", strings.ToLower(op))
	case class == "ZEPHYR_CTL" && instance == "CLIENT":
		zephyrClient(d, c, answer, op)
	case class == "ZEPHYR_CTL" && instance == "HM":
		word(d, " ", strings.ToLower(op))
	case class == "ZEPHYR_CTL" && instance == "REALM":
		d.Print(map[string]string{"ADD_SUBSCRIBE": " realm add-subs", "REQ_SUBSCRIBE": " realm req-subs", "RLM_SUBSCRIBE": " realm rlm-sub", "RLM_UNSUBSCRIBE": " realm rlm-unsub"}[op])
	case class == "HM_CTL" || class == "WG_CTL":
		word(d, " "+strings.ToLower(class)+" ", strings.ToLower(instance))
		word(d, " ", strings.ToLower(op))
	case class == "HM_STAT" && instance == "HMST_CLIENT" && op == "GIMMESTATS":
		d.Print(" get-client-stats")
	case class == "LOGIN" && op == "USER_FLUSH":
		d.Print(" flush_locs")
	case class == "LOGIN" && strings.Contains(" NONE OPSTAFF REALM-VISIBLE REALM-ANNOUNCED NET-VISIBLE NET-ANNOUNCED ", " "+op+" "):
		word(d, " set-exposure ", strings.ToLower(op))
	default:
		word(d, " to ", "<"+class+","+instance+","+cmp.Or(recipient, "*")+">")
		if op != "" {
			word(d, " op ", op)
		}
	}
}

func zephyrClient(d *Context, c *Cursor, answer bool, op string) {
	switch op {
	case "SUBSCRIBE", "SUBSCRIBE_NODEFS", "UNSUBSCRIBE":
		d.Printf(" %ssub%s", dissect.If(op != "SUBSCRIBE", "un"), dissect.If(op == "SUBSCRIBE_NODEFS", "-nodefs"))
		var parts [3]string
		for i := range parts {
			ok := false
			if parts[i], ok = field(c); !ok || answer {
				return
			}
		}
		word(d, " ", "<"+parts[0]+","+parts[1]+","+cmp.Or(parts[2], "*")+">")
	default:
		word(d, " ", cmp.Or(map[string]string{"GIMME": "ret", "GIMMEDEFS": "gimme-defs", "CLEARSUB": "clear-subs"}[op], strings.ToLower(op)))
	}
}
