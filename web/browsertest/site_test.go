package browsertest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// After the first visit the page works without its server.
func TestOffline(t *testing.T) {
	b := blank(t)
	target, err := url.Parse(shared.url)
	if err != nil {
		t.Fatal(err)
	}
	// The server goes away, but other tests need it: what goes is a server before it, which is another origin.
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	defer server.Close()
	b.visit(server.URL + "/")
	eval[bool](b, `navigator.serviceWorker.ready.then(() => true)`)
	b.wait(`navigator.serviceWorker.controller`)
	server.CloseClientConnections()
	server.Close()
	b.visit(server.URL + "/?")
	b.write("tcp port 80")
	b.waitText("#summary", "instructions")
	b.panel("packets")
	b.waitText("#panel-packets [role=status]", "match")
	if !eval[bool](b, `fetch("licenses.txt").then((r) => r.ok)`) {
		t.Error("not every file is kept")
	}
}

// Nothing is asked of anybody but the server.
func TestOnlyOwnOrigin(t *testing.T) {
	b := open(t, "")
	b.write("tcp port 80 or host 10.0.0.1")
	for _, name := range []string{"program", "graph", "packets", "capture", "compare", "libpcap", "start"} {
		b.panel(name)
	}
	foreign := eval[[]string](b, `performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith(location.origin + "/"))`)
	if len(foreign) > 0 {
		t.Errorf("the page asked for %v", foreign)
	}
	for _, host := range shared.foreign.hosts() {
		if !browsersOwn(host) {
			t.Errorf("somebody asked for %s", host)
		}
	}
	// A page whose policy did not hold would not be told so.
	if refused := eval[string](b, `fetch("http://127.0.0.1:9/").then(() => "no", (e) => e.name)`); refused != "TypeError" {
		t.Errorf("another origin answers: %s", refused)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.said) == 0 || !strings.Contains(strings.Join(b.said, "\n"), "Content Security Policy") {
		t.Errorf("the policy did not refuse it: %v", b.said)
	}
	b.said = nil
}

// browsersOwn tells whether a host is one that Chromium asks for updates, the time and accounts by itself, whatever page is
// open and whatever flags it is given. The page cannot: its policy is tried below.
func browsersOwn(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	for _, own := range []string{".google.com", ".googleapis.com", ".gvt1.com"} {
		if strings.HasSuffix(host, own) {
			return true
		}
	}
	return false
}

