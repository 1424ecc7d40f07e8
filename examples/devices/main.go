// Devices lists the interfaces that can be captured on.
package main

import (
	"fmt"
	"log"

	"bpfc/capture"
)

func main() {
	devices, err := capture.Devices()
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range devices {
		fmt.Printf("%d %s up=%v loopback=%v %v %s\n", d.Index, d.Name, d.Up, d.Loopback, d.Addresses, d.Description)
	}
}
