package print

import "fmt"

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

// telnet prints the commands at the beginning of a segment.
func (d *dissector) telnet(v view) {
	d.proto = "telnet"
	first := true
	for v.length > 0 && v.u8(0) == telnetIAC {
		n := d.telnetCommand(v, nil)
		if n < 0 {
			break
		}
		d.print(map[bool]string{true: " [telnet ", false: ", "}[first])
		d.telnetCommand(v, d)
		first = false
		v = v.from(n)
	}
	d.onlyIf(!first, "]")
}

// telnetCommand gives the size of a command, -1 if it is none or not complete, and prints it if out is there.
func (d *dissector) telnetCommand(v view, out *dissector) int {
	put := func(format string, args ...any) {
		if out != nil {
			out.printf(format, args...)
		}
	}
	c := v.cursor(1)
	if c.length < 2 {
		return -1
	}
	command := c.u8()
	switch {
	case command == telnetIAC:
		put("IAC IAC")
		return c.at
	case command < telnetFirst:
		return -1
	case command < telnetSB:
		put("%s", telnetCommands[command-telnetFirst])
		return c.at
	case c.length < 3:
		return -1
	}
	option := c.u8()
	put("%s %s", telnetCommands[command-telnetFirst], nameOrNumber(telnetOptions, option))
	if command != telnetSB {
		return c.at
	}
	end := c.at
	for c.length-c.at > end+1-c.at && !(v.u8(end) == telnetIAC && v.u8(end+1) == telnetSE) {
		end++
	}
	if v.u8(end) != telnetIAC {
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
		if c.at < end {
			put(" %s", nameOrNumber(names, c.u8()))
		}
	}
	for c.at < end {
		put(" %s", nameOrNumber(nil, c.u8()))
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
