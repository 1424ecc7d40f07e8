//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "archivebench: memory and descriptors are looked up as Linux has them; run it there")
	os.Exit(1)
}
