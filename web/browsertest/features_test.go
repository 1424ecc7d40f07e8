package browsertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"bpfc/capture"
)

const text = `document.querySelector("#filter").shadowRoot`

// with opens the page with a filter.
func with(t testing.TB, filter, more string) *tab {
	t.Helper()
	b := open(t, "#f="+url.QueryEscape(filter)+more)
	b.waitText("#summary", "instruction")
	return b
}

// point moves the mouse over what JavaScript finds.
func (b *tab) point(find string) {
	b.Helper()
	b.wait(find)
	at := eval[struct{ X, Y float64 }](b, fmt.Sprintf(`(() => { const e = %s; e.scrollIntoView({ block: "center" });
		const r = e.getBoundingClientRect(); return { X: r.x + r.width / 2, Y: r.y + r.height / 2 }; })()`, find))
	b.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X-2, at.Y), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y))
}

// An instruction under the mouse lights up its part of the text, and the cursor in the text its instructions.
func TestHighlight(t *testing.T) {
	b := with(t, "arp or tcp port 80", "&v=program")
	b.point(`[...document.querySelectorAll("#panel-program .insn")].find((e) => e.textContent.includes("#0x50"))`)
	b.wait(text + `.querySelector(".lit")?.textContent.includes("port 80")`)
	b.click("#filter")
	b.run(chromedp.KeyEvent(kb.Home, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.wait(`[...document.querySelectorAll("#panel-program .insn.lit")].some((e) => e.textContent.includes("0x806"))`)
	b.wait(`![...document.querySelectorAll("#panel-program .insn.lit")].some((e) => e.textContent.includes("0x50"))`)
}

// What a primitive tests is said under the mouse, and below the filter for the keyboard.
func TestHover(t *testing.T) {
	b := with(t, "arp or tcp port 80", "")
	b.click("#filter")
	b.run(chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.waitText("#cursor-help", "port is 80")
	at := eval[struct{ X, Y float64 }](b, fmt.Sprintf(`(() => { const e = %s.querySelector(".cm-line"); const r = document.createRange(); r.selectNodeContents(e); const q = r.getBoundingClientRect(); return { X: q.x + 10, Y: q.y + q.height / 2 }; })()`, text))
	b.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X+1, at.Y), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y))
	b.wait(text + `.querySelector(".cm-tooltip-hover")?.textContent.includes("ARP")`)
}

// Passes are walked through, and what one changed is marked.
func TestPasses(t *testing.T) {
	b := with(t, "host 10.0.0.1 or host 10.0.0.2 or net 10.1.0.0/16", "&v=graph")
	b.wait(`document.querySelectorAll("#panel-graph select option").length > 3`)
	b.press("#panel-graph", "As written")
	b.wait(`document.querySelector("#panel-graph select").value === "0"`)
	for range 3 {
		before := eval[string](b, `document.querySelector("#panel-graph select").value`)
		b.press("#panel-graph", "Next pass")
		b.wait(fmt.Sprintf(`document.querySelector("#panel-graph select").value !== %s`, quote(before)))
		b.wait(`document.querySelector("#panel-graph .changed")`)
		if eval[bool](b, `[...document.querySelectorAll("#panel-graph button")].find((e) => e.getAttribute("aria-label")?.includes("Next pass")).disabled`) {
			break
		}
	}
}

// A packet's way is shown in the graph; the program goes forwards and backwards with its registers.
func TestWayAndSteps(t *testing.T) {
	b := with(t, "tcp port 80 or arp", "&v=packets")
	b.wait(`document.querySelectorAll("#panel-packets .witness").length > 3`)
	b.press("#panel-packets", "Look at it")
	b.wait(`document.querySelectorAll("#panel-packets .hex .read").length > 2`)
	b.press("#panel-packets .packet", "Step through the program")
	says := `(document.querySelector("#panel-packets .step-says")?.textContent ?? "")`
	b.wait(says + `.startsWith("Step 1 of")`)
	first := eval[string](b, says)
	b.press("#panel-packets .stepper", "Next")
	b.wait(says + `.startsWith("Step 2 of")`)
	b.wait(`document.querySelector("#panel-packets .registers .changed")`)
	b.press("#panel-packets .stepper", "Back")
	if again := eval[string](b, says); again != first {
		t.Errorf("back again it says %q, not %q", again, first)
	}
	b.press("#panel-packets .stepper", "Next")
	b.run(chromedp.KeyEvent(kb.End))
	b.waitText("#panel-packets .step-says", "accepts")
	b.press("#panel-packets .packet", "Show its way in the graph")
	b.wait(`!document.getElementById("panel-graph").hidden && document.querySelectorAll("#panel-graph .on-trail").length > 2`)
}

