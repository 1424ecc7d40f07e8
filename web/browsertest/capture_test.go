package browsertest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"bpfc/capture"
	"bpfc/linktype"
)

// udp is a datagram from and to a port, with so many bytes of data.
func udp(port uint16, text string, size int) []byte {
	p := make([]byte, max(42+len(text), size))
	copy(p[12:], []byte{8, 0, 0x45, 0})
	binary.BigEndian.PutUint16(p[16:], uint16(len(p)-14))
	copy(p[22:], []byte{64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(p[34:], port)
	binary.BigEndian.PutUint16(p[36:], port)
	binary.BigEndian.PutUint16(p[38:], uint16(len(p)-34))
	copy(p[42:], text)
	return p
}

// writeCapture writes packets into a file, a millisecond apart.
func writeCapture(t testing.TB, name string, packets func(yield func([]byte) bool)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(file, capture.WriterOptions{LinkType: linktype.EN10MB})
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for p := range packets {
		n++
		if err := w.WritePacket(&capture.Packet{Data: p, WireLen: uint32(len(p)), Timestamp: n * 1e6}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

const captureRows = `#panel-capture [role=row][aria-rowindex]`

func (b *tab) upload(path string) {
	b.Helper()
	b.panel("capture")
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#panel-capture input[type=file]"), []string{path}))
}

// A capture is opened; what matches is shown; a packet says why, with its bytes and steps; what matches is saved.
func TestCapture(t *testing.T) {
	path := writeCapture(t, "small.pcap", func(yield func([]byte) bool) {
		for i := range 1000 {
			if !yield(udp([]uint16{53, 123, 5353}[i%3], "<script>window.hacked = 1</script>\u202e<img src=x onerror=alert(1)>", 0)) {
				return
			}
		}
	})
	b := open(t, "")
	b.write("udp port 53")
	b.upload(path)
	b.waitText("#panel-capture [role=status]", "334 of 1,000 packets match")
	b.press("#panel-capture", "Matching 334")
	b.wait(fmt.Sprintf(`document.querySelectorAll(%s).length > 5`, quote(captureRows)))
	b.waitText(captureRows, "10.0.0.1.53 > 10.0.0.2.53")
	b.clickOn(fmt.Sprintf(`[...document.querySelectorAll(%s)].find((e) => e.textContent.includes("10.0.0.1.53 "))`, quote(captureRows)))
	b.waitText("#panel-capture .packet", "matches")
	b.press("#panel-capture .packet", "Step")
	b.wait(`document.querySelector("#panel-capture .steps-host").textContent.length > 20`)
	b.write("udp port 123")
	b.waitText("#panel-capture [role=status]", "333 of 1,000 packets match")
	b.waitText("#panel-capture .packet", "does not match")
	b.panel("compare")
	b.paste("#filter-b", "udp port 123 or udp port 53")
	b.waitText("#panel-compare .counts", "Look at packet 1")
	if eval[bool](b, `"hacked" in window || document.querySelector("main script, main img") !== null`) {
		t.Error("what stands in a packet came to be a part of the page")
	}
}

// A capture is dropped onto the page, compressed; one that is cut says so and shows what it has; no capture is refused.
func TestDroppedAndDamaged(t *testing.T) {
	packets := func(yield func([]byte) bool) {
		for range 500 {
			if !yield(udp(53, "x", 0)) {
				return
			}
		}
	}
	data, err := os.ReadFile(writeCapture(t, "a.pcap", packets))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"packed.pcap.gz": packed.Bytes(), "cut.pcap": data[:len(data)-10], "none.pcap": []byte("<script>alert(1)</script>")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := open(t, "")
	b.write("udp")
	b.drop(filepath.Join(dir, "packed.pcap.gz"))
	b.waitText("#panel-capture [role=status]", "500 of 500 packets match")
	b.waitText("#panel-capture .facts", "gzip")
	b.drop(filepath.Join(dir, "cut.pcap"))
	b.waitText("#panel-capture [role=status]", "499 of 499 packets match")
	b.wait(`!document.querySelector("#panel-capture .message.error").hidden`)
	b.drop(filepath.Join(dir, "none.pcap"))
	b.waitText("#panel-capture .message.error", "none.pcap")
}

// drop drops a file onto the page.
func (b *tab) drop(path string) {
	b.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	eval[bool](b, fmt.Sprintf(`(() => {
		const data = new DataTransfer();
		data.items.add(new File([Uint8Array.from(atob(%s), (c) => c.charCodeAt(0))], %s));
		document.body.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
		document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
		return true;
	})()`, quote(base64.StdEncoding.EncodeToString(data)), quote(filepath.Base(path))))
}

// A capture of 100 MB is opened, judged and looked through, and the page does not stand still meanwhile.
func TestLargeCapture(t *testing.T) {
	const count, size = 125_000, 800
	path := writeCapture(t, "large.pcap", func(yield func([]byte) bool) {
		first, second := udp(53, "", size), udp(123, "", size)
		for i := range count {
			p := first
			if i%5 == 0 {
				p = second
			}
			if !yield(p) {
				return
			}
		}
	})
	b := open(t, "")
	b.write("udp port 123")
	// The longest time between two turns of the page's own loop.
	eval[bool](b, `(() => { let last = performance.now(); window.longest = 0; setInterval(() => { const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now; }, 10); return true; })()`)
	b.upload(path)
	b.waitText("#panel-capture [role=status]", "25,000 of 125,000 packets match")
	b.press("#panel-capture", "All 125,000")
	scroller := `[...document.querySelectorAll("#panel-capture *")].find((e) => e.scrollHeight > 10 * e.clientHeight && e.clientHeight > 100)`
	b.wait(scroller)
	eval[bool](b, fmt.Sprintf(`(() => { const e = %s; e.scrollTop = e.scrollHeight; return true; })()`, scroller))
	b.waitText(captureRows, "125000")
	t.Logf("the page stood still for at most %.0f ms", eval[float64](b, `window.longest`))
	if rows := eval[int](b, fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(captureRows))); rows > 300 {
		t.Errorf("%d rows are in the page", rows)
	}
	b.write(strings.Repeat("not ", 2) + "udp port 53")
	b.waitText("#panel-capture [role=status]", "100,000 of 125,000 packets match")
}
