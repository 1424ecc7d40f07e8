package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browsers are the names under which Chromium is installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// session is what all tests share: a server, and a browser for it.
type session struct {
	url     string
	binary  string // the server's
	browser context.Context
	foreign *proxy
	skip    string // why there is none
	err     error
	stop    []func()
}

var shared session

func TestMain(m *testing.M) {
	shared.start()
	status := m.Run()
	for i := len(shared.stop) - 1; i >= 0; i-- {
		shared.stop[i]()
	}
	os.Exit(status)
}

func (s *session) start() {
	path := ""
	for _, name := range browsers {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		s.skip = "no Chromium (chromium of Debian)"
		return
	}
	dir, err := os.MkdirTemp("", "bpfc-browsertest-*")
	if err != nil {
		s.err = err
		return
	}
	s.stop = append(s.stop, func() { _ = os.RemoveAll(dir) }) // the browser may still write there
	s.binary = filepath.Join(dir, "web.exe")
	if out, err := exec.Command("go", "build", "-o", s.binary, "..").CombinedOutput(); err != nil {
		s.err = fmt.Errorf("%w\n%s", err, out)
		return
	}
	server, url, err := serve(s.binary)
	if err != nil {
		s.err = err
		return
	}
	s.url = url
	s.stop = append(s.stop, func() { _ = server.Process.Kill(); _ = server.Wait() }) // it has nothing to lose
	if s.foreign, s.err = newProxy(); s.err == nil {
		s.launch(path, filepath.Join(dir, "profile"))
	}
}

// serve starts the server, and gives the address that it prints.
func serve(binary string) (*exec.Cmd, string, error) {
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0")
	cmd.Dir = ".." // where the programs for the browser are built
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, "", fmt.Errorf("the server does not start: %w", err)
	}
	return cmd, strings.TrimSpace(url), nil
}

func (s *session) launch(path, profile string) {
	flags := append([]chromedp.ExecAllocatorOption{}, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.ProxyServer("http://"+s.foreign.addr))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	s.stop = append(s.stop, stop)
	var end context.CancelFunc
	s.browser, end = chromedp.NewContext(allocator)
	s.stop = append(s.stop, end)
	s.err = chromedp.Do(s.browser)
}

// proxy notes what is asked of any host but this one, which browsers ask without a proxy.
type proxy struct {
	addr string
	mu   sync.Mutex
	seen map[string]bool // hosts
}

func newProxy() (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{addr: l.Addr().String(), seen: map[string]bool{}}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // ends with the tests
			p.mu.Lock()
			defer p.mu.Unlock()
			p.seen[r.Host] = true
			http.Error(w, "no", http.StatusForbidden)
		}))
	}()
	return p, nil
}

func (p *proxy) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.seen))
}

// tab is a tab of the browser with the page in it.
type tab struct {
	testing.TB
	ctx  context.Context
	mu   sync.Mutex
	said []string // exceptions, and errors of the console
}

// patience is how long something may take that a visitor waits for, on a busy machine.
const patience = 60 * time.Second

// open opens the page, with a fragment if that is not empty.
func open(t testing.TB, fragment string) *tab {
	t.Helper()
	b := blank(t)
	b.visit(shared.url + fragment)
	return b
}

// blank opens a tab.
func blank(t testing.TB) *tab {
	t.Helper()
	if shared.skip != "" {
		if os.Getenv("BPFC_REQUIRE_ALL") == "1" {
			t.Fatal(shared.skip)
		}
		t.Skip("SKIP: " + shared.skip)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	b := &tab{TB: t}
	ctx, cancel := chromedp.NewContext(shared.browser, chromedp.WithListener(b.hear))
	b.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as this context, so it has no time-out
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, text := range b.said {
			t.Error("the browser says: " + text)
		}
	})
	return b
}

func (b *tab) hear(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if o := e.ExceptionDetails.Exception; o != nil && o.Description != "" {
			text += " " + o.Description
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if text != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.said = append(b.said, text)
	}
}

func (b *tab) visit(url string) {
	b.Helper()
	b.run(chromedp.Navigate(url))
	b.wait(`document.body.dataset.ready === "yes"`)
}

// run does something in the browser, or fails the test.
func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatalf("%v\n%s", err, b.state())
	}
}

// state is what the page shows, for messages.
func (b *tab) state() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 1500)`))
	if err != nil {
		return err.Error()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return text + "\n" + strings.Join(b.said, "\n")
}

// wait waits until an expression of JavaScript holds.
func (b *tab) wait(condition string) {
	b.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if eval[bool](b, "!!("+condition+")") {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("this does not come: %s\nThe page shows:\n%s", condition, b.state())
		}
	}
}

// waitText waits until an element shows a text, and says so if it does not.
func (b *tab) waitText(selector, text string) {
	b.Helper()
	b.wait(fmt.Sprintf(`[...document.querySelectorAll(%s)].some((e) => e.textContent.includes(%s))`, quote(selector), quote(text)))
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string has JSON
	}
	return string(quoted)
}

// eval computes an expression of JavaScript; promises are awaited.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return value
}

// click clicks into the middle of an element that JavaScript finds.
func (b *tab) clickOn(find string) {
	b.Helper()
	b.wait(find)
	at := eval[struct{ X, Y float64 }](b, fmt.Sprintf(`(() => { const e = %s; e.scrollIntoView({ block: "center" });
		const r = e.getBoundingClientRect(); return { X: r.x + r.width / 2, Y: r.y + r.height / 2 }; })()`, find))
	b.run(chromedp.MouseClickXY(at.X, at.Y))
}

func (b *tab) click(selector string) {
	b.Helper()
	b.clickOn(fmt.Sprintf("document.querySelector(%s)", quote(selector)))
}

// press clicks what can be pressed and shows a text, or has it for its name.
func (b *tab) press(within, text string) {
	b.Helper()
	var selectors []string
	for _, kind := range []string{"button", "summary", "label", "[role=button]"} {
		selectors = append(selectors, within+" "+kind)
	}
	b.clickOn(fmt.Sprintf(`[...document.querySelectorAll(%s)].find((e) => (e.textContent + " " + (e.getAttribute("aria-label") ?? "")).includes(%s))`,
		quote(strings.Join(selectors, ",")), quote(text)))
}

// panel opens a panel.
func (b *tab) panel(name string) {
	b.Helper()
	b.click("#tab-" + name)
	b.wait(fmt.Sprintf(`!document.getElementById("panel-%s").hidden`, name))
}

// clear empties the editor, and leaves the cursor in it.
func (b *tab) clear(editor string) {
	b.Helper()
	focused := fmt.Sprintf(`document.querySelector(%s).contains(document.activeElement)`, quote(editor))
	for range 10 { // what is shown may still move while it is clicked on
		if b.click(editor); eval[bool](b, focused) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.wait(focused)
	b.run(chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace))
}

// write types a filter key by key. The list of completions is closed, as Enter would choose from it.
func (b *tab) write(text string) {
	b.Helper()
	b.clear("#filter")
	b.run(chromedp.KeyEvent(text))
}

// paste puts a text in as pasting does, at once.
func (b *tab) paste(editor, text string) {
	b.Helper()
	b.clear(editor)
	b.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// choose chooses from a list by the value.
func (b *tab) choose(selector, value string) {
	b.Helper()
	eval[bool](b, fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.value = %s; e.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`,
		quote(selector), quote(value)))
}
