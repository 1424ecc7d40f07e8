package application

import (
	"bytes"
	"slices"
	"strings"

	"bpfc/print/internal/dissect"
)

// SSH prints the line by which both ends of a connection begin.
func SSH(d *Context, v View) {
	d.Proto = "ssh"
	for i, c := range "SSH-" {
		if v.U8(i) != int(c) {
			return
		}
	}
	for i := 4; i < v.Length; i++ {
		c := v.U8(i)
		switch {
		case c == '\n', c == '\r' && i+1 < v.Length && v.U8(i+1) == '\n':
			d.Printf(": SSH: %s", v.Data[:i])
			return
		case c < 0x20 || c >= 0x7f:
			return
		}
	}
}

// Protocols of lines.

func SMTP(d *Context, v View) { lines(d, v, ": ", "smtp", "SMTP") }

func WHOIS(d *Context, v View) { lines(d, v, ": ", "whois", "WHOIS") }

func FTP(d *Context, v View) { lines(d, v, ": ", "ftp", "FTP") }

func HTTP(d *Context, v View) { lines(d, v, ": ", "http", "HTTP", httpMethods...) }

func RTSP(d *Context, v View) { lines(d, v, ": ", "rtsp", "RTSP", rtspMethods...) }

var rtspMethods = []string{"PLAY", "PAUSE", "SETUP", "RECORD", "OPTIONS", "ANNOUNCE", "DESCRIBE", "REDIRECT", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER"}

// SIP prints the Session Initiation Protocol (RFC 3261).
func SIP(d *Context, v View) {
	lines(d, v, "", "sip", "SIP", "ACK", "BYE", "CANCEL", "DO", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "QAUTH", "REFER", "REGISTER", "SPRACK", "SUBSCRIBE", "UPDATE", "PUBLISH")
}

// lines prints the first line of a protocol of lines, where it looks like a
// command or an answer; with -v all lines.
func lines(d *Context, v View, before, proto, name string, commands ...string) {
	d.Proto = proto
	d.Print(before + name)
	begins := isCommand(v.Data, commands)
	d.PrintfIf(begins && d.Verbose > 0, ", length: %d", v.Length)
	for rest := v.Data; begins && len(rest) > 0; {
		line, after, ok := printableLine(rest)
		switch {
		case !ok:
			return
		case after == nil && len(v.Data) < v.Length:
			panic(dissect.Truncated{})
		case d.Verbose == 0:
			d.Printf(": %s", line)
			return
		}
		d.Printf("\n\t%s", line)
		if after == nil { // it goes on in another packet
			panic(dissect.Truncated{})
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
