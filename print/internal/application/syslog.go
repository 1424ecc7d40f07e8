package application

var (
	syslogFacilities = []string{"kernel", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	syslogSeverities = []string{"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"}
)

// Syslog prints a message of syslog (RFC 3164, 5424).
func Syslog(d *Context, v View) {
	d.Proto = "syslog"
	d.StopIf(v.U8(0) != '<', " (invalid)")
	n, at := 0, 1
	for ; at <= 3; at++ {
		c := v.U8(at)
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + c - '0'
	}
	d.StopIf(v.U8(at) != '>', " (invalid)")
	at++
	facility, severity := n>>3&0x7f, n&7
	name := nameAt(syslogFacilities, facility, "unknown (%d)")
	if d.Verbose == 0 {
		d.Printf("SYSLOG %s.%s, length: %d", name, syslogSeverities[severity], v.Length)
		return
	}
	d.Printf("SYSLOG, length: %d\n\tFacility %s (%d), Severity %s (%d)\n\tMsg: ", v.Length, name, facility, syslogSeverities[severity], severity)
	if v.Length > at {
		d.Counted(v.Cursor(at), v.Length-at)
	}
	if d.Verbose > 1 {
		d.Unknown(v, "\n\t", v.Length)
	}
}
