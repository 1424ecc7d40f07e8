// Web builds the page on which filters can be seen, and serves it to this machine:
//
//	go -C web run .                  # prints the address to open
//	go -C web run . -o DIR           # writes the site instead, for any web server
//
// The compiler runs in the browser. The server only hands out files: it listens on 127.0.0.1, asks nobody for anything,
// and answers only requests that name it by that address or as localhost, so that no other site can talk to it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on; port 0 takes any that is free")
	out := flag.String("o", "", "write the site into this folder instead of serving it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *addr, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "web:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, out string, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("there are no arguments, but %q", args[0])
	}
	if out == "" {
		if err := checkLocal(addr); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, "web: building the compiler for the browser")
	files, err := makeSite(ctx)
	if err != nil {
		return err
	}
	if out != "" {
		return writeSite(out, files)
	}
	return serve(ctx, addr, files)
}

// checkLocal refuses addresses that other machines could reach.
func checkLocal(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr %s: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("-addr %s: the page is served to this machine alone: 127.0.0.1, ::1 or localhost; for others write it with -o", addr)
}

func serve(ctx context.Context, addr string, files map[string][]byte) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: newHandler(files), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	fmt.Printf("http://%s/\n", l.Addr())
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
