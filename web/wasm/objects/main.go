//go:build js && wasm

// The program that makes eBPF in the browser.
package main

import (
	"bpfc/web/objects"
	"bpfc/web/rpc"
)

func main() { rpc.Serve(objects.New()) }
