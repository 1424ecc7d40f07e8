package routing

var (
	hsrpOps    = Names{0: "hello", 1: "coup", 2: "resign"}.Or("unknown (%d)")
	hsrpStates = Names{0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active"}.Or("Unknown (%d)")
)

// HSRP prints the Hot Standby Router Protocol (RFC 2281).
func HSRP(d *Context, v View) {
	d.Proto = "hsrp"
	version := v.U8(0)
	d.Printf("HSRPv%d", version)
	d.LeaveIf(version != 0, "")
	d.Print("-")
	length := func(d *Context, _ *Cursor) { d.Printf(" %d: ", v.Length) }
	d.Form(v.Cursor(0), "%1@1n%pstate=%1@2n |group=%1@6d ", hsrpOps, length, hsrpStates)
	d.Form(v.Cursor(0), "%1@7?{[reserved=%=d!] }|addr=%4@16a%1+{ hellotime=%1@3t holdtime=%1@4t priority=%1@5d auth=\"%8@8z\"}")
}
