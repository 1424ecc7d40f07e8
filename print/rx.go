package print

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// rxTypes are the packets of Rx, the transport of AFS.
var rxTypes = NamesT{1: "data", 2: "ack", 3: "busy", 4: "abort", 5: "ackall", 6: "challenge", 7: "response", 8: "debug", 9: "params", 10: "params", 11: "params", 12: "params", 13: "version"}

const (
	rxHeader          = 28
	rxData            = 1
	rxAck             = 2
	rxAbort           = 4
	rxClientInitiated = 0x01
)

// rxFlag is a bit of the header that may mean something in one type of packet only; 0 is any.
type rxFlag struct {
	bit, kind int
	name      string
}

var rxFlags = []rxFlag{{rxClientInitiated, 0, "client-init"}, {0x02, 0, "req-ack"}, {0x04, 0, "last-pckt"}, {0x08, 0, "more-pckts"},
	{0x10, 0, "free-pckt"}, {0x20, rxAck, "slow-start"}, {0x20, rxData, "jumbogram"}}

// rxCall names a call, so that what its reply holds can be known.
type rxCall struct {
	number         uint32
	client, server string
	port, service  int
}

// rx prints a packet of Rx and the remote procedure call of AFS in it.
func (d *dissector) rx(v view) {
	d.proto = "rx"
	if len(v.b) < rxHeader {
		d.printf(" [|rx] (%d)", v.length)
		return
	}
	kind, bits := v.u8(20), v.u8(21)
	d.printf(" rx %s", rxTypes.of(kind, "type %d"))
	if d.Verbose > 0 {
		d.rxVerbose(v, kind, bits)
	}
	service := rxServices[d.dst]
	key := rxCall{v.u32(8), string(d.source), string(d.destination), d.dst, v.u16(26)}
	reply := rxCall{key.number, key.server, key.client, d.src, key.service}
	first, client := v.u32(12) == 1, bits&rxClientInitiated != 0
	switch {
	case kind == rxData && first && client:
		if len(v.b) >= rxHeader+4 {
			remembered[calls[rxCall, int]](d).add(key, int(v.u32(rxHeader)))
		}
		if service != nil && v.length > rxHeader {
			d.rxCall(service, int(v.u32(rxHeader)), *v.cursor(rxHeader + 4))
		}
	case (kind == rxData && first || kind == rxAbort) && !client:
		op, known := remembered[calls[rxCall, int]](d).find(reply)
		if service = rxServices[d.src]; known && service != nil && v.length > rxHeader {
			d.rxReply(service, kind, op, *v.cursor(rxHeader))
		}
	case kind == rxAck:
		d.rxAck(v)
	}
	d.printf(" (%d)", v.length)
}

// rxVerbose prints the rest of the header, the more the higher the verbosity.
func (d *dissector) rxVerbose(v view, kind, bits int) {
	if d.Verbose > 1 {
		d.printf(" cid %08x call# %d", v.u32(4), v.u32(8))
	}
	d.printf(" seq %d ser %d", v.u32(12), v.u32(16))
	if d.Verbose > 2 {
		d.printf(" secindex %d serviceid %d", v.u8(23), v.u16(26))
	}
	if d.Verbose < 2 {
		return
	}
	separator := " "
	for _, f := range rxFlags {
		if bits&f.bit != 0 && (f.kind == 0 || f.kind == kind) {
			d.printf("%s<%s>", separator, f.name)
			separator = ","
		}
	}
}

// rxOperation is a procedure: its name and what is printed of its arguments and results, in the notation of rxFields.
type rxOperation struct{ name, call, reply string }

// rxService is a server of AFS.
type rxService struct {
	name       string
	operations map[int]rxOperation
	maxString  uint32 // longest string that is believed
	vector     int    // characters in a name that has a word for each
	ubik       bool   // also speaks the protocol of replicated databases
	errors     bool   // an abort is printed as an error of the file server
}

