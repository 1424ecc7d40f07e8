//go:build js && wasm

// The program that compiles, explains and proves filters in the browser.
package main

import (
	"bpfc/web/api"
	"bpfc/web/rpc"
)

func main() { rpc.Serve(api.New()) }
