package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const listing = `#panel-program .insn`

// Typing shows program and words; the URL holds the filter, and a link with it shows it again.
func TestTyping(t *testing.T) {
	b := open(t, "")
	b.write("tcp port 80")
	b.waitText("#summary", "instructions")
	b.panel("program")
	b.wait(fmt.Sprintf(`document.querySelectorAll(%q).length > 5`, listing))
	b.waitText(listing, "jeq #0x50")
	b.waitText("#words-wide, #panel-words", "TCP")
	b.wait(`location.hash.includes("80")`)
	hash := eval[string](b, `location.hash`)
	again := open(t, hash)
	again.waitText("#summary", "instructions")
	if text := eval[string](again, `document.querySelector("#filter").shadowRoot.querySelector(".cm-content").textContent`); text != "tcp port 80" {
		t.Errorf("the link shows %q", text)
	}
}

// An error stands below the filter, and its button mends it.
func TestErrorAndFix(t *testing.T) {
	b := open(t, "")
	b.write("tcp prot 80")
	b.run(chromedp.KeyEvent(kb.Escape))
	b.waitText("#messages", "Did you mean")
	b.press("#messages", "port")
	b.waitText("#summary", "instructions")
	b.write("port 53 or host 10.0.0.1 and tcp")
	b.run(chromedp.KeyEvent(kb.Escape))
	b.wait(`document.querySelector("#messages button")`)
	b.waitText("#messages", "[and-or]")
	b.press("#messages", "Use what was probably meant")
	b.wait(`!document.querySelector("#messages").textContent.includes("and-or")`)
}