// rxServices are the servers by port.
var rxServices = map[int]*rxService{
	7000: {name: "fs", operations: rxFileServer, maxString: 256, errors: true},
	7001: {name: "cb", operations: rxCallbacks},
	7002: {name: "pt", operations: rxProtection, maxString: 64, vector: 64, ubik: true},
	7003: {name: "vldb", operations: rxVolumeLocations, maxString: 65, vector: 65, ubik: true},
	7004: {name: "kauth", operations: rxKerberos, maxString: 64, ubik: true},
	7005: {name: "vol", operations: rxVolumes, maxString: 256, vector: 32},
	7007: {name: "bos", operations: rxOverseer, maxString: 256},
}

// rxTitle prints the name of a call or reply and gives the operation. What is cut is marked by the name of the service.
func (d *dissector) rxTitle(s *rxService, direction string, op int) (o rxOperation, mark string) {
	d.printf(" %s", s.name)
	o, known := s.operations[op]
	mark = s.name
	if s.ubik && isUbik(op) {
		d.print(" ubik")
		o, known = rxUbik[op]
		mark = "ubik"
	}
	if !known {
		o.name = fmt.Sprintf("op#%d", op)
	}
	d.printf(" %s %s", direction, o.name)
	return o, mark
}

func (d *dissector) rxCall(s *rxService, op int, c cursor) {
	o, mark := d.rxTitle(s, "call", op)
	if !d.rxFields(s, o.call, &c) {
		d.printf(" [|%s]", mark)
	}
}

// rxReply prints the answer to a call, or the error that is it.
func (d *dissector) rxReply(s *rxService, kind, op int, c cursor) {
	o, mark := d.rxTitle(s, "reply", op)
	switch {
	case kind != rxData && s.errors:
		d.printf(" error %s", rxFileErrors.of(int(int32(c.u32())), "#%d"))
	case kind != rxData && mark == "ubik" && op == ubikBeacon: // a vote for it comes this way
		d.print(" vote yes until")
		d.rxField(s, 'T', &c)
	case kind != rxData:
		d.printf(" errcode %d", int32(c.u32()))
	case !d.rxFields(s, o.reply, &c):
		d.printf(" [|%s]", mark)
	}
}

const ubikBeacon = 10000

func isUbik(op int) bool { return op >= 10000 && op <= 10007 || op >= 20000 && op <= 20013 }

// rxFields prints arguments or results. Fields is a text, in which these stand for values, each printed after a space:
//
//	%u %d %U  a number: unsigned, signed, unsigned of 64 bits     %S  a string
//	%T        a date                                              %N  a name of a word for each character
//	%F        a file: volume, vnode, uniquifier                   %D  a server to go to
//	%A        attributes to be stored                             %V  a version of a database
//	%I        the identity of a host                              %P  the kind of a volume
//	%L        an access control list                              %w  a word, not printed
//	%K        a number of bytes, not printed
//	%B        a callback: version and time of expiry              %Y  yes or no
//	%E %W %X  a volume's locations: old, new, with identities     %O  a volume in a list
//	%*…       a number of the next, with commas between files and servers
//
// It is false where the packet ends before a field that is read as a whole.
func (d *dissector) rxFields(s *rxService, fields string, c *cursor) bool {
	for fields != "" {
		text, rest, more := strings.Cut(fields, "%")
		d.print(text)
		if !more {
			return true
		}
		if rest[0] != '*' {
			if !d.rxField(s, rest[0], c) {
				return false
			}
			fields = rest[1:]
			continue
		}
		if !d.rxList(s, rest[1], c) {
			return false
		}
		fields = rest[2:]
	}
	return true
}

func (d *dissector) rxList(s *rxService, field byte, c *cursor) bool {
	n := c.u32()
	switch {
	case field == 'B':
		d.onlyIf(n > 0, ";")
	case n == 0:
		d.print(" <none!>")
	}
	for i := range n {
		if !d.rxField(s, field, c) {
			return false
		}
		if strings.IndexByte("FDO", field) >= 0 && i+1 < n {
			d.print(",")
		}
	}
	return true
}

