package print

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"

	//lint:ignore SA1019 packets of old ciphers are only read
	"golang.org/x/crypto/blowfish"
	//lint:ignore SA1019 packets of old ciphers are only read
	"golang.org/x/crypto/cast5"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The packet of RFC 3602, case 5: a ping in transport mode, AES in CBC mode, no integrity check value.
func TestESPOfRFC3602(t *testing.T) {
	packet := unhex(t, `4500007c 08f20000 4032f9a5 c0a87b03 c0a87b64
		00004321 00000001 e96e8c08 ab465763 fd098d45 dd3ff893
		f663c25d 325c18c6 a9453e19 4e120849 a4870b66 cc6b9965 330013b4 898dc856 a4699e52 3a55db08
		0b59ec3a 8e4b7e52 775b07d1 db34ed9c 538ab50c 551b874a a269add0 47ad2d59 13ac19b7 cfbad4a6`)
	keys, err := ParseESPKeys("0x4321@192.168.123.100 aes128-cbc:0x90d382b410eeba7ad938c46cec1a82bf", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := string(New(Options{Time: NoTime, ESPKeys: keys}).Append(nil, &Packet{LinkType: 12, Data: packet, WireLen: uint32(len(packet))}))
	if want := "IP 192.168.123.3 > 192.168.123.100: ESP(spi=0x00004321,seq=0x1), length 104: ICMP echo request, id 42762, seq 0, length 64\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := string(New(Options{Time: NoTime}).Append(nil, &Packet{LinkType: 12, Data: packet, WireLen: uint32(len(packet))})); !strings.HasSuffix(got, "length 104\n") {
		t.Errorf("without a key: %q", got)
	}
}

// The block ciphers by vectors of their own: RFC 2144, B.1, and Eric Young's for Blowfish.
func TestESPCiphers(t *testing.T) {
	cast, err := cast5.NewCipher(unhex(t, "0123456712345678234567893456789A"))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 8)
	if cast.Decrypt(got, unhex(t, "238B4FE5847E44B2")); !bytes.Equal(got, unhex(t, "0123456789ABCDEF")) {
		t.Errorf("CAST-128: %x", got)
	}
	fish, err := blowfish.NewCipher(unhex(t, "FEDCBA9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	if fish.Decrypt(got, unhex(t, "0ACEAB0FC6A0A28D")); !bytes.Equal(got, unhex(t, "0123456789ABCDEF")) {
		t.Errorf("Blowfish: %x", got)
	}
	// What is encrypted with each name decrypts again, and ends where the integrity check value begins.
	for name, secret := range map[string]string{"des-cbc": "12345678", "3des-cbc": "0x4043434545464649494a4a4c4c4f4f515152525454575758", "blowfish-cbc": "sixteen-bytes-16", "cast128-cbc": "sixteen-bytes-16",
		"aes128-cbc": "sixteen-bytes-16", "aes192-cbc-hmac96": "twenty-four-bytes-are-24", "aes256-cbc": "short", "aes-cbc": "thirty-two-bytes-of-a-key-are-32", "none": ""} {
		keys, err := ParseESPKeys(name+":"+secret, nil)
		if name == "none" {
			keys, err = ParseESPKeys("none:", nil)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		trailer := strings.HasSuffix(name, "-hmac96")
		packet := append(make([]byte, 8), make([]byte, 48)...)
		if trailer {
			packet = append(packet, make([]byte, 12)...)
		}
		text := keys.decrypt(1, []byte{192, 0, 2, 1}, packet)
		if keys.other.block == nil {
			if len(text) != 48 {
				t.Errorf("%s: %d bytes", name, len(text))
			}
			continue
		}
		size := keys.other.block.BlockSize()
		if len(text) != 48-size {
			t.Errorf("%s: %d bytes of 48 with blocks of %d", name, len(text), size)
		}
		back := make([]byte, size)
		keys.other.block.Encrypt(back, text[:size]) // the initialization vector is zero
		if !bytes.Equal(back, make([]byte, size)) {
			t.Errorf("%s: encrypted again it is %x", name, back)
		}
	}
}

func TestParseESPKeys(t *testing.T) {
	open := func(name string) (io.ReadCloser, error) {
		if name != "keys" {
			return nil, errors.New("no such file")
		}
		return io.NopCloser(strings.NewReader("# two\n\n1@192.0.2.1\t3des-cbc:0x11\n2@2001:db8::1 aes-cbc:text\n")), nil
	}
	keys, err := ParseESPKeys("file keys,0x10@192.0.2.9 :12345678", open)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []espName{{1, netip.MustParseAddr("192.0.2.1")}, {2, netip.MustParseAddr("2001:db8::1")}, {16, netip.MustParseAddr("192.0.2.9")}} {
		if _, ok := keys.keys[name]; !ok {
			t.Errorf("no key for %v", name)
		}
	}
	for text, want := range map[string]string{
		"":                    "no key of ESP",
		"blah":                "no ALGORITHM:KEY",
		"x@192.0.2.1 des:1":   "no SPI@ADDRESS",
		"1@here des:1":        "no SPI@ADDRESS",
		"1 des:1":             "no SPI@ADDRESS",
		"rc3-cbc:1":           "is not known",
		"des:0xzz":            "invalid byte",
		"des:":                "is empty",
		"file other":          "no such file",
		"file keys,file keys": "",
		"ikev2 x":             "not read here",
	} {
		_, err := ParseESPKeys(text, open)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ParseESPKeys("file keys", func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("des:1\nfile keys\n")), nil
	}); err == nil || !strings.Contains(err.Error(), "keys:2:") {
		t.Errorf("a file within a file: %v", err)
	}
}
