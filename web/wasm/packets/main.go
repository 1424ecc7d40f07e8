//go:build js && wasm

// The program that reads, judges and prints packets in the browser, makes some, and compares filters.
package main

import (
	"bpfc/web/packets"
	"bpfc/web/rpc"
)

func main() { rpc.Serve(packets.New()) }
