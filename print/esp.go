package print

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	//lint:ignore SA1019 packets of old ciphers are only read
	"golang.org/x/crypto/blowfish"
	//lint:ignore SA1019 packets of old ciphers are only read
	"golang.org/x/crypto/cast5"

	"bpfc/print/internal/dissect"
)

// Protocols lists what [Options].Protocol can be: the types of tcpdump's -T.
func Protocols() []string { return dissect.ForcedNames() }

// ESPKeys decrypt the packets of IPsec's Encapsulating Security Payload (RFC 4303) whose keys are known. Nothing is verified:
// a wrong key gives nonsense. It is safe for concurrent use, since it does not change after [ParseESPKeys].
type ESPKeys struct {
	keys  map[espName]espKey
	other *espKey // for all that have no key of their own; nil if there is none
}

// espName is what tells security associations apart.
type espName struct {
	spi uint32
	to  netip.Addr
}

// espKey is how a security association is encrypted.
type espKey struct {
	block   cipher.Block // nil: not at all
	trailer int          // bytes of the integrity check value behind the ciphertext
}

// espCipher is a block cipher that ESP can use in CBC mode: the sizes of keys that it takes, of which the first is the usual
// one, and how it is made. A shorter key than any is filled up with zeros, a longer one is cut, as in tcpdump.
type espCipher struct {
	sizes []int // bytes
	make  func(key []byte) (cipher.Block, error)
}

// espCiphers are the ciphers by their names without "-cbc", RFC 2451's and RFC 3602's.
func espCiphers() map[string]espCipher {
	ofDES := espCipher{[]int{8}, des.NewCipher}
	of3DES := espCipher{[]int{24}, des.NewTripleDESCipher}
	ofBlowfish := espCipher{span(16, 56), func(key []byte) (cipher.Block, error) { return blowfish.NewCipher(key) }}
	ofCAST := espCipher{[]int{16}, func(key []byte) (cipher.Block, error) { return cast5.NewCipher(key) }}
	return map[string]espCipher{
		"des": ofDES, "3des": of3DES, "des3": of3DES, "des-ede3": of3DES, "blowfish": ofBlowfish, "bf": ofBlowfish, "cast128": ofCAST, "cast": ofCAST, "cast5": ofCAST,
		"aes": {[]int{16, 24, 32}, aes.NewCipher}, "aes128": {[]int{16}, aes.NewCipher}, "aes-128": {[]int{16}, aes.NewCipher}, "aes192": {[]int{24}, aes.NewCipher}, "aes-192": {[]int{24}, aes.NewCipher},
		"aes256": {[]int{32}, aes.NewCipher}, "aes-256": {[]int{32}, aes.NewCipher},
	}
}

// span lists the numbers from one to another.
func span(from, to int) (list []int) {
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

// maxESPFile is how much of a file of keys is read, in bytes.
const maxESPFile = 1 << 20

// ParseESPKeys reads keys as tcpdump's -E has them, separated by commas or line ends:
//
//	SPI@ADDRESS ALGORITHM:KEY    for the packets to an address with a security parameters index
//	ALGORITHM:KEY                for all other packets
//	file NAME                    a key a line from a file, which open opens; # begins a comment
//
// An algorithm is des-cbc, 3des-cbc, blowfish-cbc, cast128-cbc, aes128-cbc, aes192-cbc, aes256-cbc or aes-cbc, with -hmac96
// behind it if the packets end with 12 bytes of an integrity check value, or none. A key is text, or hexadecimal digits behind
// 0x. Without an algorithm it is des-cbc's, as in "SPI@ADDRESS :KEY".
func ParseESPKeys(text string, open func(name string) (io.ReadCloser, error)) (*ESPKeys, error) {
	k := &ESPKeys{keys: map[espName]espKey{}}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		if err := k.line(line, open); err != nil {
			return nil, err
		}
	}
	if len(k.keys) == 0 && k.other == nil {
		return nil, fmt.Errorf("no key of ESP in %.60q: give SPI@ADDRESS ALGORITHM:KEY, ALGORITHM:KEY or file NAME", text)
	}
	return k, nil
}

