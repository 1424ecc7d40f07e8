package application

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

var (
	// telnetCommands are the commands from 236 on (RFC 854, 1184).
	telnetCommands = []string{"EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DMARK", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SB", "WILL", "WONT", "DO", "DONT", "IAC"}
	telnetOptions  = []string{"BINARY", "ECHO", "RCP", "SUPPRESS GO AHEAD", "NAME", "STATUS", "TIMING MARK", "RCTE", "NAOL", "NAOP", "NAOCRD", "NAOHTS", "NAOHTD", "NAOFFD", "NAOVTS",
		"NAOVTD", "NAOLFD", "EXTEND ASCII", "LOGOUT", "BYTE MACRO", "DATA ENTRY TERMINAL", "SUPDUP", "SUPDUP OUTPUT", "SEND LOCATION", "TERMINAL TYPE", "END OF RECORD", "TACACS UID",
		"OUTPUT MARKING", "TTYLOC", "3270 REGIME", "X.3 PAD", "NAWS", "TSPEED", "LFLOW", "LINEMODE", "XDISPLOC", "OLD-ENVIRON", "AUTHENTICATION", "ENCRYPT", "NEW-ENVIRON"}
	telnetSubcommands = []string{"IS", "SEND", "INFO"}
	telnetAuth        = []string{"IS", "SEND", "REPLY", "NAME"}
	telnetAuthTypes   = []string{"NULL", "KERBEROS_V4", "KERBEROS_V5", "SPX", "MINK", "SRP", "RSA", "SSL", "", "", "LOKI", "SSA", "KEA_SJ", "KEA_SJ_INTEG", "DSS", "NTLM"}
	telnetEncrypt     = []string{"IS", "SUPPORT", "REPLY", "START", "END", "REQUEST-START", "REQUEST-END", "END_KEYID", "DEC_KEYID"}
	telnetCiphers     = []string{"NULL", "DES_CFB64", "DES_OFB64", "DES3_CFB64", "DES3_OFB64", "", "CAST5_40_CFB64", "CAST5_40_OFB64", "CAST128_CFB64", "CAST128_OFB64"}
)

const (
	telnetFirst = 236
	telnetSE    = 240
	telnetSB    = 250
	telnetIAC   = 255
)

// Telnet prints the commands at the beginning of a segment.
func Telnet(d *Context, v View) {
	d.Proto = "telnet"
	first := true
	for v.Length > 0 && v.U8(0) == telnetIAC {
		n := telnetCommand(d, v, nil)
		if n < 0 {
			break
		}
		d.Print(dissect.Pick(first, " [telnet ", ", "))
		telnetCommand(d, v, d)
		first = false
		v = v.From(n)
	}
	d.If(!first, "]")
}

// telnetCommand gives the size of a command, -1 if it is none or not complete, and prints it if out is there.
func telnetCommand(d *Context, v View, out *Context) int {
	put := func(format string, args ...any) {
		if out != nil {
			out.Printf(format, args...)
		}
	}
	c := v.Cursor(1)
	if c.Length < 2 {
		return -1
	}
	command := c.U8()
	switch {
	case command == telnetIAC:
		put("IAC IAC")
		return c.At
	case command < telnetFirst:
		return -1
	case command < telnetSB:
		put("%s", telnetCommands[command-telnetFirst])
		return c.At
	case c.Length < 3:
		return -1
	}
	option := c.U8()
	put("%s %s", telnetCommands[command-telnetFirst], nameOrNumber(telnetOptions, option))
	if command != telnetSB {
		return c.At
	}
	end := c.At
	for c.Length-c.At > end+1-c.At && !(v.U8(end) == telnetIAC && v.U8(end+1) == telnetSE) {
		end++
	}
	if v.U8(end) != telnetIAC {
		return -1
	}
	words := [][]string{telnetSubcommands}
	switch option {
	case 37:
		words = [][]string{telnetAuth, telnetAuthTypes}
	case 38:
		words = [][]string{telnetEncrypt, telnetCiphers}
	}
	for _, names := range words {
		if c.At < end {
			put(" %s", nameOrNumber(names, c.U8()))
		}
	}
	for c.At < end {
		put(" %s", nameOrNumber(nil, c.U8()))
	}
	put(" SE")
	return end + 2
}

// nameOrNumber gives a name, or the number in hexadecimal as C's %#x writes it.
func nameOrNumber(names []string, n int) string {
	switch {
	case n < len(names) && names[n] != "":
		return names[n]
	case n == 0:
		return "0"
	}
	return fmt.Sprintf("0x%x", n)
}
