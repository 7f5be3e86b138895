package security

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"epev/model"
)

// PublicKey is one by which somebody may come in through ssh.
type PublicKey struct {
	Kind        string // "ssh-ed25519"
	Bytes       []byte // as RFC 4253 writes it, in one way for each key
	Fingerprint string // "SHA256:…", as ssh-keygen -l tells it
	Note        string // what stood behind it
}

const (
	leastRSABits = 3072
	mostRSABits  = 16384 // OpenSSH takes none that is longer
	mostNote     = 255
)

// keyKinds are those that are taken, the ones that a person should make first.
var keyKinds = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSA}

// IsPrivateKey reports whether a text holds a private key, as the files of OpenSSH, OpenSSL and PuTTY write it.
func IsPrivateKey(text string) bool {
	return strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "PuTTY-User-Key-File")
}

// ParsePublicKey parses a line such as that of a file id_ed25519.pub: kind, key and a note. Its errors are of kind Usage and
// repeat no key, as what was given may be a private one.
func ParsePublicKey(field, raw string) (PublicKey, error) {
	refuse := func(fault model.Fault, facts model.Facts) (PublicKey, error) {
		return PublicKey{}, &model.Error{Kind: model.Usage, Field: field, Fault: fault, Facts: facts}
	}
	if IsPrivateKey(raw) {
		return refuse("private-key", nil)
	}
	line, err := model.ParseText(field, raw, 0)
	if err != nil {
		return refuse("no-public-key", nil)
	}
	words := strings.Fields(line)
	if len(words) > 2 && !isKeyKind(words[0]) && slices.ContainsFunc(words[1:], isKeyKind) {
		return refuse("key-with-options", nil)
	}
	if len(words) < 2 || !isKeyKind(words[0]) {
		return refuse("no-public-key", nil)
	}
	if strings.Contains(words[0], "-cert-") {
		return refuse("key-certificate", nil)
	}
	k, fault, facts := publicKey(words[0], words[1])
	if fault != "" {
		return refuse(fault, facts)
	}
	_, k.Note, _ = strings.Cut(line, words[1])
	if k.Note, err = model.ParseOptionalText("note", k.Note, mostNote); err != nil {
		return PublicKey{}, err
	}
	return k, nil
}

// OfferedKey parses the kind and the key that sshd was offered; ok is false for what ParsePublicKey would not take.
func OfferedKey(kind, key string) (k PublicKey, ok bool) {
	k, fault, _ := publicKey(kind, key)
	return k, fault == ""
}

// AuthorizedKey writes the key as a file authorized_keys does, without its note.
func (k PublicKey) AuthorizedKey() string {
	return k.Kind + " " + base64.StdEncoding.EncodeToString(k.Bytes)
}

// isKeyKind reports whether a word stands before a key.
func isKeyKind(word string) bool {
	return slices.Contains(keyKinds, word) || strings.HasPrefix(word, "ssh-") || strings.HasPrefix(word, "ecdsa-") ||
		strings.HasPrefix(word, "sk-")
}

// publicKey reads a key in base64 that is said to be of a kind.
func publicKey(kind, text string) (k PublicKey, fault model.Fault, facts model.Facts) {
	blob, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return k, "no-public-key", nil
	}
	if kind == "ssh-dss" { // DSA
		return k, "key-dsa", nil
	}
	if !slices.Contains(keyKinds, kind) {
		return k, "key-of-other-kind", nil
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil || key.Type() != kind {
		return k, "no-public-key", nil
	}
	written := key.Marshal()
	if !bytes.Equal(written, blob) { // else one key would be two
		return k, "no-public-key", nil
	}
	if kind == ssh.KeyAlgoRSA {
		crypto, _ := key.(ssh.CryptoPublicKey)
		rsaKey, is := crypto.CryptoPublicKey().(*rsa.PublicKey)
		if !is {
			return k, "no-public-key", nil
		}
		if bits := rsaKey.N.BitLen(); bits < leastRSABits || bits > mostRSABits {
			return k, "key-of-wrong-length", model.Facts{"bits": bits, "least": leastRSABits, "most": mostRSABits}
		}
	}
	return PublicKey{Kind: kind, Bytes: written, Fingerprint: ssh.FingerprintSHA256(key)}, "", nil
}