// Words are completed from the keyboard.
func TestCompletion(t *testing.T) {
	b := open(t, "")
	b.write("tcp por")
	b.wait(`document.querySelector("#filter").shadowRoot.querySelector(".cm-tooltip-autocomplete")`)
	b.wait(`document.querySelector("#filter").shadowRoot.querySelector(".cm-tooltip-autocomplete li[aria-selected]")?.textContent.startsWith("port")`)
	time.Sleep(200 * time.Millisecond) // the editor takes no choice that is made sooner, as it could be meant for what was there before
	b.run(chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector("#filter").shadowRoot.querySelector(".cm-content").textContent.startsWith("tcp port")`)
}

// Every setting changes the program.
func TestSettings(t *testing.T) {
	b := open(t, "")
	b.write("tcp port 80")
	b.panel("program")
	b.wait(fmt.Sprintf(`document.querySelectorAll(%q).length > 5`, listing))
	before := eval[string](b, `document.querySelector("#panel-program .listing").textContent`)
	b.click("#settings summary")
	boxes := eval[int](b, `document.querySelectorAll("#settings input[type=checkbox]").length`)
	if boxes < 4 {
		t.Errorf("there are only %d boxes to tick", boxes)
	}
	b.press("#settings", "ptimi")
	b.wait(fmt.Sprintf(`document.querySelector("#panel-program .listing").textContent !== %s`, quote(before)))
}

// Each format is written, and the eBPF comes from the second program.
func TestFormats(t *testing.T) {
	b := open(t, "")
	b.write("tcp port 80")
	b.panel("program")
	b.wait(`document.querySelector("#panel-program select")`)
	for format, want := range map[string]string{"dd": "{ 0x28", "ddd": "40 0 0 12", "c": "uint32_t", "go": "package filter", "json": "[[40,0,0,12]", "ebpf": "exit", "dot": "digraph"} {
		b.choose("#panel-program select", format)
		b.waitText("#panel-program", want)
	}
}

// The graph is drawn as written, as optimized and pass by pass, and its nodes can be reached with the keyboard.
func TestGraph(t *testing.T) {
	b := open(t, "")
	b.write("host 10.0.0.1 or host 10.0.0.2 or host 10.0.0.3")
	b.panel("graph")
	nodes := `document.querySelectorAll("#panel-graph g.node").length`
	b.wait(nodes + ` > 3`)
	b.waitText("#panel-graph g.node", "10.0.0.1")
	before := eval[int](b, nodes)
	b.press("#panel-graph", "ritten")
	b.wait(fmt.Sprintf("%s > 0 && %s !== %d", nodes, nodes, before))
	if n := eval[int](b, `document.querySelectorAll("#panel-graph g.node[role=button]").length`); n == 0 {
		t.Error("no node of the graph is a button")
	}
}

// Packets that match and near misses are shown and can be looked at, and the program is stepped through.
func TestWitnessAndStepper(t *testing.T) {
	b := open(t, "")
	b.write("tcp port 80 or arp")
	b.panel("packets")
	b.waitText("#panel-packets [role=status]", "match")
	b.wait(`document.querySelectorAll("#panel-packets .witness").length > 3`)
	b.press("#panel-packets", "Look at it")
	b.waitText("#panel-packets .packet", "matches")
	b.press("#panel-packets .packet", "Step")
	b.waitText("#panel-packets .packet", "A")
	b.wait(`document.querySelector("#panel-packets .steps-host").textContent.length > 20`)
}

// Two filters are compared.
func TestCompare(t *testing.T) {
	b := open(t, "")
	b.write("tcp or udp")
	b.panel("compare")
	b.paste("#filter-b", "udp or tcp")
	b.waitText("#panel-compare [role=status]", "same packets")
	b.paste("#filter-b", "tcp")
	b.waitText("#panel-compare", "Only A keeps this packet")
	b.press("#panel-compare", "Look at it")
	b.waitText("#panel-compare .packet", "matches")
}

// A program of tcpdump is proved equal, and another one is told from the filter.
func TestLibpcap(t *testing.T) {
	b := open(t, "")
	b.write("arp")
	b.panel("libpcap")
	b.paste("#panel-libpcap textarea", "4\n40 0 0 12\n21 0 1 2054\n6 0 0 262144\n6 0 0 0\n")
	b.waitText("#panel-libpcap [role=status]", "Proved equal")
	b.write("ip")
	b.waitText("#panel-libpcap", "Only this filter keeps this packet")
}

// Examples are a click away.
func TestExamples(t *testing.T) {
	b := open(t, "")
	b.panel("start")
	b.press("#panel-start", "Forty hosts")
	b.waitText("#summary", "instructions")
	b.wait(`document.querySelector("#filter").shadowRoot.querySelector(".cm-content").textContent.includes("192.0.2.118")`)
}

// 10,000 hosts are pasted: they are compiled, and the page stays usable.
func TestTenThousandHosts(t *testing.T) {
	list := make([]string, 10_000)
	for i := range list {
		list[i] = fmt.Sprintf("host 10.%d.%d.%d", i>>8&0xff, i&0xff, i*7&0xff)
	}
	b := open(t, "")
	b.paste("#filter", strings.Join(list, " or "))
	b.wait(`/[0-9],[0-9]{3} instructions/.test(document.querySelector("#summary").textContent)`)
	b.write("arp")
	b.wait(`/\b4 instructions/.test(document.querySelector("#summary").textContent)`)
}

// Hostile text in a filter is text: nothing runs, and the page goes on.
func TestHostileText(t *testing.T) {
	b := open(t, "")
	eval[bool](b, `(window.hacked = 0, window.alert = () => { window.hacked++; }, true)`)
	for name, text := range map[string]string{
		"script":   `<script>window.hacked++</script><img src=x onerror="window.hacked++">`,
		"bidi":     "tcp \u202eport 80\u2066 \u0000 \u200b",
		"megabyte": strings.Repeat("<b onclick=hacked++>", 50_000),
		"brackets": strings.Repeat("(", 50_000),
		"quotes":   `"'` + "`${window.hacked++}`",
	} {
		b.paste("#filter", text)
		b.wait(`document.querySelector("#messages").textContent.length > 5`)
		for _, panel := range []string{"program", "graph", "packets", "compare", "libpcap", "start"} {
			b.panel(panel)
		}
		if n := eval[int](b, `window.hacked + document.querySelectorAll("main script, main img, main b").length`); n != 0 {
			t.Errorf("%s: %d scripts, pictures or bold letters came of it", name, n)
		}
	}
	b.write("arp")
	b.wait(`/\b4 instructions/.test(document.querySelector("#summary").textContent)`)
}
