package application

func RPKI(d *Context, v View) {
	d.Proto = "rpki_rtr"
	d.Print(", RPKI-RTR")
}