// What is downloaded are captures that can be read.
func TestDownloads(t *testing.T) {
	b := with(t, "udp port 53", "&v=packets")
	// The browser is asked for the bytes of what the page makes, as a headless one need not write them anywhere.
	eval[bool](b, `(() => { const make = URL.createObjectURL; window.made = []; URL.createObjectURL = (blob) => {
		window.made.push(blob.arrayBuffer().then((a) => btoa(String.fromCharCode(...new Uint8Array(a))))); return make(blob); }; return true; })()`)
	b.wait(`document.querySelectorAll("#panel-packets .witness").length > 2`)
	b.press("#panel-packets", "Download as pcap")
	matching := b.made(0)
	shown := eval[string](b, `document.querySelector("#panel-packets [role=status]").textContent`)
	var matches, near int
	if _, err := fmt.Sscanf(shown, "%d packets match, %d near", &matches, &near); err != nil || matches+near != matching {
		t.Errorf("%d packets are in the file; the page says %q", matching, shown)
	}
	b.upload(writeCapture(t, "small.pcap", func(yield func([]byte) bool) {
		for i := range 30 {
			if !yield(udp([]uint16{53, 123, 5353}[i%3], "", 0)) {
				return
			}
		}
	}))
	b.waitText("#panel-capture [role=status]", "10 of 30 packets match")
	b.press("#panel-capture", "Save matching")
	if n := b.made(1); n != 10 {
		t.Errorf("%d packets are saved", n)
	}
}

// made waits for a file that the page makes, and counts its packets.
func (b *tab) made(n int) (packets int) {
	b.Helper()
	b.wait(fmt.Sprintf("window.made.length > %d", n))
	data, err := base64.StdEncoding.DecodeString(eval[string](b, fmt.Sprintf("window.made[%d]", n)))
	if err != nil {
		b.Fatal(err)
	}
	r, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	for {
		switch _, err := r.Next(); err {
		case nil:
			packets++
		case io.EOF:
			return packets
		default:
			b.Fatal(err)
		}
	}
}

// A link brings all settings; one from somebody who means harm brings text.
func TestLinks(t *testing.T) {
	b := with(t, "port in {80, 443} and ip.ttl < 5", "&e=1&s=96&O=0&t=vlan&y=EN10MB&v=program")
	b.waitText("#settings", "96 bytes · not optimized · through vlan · extended")
	b.wait(`/[0-9]{3} instructions/.test(document.querySelector("#summary").textContent)`) // the optimizer would make fewer
	b.click("#settings summary")
	if n := eval[int](b, `[...document.querySelectorAll("#settings input[type=checkbox]")].filter((e) => e.checked).length`); n < 2 {
		t.Errorf("%d boxes are ticked", n)
	}
	for _, fragment := range []string{
		"#f=%3Cscript%3Ealert(1)%3C%2Fscript%3E&y=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&b=%3Cb%3E&v=%3Cb%3E",
		"#s=-1&O=x&t=%3Cscript%3E", "#%%%", "#f=%ED%A0%80&y=javascript:alert(1)",
	} {
		b := open(t, fragment)
		if eval[bool](b, `document.querySelector("main img, main script, main b") !== null`) {
			t.Errorf("%s came to be a part of the page", fragment)
		}
		b.write("arp")
		b.wait(`/\b4 instructions/.test(document.querySelector("#summary").textContent)`)
	}
}

// The panels are gone through with the keyboard, and everything that can be pressed is large enough and has a name.
func TestKeyboard(t *testing.T) {
	b := with(t, "tcp port 80", "&v=start")
	eval[bool](b, `(document.getElementById("tab-start").focus(), true)`)
	seen := map[string]bool{}
	for range 8 {
		b.run(chromedp.KeyEvent(kb.ArrowRight))
		active := eval[string](b, `document.activeElement.id`)
		seen[active] = true
		if eval[string](b, `document.activeElement.getAttribute("aria-selected")`) != "true" {
			b.run(chromedp.KeyEvent(kb.Enter))
		}
		b.wait(fmt.Sprintf(`document.getElementById(%s).getAttribute("aria-selected") === "true"`, quote(active)))
	}
	if len(seen) < 6 {
		t.Errorf("the arrows reach only %v", seen)
	}
	for _, name := range []string{"start", "program", "graph", "packets", "compare", "libpcap", "capture"} {
		b.panel(name)
		small := eval[[]string](b, `[...document.querySelectorAll("button, select, input:not([type=range]):not(.visually-hidden), summary, [role=tab]")].filter((e) => e.offsetParent).map((e) => [e, (e.closest("label") ?? e).getBoundingClientRect()]).filter(([e, r]) => r.height < 43.5 || r.width < 43.5).map(([e, r]) => e.outerHTML.slice(0, 80) + " " + Math.round(r.width) + "x" + Math.round(r.height))`)
		for _, one := range small {
			t.Errorf("%s: too small for a finger: %s", name, one)
		}
	}
}
