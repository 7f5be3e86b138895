package security

import (
	"strings"
	"testing"

	"epev/model"
)

const (
	keyED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrIxIFeW8mfXLHnK9p+TWb6dCDCliRIAkmYd8se3bIT"
	keyECDSA   = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOHvLm1TuaVw8WLyxt/oeZRYY3bcGTSXt352IRRYFVHRxkYJ67SZwYGhm/G11htjeNRvbr5RM4ux5HTiaWdoj20="
	keyRSA3072 = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC/bDDNCy/b/Njqq0hpEpqWF9n51k/Bn5mHYnBhFM9N6dCiBPfRJk11mBXeYPCDGiyEcsAcONEMhXjB+K2usn0R0w6ttATVWDAUZkqdPknaT7eVWAGz5wgHH/U16rjNYE3Kf8f/KhIzhnMELyMbU/9f89vHDL2EhSYQVXqgMXNJTjpnzJW0eCK7y7bjrC2LAJQEkOLgBcwRmyunRIEm1/erKa2V/NniUfMOep8BOgB3ILWKnBmOjoyhfmZ/tWeVmV/CH52ZVPT7xTAEZKumNJJffwun1vW7kOlM9db0XW7UKN2Zy1tCWE+JRC52+25liY+/aVKtbapkhcoQ39EHwbjKe2UgTddaxuM0Vsuu0LJKyZ195032IeBxsy09nCDJI534YKhrCBunWmP+y3fuxHm1+Zcc980CO62AyLqOCJw9UH2HMTgIhgthiF27encZtsEc/0csx5Vr5rjna/UeAIZ3vVJldILSOfbHim+AG2YyP5pAHhwx3DVOi4h6esyjMdc="
	keyRSA2048 = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDEpo7IV1aKDec2pmzrWhMrYmKLL+myfDDam614bDppZZX/Dq9j+OSotaO8qLJY/eh8tJ4nsJTcPEyqC2jXKeN2GY3BUFdyJJtC/bNnVm8tioo/DqcKFp+TfGc8PHWidNHRBgdCvUZJ9Fs+JbX3K6C6Oq86c1bDcMWR5cCoTszC3sF0bXCidcg99TjGnor2LEtyMWhiNTswKlpPpUM/kCktyzJa0gExe8HJy9kpskqMRxFyve8xjj+LKQeXi6+thzO7ePkkQF347x2cqkBCKlnIs8ZaylOL7OLEPEVxQnP0PViYopcAP8VPIqWXE4W7+eajbPghiKfrIm+RPnMyA2nX"
	keyDSA     = "ssh-dss AAAAB3NzaC1kc3MAAACBAJFEiJ0/THXfqOUMb1qcjBOqhUrSTKlSPIJTL1n6bhqKOPK90Dr+gy96zglHepOjJ8jtea99XxuGBd775tSXLvwhmRYtIvYi0gNEY4KF+cv95uFGpQxFbGNmSU4T0DlrO06zw134z+0ouRQfYw2GcTzPteEfyAlbZIPEXx5+3NkNAAAAFQC4xEoJE3JUDLmYoMiQbo9gdAHvHQAAAIAi2FJlHC0Wum1D2bAbmPCnv3/oJs/rwCJSed8sSMcpi55OeW3H1qirg9Fau1Vo1iG5OnQDeY/QUFsX4ja/2sMI9/YW56UUFFLuuGJOB2eLQSsoUi5XeWFfRi5gYfmyiGCcasJyNpIwhCVpy2eHLn+rnd8pwzkoLaIgQpQfiPch5AAAAIEAjTf74OI/eUJx+0n4H9M/vM6MMJZNlkFnatXC3sHQrvj0dsd6WMmE1HhDLhLh3Css07NWIdCg/djBaWrKVZQvi7hzmcDI9iKc0xKrrRZltdyWh11OQS9UhhIlkYypFSkj/x+OZGcXHFZlQfU/bBXcFCE4GTUuhD7xAuoSTiLOW1M="
	keyCert    = "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgqvNHZBaV0adgkbVwAxSRPE/zTj+hTkM5jY/zHJ0PoaMAAAAIbmlzdHAyNTYAAABBBOHvLm1TuaVw8WLyxt/oeZRYY3bcGTSXt352IRRYFVHRxkYJ67SZwYGhm/G11htjeNRvbr5RM4ux5HTiaWdoj20AAAAAAAAAAAAAAAEAAAABeAAAAAUAAAABeQAAAAAAAAAA//////////8AAAAAAAAAggAAABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAAAAAAAF3Blcm1pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQtcG9ydC1mb3J3YXJkaW5nAAAAAAAAAApwZXJtaXQtcHR5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACD6yMSBXlvJn1yx5yvafk1m+nQgwpYkSAJJmHfLHt2yEwAAAFMAAAALc3NoLWVkMjU1MTkAAABAZgRxKS20M4IN/W1zciLOTESTfOJwfI3E1nEvya++/tcmw+nvIYGHMi600IlF1AGcG3xwS9KbRK7DIDjniS0fCg=="
)

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	other := strings.Fields(keyECDSA)[1]
	for _, c := range []struct{ raw, note, fault string }{
		{keyED25519, "", ""},
		{"  " + keyED25519 + "  colin's laptop  ", "colin's laptop", ""},
		{keyECDSA + " ec", "ec", ""},
		{keyRSA3072, "", ""},
		{keyRSA2048, "", "key-of-wrong-length"},
		{keyDSA, "", "key-dsa"},
		{keyCert, "", "key-certificate"},
		{"ssh-rsa-cert-v01@openssh.com AAAA", "", "key-certificate"},
		{"ssh-ed448 AAAA", "", "key-of-other-kind"},
		{"", "", "no-public-key"},
		{"ssh-ed25519", "", "no-public-key"},
		{"ssh-ed25519 AAAA", "", "no-public-key"},
		{strings.Replace(keyED25519, "AAAAC3", "AAAAC4", 1), "", "no-public-key"},
		{keyED25519 + "=", "", "no-public-key"},
		{keyED25519 + "AAAA", "", "no-public-key"},
		{"ssh-ed25519 " + other, "", "no-public-key"},
		{"ssh-rsa " + other, "", "no-public-key"},
		{keyED25519 + "\n" + keyECDSA, "", "no-public-key"},
		{keyED25519 + " a\x1b]0;b\a", "", "no-public-key"},
		{"restrict,command=\"sh\" " + keyED25519, "", "key-with-options"},
		{"environment=\"A=b c\" " + keyED25519 + " note", "", "key-with-options"},
		{"-----BEGIN OPENSSH PRIVATE KEY-----", "", "private-key"},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE", "", "private-key"},
		{keyED25519 + " " + strings.Repeat("n", 256), "", "too-long"},
	} {
		k, err := ParsePublicKey("key", c.raw)
		if c.fault != "" {
			if e, ok := err.(*model.Error); !ok || string(e.Fault) != c.fault || e.Kind != model.Usage {
				t.Errorf("%q: %v, not %s", c.raw, err, c.fault)
			}
			continue
		}
		if err != nil || k.Note != c.note || !strings.Contains(c.raw, k.AuthorizedKey()) || !strings.HasPrefix(k.Fingerprint, "SHA256:") {
			t.Errorf("%q: %+v, %v", c.raw, k, err)
		}
		kind, text, _ := strings.Cut(k.AuthorizedKey(), " ")
		if again, ok := OfferedKey(kind, text); !ok || string(again.Bytes) != string(k.Bytes) {
			t.Errorf("%q is another key where it is offered", c.raw)
		}
	}
	if k, err := ParsePublicKey("key", keyED25519); err != nil || k.Fingerprint != "SHA256:x/ibTR026YlRmfwkj0wo9dwT9IjDXmPO6Vg1XSwARIo" {
		t.Errorf("the fingerprint is %s, %v", k.Fingerprint, err)
	}
	for _, offered := range [][2]string{{"", ""}, {"ssh-ed25519-cert-v01@openssh.com", strings.Fields(keyCert)[1]}, {"ssh-dss", strings.Fields(keyDSA)[1]},
		{"ssh-rsa", strings.Fields(keyRSA2048)[1]}, {"ssh-ed25519", other}} {
		if _, ok := OfferedKey(offered[0], offered[1]); ok {
			t.Errorf("%s is taken", offered[0])
		}
	}
}

// What is taken is one line that sshd reads as the same key, whatever stood behind it.
func FuzzParsePublicKey(f *testing.F) {
	for _, seed := range []string{keyED25519, keyED25519 + " note", keyECDSA, keyRSA3072, keyRSA2048, keyDSA, keyCert, "", "ssh-rsa A", "a b c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		k, err := ParsePublicKey("key", raw)
		if err != nil {
			return
		}
		line := k.AuthorizedKey()
		if strings.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-@. ") != "" || strings.Count(line, " ") != 1 {
			t.Errorf("%q is written as %q", raw, line)
		}
		again, err := ParsePublicKey("key", line+" "+k.Note)
		if err != nil || again.Note != k.Note || string(again.Bytes) != string(k.Bytes) {
			t.Errorf("%q is %q, and that is %+v, %v", raw, line, again, err)
		}
	})
}
