package application

import "bpfc/print/internal/dissect"

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
		n := telnetSize(v)
		if n < 0 {
			break
		}
		d.Print(dissect.Pick(first, " [telnet ", ", "))
		telnetCommand(d, v.Cursor(1), n)
		first = false
		v = v.From(n)
	}
	d.If(!first, "]")
}

// telnetSize gives the size of a command, -1 if it is none or not complete.
func telnetSize(v View) int {
	if v.Length < 2 {
		return -1
	}
	switch command := v.U8(1); {
	case command == telnetIAC:
		return 2
	case command < telnetFirst:
		return -1
	case command < telnetSB:
		return 2
	case v.Length < 3:
		return -1
	case command > telnetSB:
		v.Need(3)
		return 3
	}
	end := 3
	v.Need(end)
	for end+1 < v.Length && !(v.U8(end) == telnetIAC && v.U8(end+1) == telnetSE) {
		end++
	}
	if v.U8(end) != telnetIAC {
		return -1
	}
	return end + 2
}

// telnetCommand prints a command of so many bytes.
func telnetCommand(d *Context, c *Cursor, size int) {
	command := c.U8()
	if command == telnetIAC {
		d.Print("IAC IAC")
		return
	}
	d.Print(telnetCommands[command-telnetFirst])
	if command < telnetSB {
		return
	}
	option := c.U8()
	d.Print(" ")
	printNameOrNumber(d, telnetOptions, option)
	if command > telnetSB {
		return
	}
	words := [][]string{telnetSubcommands}
	switch option {
	case 37:
		words = [][]string{telnetAuth, telnetAuthTypes}
	case 38:
		words = [][]string{telnetEncrypt, telnetCiphers}
	}
	for i, n := range c.Bytes(max(size-2-c.At, 0)) {
		var names []string
		if i < len(words) {
			names = words[i]
		}
		d.Out = append(d.Out, ' ')
		printNameOrNumber(d, names, int(n))
	}
	d.Print(" SE")
}

// printNameOrNumber prints a name, or the number, which is a byte, in hexadecimal as C's %#x writes it.
func printNameOrNumber(d *Context, names []string, n int) {
	switch {
	case n < len(names) && names[n] != "":
		d.Print(names[n])
	case n == 0:
		d.Print("0")
	default:
		const digits = "0123456789abcdef"
		d.Out = append(d.Out, '0', 'x')
		if n >= 16 {
			d.Out = append(d.Out, digits[n>>4&15])
		}
		d.Out = append(d.Out, digits[n&15])
	}
}