// line reads one key, or those of a file; in a file there are no others, so that reading ends.
func (k *ESPKeys) line(line string, open func(name string) (io.ReadCloser, error)) error {
	first, rest, two := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case !two:
		key, err := parseESPKey(first)
		if err != nil {
			return err
		}
		k.other = &key
		return nil
	case strings.EqualFold(first, "file") && open != nil:
		return k.file(rest, open)
	case strings.EqualFold(first, "file"), strings.EqualFold(first, "ikev2"):
		return fmt.Errorf("%.60q: keys of %s are not read here", line, first)
	}
	name, err := parseESPName(first)
	if err != nil {
		return err
	}
	k.keys[name], err = parseESPKey(rest)
	return err
}

func (k *ESPKeys) file(name string, open func(name string) (io.ReadCloser, error)) (err error) {
	f, err := open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(io.LimitReader(f, maxESPFile))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.ReplaceAll(lines.Text(), "\t", " "))
		if line == "" || line[0] == '#' {
			continue
		}
		if err := k.line(line, nil); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return lines.Err()
}

// parseESPName reads SPI@ADDRESS; the index is decimal, or hexadecimal behind 0x, or octal behind 0.
func parseESPName(text string) (espName, error) {
	index, address, found := strings.Cut(text, "@")
	spi, err := strconv.ParseUint(index, 0, 32)
	if err != nil || !found {
		return espName{}, fmt.Errorf("%.60q is no SPI@ADDRESS: the security parameters index is a number of 32 bits", text)
	}
	to, err := netip.ParseAddr(address)
	if err != nil {
		return espName{}, fmt.Errorf("%.60q is no SPI@ADDRESS: %w", text, err)
	}
	return espName{uint32(spi), to.Unmap().WithZone("")}, nil
}

// parseESPKey reads ALGORITHM:KEY.
func parseESPKey(text string) (espKey, error) {
	algorithm, secret, found := strings.Cut(text, ":")
	name, checked := strings.CutSuffix(strings.ToLower(algorithm), "-hmac96")
	name = strings.TrimSuffix(name, "-cbc")
	var key espKey
	if checked {
		key.trailer = 12
	}
	if name == "none" {
		return key, nil
	}
	if !found {
		return key, fmt.Errorf("%.60q is no ALGORITHM:KEY of ESP", text)
	}
	if name == "" {
		name = "des"
	}
	c, ok := espCiphers()[name]
	if !ok {
		return key, fmt.Errorf("ESP's algorithm %.60q is not known: des-cbc, 3des-cbc, blowfish-cbc, cast128-cbc, aes128-cbc, aes192-cbc, aes256-cbc, aes-cbc and none are", algorithm)
	}
	b := []byte(secret)
	if digits, ok := strings.CutPrefix(secret, "0x"); ok {
		var err error
		if b, err = hex.DecodeString(digits); err != nil {
			return key, fmt.Errorf("the key of %s: %w", algorithm, err)
		}
	}
	if len(b) == 0 {
		return key, fmt.Errorf("the key of %s is empty", algorithm)
	}
	var err error
	key.block, err = c.make(c.fit(b))
	return key, err
}

// fit gives a key the least size that holds it.
func (c espCipher) fit(key []byte) []byte {
	i := slices.IndexFunc(c.sizes, func(n int) bool { return n >= len(key) })
	fitted := make([]byte, c.sizes[dissect.Pick(i < 0, len(c.sizes)-1, i)])
	copy(fitted, key)
	return fitted
}

// decrypt gives what a packet to an address holds: payload, padding, its length and the number of what the payload is. It is
// nil if there is no key, and if the packet cannot be one of that key.
func (k *ESPKeys) decrypt(spi uint32, to, packet []byte) []byte {
	const header = 8
	address, _ := netip.AddrFromSlice(to)
	key, ok := k.keys[espName{spi, address}]
	if !ok && k.other != nil {
		key, ok = *k.other, true
	}
	if !ok || len(packet) < header+key.trailer {
		return nil
	}
	text := packet[header : len(packet)-key.trailer]
	if key.block == nil {
		return text
	}
	size := key.block.BlockSize()
	if len(text) < 2*size || len(text)%size != 0 {
		return nil
	}
	plain := bytes.Clone(text[size:])
	cipher.NewCBCDecrypter(key.block, text[:size]).CryptBlocks(plain, plain)
	return plain
}
