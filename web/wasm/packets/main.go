//go:build js && wasm

// The program that reads, judges and prints packets in the browser, and makes eBPF. It does not contain the compiler.
package main

import (
	"bpfc/web/packets"
	"bpfc/web/rpc"
)

func main() { rpc.Serve(packets.New()) }