// axe gives the source of axe-core, as the lock file of this folder has it.
func axe(t *testing.T) string {
	t.Helper()
	path := filepath.Join("node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(path); err != nil {
		if _, err := exec.LookPath("npm"); err != nil && os.Getenv("BPFC_REQUIRE_ALL") != "1" {
			t.Skip("SKIP: no npm to fetch axe-core with")
		}
		if out, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// panels are all there is to see, each with something in it.
var panels = []string{"start", "words", "program", "graph", "packets", "capture", "compare", "libpcap"}

// show opens a panel with a filter, and waits until it is filled. The words are beside the panels on wide screens.
func (b *tab) show(name string) {
	b.Helper()
	if name == "words" && eval[bool](b, `document.getElementById("tab-words").hidden`) {
		return
	}
	b.panel(name)
	if condition, ok := map[string]string{
		"program": `document.querySelectorAll("#panel-program .insn").length > 5`,
		"graph":   `document.querySelectorAll("#panel-graph g.node").length > 3`,
		"packets": `document.querySelectorAll("#panel-packets .witness").length > 2`,
		"capture": `document.querySelector("#panel-capture").textContent.includes("match.")`,
		"compare": `document.querySelector("#panel-compare").textContent.includes("Only A")`,
	}[name]; ok {
		b.wait(condition)
	}
}

// filled opens the page with a filter, another one and a capture.
func filled(t *testing.T, theme string, width int64) *tab {
	t.Helper()
	path := writeCapture(t, "small.pcap", func(yield func([]byte) bool) {
		for i := range 300 {
			if !yield(udp([]uint16{53, 123, 5353}[i%3], "some data", 0)) {
				return
			}
		}
	})
	b := blank(t)
	b.run(chromedp.EmulateViewport(width, 1000), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
	b.visit(shared.url)
	b.write("tcp and host 192.0.2.1 or udp port 53")
	b.waitText("#summary", "instructions")
	b.panel("compare")
	b.paste("#filter-b", "udp port 53")
	b.upload(path)
	b.waitText("#panel-capture [role=status]", "100 of 300 packets match")
	return b
}

// Axe finds nothing in any panel, light or dark, narrow or wide.
func TestAccessible(t *testing.T) {
	source := axe(t)
	for _, c := range []struct {
		theme string
		width int64
	}{{"light", 1280}, {"dark", 390}} {
		b := filled(t, c.theme, c.width)
		eval[bool](b, source+";true")
		for _, name := range panels {
			b.show(name)
			found := eval[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.html.slice(0, 150)).join(" | ")))`)
			for _, text := range found {
				t.Errorf("%s, %s, %d pixels: %s", name, c.theme, c.width, text)
			}
			if wide := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
				t.Errorf("%s, %d pixels: the page is %d pixels too wide", name, c.width, wide)
			}
		}
	}
}

// Screenshots are taken on demand.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BPFC_SCREENSHOTS")
	if dir == "" {
		return // they are to be looked at, and there is nobody who does
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1024, 1920} {
			b := filled(t, theme, width)
			for _, name := range panels {
				b.show(name)
				time.Sleep(300 * time.Millisecond) // what is drawn last
				data := screenshot(b)
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// screenshot is the whole page.
func screenshot(b *tab) []byte {
	b.Helper()
	var data []byte
	b.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		whole := true
		r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &whole})
		data = r.Data
		return err
	}))
	return data
}

// BenchmarkTyping measures the time from a key to the result on the screen, as the page itself sees it.
func BenchmarkTyping(b *testing.B) {
	p := open(b, "")
	p.write("tcp port 80 and host 10.0.0.")
	eval[bool](p, `(() => {
		window.took = [];
		const editor = document.querySelector("#filter").shadowRoot.querySelector(".cm-content"), summary = document.querySelector("#summary");
		let start = 0;
		editor.addEventListener("beforeinput", () => { start = performance.now(); }, true);
		new MutationObserver(() => { if (start) { window.took.push(performance.now() - start); start = 0; } }).observe(document.querySelector("#panel-host"), { subtree: true, childList: true, characterData: true });
		return true;
	})()`)
	p.panel("program")
	p.click("#filter")
	p.run(chromedp.KeyEvent("1"))
	b.ResetTimer()
	for i := range b.N {
		p.run(chromedp.KeyEvent(string(rune('0' + i%10))))
		time.Sleep(150 * time.Millisecond)
		p.run(chromedp.KeyEvent(kb.Backspace))
		time.Sleep(150 * time.Millisecond)
	}
	took := eval[[]float64](p, `window.took`)
	sort.Float64s(took)
	if n := len(took); n > 0 {
		b.ReportMetric(took[n/2], "ms/p50")
		b.ReportMetric(took[n*95/100], "ms/p95")
		b.ReportMetric(float64(n), "results")
	}
}

// BenchmarkFirstPaint measures a visit to the first paint with content, and until the compiler has answered.
func BenchmarkFirstPaint(b *testing.B) {
	var paint, ready float64
	for range b.N {
		p := open(b, fmt.Sprintf("?%d", time.Now().UnixNano()))
		ready += eval[float64](p, `performance.now()`)
		paint += eval[float64](p, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN`)
	}
	b.ReportMetric(paint/float64(b.N), "ms/paint")
	b.ReportMetric(ready/float64(b.N), "ms/ready")
}
