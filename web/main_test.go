package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The site has what the page loads, within its sizes: with gzip, 3 MB for the program that is loaded first, and 400 kB for
// all that is no program. The programs that are loaded when packets and eBPF are asked for have bounds of their own.
func TestSite(t *testing.T) {
	files, err := makeSite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := 0
	for name, data := range files {
		if !strings.HasSuffix(name, ".wasm.gz") {
			packed, err := compress(data)
			if err != nil {
				t.Fatal(err)
			}
			other += len(packed)
		}
	}
	t.Logf("compiler %d, packets %d, eBPF %d, all else %d bytes", len(files["compiler.wasm.gz"]), len(files["packets.wasm.gz"]), len(files["objects.wasm.gz"]), other)
	for name, most := range map[string]int{"compiler.wasm.gz": 3_000_000, "packets.wasm.gz": 4_800_000, "objects.wasm.gz": 2_000_000} {
		if n := len(files[name]); n > most || n < 1_000_000 {
			t.Errorf("%s has %d bytes, of at most %d", name, n, most)
		}
	}
	if other > 400_000 {
		t.Errorf("all else has %d bytes", other)
	}
	if !strings.Contains(string(files["index.html"]), `content="`+policy+`"`) {
		t.Error("the page's policy is not the server's")
	}
	worker := string(files["sw.js"])
	for name := range files {
		if name != "sw.js" && name != "index.html" && !strings.Contains(worker, `"`+name+`"`) {
			t.Errorf("the service worker does not keep %s", name)
		}
	}
	out := t.TempDir()
	if err := writeSite(out, files); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
}

// The server hands out its files to those who ask for them by this machine's name, and nothing else.
func TestServer(t *testing.T) {
	server := httptest.NewServer(newHandler(map[string][]byte{"index.html": []byte("<p>" + strings.Repeat("page ", 1000)), "main.js": []byte("1"), "a.wasm.gz": []byte("x")}))
	defer server.Close()
	for _, c := range []struct {
		method, path, host string
		status             int
		kind               string
	}{
		{"GET", "/", "", 200, "text/html; charset=utf-8"},
		{"GET", "/index.html", "localhost:80", 200, "text/html; charset=utf-8"},
		{"GET", "/main.js", "[::1]:80", 200, "text/javascript; charset=utf-8"},
		{"GET", "/a.wasm.gz", "127.0.0.1", 200, "application/gzip"},
		{"GET", "/", "example.org", 403, ""},
		{"GET", "/", "localhost.example.org:80", 403, ""},
		{"POST", "/", "", 405, ""},
		{"GET", "/nothing", "", 404, ""},
		{"GET", "/../go.mod", "", 404, ""},
		{"GET", "/site/", "", 404, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status || c.kind != "" && response.Header.Get("Content-Type") != c.kind {
			t.Errorf("%+v: %s, %s, %v", c, response.Status, response.Header.Get("Content-Type"), err)
		}
		if !strings.HasPrefix(response.Header.Get("Content-Security-Policy"), policy) || response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%+v: headers %v", c, response.Header)
		}
	}
}

func TestOnlyThisMachine(t *testing.T) {
	for addr, local := range map[string]bool{"127.0.0.1:0": true, "localhost:80": true, "[::1]:80": true, "0.0.0.0:80": false, ":80": false, "192.0.2.1:80": false, "x": false} {
		if err := checkLocal(addr); (err == nil) != local {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// The page that is committed is what its sources give, with the libraries of the lock file, and its types are right.
func TestBundle(t *testing.T) {
	if _, err := exec.LookPath("npm"); err != nil {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("SKIP: the page is not bundled again: ", err)
	}
	if out, err := exec.Command("go", "run", "./bundle", "-check").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