func (d *dissector) rxField(s *rxService, field byte, c *cursor) bool {
	switch field {
	case 'u':
		d.printf(" %d", c.u32())
	case 'd':
		d.printf(" %d", int32(c.u32()))
	case 'U':
		d.printf(" %d", c.u64())
	case 'w':
		c.u32()
	case 'S':
		return d.rxString(s.maxString, c)
	case 'T':
		d.printf(" %s", time.Unix(int64(int32(c.u32())), 0).In(d.Location).Format("2006/01/02 15:04:05"))
	case 'N':
		return d.rxVector(s.vector, c)
	case 'F':
		if !c.has(12) {
			return false
		}
		d.printf(" fid %d/%d/%d", c.u32(), c.u32(), c.u32())
	case 'D':
		if !c.has(12) {
			return false
		}
		d.printf(" server %d:%d:%d", c.u32(), c.u32(), c.u32())
	case 'V':
		if !c.has(8) {
			return false
		}
		d.printf(" %d.%d", c.u32(), c.u32())
	case 'A':
		return d.rxAttributes(c)
	case 'I':
		return d.rxIdentity(c)
	case 'P':
		if kind := c.u32(); kind <= 2 {
			d.printf(" type %s", []string{"read-write", "read-only", "backup"}[kind])
		}
	case 'L':
		return d.rxAccessList(c)
	case 'K':
		n := int(c.u32())
		if !c.has(n) {
			return false
		}
		c.at += n
	case 'B':
		return d.rxFields(s, " ver%d expires%T%w", c)
	case 'Y':
		d.print(map[bool]string{true: " yes", false: " no"}[c.u32() != 0])
	case 'E':
		return d.rxVolume(s, 8, c, false)
	case 'W':
		return d.rxVolume(s, 13, c, false)
	case 'X':
		return d.rxVolume(s, 13, c, true)
	case 'O':
		if !d.rxFields(s, " name%N volid%u type", c) {
			return false
		}
		c.at += 21 * 4
	}
	return true
}

// rxString prints a string of at most most bytes, which is padded to words.
func (d *dissector) rxString(most uint32, c *cursor) bool {
	n := c.u32()
	if n > most {
		return false
	}
	d.print(` "`)
	b := c.b[min(c.at, len(c.b)):]
	d.text(b[:min(int(n), len(b))])
	if int(n) > len(b) {
		return false
	}
	d.print(`"`)
	c.at += (int(n) + 3) &^ 3
	return true
}

// rxVector prints a string in which each character has a word.
func (d *dissector) rxVector(n int, c *cursor) bool {
	if !c.has(4 * n) {
		return false
	}
	var name []byte
	for range n {
		name = append(name, byte(c.u32()))
	}
	text, _, _ := strings.Cut(string(name), "\x00")
	d.print(` "`)
	d.text([]byte(text))
	d.print(`"`)
	return true
}

// rxAttributes prints what of a file's attributes is to be set.
func (d *dissector) rxAttributes(c *cursor) bool {
	if !c.has(24) {
		return false
	}
	mask := c.u32()
	d.onlyIf(mask != 0, " StoreStatus")
	if mask&1 != 0 {
		d.print(" date")
		d.rxField(nil, 'T', c)
	} else {
		c.u32()
	}
	owner, group, mode, segment := c.u32(), c.u32(), c.u32(), c.u32()
	d.print(mark(mask&2 != 0, fmt.Sprintf(" owner %d", owner)) + mark(mask&4 != 0, fmt.Sprintf(" group %d", group)) +
		mark(mask&8 != 0, fmt.Sprintf(" mode %o", mode&0o7777)) + mark(mask&16 != 0, fmt.Sprintf(" segsize %d", segment)) + mark(mask&1024 != 0, " fsync"))
	return true
}

// rxIdentity prints the UUID of a host, of which each part has a word.
func (d *dissector) rxIdentity(c *cursor) bool {
	if !c.has(11 * 4) {
		return false
	}
	d.printf(" %08x%04x%04x", c.u32(), c.u32(), c.u32())
	for range 8 {
		d.printf("%02x", byte(c.u32()))
	}
	return true
}

