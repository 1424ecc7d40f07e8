package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"time"
)

// types are the media types of the site's files; the system's table is not asked, as it differs from machine to machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json", ".gz": "application/gzip", ".json": "application/json",
}

// file is a file of the site as it is sent.
type file struct {
	data, packed []byte // packed is nil where compressing gains nothing
	kind, tag    string
}

// handler hands out the files of the site and nothing else: it lists no folder and reads no disk.
type handler struct{ files map[string]file }

func newHandler(files map[string][]byte) *handler {
	h := &handler{map[string]file{}}
	for name, data := range files {
		f := file{data: data, kind: types[path.Ext(name)], tag: fmt.Sprintf(`"%x"`, sha256.Sum256(data))}
		if f.kind == "" {
			f.kind = "application/octet-stream"
		}
		if packed, err := compress(data); err == nil && len(packed) < len(data)*9/10 {
			f.packed = packed
		}
		h.files["/"+name] = f
	}
	h.files["/"] = h.files["/index.html"]
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	f, ok := h.files[r.URL.Path]
	switch {
	case !ownHost(r.Host):
		// A name that another site has pointed at this machine would make its scripts of this origin.
		http.Error(w, "ask for this page by 127.0.0.1 or localhost", http.StatusForbidden)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	case !ok:
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	header.Set("Content-Type", f.kind)
	header.Set("Cache-Control", "no-cache") // ask each time, and be told that nothing has changed
	header.Set("Vary", "Accept-Encoding")
	header.Set("ETag", f.tag)
	data := f.data
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
		header.Set("Content-Encoding", "gzip")
		data = f.packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// ownHost tells whether a request names this server as what it is.
func ownHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
