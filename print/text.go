package print

import (
	"bytes"
	"slices"
	"strings"
)

// Protocols of lines.

func (d *dissector) smtp(v view)  { d.lines(v, ": ", "smtp", "SMTP") }
func (d *dissector) whois(v view) { d.lines(v, ": ", "whois", "WHOIS") }
func (d *dissector) ftp(v view)   { d.lines(v, ": ", "ftp", "FTP") }
func (d *dissector) http(v view)  { d.lines(v, ": ", "http", "HTTP", httpMethods...) }
func (d *dissector) rtsp(v view)  { d.lines(v, ": ", "rtsp", "RTSP") }

// sip prints the Session Initiation Protocol (RFC 3261).
func (d *dissector) sip(v view) {
	d.lines(v, "", "sip", "SIP", "ACK", "BYE", "CANCEL", "DO", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "QAUTH", "REFER", "REGISTER", "SPRACK", "SUBSCRIBE", "UPDATE", "PUBLISH")
}

// lines prints the first line of a protocol of lines, where it looks like a
// command or an answer; with -v all lines.
func (d *dissector) lines(v view, before, proto, name string, commands ...string) {
	d.proto = proto
	d.print(before + name)
	begins := isCommand(v.b, commands)
	if begins && d.Verbose > 0 {
		d.printf(", length: %d", v.length)
	}
	for rest := v.b; begins && len(rest) > 0; {
		line, after, ok := printableLine(rest)
		switch {
		case !ok:
			return
		case after == nil && len(v.b) < v.length:
			panic(truncated{})
		case d.Verbose == 0:
			d.printf(": %s", line)
			return
		}
		d.printf("\n\t%s", line)
		if after == nil { // it goes on in another packet
			panic(truncated{})
		}
		rest = after
	}
}

var httpMethods = []string{"GET", "PUT", "HEAD", "POST", "COPY", "LOCK", "MOVE", "POLL", "TRACE", "LABEL", "MERGE", "MKCOL", "BCOPY", "BMOVE", "DELETE", "SEARCH", "UNLOCK", "REPORT", "UPDATE", "NOTIFY",
	"BDELETE", "CONNECT", "OPTIONS", "CHECKIN", "PROPFIND", "CHECKOUT", "SUBSCRIBE", "PROPPATCH", "BPROPFIND", "BPROPPATCH", "UNCHECKOUT", "MKACTIVITY", "MKWORKSPACE", "UNSUBSCRIBE", "VERSION-CONTROL", "BASELINE-CONTROL"}

// isCommand tells whether text begins with one of the words, or is the answer
// to one: a word and a number of three digits. Without words everything is.
func isCommand(b []byte, words []string) bool {
	if len(words) == 0 {
		return true
	}
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	first, rest, _ := strings.Cut(string(line), " ")
	if slices.Contains(words, first) {
		return true
	}
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	return len(code) == 3 && strings.Trim(code, "0123456789") == ""
}

// printableLine gives the first line of text and what follows it; false if it
// holds something else.
func printableLine(b []byte) (line string, after []byte, ok bool) {
	for i, c := range b {
		switch {
		case c == '\n':
			return string(b[:i]), b[i+1:], true
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n':
			return string(b[:i]), b[i+2:], true
		case c < 0x20 && c != '\t' || c >= 0x7f:
			return "", nil, false
		}
	}
	return string(b), nil, true
}