// rxVolume prints where the copies of a volume are, of at most most.
func (d *dissector) rxVolume(s *rxService, most int, c *cursor, identities bool) bool {
	if !d.rxVector(s.vector, c) {
		return false
	}
	if most == 8 {
		c.u32()
	}
	d.print(" numservers")
	n := int(c.u32())
	d.printf(" %d servers", n)
	for i := range most {
		switch {
		case identities && i < n:
			d.print(" afsuuid")
			if !d.rxIdentity(c) {
				return false
			}
		case identities:
			if !c.has(44) {
				return false
			}
			c.at += 44
		case !c.has(4):
			return false
		default:
			if b := c.bytes(4); i < n {
				d.printf(" %d.%d.%d.%d", b[0], b[1], b[2], b[3])
			}
		}
	}
	if identities {
		if !c.has(4 * most) {
			return false
		}
		c.at += 4 * most
	}
	d.print(" partitions")
	for i := range most {
		switch j := c.u32(); {
		case i < n && j <= 26:
			d.printf(" %c", 'a'+rune(j))
		case i < n:
			d.printf(" %d", j)
		}
	}
	if !c.has(4 * most) {
		return false
	}
	c.at += 4 * most
	return d.rxFields(s, " rwvol%u rovol%u backup%u", c)
}

// rxRights are the letters of the bits of an access control list, in the order in which AFS's own tools show them.
var rxRights = FlagsT{{1, "r"}, {8, "l"}, {4, "i"}, {16, "d"}, {2, "w"}, {32, "k"}, {64, "a"}}

// rxAccessList prints an access control list, which is a text: the numbers of positive and negative entries, then a line
// of user and rights for each.
func (d *dissector) rxAccessList(c *cursor) bool {
	n := int(c.u32())
	if !c.has(n) {
		return false
	}
	text := string(c.b[c.at : c.at+min(n, 1024)])
	text, _, _ = strings.Cut(text, "\x00")
	words := strings.Fields(text)
	if len(words) < 2 {
		return true
	}
	positive, err := strconv.Atoi(words[0])
	negative, err2 := strconv.Atoi(words[1])
	if err != nil || err2 != nil {
		return true
	}
	words = words[2:]
	for i := 0; i < positive+negative && len(words) >= 2; i++ {
		rights, err := strconv.Atoi(words[1])
		if err != nil {
			return true
		}
		sign := "+"
		if i >= positive {
			sign = "-"
		}
		d.printf(" %s{", sign)
		d.text([]byte(words[0]))
		d.print(" ")
		for _, r := range rxRights {
			d.onlyIf(rights&r.bit != 0, r.name)
		}
		d.print("}")
		words = words[2:]
	}
	return true
}

var rxReasons = NamesT{1: "ack requested", 2: "duplicate packet", 3: "out of sequence", 4: "exceeds window", 5: "no buffer space", 6: "ping", 7: "ping response", 8: "delay", 9: "idle"}

// rxAck prints an acknowledgement: which packets of a window have come.
func (d *dissector) rxAck(v view) {
	const size = 18
	if v.length < rxHeader {
		return
	}
	a := v.from(rxHeader)
	if len(a.b) < size {
		d.print(" [|ack]")
		return
	}
	if d.Verbose > 2 {
		d.printf(" bufspace %d maxskew %d", a.u16(0), a.u16(2))
	}
	first, count := int(a.u32(4)), a.u8(17)
	d.printf(" first %d serial %d reason %s", first, a.u32(12), rxReasons.of(a.u8(16), "#%d"))
	if len(a.b) < size+count {
		d.print(" [|ack]")
		return
	}
	states := a.b[size : size+count]
	d.rxRuns(states, first, 1, " acked ")
	d.rxRuns(states, first, 0, " nacked ")
	if d.Verbose < 2 {
		return
	}
	rest := *a.cursor(size + count + 3)
	for _, name := range []string{"ifmtu", "maxmtu", "rwind", "maxpackets"} {
		if len(a.b)-rest.at < 4 {
			return
		}
		d.printf(" %s %d", name, rest.u32())
	}
}

// rxRuns prints the numbers of the packets in one state, runs as first and last.
func (d *dissector) rxRuns(states []byte, first int, state byte, name string) {
	for i := 0; i < len(states); {
		if states[i] != state {
			i++
			continue
		}
		end := i
		for end+1 < len(states) && states[end+1] == state {
			end++
		}
		d.printf("%s%d", name, uint32(first+i))
		name = ","
		if end > i {
			d.printf("-%d", uint32(first+end))
		}
		i = end + 1
	}
}
